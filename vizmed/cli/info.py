"""`vizmed info`: what is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.described import as_json as description_as_json
from vizmed.cli.described import facts, tell_series
from vizmed.cli.options import Source, Telling
from vizmed.cli.telling import progress, tell

if TYPE_CHECKING:
    from vizmed.read.description import Description


def info(
    source: Source,
    /,
    *,
    series: Annotated[str | None, Parameter(help="Which DICOM series, where there are several.")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Tell it as JSON.")] = False,
    tags: Annotated[bool, Parameter(negative="", help="List all DICOM tags of one slice.")] = False,
    identity: Annotated[bool, Parameter(negative="", help="Do not mask the tags that may name the patient.")] = False,
    telling: Telling = Telling(),
) -> None:
    """Tell what is in a folder or file: series, geometry, findings. Pixels of DICOM files are not read.

    Nothing in it names a patient, unless --tags --identity asks for it.
    """
    from vizmed.read import describe

    with progress(f"looking through {source}", quiet=telling.quiet):
        description = describe(source, series=series)
        listed = _tags(source, series, description, identity=identity) if tags else []
    if as_json:
        print(json.dumps(description_as_json(description, listed), indent=2))
        return
    tell_series(description)
    noticed = [(finding.severity, str(finding)) for finding in description.findings]
    refused = [("refused", description.refusal)] if description.refusal else []
    for name, value in (*facts(description), *noticed, *refused):
        tell(f"{name:<12} {value}")
    for tag, name, value in listed:
        tell(f"{tag}  {name:<36} {value}")


def _tags(
    source: Source, series: str | None, description: Description, *, identity: bool
) -> list[tuple[str, str, str]]:
    if description.format != "DICOM" or description.chosen is None:
        return []
    from vizmed.read.dicom.describe import read_tags

    return read_tags(source, series=series, identity=identity)
