"""How triangles hang together along their edges and around their points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.facets import BLOCK

ALONE = -1
"""Twin of an edge that has none, or several."""

Twins = NDArray[np.int64]


def count_odd_edges(triangles: NDArray[Any]) -> tuple[int, int]:
    """Count the edges of triangles (m, 3) that have no neighbour the other way round, and those of more than two."""
    edges = _edge_keys(triangles)
    edges.sort()
    if _all_paired(edges):
        return 0, 0
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
    keys = _edge_keys(triangles)  # edge n of triangle t stands at n m + t here
    order = np.argsort(keys)
    if not _all_paired(keys[order]):
        ends = keys[order] >> np.uint64(1)
        starts = np.flatnonzero(np.diff(ends, prepend=~ends[:1]))
        pairs = starts[np.diff(starts, append=len(ends)) == 2]
        pairs = pairs[keys[order[pairs]] != keys[order[pairs + 1]]]
    else:
        pairs = np.arange(0, len(order), 2)
    first, second = (_in_rows(order[place], len(triangles)) for place in (pairs, pairs + 1))
    found = np.full(keys.size, ALONE, np.int64)
    found[first], found[second] = second, first
    return found


def pinched(triangles: NDArray[Any], twin: Twins) -> NDArray[np.int64]:
    """Find the points at which two or more sheets of triangles touch that no edge joins there.

    Points on edges that have no twin are left out: they are odd in another way.
    """
    corners = np.arange(len(twin), dtype=np.int32 if len(twin) < 2**31 else np.int64)
    onward = np.where(twin == ALONE, corners, twin + np.where(twin % 3 == 2, -2, 1)).astype(corners.dtype)
    least = corners
    while True:
        lower = np.minimum(least, least[onward])
        if np.array_equal(lower, least):
            break
        least, onward = lower, onward[onward]
    point = triangles.ravel()
    fans = np.bincount(point[least == corners])
    odd = np.zeros(len(fans), bool)
    alone = np.flatnonzero(twin == ALONE)
    odd[point[alone]] = True
    odd[point[alone + np.where(alone % 3 == 2, -2, 1)]] = True
    return np.flatnonzero((fans > 1) & ~odd)


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


def _all_paired(edges: NDArray[np.uint64]) -> bool:
    """Whether sorted edges are pairs, each of two ways, and no two pairs are of one edge."""
    if edges.size % 2 or (edges[::2] & np.uint64(1)).any():
        return False
    return np.array_equal(edges[::2] | np.uint64(1), edges[1::2]) and not (edges[2::2] == edges[:-2:2]).any()


def _in_rows(edge: NDArray[np.int64], m: int) -> NDArray[np.int64]:
    side, triangle = np.divmod(edge, m)
    return triangle * 3 + side
