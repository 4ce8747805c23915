"""The borders between labelled voxels, as one net of squares that all labels share.

Each square is the face between two voxels that differ (surface nets; Gibson 1998). So neighbours have one border, and
what a label encloses is its voxels to the last one. Where a label touches itself along an edge of voxels alone, four of
its squares meet there. Such an edge is parted: the label that lies on both sides passes through between two points,
which stand in for its middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError
from vizmed.surface.labels.parting import parted
from vizmed.surface.labels.voxel_faces import VoxelFaces

Index = NDArray[np.int64]
Points = NDArray[np.float32]

MOST_SQUARES = 16_000_000
"""While they are smoothed some 600 bytes each are needed. More are noise, and no labels: 60 organs in 500 x 500 x 650
voxels have 2.6 million."""

NUDGE = np.float32(1 / 256)
"""How far, in voxels, points that part an edge or a corner start from it: files without point numbers, as STL, would
else join them again. It is 3 steps of float32 where voxels of 0.1 mm lie 2 m from the origin."""

FURTHEST = 0.45
"""How far, in voxels along each index axis, a point may move from its corner of voxels: the outline of a mask may be
off by half a voxel, and what is one voxel thick keeps its two sides apart."""

_FEWEST_AT_TOUCH = 6
"""Squares around a point at which two sheets touch: each has three or more."""

_SQUARES_OF_PARTED = 8
"""Triangles that take the place of squares at a parted edge, less these."""


@dataclass(frozen=True, slots=True, eq=False)
class Nets:
    """The borders between labels, in voxel indices.

    Parameters
    ----------
    corners : (n, 3) ndarray of float32
        Where the points belong: corners of voxels, or the middle of an edge that is parted.
    points : (n, 3) ndarray of float32
        The same, but those that part an edge or a corner are `NUDGE` away from it.
    fixed : (n, 3) ndarray of bool
        Along which of i, j and k a point may not move: out of the border of the scan.
    squares : (m, 4) ndarray of int
        Numbers of points, around each square; of a triangle the last one twice.
    sides : (m, 2) ndarray of unsigned int
        The rank of the label behind each square, and of the one that its right-handed normal points to. 0 is none.
    """

    corners: Points
    points: Points
    fixed: NDArray[np.bool_]
    squares: Index
    sides: NDArray[Any]

    def bounds(self, fixed: NDArray[np.bool_]) -> tuple[Points, Points]:
        """Give the least and the largest i, j and k (n, 3) that points may have which are fixed along some of them.

        Points that part an edge or a corner stay on their side of it, so that they never pass each other.
        """
        reach = np.where(fixed, np.float32(0), np.float32(FURTHEST))
        least = np.where(self.points > self.corners, self.points, self.corners - reach)
        most = np.where(self.points < self.corners, self.points, self.corners + reach)
        return np.minimum(least, self.points), np.maximum(most, self.points)


def nets_of(ranks: NDArray[Any], first: tuple[int, int, int], shape: tuple[int, int, int]) -> Nets:
    """Find the borders between voxels of different ranks.

    Parameters
    ----------
    ranks : (ni, nj, nk) ndarray of unsigned int
        In Fortran order, with 0 in all voxels of its outermost shell.
    first : tuple of int
        The index in the scan of voxel (1, 1, 1), for the box is cut out of a scan.
    shape : tuple of int
        Of the scan.

    Raises
    ------
    BudgetError
        If there are more than `MOST_SQUARES`.
    """
    faces = VoxelFaces(ranks)
    n_squares = faces.count + _SQUARES_OF_PARTED * sum(len(touching.edges) for touching in faces.touching)
    if n_squares > MOST_SQUARES:
        raise BudgetError(
            f"the labels have {faces.count:,} faces of voxels between them, which are too many",
            remedy="Take some of the labels at a time; noise is no label",
        )
    nets = _with_parted_points(_with_parted_edges(_plain(faces), faces))
    from_box = np.array(first, np.float32) - 1
    corners, points = nets.corners + from_box, nets.points + from_box
    fixed = (corners == -0.5) | (corners == np.array(shape, np.float32) - np.float32(0.5))
    return replace(nets, corners=corners, points=np.where(fixed, corners, points), fixed=fixed)


def _plain(faces: VoxelFaces) -> Nets:
    """Make a square of each face."""
    is_corner = faces.is_corner()
    number = np.cumsum(is_corner, dtype=np.int32) - np.int32(1)
    corners = faces.places(np.flatnonzero(is_corner))
    squares, sides = faces.squares()
    return Nets(corners, corners, np.zeros(corners.shape, bool), number[squares].astype(np.int64), sides)


def _with_parted_edges(nets: Nets, faces: VoxelFaces) -> Nets:
    """Put two points into the middle of each edge at which a label touches itself, each for two of the four squares."""
    n = len(nets.corners)
    found: list[tuple[Index, Index, Index]] = []
    middles, ways = [], []
    for touching in faces.touching:
        axis, edges, is_rising = touching
        first = n + 2 * np.arange(len(edges))
        n += 2 * len(edges)
        for rows, side, is_second in faces.squares_at(touching):
            found.append((rows, np.full(len(rows), side), first + is_second))
        middle, way = faces.places(edges), np.zeros((len(edges), 3), np.float32)
        middle[:, axis] -= np.float32(0.5)
        way[:, (axis + 1) % 3], way[:, (axis + 2) % 3] = np.where(is_rising, 1, -1), -1
        middles.append(np.repeat(middle, 2, axis=0))
        ways.append(np.stack([way, -way], axis=1).reshape(-1, 3))
    if n == len(nets.corners):
        return nets
    corners = np.concatenate([nets.corners, *middles])
    points = np.concatenate([nets.points, np.concatenate(middles) + NUDGE * np.concatenate(ways)])
    fixed = np.zeros(corners.shape, bool)
    rows, sides, numbers = (np.concatenate(each) for each in zip(*found, strict=True))
    return _fanned(replace(nets, corners=corners, points=points, fixed=fixed), rows, sides, numbers)


def _fanned(nets: Nets, rows: Index, sides: Index, numbers: Index) -> Nets:
    """Put points into sides, 0 to 3, of squares, and make triangles of these squares."""
    broken, at = np.unique(rows, return_inverse=True)
    around = np.full((len(broken), 8), -1)
    around[:, ::2] = nets.squares[broken]
    around[at.ravel(), 2 * sides + 1] = numbers
    start = 2 * np.argmax(around[:, 1::2] >= 0, axis=1) + 1  # seen from a point within a side, no triangle is a line
    around = np.take_along_axis(around, (start[:, None] + np.arange(8)) % 8, axis=1)
    around = np.take_along_axis(around, np.argsort(around < 0, axis=1, kind="stable"), axis=1)
    fans = np.stack([around[:, [0, n, n + 1, n + 1]] for n in range(1, 7)], axis=1)
    are_there = fans[:, :, 3] >= 0
    is_whole = np.ones(len(nets.squares), bool)
    is_whole[broken] = False
    return replace(
        nets,
        squares=np.concatenate([nets.squares[is_whole], fans[are_there]]),
        sides=np.concatenate([nets.sides[is_whole], nets.sides[broken].repeat(are_there.sum(axis=1), axis=0)]),
    )


def _with_parted_points(nets: Nets) -> Nets:
    """Give each sheet its own copy of the points where sheets touch, nudged towards its own neighbours."""
    n = len(nets.corners)
    may_touch = np.bincount(nets.squares.ravel(), minlength=n) >= _FEWEST_AT_TOUCH
    squares, sources = parted(nets.squares, n, may_touch)
    every = np.concatenate([np.arange(n), sources])
    points = nets.points[every]
    moved = np.concatenate([np.unique(sources), np.arange(n, len(every))])
    points[moved] += NUDGE * _way_to_neighbours(points, squares, moved)
    return _in_order(Nets(nets.corners[every], points, nets.fixed[every], squares, nets.sides))


def _way_to_neighbours(points: Points, squares: Index, chosen: Index) -> Points:
    """Give the way (k, 3) from chosen points to the middle of those that sides of squares join them to."""
    place = np.full(len(points), -1)
    place[chosen] = np.arange(len(chosen))
    near = squares[(place[squares] >= 0).any(axis=1)]
    tails, heads = near.ravel(), np.roll(near, -1, axis=1).ravel()
    tails, heads = np.concatenate([tails, heads]), np.concatenate([heads, tails])
    ours = (place[tails] >= 0) & (tails != heads)
    at, heads = place[tails[ours]], heads[ours]
    sums = np.stack([np.bincount(at, points[heads, axis], len(chosen)) for axis in range(3)], axis=1)
    middle = sums / np.bincount(at, minlength=len(chosen))[:, None]
    return (middle - points[chosen]).astype(np.float32)


def _in_order(nets: Nets) -> Nets:
    """Number the points by where they lie, so that neighbours lie near each other in memory too."""
    order = np.lexsort(nets.corners.T)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return Nets(nets.corners[order], nets.points[order], nets.fixed[order], number[nets.squares], nets.sides)
