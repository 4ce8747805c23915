"""Fewer triangles for the same shape: reduced boldly, and taken back wherever that went wrong.

fast-simplification knows no bound for the distance, and leaves edges of four triangles, triangles that are turned over
and pieces that are gone. Each reduced mesh is therefore judged against the full one, and the groups of points that were
joined wrongly are parted again, until nothing is wrong any more.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.surface.edges import crowded, pinched, twins
from vizmed.surface.facets import facets, middle
from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse, Mask, Triangles
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

BOLDNESS = 2.0
"""By how much the quadric error is let past the bound. It adds up the squares of the distances from all planes around,
and the bulk of a surface is far nearer; what is not is taken back."""

WORTHWHILE = 0.9
"""Part of the triangles that a stride may leave; if it leaves more, it is tried again for fewer."""

STRIDE = 0.5
"""Part of the triangles that a stride towards a number leaves. Groups stay small then, and what is taken back too: in
one stride to a tenth, groups that fail drag their neighbours along until most of the mesh is back."""

ATTEMPTS = 4
"""How often a lower number is tried where taking back has left too many triangles."""

THINNEST = 4.0
"""How thin a triangle may be, in steps of float32 where the mesh lies."""

FEWEST = 4
"""Triangles that close a surface."""


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
        Points in float32, front sides where they were, closed and a manifold where it was one. A piece smaller than a
        few triangles vanishes.

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
    points, triangles = mesh_arrays(mesh)
    if faces >= len(triangles):
        return mesh
    points, origin = _centred(points)
    target, attempts = faces, 0
    while len(triangles) > faces and attempts < ATTEMPTS:
        collapse = Collapse(points, triangles, origin)
        collapse.down_to(max(target, int(STRIDE * len(triangles)), FEWEST))
        take_back(collapse, None)
        fewer_points, fewer = collapse.finish()
        if len(fewer) < WORTHWHILE * len(triangles) or len(fewer) <= faces:
            points, triangles = fewer_points, fewer
        else:
            target, attempts = target - (len(fewer) - faces), attempts + 1
    return _written(points, triangles, origin)


def within(mesh: pyvista.PolyData, max_error_mm: float) -> pyvista.PolyData:
    """Remove as many triangles as an error allows.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    max_error_mm : float
        How far the reduced surface may lie from the full one. No point of the full mesh lies further from the
        triangles of the reduced one that took the place of those around it, and no point of the reduced mesh further
        from the full one.

    Returns
    -------
    pyvista.PolyData
        Points in float32, front sides where they were, closed and a manifold where it was one, no piece lost.

    Raises
    ------
    OptionError
        If the error is not a positive number.
    """
    check_error(max_error_mm)
    points, triangles = mesh_arrays(mesh)
    if len(triangles) <= FEWEST:
        return mesh
    points, origin = _centred(points)
    collapse = Collapse(points, triangles, origin)
    collapse.within(BOLDNESS * max_error_mm)
    take_back(collapse, Bound(collapse, max_error_mm))
    return _written(*collapse.finish(), origin)


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


def _centred(points: NDArray[Any]) -> tuple[NDArray[np.float32], FloatArray]:
    """Move points to where float32 is finest: by whole mm, which takes no digits from most of them."""
    origin = np.rint(middle(points))
    return (points - origin).astype(np.float32), origin


def _written(points: NDArray[np.float32], triangles: Triangles, origin: FloatArray) -> pyvista.PolyData:
    return to_polydata((points + origin).astype(np.float32), triangles)


def take_back(collapse: Collapse, bound: Bound | None) -> None:
    """Part groups until nothing is wrong any more: first what lies near the last change, then what is dear to find."""
    scope = np.ones(len(collapse.full), bool)  # also what stands in for nothing: it may have lost all its triangles
    while scope.any():
        seen = scope
        while scope.any():
            triangles = collapse.triangles(scope)
            wrong = _wrong(collapse, triangles)
            if bound is not None:
                wrong |= bound.too_far(collapse, scope, triangles)
            scope = _parted(collapse, wrong)
            seen = seen | scope
        wrong = collapse.groups_of(collapse.coinciding())
        if bound is not None:
            wrong |= bound.spikes(collapse, seen)
        scope = _parted(collapse, wrong)


def _parted(collapse: Collapse, groups: Mask) -> Mask:
    """Take groups back, and mark them with all points that this touches."""
    touched = groups[collapse.stand_in]
    collapse.take_back(groups)
    for _ in range(2):  # what was parted has new triangles, and `Stars` looks as far as the neighbours' triangles
        touched[collapse.triangles(touched)] = True
    return np.asarray(touched)


def _wrong(collapse: Collapse, triangles: Triangles) -> Mask:
    """Mark the groups at triangles that are turned over, without an area or folded, and where sheets have met."""
    a, b, c = triangles.T
    normals = collapse.normals_of_groups()
    facing = normals[a] + normals[b] + normals[c]
    turned = np.empty(len(triangles), bool)
    for part in facets(collapse.places, triangles):
        edges = (part.b - part.a, part.c - part.b, part.a - part.c)
        longest = np.sqrt(np.max([(edge**2).sum(axis=0) for edge in edges], axis=0))
        # what is thinner than this, twice its area over its longest edge, may be written as a line
        least = THINNEST * collapse.grain_mm * longest
        turned[part.where] = (part.area_vector * facing[part.where].T).sum(axis=0) <= least
    alone = collapse.groups == 1
    turned &= ~(alone[a] & alone[b] & alone[c])  # what the full mesh has itself is not wrong
    twin = twins(triangles)
    beside = twin.reshape(-1, 3) // 3
    folded = ((beside == np.roll(beside, 1, axis=1)) & (beside >= 0)).any(axis=1)
    odd = (triangles[turned | folded].ravel(), crowded(triangles), pinched(triangles, twin))
    return collapse.groups_of(np.concatenate(odd))
