"""`vizmed info`: what is there."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.budget import meant_for
from vizmed.cli.described import as_json as description_as_json
from vizmed.cli.described import facts, histogram, tell_series
from vizmed.cli.needs import STATISTICS
from vizmed.cli.options import Source, Telling
from vizmed.cli.telling import progress, tell
from vizmed.errors import OptionError

if TYPE_CHECKING:
    from vizmed.read.description import Description
    from vizmed.statistics import Statistics

Tags = list[tuple[str, str, str]]


def info(
    source: Source,
    /,
    *,
    series: Annotated[str | None, Parameter(help="Which DICOM series, where there are several.")] = None,
    volume: Annotated[int | None, Parameter(help="Which volume of the series, from 1, where it holds several.")] = None,
    values: Annotated[bool, Parameter(negative="", help="Read the voxels, and tell their statistics.")] = False,
    tag: Annotated[
        tuple[str, ...], Parameter(negative="", help="One DICOM tag, by name or number: Manufacturer, 0008,0070.")
    ] = (),
    tags: Annotated[bool, Parameter(negative="", help="List all DICOM tags of one slice.")] = False,
    identity: Annotated[bool, Parameter(negative="", help="Do not mask the tags that may name the patient.")] = False,
    strict: Annotated[bool, Parameter(negative="", help="Give exit code 1 where something needs repair.")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Tell it as JSON.")] = False,
    telling: Telling = Telling(),
) -> int:
    """Tell what is in a folder or file: series, geometry, findings. Pixels of DICOM files are not read.

    --values reads them. Nothing in it names a patient, unless --identity asks for it.
    """
    from vizmed.read import describe, read

    with progress(f"looking through {source}", quiet=telling.quiet):
        description = describe(source, series=series, volume=volume)
        listed = _tags(source, series, volume, description, identity=identity) if tags or tag else []
        counted = None
        if values:
            from vizmed.statistics import statistics

            with meant_for(STATISTICS):
                counted = statistics(read(source, series=series, volume=volume))
    chosen = _chosen(listed, tag) if tag and not tags else listed
    if as_json:
        known = description_as_json(description, chosen)
        print(json.dumps(known | ({"values": asdict(counted)} if counted else {}), indent=2))
    elif tag and not tags:
        _tell_tags(chosen)
    else:
        _tell(description, counted, chosen)
    needs_repair = description.refusal or any(one.severity == "warning" for one in description.findings)
    return 1 if strict and needs_repair else 0


def _tell(description: Description, counted: Statistics | None, listed: Tags) -> None:
    tell_series(description)
    noticed = [(finding.severity, str(finding)) for finding in description.findings]
    refused = [("refused", description.refusal)] if description.refusal else []
    for name, value in (*facts(description), *noticed, *refused):
        tell(f"{name:<12} {value}")
    if counted:
        for line in histogram(counted):
            tell(line)
    _tell_tags(listed)


def _tell_tags(listed: Tags) -> None:
    for number, name, value in listed:
        tell(f"{number}  {name:<36} {value}")


def _tags(source: Source, series: str | None, volume: int | None, description: Description, *, identity: bool) -> Tags:
    if description.format != "DICOM" or description.chosen is None:
        return []
    from vizmed.read.dicom.describe import read_tags

    return read_tags(source, series=series, volume=volume, identity=identity)


def _chosen(listed: Tags, wanted: tuple[str, ...]) -> Tags:
    from pydicom.datadict import tag_for_keyword

    chosen = []
    for one in wanted:
        number = tag_for_keyword(one)
        plain = one.replace(" ", "").strip("()") if number is None else f"{number >> 16:04X},{number & 0xFFFF:04X}"
        found = [row for row in listed if plain.casefold() in (row[0].casefold(), _plain(row[1]))]
        if not found:
            raise OptionError(f"there is no tag {one!r} in it", remedy="--tags lists those that there are")
        chosen += found
    return chosen


def _plain(name: str) -> str:
    """Give a tag's name as its keyword is written: without blanks and apostrophes."""
    return "".join(letter for letter in name if letter.isalnum()).casefold()
