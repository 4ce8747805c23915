"""Fewer triangles for borders that several surfaces share: reduced together, so that they stay shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.bound import Bound
from vizmed.surface.collapse import Collapse
from vizmed.surface.facets import middle
from vizmed.surface.simplify import BOLDNESS, _take_back

Points = NDArray[np.float32]
Index = NDArray[np.int64]


def within_together(points: Points, triangles: Index, max_error_mm: float) -> tuple[Points, Index, Index]:
    """Remove as many triangles as an error allows, as `vizmed.surface.simplify.within` does.

    Points at edges of more than two triangles, the seams where three surfaces meet, stay where they are: what is joined
    there is taken back. So each border is closed by the others as it was.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        LPS mm.
    triangles : (m, 3) ndarray of int
        Those of one border face one way.
    max_error_mm : float

    Returns
    -------
    points : (k, 3) ndarray of float32
    triangles : (l, 3) ndarray of int
    rows : (l,) ndarray of int
        Which of the triangles given each was.
    """
    origin = np.rint(middle(points))  # float32 is finest near 0, and whole mm take no digits from most points
    collapse = Collapse((points - origin).astype(np.float32), triangles, origin)
    collapse.within(BOLDNESS * max_error_mm)
    _take_back(collapse, Bound(collapse, max_error_mm))
    left, fewer = collapse.finish()
    return (left + origin).astype(np.float32), fewer, collapse.triangles()[1]
