"""Options of what is laid over the slices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


@Parameter(name="*", group="Over the slices")
@dataclass(frozen=True)
class Laying:
    """Labels, second volumes, marks, measures."""

    overlay: Annotated[Path | None, Parameter(help="A label map or a second volume.")] = None
    overlay_opacity: Annotated[str | None, Parameter(help="From 0 to 1.")] = None
    overlay_colors: Annotated[str | None, Parameter(help="Ramp of colours of a second volume.")] = None
    overlay_window: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="Window of a second volume, as --window.")
    ] = None
    names: Annotated[str | None, Parameter(help="What labels are called: a table, or totalsegmentator.")] = None
    marks: Annotated[
        Path | None,
        Parameter(
            help="A table (CSV, XLSX) of boxes and points in pixels, columns slice, x, y, width, height, label, or of "
            "points in LPS mm (x_mm, y_mm, z_mm); or the contours of an RTSTRUCT."
        ),
    ] = None
    marks_by: Annotated[
        Literal["auto", "index", "instance", "file", "uid", "mm"] | None,
        Parameter(help="What the table tells slices by: place, InstanceNumber, file name, SOPInstanceUID, or mm."),
    ] = None
    marks_from: Annotated[
        Literal[0, 1] | None, Parameter(help="What the table counts slices from; 0 if it does not show.")
    ] = None
    measure: Annotated[
        list[str] | None,
        Parameter(
            allow_leading_hyphen=True,
            negative="",
            help="A length 'X,Y,Z X,Y,Z' or an angle 'X,Y,Z X,Y,Z X,Y,Z' in LPS mm, as often as needed.",
        ),
    ] = None
