"""`vizmed rerun`: the surface of a report, made again."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from vizmed.cli.needs import SURFACE
from vizmed.cli.options import Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.surface import Target, check_targets, write_made
from vizmed.cli.telling import tell
from vizmed.errors import DamagedFileError, OptionError

DIFFERENT = 5
"""Exit code where the files are not the same, byte for byte, as the ones in the report."""

MOST_BYTES = 1 << 24
"""A report has some kB."""


def rerun(
    report: Annotated[Path, Parameter(help="A report that `vizmed surface --report` has written.")],
    source: Source,
    /,
    *,
    output: Annotated[
        list[Path] | None,
        Parameter(
            name=["--output", "-o"],
            negative="",
            help="The files to write, in the order of the report; in this folder, by their old names, if not given.",
        ),
    ] = None,
    mask: Annotated[Path | None, Parameter(help="The mask, where the surface was kept to one.")] = None,
    other_input: Annotated[
        bool, Parameter(negative="", help="Make the same of another scan, whose surface will differ.")
    ] = False,
    overwrite: Overwrite = False,
    telling: Telling = Telling(),
) -> int:
    """Make the surface of a report again: the same bytes from the same scan.

    The scan is known by its values and its place, wherever it lies now; another one is refused. The exit code is 5
    where the files differ from those of the report, which other versions of the libraries can bring about.
    """
    from vizmed.surface import Recipe
    from vizmed.surface.report import LIBRARIES

    found = read_report(report)
    recipe = Recipe.from_report(found.get("recipe"))
    outputs = found["outputs"]
    targets = _targets(outputs, output)
    check_targets(targets, None, overwrite=overwrite)
    if (found["mask"] is None) != (mask is None):
        raise OptionError("the report's surface was kept to a mask" if mask is None else "the report has no mask")
    volume = read_source(source, _reading(found.get("reading")), telling, SURFACE)
    masking = None if mask is None else read_source(mask, Reading(), telling)
    if not other_input:
        _check_same(volume, found["input"], source)
        if masking is not None and mask is not None:
            _check_same(masking, found["mask"], mask)
    made = write_made(volume, recipe, targets, mask=masking, report=True, overwrite=overwrite, telling=telling)
    same = all(now["sha256"] == then.get("sha256") for now, then in zip(made["outputs"], outputs, strict=True))
    if same:
        tell("the same bytes as in the report")
        return 0
    then, now = found.get("libraries", {}), made["libraries"]
    changed = [f"{name} {then.get(name)} then, {now[name]} now" for name in LIBRARIES if then.get(name) != now[name]]
    tell(f"other bytes than in the report{': ' if changed else ''}{'; '.join(changed)}")
    return DIFFERENT


def read_report(path: Path) -> dict[str, Any]:
    """Read a report.

    Raises
    ------
    DamagedFileError
        If it is none.
    """
    from vizmed.surface.report import FORMAT

    try:
        if path.stat().st_size > MOST_BYTES:
            raise DamagedFileError("it is too large for a report", where=path)
        found = json.loads(path.read_bytes())
    except OSError as refused:
        raise DamagedFileError(f"cannot be read ({refused.strerror})", where=path) from refused
    except ValueError as broken:
        raise DamagedFileError("it is no JSON", where=path, remedy="vizmed surface --report writes one") from broken
    if not isinstance(found, dict) or found.get("format") != FORMAT or not _is_whole(found):
        raise DamagedFileError(
            "it is no report of a surface, or one of another version", where=path, remedy="vizmed surface --report"
        )
    return found


def _is_whole(found: dict[str, Any]) -> bool:
    outputs, given, mask = found.get("outputs"), found.get("input"), found.get("mask")
    return (
        isinstance(outputs, list)
        and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in outputs)
        and isinstance(given, dict)
        and (mask is None or isinstance(mask, dict))
    )


def _targets(outputs: list[dict[str, Any]], given: list[Path] | None) -> list[Target]:
    if given is not None and len(given) != len(outputs):
        raise OptionError(
            f"the report has {len(outputs)} files, and {len(given)} are to be written",
            remedy="Give an --output for each, in the same order",
        )
    paths = given or [Path(Path(one["name"]).name) for one in outputs]  # a report may come from anywhere
    return [
        Target(path, one.get("frame", "lps"), bool(one.get("ascii"))) for path, one in zip(paths, outputs, strict=True)
    ]


def _reading(found: object) -> Reading:
    if not isinstance(found, dict) or not found.keys() <= {field.name for field in fields(Reading)}:
        return Reading()
    return Reading(**found)


def _check_same(volume: Any, described: dict[str, Any], path: Path) -> None:
    from vizmed.surface.report import fingerprint

    if fingerprint(volume) != described.get("sha256"):
        shape = " x ".join(map(str, described.get("shape", ())))
        raise OptionError(
            f"{path} is not the scan of the report, which is of {shape} voxels",
            remedy="--other-input makes the same of it all the same",
        )
