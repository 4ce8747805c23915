"""How triangles hang together along their edges and around their points."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.fans import points_of_one_fan, several_fans
from vizmed.surface.pairing import Odd, pair_edges
from vizmed.surface.threads import blocks, each

ALONE = -1
"""Twin of an edge that has none, or several."""

BLOCK = 1 << 16
"""Edges that are looked at together."""

Twins = NDArray[np.signedinteger[Any]]


class Flaws(NamedTuple):
    """What keeps triangles from being a closed sheet around each of their points.

    Parameters
    ----------
    open_edges, crowded_edges : int
        See `vizmed.surface.pairing.Odd`.
    pinched_points : int
        See `pinched`.
    points : int
        Those that triangles use.
    """

    open_edges: int
    crowded_edges: int
    pinched_points: int
    points: int


def count_odd_edges(triangles: NDArray[Any]) -> tuple[int, int]:
    """Count the edges of triangles (m, 3) that have no neighbour the other way round, and those of more than two."""
    odd = pair_edges(triangles, lambda _up, _down: None)
    return odd.open_edges, odd.crowded_edges


def twins(triangles: NDArray[Any]) -> Twins:
    """Find the neighbour of each triangle along each of its edges.

    Parameters
    ----------
    triangles : (m, 3) ndarray of int

    Returns
    -------
    (3 m,) ndarray of int64
        Edge ``3 t + n`` runs from corner n of triangle t to the next one; its twin is the same edge the other way
        round. `ALONE` where it has none, or where more than two triangles share it.
    """
    found: Twins = np.empty(triangles.size, np.int64)
    found[_find_twins(triangles, found).alone] = ALONE
    return found


def pinched(triangles: NDArray[Any], twin: Twins) -> NDArray[np.int64]:
    """Find the points at which two or more sheets of triangles touch that no edge joins there.

    Points on edges that have no twin are left out: they are odd in another way.
    """
    alone = np.flatnonzero(twin == ALONE)
    return np.flatnonzero(_pinched(triangles, _next_corner(twin), alone, np.bincount(triangles.ravel())))


def count_flaws(triangles: NDArray[Any]) -> Flaws:
    """Count what keeps triangles (m, 3) from being a closed sheet around each point."""
    onward: Twins = np.empty(triangles.size, np.int32 if triangles.size < 2**31 else np.int64)
    odd = _find_twins(triangles, onward)

    def turn(block: slice) -> None:
        onward[block] = _next_corner(onward[block])

    onward[odd.alone] = 0
    each(turn, blocks(len(onward), BLOCK))
    if odd.alone.size == 0:
        points = points_of_one_fan(triangles.ravel(), onward)
        if points is not None:
            return Flaws(0, 0, 0, points)
    corners = np.bincount(triangles.ravel())
    pinched_points = int(np.count_nonzero(_pinched(triangles, onward, odd.alone, corners)))
    return Flaws(odd.open_edges, odd.crowded_edges, pinched_points, int(np.count_nonzero(corners)))


def _find_twins(triangles: NDArray[Any], found: Twins) -> Odd:
    """Put the twin of each edge that has one in its place, and tell what is odd."""

    def put(up: NDArray[np.int64], down: NDArray[np.int64]) -> None:
        found[up], found[down] = down, up

    return pair_edges(triangles, put)


def _pinched(
    triangles: NDArray[Any], onward: Twins, alone: NDArray[np.int64], corners: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell which points are `pinched`, by the next corner at the same point, and how many corners each point has."""
    onward[alone] = alone
    point = triangles.ravel()
    several = several_fans(point, onward, corners)
    several[point[alone]] = False
    several[point[_next_corner(alone)]] = False
    return several


def _next_corner(corner: Twins) -> Twins:
    """Give the next corner of the same triangle: after the third comes the first."""
    past = corner // 3
    past *= -3
    past += corner  # numpy divides several numbers at once, but does not find their remainders so
    return np.asarray(corner + 1 - np.multiply(past == 2, 3, dtype=corner.dtype))
