"""`vizmed labels`: one mesh a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from vizmed.cli.options import Overwrite, Telling
from vizmed.cli.telling import print_table, progress, tell, tell_findings
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.findings import Finding, counted
from vizmed.parts import Frame, Part

if TYPE_CHECKING:
    from vizmed.segmentation import Segmentation
    from vizmed.surface.labels import LabelSurface
    from vizmed.write.labels_table import LabelRow

TABLE, SCENE = "labels.csv", "scene.glb"

_SAME_VOLUME = 0.01
"""Part of its volume that a mesh may gain or lose without a word."""

_SHOWN = 6


@Parameter(name="*")
@dataclass(frozen=True)
class Choosing:
    """Which labels there are, and which of them are taken."""

    table: Annotated[
        str | None, Parameter(help="What the numbers are called: a file such as CSV, or totalsegmentator.")
    ] = None
    reference: Annotated[
        Path | None, Parameter(help="The scan that a SEG or RTSTRUCT was drawn on, whose grid the labels take.")
    ] = None
    merge: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Make one label of several: lung=lung_left,lung_right. May be repeated."),
    ] = ()
    only: Annotated[
        str | None, Parameter(help="Which labels: names, patterns such as rib_*, or numbers, with commas.")
    ] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Shaping:
    """What is done to the meshes, and how they are written."""

    smooth: Annotated[
        int | None,
        Parameter(
            help="Rounds of smoothing, which keep the volumes; 0 gives the faces of the voxels, 10 if not given."
        ),
    ] = None
    max_error: Annotated[
        float | None, Parameter(help="How far removing triangles may move the surfaces, in mm; none are if not given.")
    ] = None
    to: Annotated[
        Literal["stl", "ply", "obj", "vtp", "glb", "3mf"], Parameter(name="--format", help="Of the files.")
    ] = "stl"
    frame: Annotated[
        Frame, Parameter(help="The patient's frame of DICOM or of NIfTI, or LPS around the middle of each file.")
    ] = "lps"


def labels(
    mask: Annotated[Path, Parameter(help="A label map of any format, a .seg.nrrd, a DICOM SEG or RTSTRUCT.")],
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="The folder to write into.")],
    choosing: Choosing = Choosing(),
    shaping: Shaping = Shaping(),
    overwrite: Overwrite = False,
    telling: Telling = Telling(),
) -> None:
    """Write one closed mesh a label, with a table of their measures and a scene of all in colour.

    Neighbours have the same points and triangles where they touch. Each label goes to a file of its name; labels.csv
    has number, name, color, voxels, volume of voxels and mesh, area, centroid, bounds (LPS, mm), closed, pieces,
    triangles, file; scene.glb shows all.
    """
    from vizmed.write.file_names import file_names
    from vizmed.write.folder import atomic_folder, check_folder

    check_folder(output, overwrite=overwrite)
    segmentation = _read(mask, choosing, telling)
    files = file_names([label.name for label in segmentation.labels], f".{shaping.to}", taken=(TABLE, SCENE))
    with atomic_folder(output, [*files, TABLE, SCENE], overwrite=overwrite) as folder:
        rows = _write(segmentation, folder, files, shaping, telling)
    print_table(_TITLES, [_told(row) for row in rows])
    tell_findings(list(_changes(rows)), quiet=telling.quiet)
    tell(f"{output}: {counted(len(rows), 'mesh') if len(rows) == 1 else f'{len(rows):,} meshes'}, {TABLE}, {SCENE}")


def _read(mask: Path, choosing: Choosing, telling: Telling) -> Segmentation:
    from vizmed.read.labels import read_labels

    with progress(f"reading {mask}", quiet=telling.quiet):
        found = read_labels(mask, table=choosing.table, reference=choosing.reference)
    findings = found.provenance.findings
    # who asks for a mesh of each label wants to know which have none
    found_out = [replace(one, severity="warning") if one.code == "empty-labels" else one for one in findings]
    tell_findings(found_out, quiet=telling.quiet)
    for words in choosing.merge:
        name, is_there, parts = words.partition("=")
        if not (is_there and name.strip() and _listed(parts)):
            raise OptionError(f"--merge {words!r} names no labels", remedy="Such as lung=lung_left,lung_right")
        found = found.merged(_listed(parts), name)
    if choosing.only is not None:
        wanted = _listed(choosing.only)
        if not wanted:
            raise OptionError(f"--only {choosing.only!r} names no label", remedy="Such as liver,rib_*,7")
        found = found.only(wanted)
    if not found.labels:
        raise EmptySurfaceError("it holds no label, so there is no surface", where=mask)
    return found


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


def _write(
    segmentation: Segmentation, folder: Path, files: Sequence[str], shaping: Shaping, telling: Telling
) -> list[LabelRow]:
    """Write all files into an empty folder, and give the table's rows by number."""
    from vizmed.surface.labels import SMOOTH, label_surfaces
    from vizmed.write import write_surface
    from vizmed.write.labels_table import write_labels_table

    file_of = dict(zip((label.number for label in segmentation.labels), files, strict=True))
    rows, parts = [], []
    smooth = SMOOTH if shaping.smooth is None else shaping.smooth
    surfaces = label_surfaces(segmentation, smooth=smooth, max_error_mm=shaping.max_error)
    for surface in _one_by_one(surfaces, len(files), telling):
        part = Part(surface.label.name, surface.mesh, surface.label.color)
        file = file_of[surface.label.number]
        write_surface([part], folder / file, frame=shaping.frame)
        rows.append(_row(surface, file))
        parts.append(part)
    order = sorted(range(len(rows)), key=lambda place: rows[place].label.number)
    rows = [rows[place] for place in order]
    with progress(f"writing {SCENE}", quiet=telling.quiet):
        write_surface([parts[place] for place in order], folder / SCENE, frame=shaping.frame)
        write_labels_table(rows, folder / TABLE)
    return rows


