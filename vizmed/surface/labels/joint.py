"""Fewer triangles for borders that meet: each is reduced, the seams where they meet stay, and so they still fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.clean import compact
from vizmed.surface.facets import middle
from vizmed.surface.simplify import BOLDNESS, take_back
from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse

Points = NDArray[np.float32]
Index = NDArray[np.int64]


def within_together(
    points: Points, triangles: Index, border: NDArray[Any], max_error_mm: float
) -> tuple[Points, Index, Index]:
    """Remove as many triangles as an error allows, as `vizmed.surface.simplify.within` does.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        LPS mm.
    triangles : (m, 3) ndarray of int
        Those of one border face one way.
    border : (m,) ndarray of int
        The number of the border that each triangle is of.
    max_error_mm : float

    Returns
    -------
    points : (k, 3) ndarray of float32
    triangles : (l, 3) ndarray of int
    rows : (l,) ndarray of int
        Which of the triangles given each was.
    """
    apart, source = _taken_apart(triangles, border)
    origin = np.rint(middle(points))  # float32 is finest near 0, and whole mm take no digits from most points
    collapse = Collapse((points - origin).astype(np.float32)[source], apart, origin)
    collapse.within(BOLDNESS * max_error_mm)
    is_seam = np.bincount(source, minlength=len(points)) > 1
    collapse.take_back(collapse.groups_of(np.flatnonzero(is_seam[source])))
    take_back(collapse, Bound(collapse, max_error_mm))
    stand_in = collapse.stand_in[apart]
    a, b, c = stand_in.T
    rows = np.flatnonzero((a != b) & (b != c) & (c != a))
    moved = points.copy()
    is_moved = collapse.groups > 1
    moved[source[is_moved]] = (collapse.places[is_moved] + origin).astype(np.float32)
    return *compact(moved, source[stand_in[rows]]), rows


def _taken_apart(triangles: Index, border: NDArray[Any]) -> tuple[Index, Index]:
    """Give each border its own copy of the points on seams.

    fast-simplification never joins inner points with those on the rim of a mesh: what it does to a seam can be taken
    back without what lies around.

    Returns
    -------
    triangles : (m, 3) ndarray of int
    source : (k,) ndarray of int
        The point that each of their points is.
    """
    n_borders = int(border.max(initial=0)) + 1
    own, apart = np.unique(triangles * n_borders + border[:, None], return_inverse=True)
    return apart.reshape(triangles.shape), own // n_borders
