"""Cubes in space, of which only those that hold points are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.rulers import Columns

MARKS = 1 << 22
"""How many marks tell whether a point may lie in a cell, before the cell is searched for; cells share them."""

COARSE = 3
"""Powers of 2 by which cells are made coarser, to pass over most boxes at once."""

SPAN = 1 << COARSE
"""More cells than a box may span along an axis."""

MOST_ALONG = 1 << 20
"""Cells that there may be along x, y or z, so that int64 numbers them all."""

OWNER = 32
"""Bits of an entry that tell what lies in a cell; those above tell the cell."""

Number = NDArray[np.int64]


class Grid(NamedTuple):
    """Cubes around points.

    Parameters
    ----------
    low : (3, 1) ndarray of float32
        Where the first one begins, mm.
    side_mm : float
    shape : (3, 1) ndarray of float32
        How many there are along x, y and z.
    """

    low: Columns
    side_mm: float
    shape: Columns

    @classmethod
    def around(cls, points: Columns, side_mm: float) -> Grid:
        """Lay cubes around points (3, n), of such a side or, where that were too many, a longer one."""
        low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
        side_mm = max(side_mm, float((high - low).max()) / MOST_ALONG)
        return cls(low, side_mm, np.floor((high - low) * np.float32(1 / side_mm)) + 1)

    def cells(self, points: Columns) -> NDArray[np.int32]:
        """Give the cells (3, n) that points lie in; those outside lie in one beyond the last or before the first."""
        within = (points - self.low) * np.float32(1 / self.side_mm)
        return np.asarray(np.floor(np.clip(within, -1, self.shape)), dtype=np.int32)

    def number(self, cells: NDArray[np.int32]) -> Number:
        """Number cells (3, n): those of a slice in z follow each other, as triangles of a scan often do."""
        x, y, z = cells
        nx, ny = self.shape[:2, 0].astype(np.int64)
        return np.asarray((z.astype(np.int64) * ny + y) * nx + x)


class Sought:
    """The cells that hold points.

    Parameters
    ----------
    grid : Grid
    points : (3, k) ndarray of float32
        mm, by the number of their cell, rising.
    number : (k,) ndarray of int64
        Those numbers.

    Attributes
    ----------
    count : int
        How many cells there are.
    cell : (k,) ndarray of int64
        Which of them each point lies in.
    """

    def __init__(self, grid: Grid, points: Columns, number: Number) -> None:
        fresh = np.append(True, number[1:] != number[:-1])
        self.cell = np.cumsum(fresh) - 1
        self._numbers = number[fresh]
        self.count = len(self._numbers)
        self._grid = grid
        self._marks = np.zeros(MARKS, bool)
        self._marks[_mark_of(self._numbers)] = True
        self._near = np.zeros(MARKS, bool)  # coarse cells at which a box may begin that reaches into one of these
        coarse = grid.cells(points[:, fresh]) >> COARSE
        for step in np.ndindex(2, 2, 2):
            self._near[_mark_of(grid.number(coarse - np.array(step, np.int32)[:, None]))] = True

    def entries(self, owner: NDArray[Any], low: Columns, high: Columns) -> Number:
        """Sort boxes (3, n) into all of the cells that they overlap, as numbers of cell and owner; see `OWNER`."""
        near = np.flatnonzero(self._near.take(_mark_of(self._grid.number(self._grid.cells(low) >> COARSE))))
        found = [np.empty(0, np.int64)]
        for numbers, box in self._overlapped(low.take(near, axis=1), high.take(near, axis=1)):
            number = numbers.ravel()
            likely = np.flatnonzero(self._marks.take(_mark_of(number)))
            number, whose = number.take(likely), box.take(likely // numbers.shape[1])
            cell = np.minimum(np.searchsorted(self._numbers, number), self.count - 1)
            hit = np.flatnonzero(self._numbers.take(cell) == number)
            found.append(cell.take(hit) << OWNER | owner.take(near.take(whose.take(hit))))
        return np.concatenate(found)

    def _overlapped(self, low: Columns, high: Columns) -> Iterator[tuple[Number, Number]]:
        """Go through boxes that span as many cells: the numbers of these (n, cells of each), and which boxes (n,)."""
        first = np.maximum(self._grid.cells(low), 0)
        last = np.minimum(self._grid.cells(high), self._grid.shape.astype(np.int32) - 1)
        x, y, z = along = last - first + 1
        spans = np.where((along > 0).all(axis=0), x + SPAN * (y + SPAN * z), 0)
        number = self._grid.number(first)
        for span in np.flatnonzero(np.bincount(spans, minlength=1)[1:]) + 1:  # 0 are those outside of the grid
            box = np.flatnonzero(spans == span)
            steps = np.array(list(np.ndindex(span % SPAN, span // SPAN % SPAN, span // SPAN**2)), np.int32).T
            yield number[box][:, None] + self._grid.number(steps), box


def _mark_of(number: Number) -> Number:
    return number & (MARKS - 1)