def _one_by_one(surfaces: Iterator[LabelSurface], count: int, telling: Telling) -> Iterator[LabelSurface]:
    """Go through the surfaces, and show how far it has come."""
    for n in range(count):
        with progress(f"surface {n + 1} of {count}", quiet=telling.quiet):
            yield next(surfaces)


def _row(surface: LabelSurface, file: str) -> LabelRow:
    from vizmed.surface import measure
    from vizmed.write.labels_table import LabelRow

    found = measure(surface.mesh)
    return LabelRow(
        label=surface.label,
        voxels=surface.voxels,
        voxels_mm3=surface.voxels_mm3,
        mesh_mm3=found.volume_mm3,
        area_mm2=found.area_mm2,
        centroid_mm=found.centroid_mm,
        bounds_mm=found.bounds_mm,
        closed=found.closed,
        pieces=found.pieces,
        triangles=found.triangles,
        file=file,
    )


_TITLES = ("number", "name", "voxels", "volume, cm³", "mesh, cm³", "area, cm²", "triangles", "pieces", "file")


def _told(row: LabelRow) -> list[str]:
    return [
        str(row.label.number),
        row.label.name,
        f"{row.voxels:,}",
        f"{row.voxels_mm3 / 1000:,.2f}",
        f"{row.mesh_mm3 / 1000:,.2f}",
        f"{row.area_mm2 / 100:,.1f}",
        f"{row.triangles:,}",
        f"{row.pieces:,}" if row.closed else f"{row.pieces:,}, open",
        row.file,
    ]


def _changes(rows: Sequence[LabelRow]) -> Iterator[Finding]:
    """Tell of meshes that enclose another volume than their voxels fill."""
    changes = {row.label.name: row.mesh_mm3 / row.voxels_mm3 - 1 for row in rows}
    astray = sorted(
        (name for name in changes if abs(changes[name]) > _SAME_VOLUME), key=lambda name: -abs(changes[name])
    )
    if astray:
        shown = ", ".join(f"{name} {changes[name]:+.1%}" for name in astray[:_SHOWN])
        message = f"{counted(len(astray), 'mesh') if len(astray) == 1 else f'{len(astray)} meshes'} of another volume"
        remedy = "a smaller --max-error keeps more of it"
        yield Finding("volume", "warning", message, shown + (", ..." if len(astray) > _SHOWN else ""), remedy)
