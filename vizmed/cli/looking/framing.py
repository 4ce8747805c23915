"""Options of the picture itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter


@Parameter(name="*", group="Picture")
@dataclass(frozen=True)
class Framing:
    """From where, how large, on what ground."""

    camera: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="Where the viewer stands: A (in front), P, L, R, S, I, iso, or 'X,Y,Z X,Y,Z X,Y,Z': place, aim, up.",
        ),
    ] = None
    zoom: Annotated[str | None, Parameter(help="How much nearer than what fits the picture.")] = None
    size: Annotated[str | None, Parameter(help="Width and height in pixels; 1200x1000 if not given.")] = None
    background: Annotated[
        str | None, Parameter(help="Of the 3D view: white, black, #RRGGBB, or two of them, below and above.")
    ] = None
    transparent: Annotated[bool, Parameter(negative="", help="No background behind a 3D view.")] = False
    no_letters: Annotated[bool, Parameter(negative="", help="The bare picture.")] = False
