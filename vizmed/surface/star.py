"""How far points lie from the triangles around one corner of a mesh: quick, exact for these, never understated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray

BLOCK = 1 << 15
"""Points that are measured at a time: with six triangles around a corner, some ten MB."""

_TINY = np.finfo(np.float64).tiny


class Stars:
    """The triangles around each point of a mesh.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        Points of the mesh, mm.
    triangles : (m, 3) ndarray of int
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any]) -> None:
        flat = triangles.ravel()
        self._of = np.argsort(flat, kind="stable") // 3
        self._count = np.bincount(flat, minlength=len(places))
        self._start = np.cumsum(self._count) - self._count
        self._corners = triangles
        self._places = places
        self._frames = _frames(places, triangles)

    def distances(self, points: NDArray[Any], centres: NDArray[np.int64], enough: float = 0.0) -> FloatArray:
        """Give the distance of each point from the star of a corner, or from the stars around that one if nearer.

        Parameters
        ----------
        points : (k, 3) ndarray
            mm.
        centres : (k,) ndarray of int
            The corner whose star each is measured to.
        enough : float
            Distances up to this need not be exact, only not understated.

        Returns
        -------
        (k,) ndarray of float64
            mm; infinite where a corner has no triangles.
        """
        found = np.full(len(points), np.inf)
        for start in range(0, len(points), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(points)))
            found[rows] = self._least(points[rows], *self._around(centres[rows]), quickly=True)
            for reach in (self._around, self._around_neighbours):
                far = rows[found[rows] > enough]
                if far.size:
                    found[far] = np.minimum(found[far], self._least(points[far], *reach(centres[far]), quickly=False))
        return found

    def _around(self, centres: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair each row of centres with the triangles around it: (rows, triangles), rows rising."""
        count = self._count[centres]
        row = np.repeat(np.arange(len(centres)), count)
        nth = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
        return row, self._of[np.repeat(self._start[centres], count) + nth]

    def _around_neighbours(self, centres: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        row, triangle = self._around(centres)
        n = len(self._places)
        neighbour = (row[:, None] * n + self._corners[triangle]).ravel()
        neighbour.sort()
        neighbour = neighbour[np.flatnonzero(np.diff(neighbour, prepend=-1))]
        further, triangle = self._around(neighbour % n)
        return (neighbour // n)[further], triangle

    def _least(
        self, points: NDArray[Any], row: NDArray[np.int64], triangle: NDArray[np.int64], *, quickly: bool
    ) -> FloatArray:
        """Give the least distance of each point over the triangles that are paired with it.

        Quickly, only where it lies right above a triangle.
        """
        frame = self._frames.take(triangle, axis=0)
        offset = points.take(row, axis=0) - frame[:, 0]
        u, v, height = np.einsum("pc,pac->ap", offset, frame[:, 1:])
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
