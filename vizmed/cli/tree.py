"""`vizmed convert --tree`: every scan in a tree of folders, one output each; a bad one never ends the run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vizmed.cli.options import Reading, Telling
from vizmed.cli.telling import print_table, progress, tell
from vizmed.errors import OptionError, VizmedError
from vizmed.scene.parse import parse_point, parsed

SOME_FAILED = 5
"""Exit code."""

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a tree: the path to read, which series of it, and the name that its output gets."""

    path: Path
    series: str | None
    folder: Path
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a scan: its output, or why there is none."""

    scan: Scan
    output: Path | None
    words: str


def convert_tree(
    source: Path, target: Path, ending: str, *, compressed: bool, overwrite: bool, reading: Reading, telling: Telling
) -> int:
    """Convert all scans below a folder into the same folders below another, and tell of each.

    Returns
    -------
    int
        Exit code: 0, or 5 where a scan failed.

    Raises
    ------
    OptionError
        If the ending is of no format, or there is no scan.
    """
    from vizmed.write import VOLUME_ENDINGS

    ending = f".{ending.lower().lstrip('.')}"
    if ending not in VOLUME_ENDINGS:
        raise OptionError(f"there is no format {ending!r}", remedy=f"--to takes {', '.join(VOLUME_ENDINGS)}")
    taken: set[str] = set()
    outcomes = []
    for scan in scans_in(source):
        output = _free_name(target / scan.folder, scan.name, ending, taken)
        with progress(f"{scan.path} {scan.series or ''}", quiet=telling.quiet):
            outcomes.append(_converted(scan, output, compressed=compressed, overwrite=overwrite, reading=reading))
    if not outcomes:
        raise OptionError(f"there is no scan in {source}", remedy="vizmed info looks at one folder or file")
    failed = [outcome for outcome in outcomes if outcome.output is None]
    rows = [(str(one.scan.path), one.scan.series or "", str(one.output or "failed"), one.words) for one in outcomes]
    print_table(("scan", "series", "output", ""), rows)
    tell(f"{len(outcomes) - len(failed)} converted, {len(failed)} failed")
    return SOME_FAILED if failed else 0


def scans_in(source: Path) -> Iterator[Scan]:
    """Give the scans of a tree: each series of a folder with DICOM files, each file of another format."""
    for place, folders, names in os.walk(source):
        folders.sort()
        folder = Path(place)
        files = [folder / name for name in sorted(names)]
        kinds = {file: kind for file in files if (kind := _kind(file))}
        here = folder.relative_to(source)
        if "dicom" in kinds.values():
            folders.clear()  # a DICOM folder is read with all below it
            yield from _series_in(folder, here)
        elif kinds and set(kinds.values()) == {"picture"}:
            yield Scan(folder, None, here.parent, _plain(folder.name))
        else:
            yield from (Scan(file, None, here, _plain(file.name.split(".")[0])) for file in kinds)


def _series_in(folder: Path, here: Path) -> Iterator[Scan]:
    from vizmed.read import describe

    try:
        listed = describe(folder).series
    except VizmedError:
        yield Scan(folder, None, here, _plain(folder.name))  # reading it again says why
        return
    for one in listed:
        number = "series" if one.number is None else f"{one.number:03d}"
        yield Scan(folder, f"#{one.index}", here, _plain(f"{number}-{one.modality}-{one.description}"))


def _kind(file: Path) -> str | None:
    from vizmed.read.formats import kind_of

    try:
        return kind_of(file)
    except VizmedError:
        return None


def _plain(name: str) -> str:
    """Keep of a name what every file system takes."""
    return re.sub(r"[^\w.]+", "-", name).strip("-.")[:_LONGEST_NAME] or "scan"


def _free_name(folder: Path, name: str, ending: str, taken: set[str]) -> Path:
    """Give a name that no other output of the run has, on any file system."""
    path, n = folder / f"{name}{ending}", 1
    while str(path).casefold() in taken:
        n += 1
        path = folder / f"{name}-{n}{ending}"
    taken.add(str(path).casefold())
    return path


def _converted(scan: Scan, output: Path, *, compressed: bool, overwrite: bool, reading: Reading) -> Outcome:
    from vizmed.read import read
    from vizmed.write import write_volume

    try:
        volume = read(
            scan.path,
            series=scan.series,
            spacing=parsed(parse_point, reading.spacing),
            luminance=reading.luminance,
            reader=reading.reader,
            strict=reading.strict,
        )
        output.parent.mkdir(parents=True, exist_ok=True)
        write_volume(volume, output, compressed=compressed, overwrite=overwrite)
    except VizmedError as refused:
        return Outcome(scan, None, str(refused))
    except Exception as error:  # noqa: BLE001 (one bad scan ends no run)
        return Outcome(scan, None, f"an error inside vizmed, {type(error).__name__}")
    warnings = [finding.message for finding in volume.provenance.findings if finding.severity == "warning"]
    size = " x ".join(map(str, volume.shape))
    spacing = " x ".join(f"{mm:.3g}" for mm in volume.geometry.spacing)
    return Outcome(scan, output, "; ".join([f"{size}, {spacing} mm", *warnings]))
