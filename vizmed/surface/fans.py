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
    one = np.zeros(len(corners), onward.dtype)
    several = np.zeros(len(corners), bool)

    def start(block: slice) -> None:
        one[point[block]] = np.arange(block.start, block.stop, dtype=onward.dtype)  # any of a point's corners will do

    def walk(block: slice) -> None:
        several[block] = _comes_back_early(one[block], onward, np.minimum(corners[block], MANY))

    each(start, blocks(len(point), BLOCK))
    each(walk, blocks(len(corners), BLOCK))
    crowded = np.flatnonzero(corners[point] >= MANY) if (corners >= MANY).any() else np.empty(0, np.int64)
    fans = np.bincount(point[crowded[_is_first(np.searchsorted(crowded, onward[crowded]))]], minlength=len(corners))
    return several | (fans > 1)


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
