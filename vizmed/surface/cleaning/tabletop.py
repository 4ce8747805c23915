"""The top of the table under a patient: the same in every slice, which also shows it where the back lies on it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray, Geometry
from vizmed.surface.cleaning.masks import Mask, neighbours

SEEN_SHARE = 0.3
"""A column shows the table where at least this part of the slices do."""

LENGTH = 0.6
"""A table lies along at least this part of the scan."""

WIDTH_MM = 100.0
"""A table is seen at least this far across; headrests may be as narrow, and are left to their shape."""

STEADY_MM = 2.0
"""How far a table's top may be from its place in a slice. Blankets lie elsewhere in each."""

RUN_ON_MM = 50.0
"""How far a table's top is taken to be straight where no slice shows it: one bent like a body strays by 1 mm."""

SUNK_MM = 10.0
"""How deep a body may seem to lie in a table's top."""

SUNK_SHARE = 0.01
"""The part of what lies over a table's top that may seem to lie deeper: else it is no table."""


class Tabletop(NamedTuple):
    """Where a table's top lies.

    Parameters
    ----------
    front, across : int
        Index axes: from the patient's front to the back, and from side to side.
    towards_end : bool
        Whether the table lies towards the end of the front axis rather than towards its beginning.
    surface : (n,) ndarray of float
        Index along the front axis of its foremost cell, for each index across; NaN where there is no table.
    """

    front: int
    across: int
    towards_end: bool
    surface: FloatArray

    def past(self, n_deep: int) -> FloatArray:
        """Count the cells from the top, negative before it, NaN beside it; of length 1 along the upright axis."""
        depth = _laid(np.arange(n_deep, dtype=np.float64), self.front)
        surface = _laid(self.surface, self.across)
        return depth - surface if self.towards_end else surface - depth


def find_tabletop(rest: Mask, body: Mask, geometry: Geometry, cell_mm: FloatArray) -> Tabletop | None:
    """Find the table's top among the cells that are not the body.

    Its place in each column is the foremost that enough slices agree on; across a narrow gap it runs on straight.

    Parameters
    ----------
    rest, body : ndarray of bool
        Cells along the axes of the geometry.
    geometry : Geometry
    cell_mm : (3,) ndarray

    Returns
    -------
    Tabletop or None
        None where nothing is as long, as wide and as straight as a table, or the body would lie in it.
    """
    across, front, upright = (geometry.axis_order.index(axis) for axis in range(3))
    lying = (across, front, upright)
    table, person = rest.transpose(lying), body.transpose(lying)
    if table.any(axis=(0, 1)).mean() < LENGTH or not person.any():
        return None
    depth = np.arange(table.shape[1])
    towards_end = _middle(table) >= _middle(person)
    if not towards_end:  # the patient lies on the face, or the grid runs from back to front
        table, person = table[:, ::-1], person[:, ::-1]
    table = table & (depth > _middle(person))[:, None]
    seen, places = _steady(table, max(1, round(STEADY_MM / cell_mm[front])))
    if seen.size * cell_mm[across] < WIDTH_MM:
        return None
    surface = _run_on(seen, places, len(table), round(RUN_ON_MM / cell_mm[across]))
    over = person.shape[1] - 1 - _first(person[:, ::-1]) - surface[:, None]
    known = np.count_nonzero(np.isfinite(over))
    if np.count_nonzero(over * cell_mm[front] > SUNK_MM) > SUNK_SHARE * known:
        return None
    return Tabletop(front, across, towards_end, surface if towards_end else table.shape[1] - 1 - surface)


def _steady(table: Mask, most: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Find the columns in which enough slices have something foremost at one depth, give or take so many cells."""
    near = neighbours(table, (0, most, 0), np.logical_or).mean(axis=2) >= SEEN_SHARE
    seen = np.flatnonzero(near.any(axis=1))
    start = near[seen].argmax(axis=1)
    window = np.minimum(start[:, None] + np.arange(2 * most + 1), table.shape[1] - 1)
    first = _first(table[seen[:, None], window])
    return seen, start + np.nanmedian(first, axis=1)


def _run_on(seen: NDArray[np.intp], places: FloatArray, n: int, most: int) -> FloatArray:
    """Lay places along n columns, straight across gaps of not more than so many columns; NaN elsewhere."""
    surface = np.full(n, np.nan)
    surface[seen] = places
    for before, behind in pairwise(seen):
        if 1 < behind - before <= most:
            surface[before : behind + 1] = np.interp(
                np.arange(before, behind + 1), [before, behind], surface[[before, behind]]
            )
    return surface


def _first(mask: Mask) -> FloatArray:
    """Give where along the second axis the first cell is, NaN where there is none."""
    return np.where(mask.any(axis=1), mask.argmax(axis=1), np.nan)


def _middle(mask: Mask) -> int:
    """Give where along the second axis half of the cells lie before."""
    counts = np.cumsum(mask.sum(axis=(0, 2)))
    return int(np.searchsorted(counts, counts[-1] / 2))


def _laid(values: FloatArray, axis: int) -> FloatArray:
    """Lay values along one of three axes."""
    return values.reshape([-1 if n == axis else 1 for n in range(3)])
