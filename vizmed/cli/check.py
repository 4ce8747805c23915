"""`vizmed check`: an audit of a scan before it is trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.described import as_json as description_as_json
from vizmed.cli.described import facts
from vizmed.cli.options import Source, Telling
from vizmed.cli.telling import print_table, progress, tell

if TYPE_CHECKING:
    from vizmed.read.description import Audit

CLEAN, REFUSED, REPAIRED = 0, 1, 5
"""Exit codes."""


def check(
    source: Source,
    /,
    *,
    series: Annotated[str | None, Parameter(help="Which DICOM series, where there are several.")] = None,
    volume: Annotated[int | None, Parameter(help="Which volume of the series, from 1, where it holds several.")] = None,
    cross: Annotated[
        bool, Parameter(negative="", help="Read it with every decoder that may, and compare the voxels.")
    ] = False,
    strict: Annotated[bool, Parameter(negative="", help="Count what was repaired as refused.")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Tell it as JSON.")] = False,
    telling: Telling = Telling(),
) -> int:
    """Audit a scan: how it was sorted, gaps, tilt, spacing, codec, what was repaired.

    Exit code 0: clean. 1: refused. 5: repaired, assumed or left out.
    """
    from vizmed.read.check import check as audit

    with progress(f"checking {source}", quiet=telling.quiet):
        found = audit(source, series=series, volume=volume, cross=cross)
    if as_json:
        print(json.dumps(_as_json(found), indent=2))
    else:
        _tell(found)
    codes = {"clean": CLEAN, "repaired": REFUSED if strict else REPAIRED, "refused": REFUSED}
    return codes[found.verdict]


def _tell(found: Audit) -> None:
    for name, value in facts(found.description):
        tell(f"{name:<12} {value}")
    for name, objection in found.decoders.items():
        tell(f"{'decoder':<12} {name}: {objection or 'may read it'}")
    if found.findings:
        _tell_findings(found)
    if found.refusal:
        tell(f"{'refused':<12} {found.refusal}")
    tell(f"{'verdict':<12} {found.verdict}")


def _tell_findings(found: Audit) -> None:
    rows = [(one.severity, one.code, one.message, one.where, one.remedy) for one in found.findings]
    print_table(("severity", "code", "found", "where", "remedy"), rows)


def _as_json(found: Audit) -> dict[str, object]:
    plain = description_as_json(found.description)
    plain |= {
        "findings": [asdict(finding) for finding in found.findings],
        "decoders": found.decoders,
        "refusal": found.refusal,
        "verdict": found.verdict,
    }
    return plain
