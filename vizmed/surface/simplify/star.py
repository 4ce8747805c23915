"""How far points lie from the triangles around one corner of a mesh: quick, exact for these, never understated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.distance.rulers import Rulers, side_by_side

BLOCK = 1 << 13
"""Points that are measured at a time: what they need then stays in a processor's cache."""


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
        self._rulers = Rulers(places, triangles)

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

        def measure(start: int) -> None:
            rows = np.arange(start, min(start + BLOCK, len(points)))
            found[rows] = self._rulers.least(points[rows], *self._around(centres[rows]), quickly=True)
            for reach in (self._around, self._around_neighbours):
                far = rows[found[rows] > enough]
                if far.size:
                    nearer = self._rulers.least(points[far], *reach(centres[far]), quickly=False)
                    found[far] = np.minimum(found[far], nearer)

        side_by_side(measure, range(0, len(points), BLOCK))
        return found

    def _around(self, centres: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair each row of centres with the triangles around it: (rows, triangles), rows rising."""
        count = self._count[centres]
        row = np.repeat(np.arange(len(centres)), count)
        nth = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
        return row, self._of[np.repeat(self._start[centres], count) + nth]

    def _around_neighbours(self, centres: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        row, triangle = self._around(centres)
        n = len(self._start)
        neighbour = (row[:, None] * n + self._corners[triangle]).ravel()
        neighbour.sort()
        neighbour = neighbour[np.flatnonzero(np.diff(neighbour, prepend=-1))]
        further, triangle = self._around(neighbour % n)
        return (neighbour // n)[further], triangle
