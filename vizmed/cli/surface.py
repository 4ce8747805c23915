"""`vizmed surface`: a mesh that can be measured and printed, with its measure of truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from vizmed.cli.in_chunks import overrun, whole_or_chunks
from vizmed.cli.options import Level, Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.parts import Frame
from vizmed.scene.parse import parse_level, parse_mm, parsed
from vizmed.stages import stage

if TYPE_CHECKING:
    from vizmed.chunked import Chunked
    from vizmed.surface import Made, Recipe
    from vizmed.volume import Volume

_FACE = Finding("face", "note", "a surface of the skin of a head is a face, by which a person can be known")


@Parameter(name="*")
@dataclass(frozen=True)
class Enclosing:
    """What lies inside of the surface."""

    preset: Annotated[
        str | None,
        Parameter(help="Tissue of a CT: bone, compact-bone, spongy-bone, enamel, vessel, skin, fat, muscle, airway."),
    ] = None
    level: Level = None
    range: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Lowest and highest value inside, LOW:HIGH; one may be left out."),
    ] = None
    mask: Annotated[Path | None, Parameter(help="A scan or label map; only where it is not 0 is anything inside.")] = (
        None
    )
    mask_label: Annotated[
        list[int] | None, Parameter(negative="", help="Value of the mask that counts, instead of all; may be repeated.")
    ] = None
    open_border: Annotated[
        bool, Parameter(negative="", help="Leave the surface open where the border of the volume cuts it.")
    ] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Cleaning:
    """What is done to the values before, and to the pieces after."""

    body: Annotated[bool, Parameter(negative="", help="Leave out what is not the patient: table, clothes, tubes.")] = (
        False
    )
    median: Annotated[int, Parameter(help="Radius in voxels of a median filter on the values; 0 for none.")] = 0
    gaussian: Annotated[str, Parameter(help="Width in mm of a Gaussian filter on the values; 0 for none.")] = "0"
    fine_slices: Annotated[
        bool, Parameter(negative="", help="Interpolate thick slices by shape: takes terraces off.")
    ] = False
    largest: Annotated[bool, Parameter(negative="", help="Keep the largest piece only.")] = False
    keep: Annotated[int | None, Parameter(help="Keep so many of the largest pieces.")] = None
    min_volume: Annotated[float, Parameter(help="Drop pieces and cavities of less than so many mm³.")] = 0.0
    fill: Annotated[bool, Parameter(negative="", help="Fill the cavities.")] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Shaping:
    """What is done to the mesh."""

    smooth: Annotated[int, Parameter(help="Rounds of smoothing; 20 takes the steps of the voxels away.")] = 0
    max_error: Annotated[
        str | None,
        Parameter(help="How far removing triangles may move the surface, in mm; a tenth of a voxel if not given."),
    ] = None
    faces: Annotated[int | None, Parameter(help="How many triangles to leave, whatever the error.")] = None
    reduce: Annotated[float | None, Parameter(help="Part of the triangles to remove, such as 0.9, or 0.")] = None


@dataclass(frozen=True)
class Target:
    """A file to write, and how."""

    path: Path
    frame: Frame
    ascii: bool


def surface(
    source: Source,
    /,
    *,
    output: Annotated[
        list[Path],
        Parameter(
            name=["--output", "-o"],
            negative="",
            help="The file to write: .stl, .ply, .obj, .vtp, .glb or .3mf. May be repeated.",
        ),
    ],
    enclosing: Enclosing = Enclosing(),
    cleaning: Cleaning = Cleaning(),
    shaping: Shaping = Shaping(),
    frame: Annotated[Frame, Parameter(help="The patient's frame of DICOM or of NIfTI, or LPS around its middle.")] = (
        "lps"
    ),
    ascii: Annotated[bool, Parameter(negative="", help="Write STL as text.")] = False,  # noqa: A002 (as write_surface)
    report: Annotated[Path | None, Parameter(help="Write all that is known of the surface as JSON.")] = None,
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Extract a surface and write it, in mm and the patient's frame, with its measure of truth.

    The frame is LPS. Without --preset, --level and --range it is bone for CT, and for the rest the dark one of Otsu's
    three levels. What was taken, and why, is told, and how far the surface lies from the raw one: as many triangles
    are removed as a tenth of a voxel allows, unless --max-error, --faces or --reduce say otherwise.
    """
    recipe = _recipe(enclosing, cleaning, shaping)
    targets = [Target(path, frame, ascii) for path in output]
    check_targets(targets, report, overwrite=overwrite)
    asks_once = report is None and enclosing.mask is None
    volume = whole_or_chunks(source, reading, telling, recipe if asks_once else None)
    mask = None if enclosing.mask is None else read_source(enclosing.mask, Reading(), telling)
    found = write_made(
        volume,
        recipe,
        targets,
        mask=mask,
        report=report is not None,
        overwrite=overwrite,
        telling=telling,
        max_memory=reading.max_memory,
    )
    if report is not None:
        write_report({**found, "reading": asdict(replace(reading, max_memory=None))}, report, overwrite=overwrite)


