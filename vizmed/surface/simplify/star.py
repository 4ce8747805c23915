"""How far points lie from the triangles around one corner of a mesh: quick, exact for these, never understated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.rulers import Columns, Lists, Rulers
from vizmed.surface.threads import blocks

BLOCK = 1 << 14
"""Points that are measured from all that lies around their neighbours at a time: each has some 40 triangles there."""


class Stars:
    """The triangles around each point of a mesh.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        Points of the mesh, mm, near the origin.
    triangles : (m, 3) ndarray of int
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any]) -> None:
        flat = triangles.ravel().astype(np.int64)
        corners = flat << 32 | np.arange(len(flat)) // 3
        corners.sort()  # a sort of numbers is several times as fast as one that gives their order
        self._of = corners & ((1 << 32) - 1)
        self._count = np.bincount(flat, minlength=len(places))
        self._start = np.cumsum(self._count) - self._count
        self._corners = triangles
        self._rulers = Rulers(places, triangles)

    def distances(self, points: Columns, centres: NDArray[Any], enough_mm: float = 0.0) -> NDArray[np.float32]:
        """Give the distance of each point from the star of a corner, or from the stars around that one if nearer.

        Parameters
        ----------
        points : (3, k) ndarray of float32
            mm.
        centres : (k,) ndarray of int
            The corner whose star each is measured to.
        enough_mm : float
            Distances up to this need not be exact, only not understated.

        Returns
        -------
        (k,) ndarray of float32
            mm; infinite where a corner has no triangles.
        """
        star = Lists(self._start[centres], self._count[centres], self._of)
        found = self._rulers.least(points, star, enough_mm)
        far = np.flatnonzero(found > enough_mm)
        for some in (far[block] for block in blocks(len(far), BLOCK)):
            around = self._around_neighbours(centres[some])
            nearer = self._rulers.least(points.take(some, axis=1), around, enough_mm)
            found[some] = np.minimum(found[some], nearer)
        return found

    def _around_neighbours(self, centres: NDArray[Any]) -> Lists:
        row, triangle = self._around(centres)
        n = len(self._start)
        neighbour = (row[:, None] * n + self._corners[triangle]).ravel()
        neighbour.sort()
        neighbour = neighbour[np.flatnonzero(np.diff(neighbour, prepend=-1))]
        further, triangle = self._around(neighbour % n)
        count = np.bincount((neighbour // n)[further], minlength=len(centres))
        return Lists(np.cumsum(count) - count, count, triangle)

    def _around(self, centres: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pair each row of centres with the triangles around it: (rows, triangles), rows rising."""
        count = self._count[centres]
        row = np.repeat(np.arange(len(centres)), count)
        nth = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
        return row, self._of[np.repeat(self._start[centres], count) + nth]
