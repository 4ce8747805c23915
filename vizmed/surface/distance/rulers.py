"""How far points lie from triangles, of which each point has a list."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.facets import dot
from vizmed.surface.threads import blocks, each

BLOCK = 1 << 15
"""Points that are measured at a time: what they need nearly stays in a processor's cache, and threads seldom wait."""

FEW = 1 << 19
"""Triangles up to which their corners are kept as int64."""

ONE_BY_ONE = 6
"""Triangles of a list that are looked at one by one before all others are: those around a point are about as many."""

MOST = 64
"""How many of these at a time: a point where hundreds of long triangles meet must not fill the memory."""

NONE = -1
"""No triangle."""

MOST_AT_ONCE = 4
"""Triangles of a list that a point is measured from before it is asked whether it lies on one of them."""

Columns = NDArray[np.float32]
"""Points or vectors as x, y and z, (3, n): numpy computes along columns several times as fast as along short rows."""

_TINY = np.float32(1e-30)  # keeps triangles and edges of no size from dividing by 0


class Lists(NamedTuple):
    """Which triangles each of many points is measured from.

    Parameters
    ----------
    begin, length : (k,) ndarrays of int
        Where the triangles of each point begin in the row of all, and how many there are.
    triangle : (p,) ndarray of int
        That row.
    """

    begin: NDArray[Any]
    length: NDArray[Any]
    triangle: NDArray[Any]


class Rulers:
    """Triangles that are measured from.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        Points of a mesh, mm, near the origin: everything is computed in float32.
    triangles : (m, 3) ndarray of int
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any]) -> None:
        self._places = columns(places)
        # numpy looks up by int64 at once, by int32 after making it one; of many triangles, memory counts more
        is_lean = len(triangles) >= FEW and len(places) < 2**31
        self._corners = np.ascontiguousarray(triangles.T, np.int32 if is_lean else np.int64)

    def least(self, points: Columns, lists: Lists) -> NDArray[np.float32]:
        """Give the least distance of each point from the triangles in its list, mm; infinite where that is empty.

        Parameters
        ----------
        points : (3, k) ndarray of float32
            mm.
        lists : Lists
        """
        found = np.full(points.shape[1], np.inf, np.float32)

        def search(block: slice) -> None:
            rows, done, more = np.arange(block.start, block.stop), 0, 1
            while (rows := rows[(lists.length[rows] > done) & (found[rows] > 0)]).size:
                count = np.minimum(lists.length[rows] - done, more)
                first = np.cumsum(count) - count
                row = np.repeat(rows, count)
                nth = np.repeat(lists.begin[rows] + done - first, count) + np.arange(row.size)
                squared = _from_triangle(points.take(row, axis=1), *self.corners_of(lists.triangle.take(nth)))
                found[rows] = np.minimum(found[rows], np.minimum.reduceat(squared, first))
                done, more = done + more, min(2 * more, MOST_AT_ONCE)

        each(search, blocks(len(found), BLOCK))
        return np.sqrt(found)

    def first_within(
        self, points: Columns, lists: Lists, enough_mm: float, *, closely: bool = False
    ) -> NDArray[np.int64]:
        """Give a triangle out of the list of each point that lies no further from it than a distance; `NONE` for none.

        Parameters
        ----------
        points : (3, k) ndarray of float32
            mm.
        lists : Lists
        enough_mm : float
        closely : bool
            Overlook none. Otherwise one may be whose nearest place lies on its rim, which takes half the time.
        """
        found = np.full(points.shape[1], NONE)
        for block in blocks(len(found), BLOCK):
            rows, done = np.arange(block.start, block.stop), 0
            while (rows := rows[(lists.length[rows] > done) & (found[rows] == NONE)]).size:
                count = np.minimum(lists.length[rows] - done, 1 if done < ONE_BY_ONE else MOST)
                row = np.repeat(rows, count)
                nth = np.repeat(lists.begin[rows] + done - np.cumsum(count) + count, count) + np.arange(row.size)
                triangle = lists.triangle.take(nth)
                hit = np.flatnonzero(self.near(points.take(row, axis=1), triangle, enough_mm, closely=closely))
                found[row[hit]] = triangle[hit]
                done += 1 if done < ONE_BY_ONE else MOST
        return found

    def near(
        self, points: Columns, triangle: NDArray[Any], enough_mm: float, *, closely: bool = False
    ) -> NDArray[np.bool_]:
        """Tell of pairs of a point (3, k) and a triangle (k,) which lie no further apart; see `first_within`."""
        measure = _from_triangle if closely else _from_inside
        return measure(points, *self.corners_of(triangle)) <= np.float32(enough_mm) ** 2

    def corners_of(self, triangle: NDArray[Any] | slice) -> tuple[Columns, Columns, Columns]:
        """Give the three corners (3, p) of triangles (p,), or of a slice of all triangles."""
        a, b, c = (self._places.take(corner[triangle], axis=1) for corner in self._corners)
        return a, b, c


def columns(points: NDArray[Any]) -> Columns:
    """Turn points (n, 3) into columns."""
    return np.ascontiguousarray(points.T, dtype=np.float32)


def _from_inside(points: Columns, a: Columns, b: Columns, c: Columns) -> NDArray[np.float32]:
    """Square the distance of each point from a place in its triangle: the nearest where the point lies above it.

    Elsewhere another place may be nearer, such as one on an edge.
    """
    offset, one, two = points - a, b - a, c - a
    one_one, one_two = dot(one, one) + _TINY, dot(one, two)
    upright = two - (one_two / one_one) * one  # at right angles to the first edge: needles stay exact so
    v = np.clip(dot(offset, upright) / (dot(upright, upright) + _TINY), 0, 1)
    u = np.clip((dot(offset, one) - v * one_two) / one_one, 0, 1 - v)
    offset -= u * one
    offset -= v * two
    return dot(offset, offset)


def _from_edge(offset: Columns, edge: Columns) -> NDArray[np.float32]:
    """Square the distance of points, seen from the tails of edges, from those edges."""
    along = np.clip(dot(offset, edge) / (dot(edge, edge) + _TINY), 0, 1)
    apart = offset - along * edge
    return dot(apart, apart)


def _from_triangle(points: Columns, a: Columns, b: Columns, c: Columns) -> NDArray[np.float32]:
    """Square the distance of each point from its triangle."""
    offset = points - a
    on_edges = np.minimum(_from_edge(offset, b - a), _from_edge(offset, c - a))
    on_edges = np.minimum(on_edges, _from_edge(points - b, c - b))
    return np.minimum(on_edges, _from_inside(points, a, b, c))