def check_targets(targets: Sequence[Target], report: Path | None, *, overwrite: bool) -> None:
    """Refuse what cannot be written before anything is read.

    Raises
    ------
    OptionError, WriteError
    """
    from vizmed.write import SURFACE_ENDINGS
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    for target in targets:
        check_ending(target.path, SURFACE_ENDINGS, "surfaces")
        check_target(target.path, overwrite=overwrite)
        if target.ascii and target.path.suffix.lower() != ".stl":
            raise OptionError(f"--ascii is of STL, and {target.path} is none", remedy="Leave it out, or name it .stl")
    paths = [target.path.absolute() for target in targets]
    if len(set(paths)) < len(paths):
        raise OptionError("one file is to be written twice", remedy="Give each --output a name of its own")
    if report is not None:
        check_ending(report, (".json",), "reports")
        check_target(report, overwrite=overwrite)


def write_made(
    volume: Volume | Chunked,
    recipe: Recipe,
    targets: Sequence[Target],
    *,
    mask: Volume | None,
    report: bool,
    overwrite: bool,
    telling: Telling,
    max_memory: str | None = None,
) -> dict[str, Any]:
    """Make a surface, write it to all targets, tell of it, and give the report, where one is wanted."""
    from vizmed.surface import measure
    from vizmed.surface.contour.layers import like
    from vizmed.surface.make import made_of
    from vizmed.surface.report import off_raw, summed_up
    from vizmed.write import write_surface

    begun = perf_counter()
    with progress("extracting", quiet=telling.quiet):
        made = made_of(volume, recipe, mask=mask)
    known = like(volume)
    unit = f" {known.unit}" if known.unit else ""
    tell(f"{made.level}{unit}: {made.level.reason}")
    tell_findings([*_noticed(known, made), *_overrun(made, max_memory)], quiet=telling.quiet)
    with progress("writing and measuring", quiet=telling.quiet), ThreadPoolExecutor(1) as beside:
        measuring = beside.submit(lambda: (off_raw(made), measure(made.mesh)))
        part = _part(made, recipe)
        for target in targets:
            write_surface([part], target.path, frame=target.frame, ascii=target.ascii, overwrite=overwrite)
        with stage("measuring"):
            apart, measured = measuring.result()
    tell(f"off the raw surface: {apart}")
    for target in targets:
        tell(f"{target.path}: {measured}, {perf_counter() - begun:.1f} s")
    if not report:
        return {}
    found = summed_up(volume, recipe, made, measured, apart, mask=mask)
    return {**found, "outputs": [_output(target) for target in targets]}


def write_report(found: dict[str, Any], path: Path, *, overwrite: bool) -> None:
    """Write a report as JSON."""
    from vizmed.write.atomic import atomic_file

    with atomic_file(path, overwrite=overwrite) as file:
        file.write(json.dumps(found, indent=2, ensure_ascii=False).encode())
        file.write(b"\n")


def _recipe(enclosing: Enclosing, cleaning: Cleaning, shaping: Shaping) -> Recipe:
    from vizmed.surface import Recipe

    return Recipe(
        body=cleaning.body,
        median=cleaning.median,
        gaussian_mm=parsed(parse_mm, cleaning.gaussian) or 0.0,
        fine_slices=cleaning.fine_slices,
        preset=enclosing.preset,
        level=parsed(parse_level, enclosing.level),
        band=enclosing.range,
        labels=tuple(enclosing.mask_label or ()),
        closed=not enclosing.open_border,
        keep=_pieces(cleaning),
        min_volume_mm3=cleaning.min_volume,
        fill=cleaning.fill,
        smooth=shaping.smooth,
        max_error_mm=parsed(parse_mm, shaping.max_error),
        faces=shaping.faces,
        reduce=shaping.reduce,
    )


def _pieces(cleaning: Cleaning) -> int | None:
    if cleaning.largest and cleaning.keep is not None:
        raise OptionError("both --largest and --keep are given", remedy="--largest is --keep 1")
    return 1 if cleaning.largest else cleaning.keep


def _part(made: Made, recipe: Recipe) -> Any:
    from vizmed.parts import Part

    return Part(recipe.preset or "surface", made.mesh, made.level.color)


def _output(target: Target) -> dict[str, Any]:
    import hashlib

    with target.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": target.path.name, "frame": target.frame, "ascii": target.ascii, "sha256": digest}


def _overrun(made: Made, max_memory: str | None) -> list[Finding]:
    from vizmed.surface.shape import BYTES_TO_KEEP, BYTES_TO_REDUCE

    count = made.raw.GetNumberOfPolys()
    if made.mesh is made.raw:
        return overrun(count, BYTES_TO_KEEP, max_memory, "A smaller part of the scan has fewer")
    return overrun(count, BYTES_TO_REDUCE, max_memory, "--max-error 0 takes less")


def _noticed(volume: Volume, made: Made) -> list[Finding]:
    noticed = list(made.done)
    if made.region is not None and made.region.outside:
        share = f"{100 * made.region.outside:.2g} % of the mask lies outside of the scan"
        noticed.append(Finding("mask-outside", "warning", share))
    if volume.unit != "HU" or made.level.low < 0:  # on CT below water, on other scans always, it may be the skin
        noticed.append(_FACE)
    return noticed
