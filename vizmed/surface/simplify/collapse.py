"""A mesh whose edges have collapsed, group by group of its points, of which any group can be taken back.

Every collapse joins two points, so a reduced mesh is a map: each point of the full mesh has one that stands in for it,
and a triangle is left where its three corners have three stand-ins. Joining points opens no closed surface, and
taking a group apart again opens none either.
"""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.clean import compact
from vizmed.surface.pairing import pair_edges

Points = NDArray[np.float32]
Triangles = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = NDArray[np.int64]
Corners = NDArray[np.int64]

SPREAD = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""Factors that spread numbers over 64 bits: those of splitmix and of xxHash."""

PATIENCE = 2.0
"""How long edges are for fast-simplification, on average, where a number of triangles is asked for. It goes through a
mesh again and again and lets larger errors pass each time, from 1e-9 up: of longer edges it takes fewer at a time, and
leaves smaller errors."""

_ALONE = Lock()
"""fast-simplification keeps its mesh in global variables: two threads would work on one."""


class Centred(NamedTuple):
    """A mesh near the origin, so that float32 is fine enough for small edges.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        mm.
    triangles : (m, 3) ndarray of int
    origin : (3,) ndarray of float64
        Where the origin lies in the patient: points are written in float32 from there.
    """

    points: Points
    triangles: Triangles
    origin: FloatArray


class Collapse:
    """A mesh and what stands in for its points.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        mm, near the origin, so that float32 is fine enough for small edges.
    triangles : (m, 3) ndarray of int
    origin : (3,) ndarray of float
        Where the origin lies in the patient: points are written in float32 from there.
    locked : (n,) ndarray of bool, optional
        Points that stay alone where they are, those on the rim of the mesh among them.

    Attributes
    ----------
    full : (n, 3) ndarray of float32
        The points as given.
    all_triangles : (m, 3) ndarray of int
        The triangles as given.
    full_corners : (3, m) ndarray of int64
        The same corner by corner, as numpy goes through them fastest.
    locked : (n,) ndarray of bool or None
        As given.
    places : (n, 3) ndarray of float32
        Where each point lies now, if it stands in for others.
    stand_in : (n,) ndarray of int64
        The point that stands in for each; itself where it is alone.
    corners : (3, m) ndarray of int64
        What stands in for the corners of all triangles.
    left : (m,) ndarray of bool
        Which triangles still have three corners.
    joined : (n,) ndarray of bool
        Which points stand in for more than themselves.
    origin : (3,) ndarray of float
        As given.
    grain_mm : float
        How fine the places of points are written.
    """

    def __init__(self, points: Points, triangles: Triangles, origin: FloatArray, locked: Mask | None = None) -> None:
        self.full, self.all_triangles = points, triangles
        self.full_corners = np.ascontiguousarray(triangles.T, np.int64)
        self.places = points.copy()
        self.stand_in: Index = np.arange(len(points))
        self.corners = self.full_corners  # until some are joined
        self.left = apart(self.corners)
        self.joined = np.zeros(len(points), bool)
        self.locked = locked
        self.origin = origin
        corners = [(column.min() + at, column.max() + at) for column, at in zip(points.T, origin, strict=True)]
        furthest = np.abs(corners).max()
        self.grain_mm = float(np.spacing(np.float32(furthest)))

    def within(self, error_mm: float) -> None:
        """Collapse edges while the quadric error of Garland and Heckbert (1997) lets points move no further than this.

        That error is a sum of squares over the planes of all triangles around: it is met, not measured, and the
        surface may still lie further off in a few places.
        """
        # fast-simplification's lossless mode stops at an error of DBL_EPSILON; in its square root as a unit, that is 1
        self._simplify(np.sqrt(np.finfo(np.float64).eps) / error_mm, lossless=True, target_reduction=1.0)

    def down_to(self, triangles: int) -> None:
        """Collapse the edges that matter least until about so many triangles are left."""
        tails, heads = (self.full[self.all_triangles[::16, corner]] for corner in (0, 1))
        edge_mm = float(np.linalg.norm(heads - tails, axis=1).mean()) or 1.0
        self._simplify(PATIENCE / edge_mm, target_count=triangles)

    @property
    def groups(self) -> NDArray[np.int64]:
        """How many points each point stands in for, itself included; 0 where another does. Shape (n,)."""
        return np.bincount(self.stand_in, minlength=len(self.stand_in))

    def groups_of(self, points: NDArray[np.int64]) -> Mask:
        """Mark the stand-ins (n,) of points, where they stand in for more than themselves."""
        marked = np.zeros(len(self.stand_in), bool)
        marked[self.stand_in[points]] = True
        return marked & self.joined

    def one_side(self, tails: Index, heads: Index) -> Mask:
        """Mark one side of each edge; of a mesh with rims that are free to move, which have but one side, all sides."""
        return tails < heads if self._holds_rims else tails != heads

    @cached_property
    def _holds_rims(self) -> bool:
        """Whether there is no edge without another side, or none that moves."""
        return self.locked is not None or pair_edges(self.all_triangles, lambda _up, _down: None).alone.size == 0

    def smallest(self, points: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give of each column of stand-ins (c, k) the one of the smallest group, a point alone only among such."""
        size = np.where(self.joined.take(points), self.groups.take(points), len(self.joined) + 1)
        return np.asarray(points[size.argmin(axis=0), np.arange(points.shape[1])])

    def triangles(self) -> Triangles:
        """Give the triangles that are left, (l, 3), by the points that stand in."""
        return self.corners.take(np.flatnonzero(self.left), axis=1).T

    def join(self, points: Index, stand_in: Index, places: Points) -> None:
        """Let others stand in for some points (k,), and move these to places (k, 3), where they count if they do."""
        self.stand_in[points] = stand_in
        self.places[points] = places
        self.corners = self.stand_in.take(self.full_corners)
        self.left = apart(self.corners)
        self.joined[:] = False
        self.joined[self.stand_in[self.stand_in != np.arange(len(self.joined))]] = True

    def take_back(self, groups: Mask) -> Index:
        """Let no point of these groups, marked at their stand-ins (n,), be stood in for any more.

        Returns
        -------
        (k,) ndarray of int
            The triangles of the full mesh that this has changed.
        """
        if not groups.any():
            return np.empty(0, np.int64)
        freed = groups[self.stand_in]
        points = np.flatnonzero(freed)
        self.stand_in[points] = points
        self.places[points] = self.full[points]
        self.joined[points] = False
        rows = with_corner(freed, self.full_corners)
        corners = self.stand_in.take(self.full_corners.take(rows, axis=1))
        self.corners[:, rows], self.left[rows] = corners, apart(corners)
        return rows

    def coinciding(self) -> NDArray[np.int64]:
        """Find the points that are written to one place with another, which files without point numbers would join."""
        used = self._used()
        return used[at_one_place(self.places[used], self.origin)]

    def finish(self) -> Centred:
        """Give what is left."""
        return Centred(*compact(self.places, self.triangles()), self.origin)

    def _simplify(self, scale: float, **how: Any) -> None:
        import fast_simplification

        with _ALONE:
            points, _, joined = fast_simplification.simplify(
                self.full.astype(np.float64) * scale,
                self.all_triangles,
                return_collapses=True,
                preserve_border=self.locked is not None,
                **how,
            )
        stand_in = np.arange(len(self.full))
        stand_in[joined[:, 1]] = joined[:, 0]
        while not np.array_equal(further := stand_in.take(stand_in), stand_in):
            stand_in = further
        self.join(np.arange(len(self.full)), stand_in, self.full)
        # the points come back in their old order, without those that no triangle uses any more
        used = self._used()
        if len(used) != len(points):
            raise AssertionError("fast-simplification's points are not those of its collapses")
        self.places[used] = points / scale
        if self.locked is not None:
            self.take_back(self.groups_of(np.flatnonzero(self.locked)))

    def _used(self) -> NDArray[np.int64]:
        used = np.zeros(len(self.places), bool)
        used[self.corners[:, self.left]] = True
        return np.flatnonzero(used)


def at_one_place(points: Points, origin: FloatArray) -> Index:
    """Find the points (n, 3) that are written to one place with another."""
    written = (points + origin).astype(np.float32) + np.float32(0)  # -0 is 0
    x, y, z = written.view(np.uint32).astype(np.uint64).T
    number = (x * SPREAD[0] + y) * SPREAD[1] + z
    in_order = np.sort(number)
    if not (in_order[1:] == in_order[:-1]).any():
        return np.empty(0, np.int64)
    order = np.argsort(number)
    same = number[order][1:] == number[order][:-1]
    some = order[np.append(same, False) | np.insert(same, 0, False)]  # few, and some of them by chance
    _, place, count = np.unique(written[some], axis=0, return_inverse=True, return_counts=True)
    return np.asarray(np.sort(some[count[place.ravel()] > 1]))


def apart(corners: Corners) -> Mask:
    """Tell which triangles, by their corners (3, k), have three of them."""
    a, b, c = corners
    return np.asarray((a != b) & (b != c) & (c != a))


def with_corner(points: Mask, corners: Corners) -> Index:
    """Find the triangles, by their corners (3, k), that have one of these points (n,)."""
    a, b, c = corners
    return np.flatnonzero(points.take(a) | points.take(b) | points.take(c))
