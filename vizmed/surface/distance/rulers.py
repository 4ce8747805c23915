"""How far points lie from triangles that are paired with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray

BLOCK = 1 << 15
"""Triangles that are made ready at a time."""

THREADS = 2

_TINY = np.finfo(np.float64).tiny


def side_by_side(work: Callable[[int], None], starts: Iterable[int]) -> None:
    """Do a piece of work for each start on two threads: numpy lets go of the interpreter in most of what it does."""
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(work, starts):
            pass


class Rulers:
    """Triangles made ready to be measured from.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        Points of a mesh, mm.
    triangles : (m, 3) ndarray of int
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any]) -> None:
        self._places = places
        self._corners = triangles
        self._frames = _frames(places, triangles)

    def least(
        self, points: NDArray[Any], row: NDArray[np.int64], triangle: NDArray[np.int64], *, quickly: bool
    ) -> FloatArray:
        """Give the least distance of each point over the triangles that are paired with it.

        Parameters
        ----------
        points : (k, 3) ndarray
            mm.
        row, triangle : (p,) ndarrays of int
            Which point is paired with which triangle, points rising.
        quickly : bool
            Measure only from triangles that a point lies right above: what is found is never too small, and too
            large where an edge or a corner is nearest.

        Returns
        -------
        (k,) ndarray of float64
            mm; infinite where no triangle counts.
        """
        frame = self._frames.take(triangle, axis=0)
        offset = points.take(row, axis=0) - frame[:, 0]
        x, y, z = offset.T  # einsum takes a quarter longer over so few terms
        u, v, height = (x * axis[:, 0] + y * axis[:, 1] + z * axis[:, 2] for axis in frame.transpose(1, 0, 2)[1:])
        above = (u >= 0) & (v >= 0) & (u + v <= 1)
        apart = np.where(above, np.abs(height), np.inf)
        if not quickly:
            beside = np.flatnonzero(~above)
            apart[beside] = self._from_edges(points[row[beside]], triangle[beside])
        least = np.full(len(points), np.inf)
        if row.size:
            begins = np.flatnonzero(np.diff(row, prepend=-1))
            least[row[begins]] = np.minimum.reduceat(apart, begins)
        return least

    def _from_edges(self, points: NDArray[Any], triangle: NDArray[np.int64]) -> FloatArray:
        corners = self._places[self._corners[triangle]].astype(np.float64)
        squared = np.full(len(points), np.inf)
        for n in range(3):
            tail, edge = corners[:, n], corners[:, (n + 1) % 3] - corners[:, n]
            along = ((points - tail) * edge).sum(1) / np.maximum((edge**2).sum(1), _TINY)
            nearest = tail + np.clip(along, 0, 1)[:, None] * edge
            squared = np.minimum(squared, ((points - nearest) ** 2).sum(1))
        return np.asarray(np.sqrt(squared))


def _frames(places: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float32]:
    """Give for each triangle a corner, the two axes that barycentric coordinates are read off on, and its normal.

    Shape (m, 4, 3). A triangle without an area has axes that are no numbers: nothing lies above it.
    """
    frames = np.empty((len(triangles), 4, 3), np.float32)
    for start in range(0, len(triangles), BLOCK):
        a, b, c = places[triangles[start : start + BLOCK].T].astype(np.float64)
        upright = np.cross(b - a, c - a)
        squared = (upright**2).sum(1)[:, None]
        squared[squared == 0] = np.nan
        axes = (a, np.cross(c - a, upright) / squared, np.cross(upright, b - a) / squared, upright / np.sqrt(squared))
        frames[start : start + BLOCK] = np.stack(axes, axis=1)
    return frames
