"""`vizmed levels`: which level a surface should lie at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.needs import DRAWN_LEVELS, LEVELS
from vizmed.cli.options import Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.telling import print_table, progress, tell, tell_findings
from vizmed.errors import DisplayError
from vizmed.findings import Finding
from vizmed.scene import View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vizmed.surface.sweep import Candidate
    from vizmed.volume import Volume

_SIDES: dict[View, str] = {
    "A": "the front, the patient's right on the left",
    "P": "the back",
    "L": "the patient's left",
    "R": "the patient's right",
    "S": "above",
    "I": "the feet",
    "iso": "the left, the front and above",
}


def levels(
    source: Source,
    /,
    *,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="A PNG file for pictures of the surfaces and curves.")
    ] = None,
    count: Annotated[int, Parameter(help="How many levels, from 8 to 12.")] = 10,
    camera: Annotated[View, Parameter(help="Where the viewer stands; A is in front of the patient.")] = "A",
    overwrite: Overwrite = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Tell it as JSON.")] = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Show what a surface amounts to at each of several levels, so that one can be chosen.

    The levels are those that vizmed suggests, tissues for CT and Otsu's for all, and some between and beside them. Of
    each it tells area, volume and pieces; -o draws the surfaces side by side, above the curves of these numbers.
    """
    from vizmed.surface.sweep import check_count, sweep, thinned
    from vizmed.write import write_picture

    check_count(count)
    if output is not None:
        _prepare(output, overwrite=overwrite)
    volume = read_source(source, reading, telling, LEVELS if output is None else DRAWN_LEVELS)
    with progress("measuring levels", quiet=telling.quiet):
        candidates = sweep(volume, count)
        steps = _steps(volume, thinned(volume))
    if as_json:
        listed = [asdict(one) for one in candidates]
        print(json.dumps({"unit": volume.unit, "measured_every": steps, "levels": listed}, indent=2))
    else:
        _tell(candidates, volume.unit, steps)
    if output is not None:
        with progress(f"drawing {output}", quiet=telling.quiet):
            page = _draw(volume, candidates, camera, _notes(volume, camera, steps))
        write_picture(page, output, overwrite=overwrite)
        if not as_json:
            tell(f"{output}: {page.shape[1]} x {page.shape[0]} pixels")


def _prepare(output: Path, *, overwrite: bool) -> None:
    from vizmed.render import gl
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    check_ending(output, (".png",), "pictures")
    check_target(output, overwrite=overwrite)
    gl.start_probe()


def _steps(volume: Volume, measured: Volume) -> list[int]:
    """Give how many voxels along i, j and k became one."""
    spacings = zip(measured.geometry.spacing, volume.geometry.spacing, strict=True)
    return [round(float(coarse / fine)) for coarse, fine in spacings]


def _tell(candidates: Sequence[Candidate], unit: str | None, steps: list[int]) -> None:
    columns = {
        f"level{', ' + unit if unit else ''}": [f"{one.level:g}" for one in candidates],
        "area, cm²": [f"{one.area_mm2 / 100:,.1f}" for one in candidates],
        "volume, cm³": [f"{one.volume_mm3 / 1000:,.1f}" for one in candidates],
        "pieces": [f"{one.pieces:,}" for one in candidates],
        "largest": [f"{one.largest_share:.1%}" if one.pieces else "" for one in candidates],
    }
    aligned = [[cell.rjust(max(map(len, (title, *cells)))) for cell in cells] for title, cells in columns.items()]
    suggested = [f"{one.why or ''}{' (the default)' if one.is_default else ''}" for one in candidates]
    print_table((*columns, "suggested"), list(zip(*aligned, suggested, strict=True)))
    tell(_scale(unit))
    if max(steps) > 1:
        tell(_thinning(steps))
    tell("vizmed surface --level NUMBER takes any of them; without it, the default")


def _scale(unit: str | None) -> str:
    where = f"levels in {unit}" if unit else "levels in the scan's own values, which have no absolute scale"
    return f"{where}: a voxel of that value or more is inside; largest: its part of what all pieces enclose"


def _thinning(steps: list[int]) -> str:
    every = " x ".join(map(str, steps))
    return f"measured on one of {every} voxels: areas, pieces and thin parts are less than vizmed surface gives"


def _draw(volume: Volume, candidates: Sequence[Candidate], camera: View, notes: list[str]) -> NDArray[np.uint8]:
    """Draw the sheet; where there is no OpenGL, without the surfaces, and say so."""
    from vizmed.render.contact_sheet import draw_contact_sheet, pane_width
    from vizmed.render.level_pictures import draw_levels

    pictures: tuple[NDArray[np.uint8], ...] = ()
    try:
        width = pane_width(len(candidates))
        pictures = draw_levels(volume, [one.level for one in candidates], camera=camera, width=width)
    except DisplayError as refused:
        remedy = (refused.remedy or "").partition(". ")[0]
        missing = Finding("no-opengl", "warning", f"{refused.found}: the picture has the curves alone", remedy=remedy)
        tell_findings([missing], quiet=True)
        notes = [notes[0], "The surfaces are missing: OpenGL could not be used"]
    return draw_contact_sheet(candidates, pictures, unit=volume.unit, notes=notes)


def _notes(volume: Volume, camera: View, steps: list[int]) -> list[str]:
    """Say on the sheet what is seen; nothing of it names a patient."""
    size = " x ".join(map(str, volume.shape))
    spacing = " x ".join(f"{mm:.3g}" for mm in volume.geometry.spacing)
    kind = f"{volume.modality or volume.provenance.format}, {size} voxels of {spacing} mm"
    table = "; a table under the patient is left out of them, not of the numbers" if volume.unit == "HU" else ""
    first = "; ".join([kind, *([_thinning(steps)] if max(steps) > 1 else [])])
    return [first, f"Surfaces seen from {_SIDES[camera]}; at one scale, smoothed, large scans thinned{table}"]
