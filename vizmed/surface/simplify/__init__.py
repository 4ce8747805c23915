"""Fewer triangles for the same shape: reduced boldly, and taken back wherever that went wrong.

fast-simplification knows no bound for the distance, and leaves edges of four triangles, triangles that are turned over
and pieces that are gone. Each reduced mesh is therefore judged against the full one, and the groups of points that were
joined wrongly are parted again, until nothing is wrong any more.
"""

from __future__ import annotations

from itertools import cycle
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from vizmed.errors import OptionError
from vizmed.surface.facets import middle
from vizmed.surface.simplify.block import FEWEST
from vizmed.surface.simplify.blocks import reduce_in_blocks, within_in_blocks
from vizmed.surface.simplify.bound import BOLDNESS, Bound
from vizmed.surface.simplify.collapse import Centred, Collapse
from vizmed.surface.simplify.crew import Crew
from vizmed.surface.simplify.taking_back import take_back
from vizmed.vtk_bridge import mesh_arrays, remade

if TYPE_CHECKING:
    import pyvista

__all__ = ["BOLDNESS", "check_error", "check_faces", "check_fraction", "reduce", "take_back", "to_faces", "within"]

WORTHWHILE = 0.9
"""Part of the triangles that a stride may leave; if it leaves more, it is tried again for fewer."""

STRIDE = 0.5
"""Part of the triangles that a stride towards a number leaves. Groups stay small then, and what is taken back too: in
one stride to a tenth, groups that fail drag their neighbours along until most of the mesh is back."""

ATTEMPTS = 4
"""How often a lower number is tried where taking back has left too many triangles."""

STRIDE_IN_BLOCKS = 0.15
"""The same where a mesh is reduced in blocks: what fails drags no more along than its block. Longer strides leave
smaller errors, for each stride forgets the planes that the last one kept to."""

LARGE = 100_000
"""Triangles from which on a mesh is reduced in blocks, to a number or within an error."""

FIRSTS = (0.5, 0.3)
"""Where blocks are cut first, stride by stride: the part of the points before that. All other cuts follow from it."""


def reduce(mesh: pyvista.PolyData, fraction: float) -> pyvista.PolyData:
    """Remove a part of the triangles, those first whose loss moves the surface least (quadric error metric).

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    fraction : float
        Part to remove, from 0 (as it is) to below 1: 0.9 leaves a tenth.

    Returns
    -------
    pyvista.PolyData
        Of a plain `vtkPolyData`, another. Points in float32, front sides where they were, closed and a manifold where
        it was one. A piece smaller than a few triangles vanishes.

    Raises
    ------
    OptionError
        If fraction is not from 0 to below 1.
    """
    check_fraction(fraction)
    if fraction == 0:
        return mesh
    return to_faces(mesh, max(round(mesh.GetNumberOfPolys() * (1 - fraction)), FEWEST))


def to_faces(mesh: pyvista.PolyData, faces: int) -> pyvista.PolyData:
    """Reduce a mesh to so many triangles or a few less, as `reduce` does.

    Where that many cannot be had without turning triangles over or joining sheets, more are left.

    Raises
    ------
    OptionError
        If faces is less than 4 or no whole number.
    """
    check_faces(faces)
    given = mesh.GetNumberOfPolys()
    if faces >= given:
        return mesh
    # a little lower: else the few that are taken back at the end take a stride of their own
    target, attempts, firsts = max(faces - given // 5000, FEWEST), 0, cycle(FIRSTS)
    with Crew(given) as crew:
        left = _centred(mesh)
        while len(left.triangles) > faces and attempts < ATTEMPTS:
            fewer = _stride(left, target, next(firsts), crew)
            if len(fewer.triangles) < WORTHWHILE * len(left.triangles) or len(fewer.triangles) <= faces:
                left = fewer
            else:
                target, attempts = target - 2 * (len(fewer.triangles) - faces), attempts + 1
    return _written(mesh, left)


def within(mesh: pyvista.PolyData, max_error_mm: float) -> pyvista.PolyData:
    """Remove as many triangles as an error allows.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    max_error_mm : float
        How far the reduced surface may lie from the full one. No point of the full mesh, and no middle of its edges,
        lies further from the triangles of the reduced one that took the place of those around it; and none of the
        reduced mesh, nor a place on its larger triangles, of which there is one each few edges, further from the full
        one. In between it may be a little further, and far from the origin by how finely float32 writes places.

    Returns
    -------
    pyvista.PolyData
        Of a plain `vtkPolyData`, another. Points in float32, front sides where they were, closed and a manifold where
        it was one, no piece lost.

    Raises
    ------
    OptionError
        If the error is not a positive number.
    """
    check_error(max_error_mm)
    triangles = mesh.GetNumberOfPolys()
    if triangles <= FEWEST:
        return mesh
    if triangles < LARGE:
        collapse = Collapse(*_centred(mesh))
        collapse.within(BOLDNESS * max_error_mm)
        take_back(collapse, Bound(collapse, max_error_mm))
        return _written(mesh, collapse.finish())
    with Crew(triangles) as crew:
        return _written(mesh, within_in_blocks(_centred(mesh), max_error_mm, crew))


def check_fraction(fraction: float) -> None:
    """Refuse a fraction that is none, before any work is done."""
    if not 0 <= fraction < 1:
        raise OptionError(f"the reduction is {fraction}", remedy="It is a part from 0 to below 1, such as 0.9")


def check_faces(faces: int) -> None:
    """Refuse a number of triangles that is none, before any work is done."""
    if faces != int(faces) or faces < FEWEST:
        raise OptionError(f"the number of triangles is {faces}", remedy="It is a whole number from 4 up")


def check_error(max_error_mm: float) -> None:
    """Refuse an error that is none, before any work is done."""
    if not (isfinite(max_error_mm) and max_error_mm > 0):
        raise OptionError(
            f"the largest error is {max_error_mm} mm", remedy="It is a positive number of mm, such as 0.2"
        )


def _stride(mesh: Centred, target: int, first: float, crew: Crew) -> Centred:
    """Go one stride towards a number of triangles."""
    triangles = len(mesh.triangles)
    if triangles >= LARGE:
        return reduce_in_blocks(mesh, max(target, int(STRIDE_IN_BLOCKS * triangles)), first, crew)
    collapse = Collapse(*mesh)
    collapse.down_to(max(target, int(STRIDE * triangles), FEWEST))
    take_back(collapse, None)
    return collapse.finish()


def _centred(mesh: pyvista.PolyData) -> Centred:
    """Move a mesh to where float32 is finest: by whole mm, which takes no digits from most points."""
    points, triangles = mesh_arrays(mesh)
    origin = np.rint(middle(points))
    return Centred(points.astype(np.float32, copy=False) - origin.astype(np.float32), triangles, origin)


def _written(mesh: pyvista.PolyData, left: Centred) -> pyvista.PolyData:
    return remade(mesh, (left.points + left.origin).astype(np.float32), left.triangles)
