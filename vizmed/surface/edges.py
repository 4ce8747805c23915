"""How triangles hang together along their edges and around their points."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.facets import BLOCK
from vizmed.surface.fans import several_fans
from vizmed.surface.pairing import paired_edges
from vizmed.surface.threads import blocks

ALONE = -1
"""Twin of an edge that has none, or several."""

Twins = NDArray[np.int64]


class Flaws(NamedTuple):
    """What keeps triangles from being a closed sheet around each point.

    Parameters
    ----------
    open_edges : int
        Edges that have no neighbour the other way round.
    crowded_edges : int
        Edges of more than two triangles.
    pinched_points : int
        See `pinched`.
    """

    open_edges: int
    crowded_edges: int
    pinched_points: int


def count_odd_edges(triangles: NDArray[Any]) -> tuple[int, int]:
    """Count the edges of triangles (m, 3) that have no neighbour the other way round, and those of more than two."""
    if all(pairs is not None for pairs in paired_edges(triangles)):
        return 0, 0
    return _odd_among(triangles)


def _odd_among(triangles: NDArray[Any]) -> tuple[int, int]:
    """Count as `count_odd_edges` does, where it is known that some are odd."""
    edges = _edge_keys(triangles)
    edges.sort()
    ways = 1 - 2 * (edges & np.uint64(1)).astype(np.int8)
    edges >>= np.uint64(1)
    starts = np.flatnonzero(np.diff(edges, prepend=~edges[:1]))
    unpaired = np.abs(np.add.reduceat(ways, starts, dtype=np.int64)).sum()
    shared_by = np.diff(starts, append=len(edges))
    return int(unpaired), int(np.count_nonzero(shared_by > 2))


def crowded(triangles: NDArray[Any]) -> NDArray[np.int64]:
    """Find the points at either end of edges that more than two triangles share."""
    edges = _edge_keys(triangles) >> np.uint64(1)
    edges.sort()
    many = edges[2:][edges[2:] == edges[:-2]]
    n_points = np.uint64(int(triangles.max(initial=0)) + 1)
    return np.concatenate([many // n_points, many % n_points]).astype(np.int64)


def edges_once(triangles: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the ends of the edges of triangles: each edge once where the mesh is closed."""
    tails, heads = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    first = tails < heads
    return tails[first], heads[first]


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
    found = _twins_of_closed(triangles, np.int64)
    return _twins_of_some(triangles) if found is None else found


def _twins_of_closed(triangles: NDArray[Any], dtype: type[Any]) -> NDArray[Any] | None:
    """Find the twins where every edge has one, else give None."""
    found = np.empty(triangles.size, dtype)
    for pairs in paired_edges(triangles):
        if pairs is None:
            return None
        up, down = pairs
        found[up], found[down] = down, up
    return found


def pinched(triangles: NDArray[Any], twin: Twins) -> NDArray[np.int64]:
    """Find the points at which two or more sheets of triangles touch that no edge joins there.

    Points on edges that have no twin are left out: they are odd in another way.
    """
    alone = np.flatnonzero(twin == ALONE)
    onward = _next_corner(twin)
    onward[alone] = alone
    point = triangles.ravel()
    several = several_fans(point, onward)
    several[point[alone]] = False
    several[point[_next_corner(alone)]] = False
    return np.flatnonzero(several)


def count_flaws(triangles: NDArray[Any]) -> Flaws:
    """Count what keeps triangles (m, 3) from being a closed sheet around each point."""
    onward = _twins_of_closed(triangles, np.int32 if triangles.size < 2**31 else np.int64)
    if onward is None:
        return Flaws(*_odd_among(triangles), len(pinched(triangles, _twins_of_some(triangles))))
    for block in blocks(len(onward), BLOCK):
        onward[block] = _next_corner(onward[block])
    return Flaws(0, 0, int(np.count_nonzero(several_fans(triangles.ravel(), onward))))


def _next_corner(corner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the next corner of the same triangle: after the third comes the first."""
    return np.asarray(corner + 1 - 3 * (corner % 3 == 2))


def _edge_keys(triangles: NDArray[Any]) -> NDArray[np.uint64]:
    """Give one number for each edge and way: its ends in rising order, then whether it runs down. Shape (3 m,)."""
    keys = np.empty((3, len(triangles)), np.uint64)
    n_points = np.uint64(int(triangles.max(initial=0)) + 1)
    for start in range(0, len(triangles), BLOCK):
        corners = np.ascontiguousarray(triangles[start : start + BLOCK].T.astype(np.uint64))
        for side in range(3):
            tail, head = corners[side], corners[(side + 1) % 3]
            ends = np.minimum(tail, head) * n_points + np.maximum(tail, head)
            keys[side, start : start + BLOCK] = ends * np.uint64(2) + (tail > head)
    return keys.ravel()


def _twins_of_some(triangles: NDArray[Any]) -> Twins:
    """Find the twins where some edges have one triangle or several: those that two share, once each way."""
    keys = _edge_keys(triangles)  # edge n of triangle t stands at n m + t here
    order = np.argsort(keys)
    ends = keys[order] >> np.uint64(1)
    starts = np.flatnonzero(np.diff(ends, prepend=~ends[:1]))
    pairs = starts[np.diff(starts, append=len(ends)) == 2]
    pairs = pairs[keys[order[pairs]] != keys[order[pairs + 1]]]
    first, second = (_in_rows(order[place], len(triangles)) for place in (pairs, pairs + 1))
    found = np.full(triangles.size, ALONE, np.int64)
    found[first], found[second] = second, first
    return found


def _in_rows(edge: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    side, triangle = np.divmod(edge, m)
    return triangle * 3 + side
