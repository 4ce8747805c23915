"""How many fans of triangles there are around each point of a mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.threads import blocks, each

BLOCK = 1 << 16
"""Points or corners that are looked at together."""

MANY = 32
"""Corners at a point from which on they are not walked round one by one, but by ever longer strides."""

Index = NDArray[np.signedinteger[Any]]


def points_of_one_fan(point: Index, onward: Index) -> int | None:
    """Count the points of triangles if there is one fan around each, which all its corners are in; None if not.

    Walks that begin at one corner of each point come round in as many steps as there are corners in all, or there are
    more fans than points. That takes less time and memory than to hold each walk against the corners of its point.

    Parameters
    ----------
    point : (c,) ndarray of int
        At which point each corner of a triangle is.
    onward : (c,) ndarray of int
        The next corner at the same point, all round it; each corner is the next one of just one other.
    """
    one = _one_corner(point, int(point.max(initial=-1)) + 1, onward.dtype)
    found = each(lambda block: _way_round(one[block], onward), blocks(len(one), BLOCK))
    points, steps = map(sum, zip(*found, strict=True)) if found else (0, 0)
    return points if steps == len(point) else None


def several_fans(point: Index, onward: Index, corners: Index) -> NDArray[np.bool_]:
    """Tell at which points there are two or more fans of triangles.

    Parameters
    ----------
    point : (c,) ndarray of int
        At which point each corner of a triangle is.
    onward : (c,) ndarray of int
        The next corner at the same point, all round it. Where there is none, the corner itself.
    corners : (n_points,) ndarray of int
        How many corners there are at each point.

    Returns
    -------
    (n_points,) ndarray of bool
    """
    one = _one_corner(point, len(corners), onward.dtype)
    several = np.zeros(len(corners), bool)

    def walk(block: slice) -> None:
        several[block] = _comes_back_early(one[block], onward, np.minimum(corners[block], MANY))

    each(walk, blocks(len(corners), BLOCK))
    crowded = np.flatnonzero(corners[point] >= MANY) if (corners >= MANY).any() else np.empty(0, np.int64)
    fans = np.bincount(point[crowded[_is_first(np.searchsorted(crowded, onward[crowded]))]], minlength=len(corners))
    return several | (fans > 1)


def _one_corner(point: Index, n_points: int, dtype: np.dtype[Any]) -> Index:
    """Give one corner at each point, any of them; -1 where there is none."""
    one = np.full(n_points, -1, dtype)
    for block in blocks(len(point), BLOCK):
        one[point[block]] = np.arange(block.start, block.stop, dtype=dtype)
    return one


def _way_round(start: Index, onward: Index) -> tuple[int, int]:
    """Count the corners to start from, and the steps from all of them back, of which each makes `MANY` at most."""
    start = here = start[start >= 0]
    points, steps = len(start), 0
    for _ in range(MANY):
        if len(here) == 0:
            break
        steps += len(here)
        here = onward.take(here)
        going = here != start
        if not going.all():
            here, start = here.compress(going), start.compress(going)
    return points, steps


def _comes_back_early(start: Index, onward: Index, corners: Index) -> NDArray[np.bool_]:
    """Tell from which corners one comes back before one has been to all so many at that point."""
    early = np.zeros(len(start), bool)
    going, here = np.arange(len(start)), onward.take(start)
    for gone in range(1, int(corners.max(initial=0))):
        on = corners > gone
        if 2 * np.count_nonzero(on) < len(on):  # most are round: only the others go on
            going, here, start, corners = going[on], here[on], start[on], corners[on]
        early[going] |= (here == start) & (corners > gone)
        here = onward.take(here)
    return early


def _is_first(onward: Index) -> NDArray[np.bool_]:
    """Tell which corners are the lowest one of their fan."""
    corners = np.arange(len(onward))
    least = corners
    while True:
        lower = np.minimum(least, least[onward])
        if np.array_equal(lower, least):
            return np.asarray(least == corners)
        least, onward = lower, onward[onward]
