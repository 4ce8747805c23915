"""Points on a triangle mesh, dense enough that its distance from another is known by theirs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.rulers import Columns, columns
from vizmed.surface.threads import blocks, each

BLOCK = 1 << 16
"""Triangles that are looked at, or points that are made, at a time."""

Points = NDArray[np.float32]


class Rows(NamedTuple):
    """How points lie in triangles that are larger than a step: in rows along the longest edge.

    Parameters
    ----------
    triangle : (k,) ndarray of int
        Which triangles these are.
    longest : (k,) ndarray of int
        The corner that the longest edge begins at.
    along, up : (k,) ndarrays of int
        How many points a row has, and how many rows there are.
    """

    triangle: NDArray[np.int64]
    longest: NDArray[np.int64]
    along: NDArray[np.int64]
    up: NDArray[np.int64]


class Inner:
    """The points inside of the triangles whose edges are longer than a step: known by number, made when asked for.

    Parameters
    ----------
    places : (n, 3) ndarray of float
        Points of a mesh.
    triangles : (m, 3) ndarray of int
    step_mm : float
        How far apart they may lie.
    """

    def __init__(self, places: NDArray[Any], triangles: NDArray[Any], step_mm: float) -> None:
        self._places = columns(places)
        self._triangles = triangles
        self._rows = _rows(self._places, triangles, step_mm)
        self._ends = np.cumsum(self._rows.along * self._rows.up)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def points(self, wanted: NDArray[np.int64]) -> tuple[Points, NDArray[np.int64]]:
        """Make the points (k, 3) of such numbers (k,), and tell whose they are (k,)."""
        made, owners = np.empty((len(wanted), 3), np.float32), np.empty(len(wanted), np.int64)

        def make(block: slice) -> None:
            one = np.searchsorted(self._ends, wanted[block], side="right")
            triangle, longest, along, up = (part[one] for part in self._rows)
            row, column = np.divmod(wanted[block] - (self._ends[one] - along * up), along)
            t = ((row + 0.5) / up).astype(np.float32)
            s = ((column + 0.5) / along).astype(np.float32) * (1 - t)
            corners = (self._triangles[triangle, (longest + n) % 3] for n in range(3))
            a, b, c = (self._places.take(corner, axis=1) for corner in corners)
            made[block], owners[block] = (a + s * (b - a) + t * (c - a)).T, triangle

        each(make, blocks(len(wanted), BLOCK))
        return made, owners


def edge_points(
    points: NDArray[Any], tails: NDArray[Any], heads: NDArray[Any], step_mm: float
) -> tuple[Points, NDArray[np.int64]]:
    """Give points (k, 3) along edges from tails to heads (e,), at least their middles, and whose each is (k,)."""
    places = columns(points)
    tail, along = places.take(tails, axis=1), places.take(heads, axis=1) - places.take(tails, axis=1)
    count = np.maximum(np.ceil(_length(along) / step_mm) - 1, 1).astype(np.int64)
    edge = np.repeat(np.arange(len(tails)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + 1
    part = (nth / np.repeat(count + 1, count)).astype(np.float32)
    return (tail.take(edge, axis=1) + part * along.take(edge, axis=1)).T, edge


def _rows(places: Columns, triangles: NDArray[Any], step_mm: float) -> Rows:
    """Lay rows of points, a step or less apart, into the triangles with an edge that is longer than a step."""

    def lay(block: slice) -> Rows:
        corners = [places.take(triangles[block, n], axis=1) for n in range(3)]
        lengths = np.stack([_length(corners[(n + 1) % 3] - corners[n]) for n in range(3)])
        large = np.flatnonzero(lengths.max(axis=0) > step_mm)  # the corners of the others say it all
        longest = lengths[:, large].argmax(axis=0)
        a, b, c = (corner[:, large].astype(np.float64) for corner in corners)
        base = lengths[longest, large].astype(np.float64)
        height = _length(np.cross(b - a, c - a, axis=0)) / base
        along = np.ceil(base / step_mm).astype(np.int64)
        up = np.maximum(np.ceil(height / step_mm), 1).astype(np.int64)
        return Rows(large + block.start, longest, along, up)

    laid = each(lay, blocks(len(triangles), BLOCK))
    none = np.empty(0, np.int64)  # where there are no triangles, nothing was laid
    return Rows(*(np.concatenate([none, *(rows[n] for rows in laid)]) for n in range(len(Rows._fields))))


def _length(vectors: NDArray[Any]) -> NDArray[Any]:
    x, y, z = vectors
    return np.asarray(np.sqrt(x * x + y * y + z * z))
