"""Which triangles lie near to a point: both are sorted into cubes, so that only a few are measured from.

A triangle lies in every cube that it is in reach from, so that each point need look into its own cube alone; and only
cubes that a point lies in are filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.grid import OWNER, Grid, Sought
from vizmed.surface.distance.rulers import Columns, Lists, Rulers, columns
from vizmed.surface.facets import dot
from vizmed.surface.threads import blocks, each

WIDTH = 1.0
"""Side of a cell in mean edges of the mesh: wider ones hold more triangles, narrower ones each of them more often."""

LARGE = 4.0
"""Sides of a cell that a triangle may be long; larger ones go into cells of twice the side, and so on."""

SHORTEST_MM = 1e-9
"""Side of a cell where all edges have no length."""

BLOCK = 1 << 16
"""Triangles that are sorted into cells at a time; blocks that lie elsewhere are passed over."""

POINTS = 1 << 19
"""Points that are looked at at a time: no more cells than theirs are in memory."""

Mask = NDArray[np.bool_]


class Cells:
    """Triangles to be measured from.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        mm, near the origin.
    triangles : (m, 3) ndarray of int

    Attributes
    ----------
    edge_mm : float
        How long edges are on average.
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any]) -> None:
        self._rulers = Rulers(places, triangles)
        self._parts = list(blocks(len(triangles), BLOCK))
        self._boxes = np.empty((len(self._parts), 2, 3), np.float32)
        self._size = np.empty(len(triangles), np.int16)  # the power of 2 mm that no side of a triangle's box reaches
        lengths = np.empty(len(self._parts))

        def measure(n: int) -> None:
            a, b, c = self._rulers.corners_of(self._parts[n])
            low, high = _box(a, b, c)
            self._boxes[n] = low.min(axis=1), high.max(axis=1)
            self._size[self._parts[n]] = np.frexp((high - low).max(axis=0))[1]
            lengths[n] = sum(float(np.sqrt(dot(edge, edge)).sum(dtype=np.float64)) for edge in (b - a, c - b, a - c))

        each(measure, range(len(self._parts)))
        self.edge_mm = float(lengths.sum() / (3 * len(triangles)))

    def distances(self, points: NDArray[Any], reach_mm: float) -> NDArray[np.float32]:
        """Give the distance of points (k, 3) from the nearest triangle, mm; infinite where none is in reach."""
        places = columns(points)
        found = np.full(len(points), np.inf, np.float32)
        for side_mm, sized in self._layers(reach_mm):
            left = np.flatnonzero(found > 0)
            if left.size == 0:
                break
            grid = Grid.around(places.take(left, axis=1), side_mm)
            number = grid.number(grid.cells(places.take(left, axis=1)))
            order = np.argsort(number)
            left, number = left[order], number[order]
            for some in blocks(len(left), POINTS):
                near = places.take(left[some], axis=1)
                lists = self._lists(Sought(grid, near, number[some]), near, sized, reach_mm)
                found[left[some]] = np.minimum(found[left[some]], self._rulers.least(near, lists))
        found[found > reach_mm] = np.inf  # a nearer triangle may lie in another cell
        return found

    def _layers(self, reach_mm: float) -> Iterator[tuple[float, Mask]]:
        """Go through the sides of cells that are wanted, and mark the triangles that are sorted into these."""
        side_mm = max(WIDTH * self.edge_mm, 2 * reach_mm, SHORTEST_MM)
        layer = np.maximum(self._size - int(np.floor(np.log2(LARGE * side_mm))), 0)
        for nth in range(int(layer.max()) + 1):
            sized = layer == nth
            if sized.any():
                yield side_mm * 2.0**nth, sized

    def _lists(self, sought: Sought, points: Columns, sized: Mask, reach_mm: float) -> Lists:
        """Give the triangles in reach of the cell of each point."""
        reach = np.float32(reach_mm)
        low, high = points.min(axis=1) - reach, points.max(axis=1) + reach
        meets = ((self._boxes[:, 0] <= high) & (self._boxes[:, 1] >= low)).all(axis=1)

        def fill(n: int) -> NDArray[np.int64]:
            triangle = np.flatnonzero(sized[self._parts[n]]) + self._parts[n].start
            low, high = _box(*self._rulers.corners_of(triangle))
            return sought.entries(triangle, low - reach, high + reach)

        entries = np.concatenate([np.empty(0, np.int64), *each(fill, np.flatnonzero(meets).tolist())])
        entries.sort()
        count = np.bincount(entries >> OWNER, minlength=sought.count)
        begin = np.cumsum(count) - count
        return Lists(begin[sought.cell], count[sought.cell], entries & ((1 << OWNER) - 1))


def _box(a: Columns, b: Columns, c: Columns) -> tuple[Columns, Columns]:
    return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
