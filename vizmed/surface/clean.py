"""Meshes without dead weight: no points that no triangle uses, no triangles that have shrunk to a line or a point."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Points = NDArray[Any]
Triangles = NDArray[Any]

_ODD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""Factors that spread numbers over 64 bits: those of splitmix and of xxHash."""


def without_slivers(points: Points, triangles: Triangles, suspects: NDArray[np.bool_]) -> tuple[Points, Triangles]:
    """Weld points that fell onto one place in float32, and drop the triangles that this leaves with two corners.

    Edges stay paired: what a dropped triangle took away on one side, its neighbour gets from the other.

    Parameters
    ----------
    points : (n, 3) ndarray
    triangles : (m, 3) ndarray of int
        Changed in place.
    suspects : (n,) ndarray of bool
        The points that may share their place with another.

    Returns
    -------
    points, triangles
    """
    if _all_apart(points[suspects]):
        return points, triangles
    a, b, c = suspects[triangles].T
    rows = np.flatnonzero((a & b) | (b & c) | (c & a))
    rows = rows[_coincide(points, triangles[rows]).any(axis=1)]
    if rows.size == 0:
        return points, triangles
    involved = np.unique(triangles[rows])
    _, first, same = np.unique(points[involved], axis=0, return_index=True, return_inverse=True)
    home = np.arange(len(points))
    home[involved] = involved[first[same.ravel()]]
    return compact(points, without_degenerate(home[triangles]))


def without_degenerate(triangles: Triangles) -> Triangles:
    """Drop the triangles (m, 3) that name a point twice."""
    a, b, c = triangles.T
    return np.asarray(triangles[(a != b) & (b != c) & (c != a)])


def compact(points: Points, triangles: Triangles) -> tuple[Points, Triangles]:
    """Drop the points that no triangle uses, and number the rest anew, in their old order."""
    used = np.zeros(len(points), bool)
    used[triangles] = True
    if used.all():
        return points, triangles
    number = np.cumsum(used) - 1
    return points[used], number[triangles]


def _all_apart(points: Points) -> bool:
    """Tell points (n, 3) of float32 that surely differ, by a number for each, which is the same for the same place."""
    x, y, z = (points + np.float32(0)).view(np.uint32).astype(np.uint64).T  # -0 is 0
    numbers = np.sort((x * _ODD[0] + y) * _ODD[1] + z)
    return not bool((numbers[1:] == numbers[:-1]).any())


def _coincide(points: Points, triangles: Triangles) -> NDArray[np.bool_]:
    corners = points[triangles]
    return np.asarray((corners == np.roll(corners, 1, axis=1)).all(axis=2))
