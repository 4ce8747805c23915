"""How many fans of triangles there are around each point of a mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.threads import blocks, workers

BLOCK = 1 << 15
"""Points that are looked at together."""

MANY = 32
"""Corners at a point from which on they are not walked round one by one, but by ever longer strides."""

Index = NDArray[np.signedinteger[Any]]


def several_fans(point: Index, onward: Index) -> NDArray[np.bool_]:
    """Tell at which points there are two or more fans of triangles.

    Parameters
    ----------
    point : (c,) ndarray of int
        At which point each corner of a triangle is.
    onward : (c,) ndarray of int
        The next corner at the same point, all round it. Where there is none, the corner itself.

    Returns
    -------
    (n_points,) ndarray of bool
    """
    corners = np.bincount(point)
    one = np.zeros(len(corners), onward.dtype)
    for block in blocks(len(point), BLOCK):
        one[point[block]] = np.arange(block.start, block.stop)
    several = np.zeros(len(corners), bool)

    def walk(block: slice) -> None:
        many = corners[block]
        for n in np.unique(many[(many > 1) & (many < MANY)]):
            at = np.flatnonzero(many == n) + block.start
            several[at] = _comes_back_early(one[at], onward, int(n))

    with workers() as pool:
        for _ in pool.map(walk, blocks(len(corners), BLOCK)):
            pass
    crowded = np.flatnonzero(corners[point] >= MANY) if (corners >= MANY).any() else np.empty(0, np.int64)
    fans = np.bincount(point[crowded[_is_first(np.searchsorted(crowded, onward[crowded]))]], minlength=len(corners))
    return several | (fans > 1)


def _comes_back_early(start: Index, onward: Index, corners: int) -> NDArray[np.bool_]:
    """Tell from which corners one comes back before one has been to all so many at that point."""
    here, early = onward[start], np.zeros(len(start), bool)
    for _ in range(corners - 1):
        early |= here == start
        here = onward[here]
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
