"""A mesh with a name and a colour: what a file of several surfaces holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyvista

Frame = Literal["lps", "ras", "centered"]
"""In which frame a file of a surface is: DICOM's own, NIfTI's, or LPS moved so that the middle of the box is at 0."""

PLAIN_COLOR = "#d8cfc0"
"""Colour of a surface whose tissue is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One surface of several.

    Parameters
    ----------
    name : str
        What programs list it as.
    mesh : pyvista.PolyData
        Triangles in LPS mm, their front sides outward.
    color : str
        ``"#rrggbb"``.
    """

    name: str
    mesh: pyvista.PolyData
    color: str = PLAIN_COLOR
