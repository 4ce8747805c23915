"""Which triangles lie near to a point: triangles sorted into cubes, so that only a few are measured from."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.distance.rulers import Rulers, side_by_side

WIDTH = 1.0
"""Side of a cell in mean edges of the mesh: wider ones hold more triangles, narrower ones each of them more often."""

BLOCK = 1 << 13
"""Points that are measured at a time."""

MOST_CELLS = 1 << 26
"""Entries that all triangles may have in cells: half a GB, beside which a mesh of that size is as large."""


class Cells:
    """Triangles in cells.

    Parameters
    ----------
    places : (n, 3) ndarray of float32
        mm, near the origin.
    triangles : (m, 3) ndarray of int
    reach_mm : float
        How far triangles are looked for from a point.
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any], reach_mm: float) -> None:
        self._rulers = Rulers(places, triangles)
        self.reach_mm = reach_mm
        corners = [places.take(triangles[:, n], axis=0) for n in range(3)]
        low, high = np.minimum.reduce(corners), np.maximum.reduce(corners)
        self._origin = low.min(axis=0) - 1.01 * reach_mm
        edge_mm = float(np.linalg.norm(corners[1] - corners[0], axis=1).mean())
        self._width = max(WIDTH * edge_mm, 2 * reach_mm)
        while (entries := self._count(low, high).sum()) > MOST_CELLS:
            self._width *= 2 if entries > 8 * MOST_CELLS else 1.25
        self._shape = self._cell(high.max(axis=0) + reach_mm) + 2
        self._fill(low, high)

    def distances(self, points: NDArray[Any], enough: float) -> FloatArray:
        """Give the distance of points (k, 3) from the triangles in reach, mm; infinite where none is.

        Up to `enough` a distance may be too large, though not larger than that; never is one too small. Beyond
        `reach_mm` another triangle may be nearer.
        """
        found = np.full(len(points), np.inf)

        def measure(start: int) -> None:
            rows = np.arange(start, min(start + BLOCK, len(points)))
            row, triangle = self._in_reach(points[rows])
            found[rows] = self._rulers.least(points[rows], row, triangle, quickly=True)
            far = found[rows] > enough
            if far.any():
                some = far[row]
                number = np.cumsum(far) - 1
                nearest = self._rulers.least(points[rows[far]], number[row[some]], triangle[some], quickly=False)
                found[rows[far]] = np.minimum(found[rows[far]], nearest)

        side_by_side(measure, range(0, len(points), BLOCK))
        return found

    def _cell(self, points: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(np.floor((points - self._origin) / self._width), dtype=np.int64)

    def _count(self, low: NDArray[Any], high: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray((self._cell(high) - self._cell(low) + 1).prod(axis=1))

    def _key(self, cell: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray((cell[:, 0] * self._shape[1] + cell[:, 1]) * self._shape[2] + cell[:, 2])

    def _fill(self, low: NDArray[Any], high: NDArray[Any]) -> None:
        first, count = self._cell(low), self._count(low, high)
        triangle = np.repeat(np.arange(len(low), dtype=np.int32 if len(low) < 2**31 else np.int64), count)
        nth = np.arange(len(triangle), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
        _, rows, columns = (self._cell(high) - first + 1).T
        rows, columns = rows[triangle], columns[triangle]
        key = self._key(first)[triangle] + nth % columns
        nth //= columns
        key += nth % rows * self._shape[2] + nth // rows * (self._shape[1] * self._shape[2])
        order = np.argsort(key, kind="stable")
        self._triangle = triangle[order]
        key = key[order]
        begins = np.flatnonzero(np.diff(key, prepend=-1))
        self._keys, self._begin = key[begins], np.append(begins, len(key))

    def _in_reach(self, points: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair each point with the triangles in the cells that the cube around it touches: (rows rising, triangles)."""
        below, above = self._cell(points - self.reach_mm), self._cell(points + self.reach_mm)
        rows, keys = [], []
        for corner in np.ndindex(2, 2, 2):
            side = np.array(corner, bool)
            fresh = (~side | (above > below)).all(axis=1)  # most cubes lie in one cell
            rows.append(np.flatnonzero(fresh))
            keys.append(self._key(np.where(side, above, below)[fresh]))
        row, key = np.concatenate(rows), np.concatenate(keys)
        order = np.argsort(row, kind="stable")
        row, key = row[order], key[order]
        place = np.searchsorted(self._keys, key)
        place[place == len(self._keys)] = 0
        known = self._keys[place] == key
        row, place = row[known], place[known]
        count = self._begin[place + 1] - self._begin[place]
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(row, count), self._triangle[np.repeat(self._begin[place], count) + nth].astype(np.int64)
