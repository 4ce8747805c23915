"""Options of the 3D view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from vizmed.cli.options import Level
from vizmed.scene import Blend


@Parameter(name="*", group="3D view")
@dataclass(frozen=True)
class Shaping:
    """What stands in the 3D view."""

    preset: Annotated[
        str | None,
        Parameter(help="Transfer function of --mode volume, such as ct-bone; tissue of the surface of other modes."),
    ] = None
    level: Level = None
    surface: Annotated[
        list[str] | None,
        Parameter(
            allow_leading_hyphen=True,
            negative="",
            help="TISSUE or LEVEL, then :OPACITY, :#COLOUR, :wireframe, :cut, as often as needed; or none.",
        ),
    ] = None
    rendering: Annotated[
        str | None, Parameter(help="Transfer function of a volume rendering beside the surfaces; auto, or none.")
    ] = None
    blend: Annotated[
        Blend | None, Parameter(help="Light and shade, or the largest or smallest value along each ray.")
    ] = None
    opacity: Annotated[str | None, Parameter(help="What the opacities of the volume are multiplied with.")] = None
    shift: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="How far the transfer function is moved up the values."),
    ] = None
    slices_in_3d: Annotated[str | None, Parameter(help="Which slices stand in the 3D view, too; or none.")] = None
    cut: Annotated[bool, Parameter(negative="", help="Take the front left upper corner out of the volume.")] = False
    crop: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="Of volume and surfaces show what lies in a box alone: its corners 'X,Y,Z X,Y,Z', low and high.",
        ),
    ] = None
    clip: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="Leave out what lies beyond a plane: 'X,Y,Z X,Y,Z', a point of it and the way to what is left out.",
        ),
    ] = None
    table: Annotated[
        bool, Parameter(negative="", help="Show the table under the patient, which 3D pictures of CT leave out.")
    ] = False
