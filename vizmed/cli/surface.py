"""`vizmed surface`: a mesh that can be measured and printed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.options import Level, Output, Overwrite, Reading, Source, Telling, parse_level, read_source
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.findings import Finding

if TYPE_CHECKING:
    from vizmed.volume import Volume

_FACE = Finding("face", "note", "a surface of the skin of a head is a face, by which a person can be known")


def surface(
    source: Source,
    /,
    *,
    output: Output,
    preset: Annotated[str | None, Parameter(help="Tissue of a CT: bone, compact-bone, enamel, vessel, skin.")] = None,
    level: Level = None,
    largest: Annotated[bool, Parameter(negative="", help="Keep the largest piece only.")] = False,
    smooth: Annotated[int, Parameter(help="Rounds of smoothing; 20 takes the steps of the voxels away.")] = 0,
    reduce: Annotated[float, Parameter(help="Part of the triangles to take away, such as 0.9.")] = 0.0,
    open_border: Annotated[
        bool, Parameter(negative="", help="Leave the surface open where the border of the volume cuts it.")
    ] = False,
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Extract a surface and write it as binary STL, in mm and the patient's frame.

    The frame is LPS. Without --preset and --level, it is bone for CT, and for the rest the level that Otsu finds. What
    was taken, and why, is told.
    """
    from vizmed.surface import choose_level, extract_surface, measure
    from vizmed.write import SURFACE_ENDINGS, write_surface
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    begun = perf_counter()
    check_ending(output, SURFACE_ENDINGS, "surfaces")
    check_target(output, overwrite=overwrite)
    volume = read_source(source, reading, telling)
    chosen = choose_level(volume, preset=preset, level=parse_level(level))
    tell(f"level {chosen.value:g}{' ' + volume.unit if volume.unit else ''}: {chosen.reason}")
    with progress(f"extracting {output}", quiet=telling.quiet):
        mesh = extract_surface(volume, chosen, closed=not open_border, largest=largest, smooth=smooth, reduce=reduce)
        with ThreadPoolExecutor(1) as beside:  # numpy measures while the disk writes
            measuring = beside.submit(measure, mesh)
            write_surface(mesh, output, overwrite=overwrite)
        measured = measuring.result()
    if _may_be_skin(volume, chosen.value):
        tell_findings([_FACE], quiet=telling.quiet)
    tell(f"{output}: {measured}, {perf_counter() - begun:.1f} s")


def _may_be_skin(volume: Volume, level: float) -> bool:
    """Whether a surface may run along the skin: on CT below water, on other scans always."""
    return volume.unit != "HU" or level < 0
