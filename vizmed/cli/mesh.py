"""`vizmed mesh`: what a file of surfaces holds, how far it lies from another, whether it can be printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.options import Overwrite, Telling
from vizmed.cli.telling import progress, tell, tell_findings
from vizmed.errors import OptionError
from vizmed.scene.parse import parse_numbers

if TYPE_CHECKING:
    from vizmed.cli.mesh_report import Report
    from vizmed.surface.printing.marks import Mark

FINE, REFUSED, WARNED = 0, 1, 5
"""Exit codes."""


def mesh(
    source: Annotated[Path, Parameter(help="A file of surfaces: STL, PLY, OBJ, VTP, GLB, glTF or 3MF.")],
    /,
    *,
    compare: Annotated[Path | None, Parameter(help="Another such file: tell how far the two lie apart.")] = None,
    bed: Annotated[
        str | None, Parameter(help="What a printer can print, in mm, such as 256x256x256: tell whether it fits.")
    ] = None,
    wall: Annotated[
        float | None,
        Parameter(
            help="The least wall that a printer makes, in mm, such as 0.8: measure the walls, tell thinner ones."
        ),
    ] = None,
    mark: Annotated[
        bool, Parameter(negative="", help="Raise the letters L and R on the patient's left and right.")
    ] = False,
    scale_bar: Annotated[float | None, Parameter(help="Raise a scale bar of so many mm, such as 50.")] = None,
    write: Annotated[Path | None, Parameter(help="Write the surface, with its marks, to this file.")] = None,
    output: Annotated[
        Path | None,
        Parameter(
            name=["--output", "-o"],
            help="Draw it into this PNG file, from the front and the back; with --compare its distance from the other "
            "in colours, with --wall its walls, with marks from all sides.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    strict: Annotated[bool, Parameter(negative="", help="Give exit code 1 where something is warned of.")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Tell it as JSON.")] = False,
    telling: Telling = Telling(),
) -> int:
    """Tell what a mesh file holds, compare it with another, and check it for printing.

    Lengths are in mm, places in the patient's frame, LPS. Exit code 0: fine. 1: refused. 5: something is warned of,
    such as a surface that is open, does not fit, is too thin, or lies in another frame than the other.
    """
    from vizmed.cli.mesh_told import as_json as report_as_json
    from vizmed.cli.mesh_told import rows

    bed_mm = None if bed is None else parse_numbers(bed, 3, between="x")
    _check_options(compare=compare, wall=wall, is_marked=mark or scale_bar is not None, write=write, output=output)
    _check_targets(write, output, overwrite=overwrite)
    with progress(f"looking at {source}", quiet=telling.quiet):
        found = _report(source, compare, bed_mm, wall, mark=mark, scale_bar=scale_bar)
        _write(found, write, output, overwrite=overwrite)
    written = [path for path in (write, output) if path is not None]
    if as_json:
        print(json.dumps(report_as_json(found) | {"written": [str(path) for path in written]}, indent=2))
    else:
        for name, value in rows(found):
            tell(f"{name:<12} {value}")
        for path in written:
            tell(f"{'written':<12} {path}")
        tell_findings(found.findings, quiet=telling.quiet)
    if not any(finding.severity == "warning" for finding in found.findings):
        return FINE
    return REFUSED if strict else WARNED


def _check_options(
    *, compare: Path | None, wall: float | None, is_marked: bool, write: Path | None, output: Path | None
) -> None:
    if wall is not None and not wall > 0:
        raise OptionError(f"the least wall is {wall:g} mm", remedy="It is above 0, such as 0.8")
    if is_marked and write is None and output is None:
        raise OptionError("marks are made, and go nowhere", remedy="--write MESH keeps them")
    if output is not None and compare is not None and wall is not None:
        raise OptionError("a picture shows distances or walls", remedy="Draw one after the other")


def _check_targets(write: Path | None, output: Path | None, *, overwrite: bool) -> None:
    """Refuse, before any work is done, what cannot be written."""
    from vizmed.render import gl
    from vizmed.write import SURFACE_ENDINGS
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    if write is not None:
        check_ending(write, SURFACE_ENDINGS, "surfaces")
        check_target(write, overwrite=overwrite)
    if output is not None:
        check_ending(output, (".png",), "pictures")
        check_target(output, overwrite=overwrite)
        gl.start_probe()


def _report(
    source: Path,
    compare: Path | None,
    bed_mm: list[float] | None,
    wall_mm: float | None,
    *,
    mark: bool,
    scale_bar: float | None,
) -> Report:
    from vizmed.cli.mesh_report import marked, report
    from vizmed.read.meshes import read_mesh

    file = read_mesh(source)
    other = None if compare is None else (compare.name, read_mesh(compare))
    marks: tuple[Mark, ...] = ()
    if mark or scale_bar is not None:
        file, marks = marked(file, sides=mark, scale_bar_mm=scale_bar)
    return report(file, marks, other, wall_mm=wall_mm, bed_mm=bed_mm)


def _write(found: Report, write: Path | None, output: Path | None, *, overwrite: bool) -> None:
    if write is not None:
        from vizmed.write import write_surface

        write_surface(found.file.parts, write, overwrite=overwrite)
    if output is not None:
        from vizmed.render.mesh_map import distance_map, wall_map
        from vizmed.render.mesh_picture import ALL_AROUND, FRONT_AND_BACK, draw_meshes
        from vizmed.write import write_picture

        shown = None
        if found.other is not None:
            shown = distance_map(found.mesh, found.other.mesh, found.other.distances_mm)
        elif found.walls is not None and found.wall_mm is not None:
            shown = wall_map(found.mesh, found.walls, found.wall_mm)
        views = ALL_AROUND if found.marks else FRONT_AND_BACK
        write_picture(draw_meshes(found.file.parts, shown, views=views), output, overwrite=overwrite)
