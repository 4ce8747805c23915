"""Raised letters for the patient's left and right, and a scale bar: a print in the hand has no frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError, MissingExtraError, OptionError
from vizmed.findings import counted
from vizmed.geometry import FloatArray
from vizmed.surface.clean import without_slivers
from vizmed.surface.edges import count_odd_edges
from vizmed.surface.facets import facets
from vizmed.surface.pieces import label_pieces
from vizmed.surface.printing.glyphs import bar_shape, text_shape
from vizmed.surface.printing.places import Place, Side, find_place, relief_from
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import manifold3d
    import pyvista

_SIDES: tuple[Side, ...] = ("L", "R")
_AROUND: tuple[Side, ...] = ("A", "P", "L", "R")

RAISED = 0.12
"""How far letters stand out, as part of their height: 0.6 mm of 5 mm. Makers ask for 0.4 to 0.5 mm at least."""

SUNK_SHARE = 0.4
"""Part of a mark's depth that lies below the surface where this is flat."""

_LETTER_SHARE = 0.06
_SMALLEST_MM, _LARGEST_MM = 5.0, 20.0
"""Height of a letter: a part of the surface's longest side, within what can be printed and is not too much."""

_SMALLER = (1.0, 0.75, 0.5, 0.25)
"""Where there is no room for a letter, smaller ones are tried."""

_BAR_RAISED_MM = 1.0

_ROOM = 1.25
"""What a mark needs around it, as part of its size."""

_UNEVEN = 0.12
"""How far a surface may depart from a plane under a mark, as part of the mark's longer side."""

_CELLS = 8
"""Rays across a mark's height that look for its place."""


Ground = NDArray[np.bool_]
"""Which triangles marks may stand on, (m,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """Something raised on a surface.

    Parameters
    ----------
    text : str
        ``"L"``, ``"R"``, or the length of the scale bar.
    place_mm : (3,) ndarray
        Its middle, LPS mm.
    outward : (3,) ndarray
        Where it faces.
    height_mm : float
        Of its letters.
    """

    text: str
    place_mm: FloatArray
    outward: FloatArray
    height_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A surface with marks on it.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Closed, LPS mm.
    marks : tuple of Mark
    """

    mesh: pyvista.PolyData
    marks: tuple[Mark, ...]


def add_marks(mesh: pyvista.PolyData, *, sides: bool = True, scale_bar_mm: float | None = None) -> Marked:
    """Raise the letters L and R on the patient's sides of a solid, and a bar of a known length.

    They say which way the patient's left and right lie, also on a part that is of one side alone. Each is put where
    its largest piece is most even and furthest out, faces outward, the patient's head up, and is sunk into it, so that
    all becomes one solid (by manifold3d: ``pip install "vizmed[print]"``).

    Parameters
    ----------
    mesh : pyvista.PolyData
        A closed manifold in LPS mm, its front sides outward.
    sides : bool
        Whether the letters are wanted.
    scale_bar_mm : float, optional
        Length of the bar; it has a tick every 10 mm (every 5 or 1 mm below 20 and 10), and says its length.

    Raises
    ------
    MissingExtraError
        If manifold3d is not installed.
    GeometryError
        If the mesh is no closed manifold, or there is no even place for a mark.
    OptionError
        If the bar has no length.
    """
    if scale_bar_mm is not None and not 1 <= scale_bar_mm < np.inf:
        raise OptionError(f"the scale bar is {scale_bar_mm:g} mm long", remedy="It is 1 mm or longer, such as 50")
    solid = _solid(mesh)
    ground = _largest_piece(mesh)
    marks: list[Mark] = []
    for side in _SIDES if sides else ():
        mark, letter = _letter(mesh, ground, side)
        marks.append(mark)
        solid += letter
    if scale_bar_mm is not None:
        mark, bar = _scale_bar(mesh, ground, scale_bar_mm, marks)
        marks.append(mark)
        solid += bar
    return Marked(_mesh(solid), tuple(marks))


