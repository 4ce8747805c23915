"""Options of slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from vizmed.scene import Projection


@Parameter(name="*", group="Slices")
@dataclass(frozen=True)
class Slicing:
    """Which slices are shown, and how."""

    window: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="auto, file, percentiles, WIDTH,LEVEL, or a name such as bone, lung.",
        ),
    ] = None
    at: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Where the slices cross: X,Y,Z in LPS mm; the middle if not given."),
    ] = None
    plane: Annotated[
        str | None, Parameter(help="axial, coronal, sagittal, oblique, or several with commas between them.")
    ] = None
    index: Annotated[int | None, Parameter(help="Which slice of the one plane, from 1, as pictures count them.")] = None
    normal: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="An oblique plane: the direction X,Y,Z it is across.")
    ] = None
    through: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True, help="An oblique plane: three points 'X,Y,Z X,Y,Z X,Y,Z' it goes through."
        ),
    ] = None
    slab: Annotated[str | None, Parameter(help="How thick slices are, such as 10mm.")] = None
    projection: Annotated[
        Projection | None, Parameter(help="What of a slab is shown: its largest (the default), smallest or mean value.")
    ] = None
    neurological: Annotated[
        bool, Parameter(negative="", help="The patient's left is on the left of axial and coronal slices.")
    ] = False
    no_crosshair: Annotated[bool, Parameter(negative="", help="No lines where the slices cross.")] = False
    slice_zoom: Annotated[str | None, Parameter(help="How much larger slices are; as --zoom if not given.")] = None
    center: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="X,Y,Z in the middle of slices that are zoomed.")
    ] = None