def _letter(mesh: pyvista.PolyData, ground: Ground, side: Side) -> tuple[Mark, manifold3d.Manifold]:
    longest = float(np.ptp(mesh_arrays(mesh)[0], axis=0).max())
    wanted = float(np.clip(_LETTER_SHARE * longest, _SMALLEST_MM, _LARGEST_MM))
    heights = sorted({max(part * wanted, _SMALLEST_MM) for part in _SMALLER}, reverse=True)
    relief = relief_from(mesh, ground, side, heights[-1] / _CELLS)
    for height in heights:
        shape = text_shape(side, height)
        place = find_place(relief, _room(shape), _UNEVEN * height)
        if place is not None:
            return Mark(side, place.middle, place.outward, height), _raised(shape, place, RAISED * height)
    where = {"L": "left", "R": "right"}[side]
    raise GeometryError(
        f"the patient's {where} side has no even place for a letter of {heights[-1]:g} mm",
        remedy="Smooth the surface, or keep its largest piece only",
    )


def _scale_bar(
    mesh: pyvista.PolyData, ground: Ground, length_mm: float, marks: Sequence[Mark]
) -> tuple[Mark, manifold3d.Manifold]:
    """Put the bar where it lies best: on any of four sides, across or upright."""
    shape = bar_shape(length_mm)
    width, height = _room(shape)
    taken = [(mark.place_mm, mark.height_mm + width / 2) for mark in marks]
    found = []
    for side in _AROUND:
        relief = relief_from(mesh, ground, side, height / _CELLS)
        across = find_place(relief, (width, height), _UNEVEN * length_mm, taken=taken)
        upright = find_place(relief, (height, width), _UNEVEN * length_mm, taken=taken)
        found += [across, upright and upright.on_its_side()]
    places = [place for place in found if place is not None]
    if not places:
        raise GeometryError(
            f"the surface has no even place for a scale bar of {length_mm:g} mm", remedy="Ask for a shorter one"
        )
    place = min(places, key=lambda one: one.demerit)
    mark = Mark(f"{length_mm:g} mm", place.middle, place.outward, height / _ROOM)
    return mark, _raised(shape, place, _BAR_RAISED_MM)


def _largest_piece(mesh: pyvista.PolyData) -> Ground:
    """Tell which triangles (m,) of a closed mesh are of the piece that encloses most."""
    points, triangles = mesh_arrays(mesh)
    piece = label_pieces(triangles, len(points))[triangles[:, 0]]
    enclosed = np.zeros(int(piece.max()) + 1)
    for part in facets(points, triangles):
        enclosed += np.bincount(piece[part.where], part.six_volumes, len(enclosed))
    return np.asarray(piece == enclosed.argmax())


def _room(shape: manifold3d.CrossSection) -> tuple[float, float]:
    left, low, right, high = shape.bounds()
    return _ROOM * (right - left), _ROOM * (high - low)


def _raised(shape: manifold3d.CrossSection, place: Place, raised_mm: float) -> manifold3d.Manifold:
    """Make a flat shape a solid that stands out everywhere, and whose foot is below the surface everywhere."""
    sunk_mm = raised_mm * SUNK_SHARE / (1 - SUNK_SHARE)
    foot = -place.below_mm - sunk_mm
    upright = shape.extrude(place.above_mm + raised_mm - foot)
    frame = np.stack([place.right, place.up, place.outward, place.middle + foot * place.outward], axis=1)
    return upright.transform(frame)


def _solid(mesh: pyvista.PolyData) -> manifold3d.Manifold:
    try:
        import manifold3d
    except ImportError as missing:
        raise MissingExtraError("manifold3d is not installed", remedy='pip install "vizmed[print]"') from missing
    points, triangles = mesh_arrays(mesh)
    solid = manifold3d.Manifold(manifold3d.Mesh64(points.astype(np.float64), triangles.astype(np.uint64)))
    if solid.status() != manifold3d.Error.NoError or solid.is_empty():
        open_edges, crowded = count_odd_edges(triangles)
        raise GeometryError(
            f"marks need a closed surface, and this one has {counted(open_edges, 'open edge')} and "
            f"{counted(crowded, 'edge')} of more than two triangles",
            remedy="vizmed surface makes closed ones",
        )
    if solid.volume() <= 0:
        raise GeometryError("the surface is inside out", remedy="Turn its triangles over")
    return solid


def _mesh(solid: manifold3d.Manifold) -> pyvista.PolyData:
    made = solid.to_mesh64()
    points = made.vert_properties[:, :3].astype(np.float32)
    triangles = made.tri_verts.astype(np.int64)
    return to_polydata(*without_slivers(points, triangles, suspects=np.ones(len(points), bool)))
