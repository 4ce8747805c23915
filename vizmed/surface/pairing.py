"""The two sides of each edge of a mesh, found by sorting one number for each side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.threads import blocks, workers

BLOCK = 1 << 15
"""Triangles or sides that are looked at together: their numbers stay in a processor's cache."""

PARTS = 16
"""In how many parts of the points, at least, their edges are paired: the numbers of a part take less memory than the
triangles."""

OVERLAP_BITS = 3
"""By which power of two a part may be smaller than what a block of triangles spans: the block is looked at for each."""

BITS = 63
"""What an integer has beside its sign."""

SHORT_BITS = 30
"""The same of one of half the size, which is computed with twice as fast; a bit is left for sums of two."""

Index = NDArray[np.int64]

Put = Callable[[Index, Index], None]


class Odd(NamedTuple):
    """What is odd about the edges of triangles.

    Parameters
    ----------
    open_edges : int
        Edges that have no neighbour the other way round.
    crowded_edges : int
        Edges of more than two triangles.
    alone : (n,) ndarray of int64
        Edges ``3 t + n`` that are in no pair.
    """

    open_edges: int
    crowded_edges: int
    alone: Index


_NOTHING_ODD = Odd(0, 0, np.empty(0, np.int64))


def pair_edges(triangles: NDArray[Any], put: Put) -> Odd:
    """Pair the edges of triangles with the same edges the other way round, some points' edges beside others'.

    A side of an edge has as its number the lower point, how much higher the other one is, whether it runs down to it,
    and which edge it is, in the bits of one integer. Sorted, the two sides of an edge follow each other. Numbers are
    sorted much faster than an order is found.

    Parameters
    ----------
    triangles : (m, 3) ndarray of int
    put : callable
        Takes edges that run up and the same ones that run down, (n,) ndarrays of int64: those of just two triangles,
        once each way. Edge ``3 t + n`` runs from corner n of triangle t to the next one. Several threads call it, each
        with other edges.
    """
    edge_bits = max(triangles.size - 1, 1).bit_length()
    with workers() as pool:
        there = list(blocks(len(triangles), BLOCK))
        spans = list(pool.map(lambda block: (int(triangles[block].min()), int(triangles[block].max())), there))
        n_points = max((most for _, most in spans), default=0) + 1
        gap_bits = (2 * max((most - least for least, most in spans), default=0) + 1).bit_length()
        part, bits_left = -(-n_points // PARTS), BITS - gap_bits - edge_bits
        if (part - 1).bit_length() > bits_left:
            if bits_left < max(gap_bits - OVERLAP_BITS, 0):
                return _pair_at_once(triangles, put)
            part = 1 << bits_left

        def pair(lows: slice) -> Odd:
            near = compress(there, (least < lows.stop and most >= lows.start for least, most in spans))
            numbers = _gathered(triangles, lows, list(near), gap_bits, edge_bits)
            numbers.sort()
            return _paired(numbers, edge_bits, put)

        odd = list(pool.map(pair, blocks(n_points, part)))
    open_edges, crowded_edges, alone = zip(*odd, strict=True)
    return Odd(sum(open_edges), sum(crowded_edges), np.concatenate(alone))


def edge_keys(triangles: NDArray[Any]) -> NDArray[np.uint64]:
    """Give one number for each edge and way: its ends in rising order, then whether it runs down. Shape (3 m,).

    Edge n of triangle t stands at ``n m + t``.
    """
    keys = np.empty((3, len(triangles)), np.uint64)
    n_points = np.uint64(int(triangles.max(initial=0)) + 1)
    for block in blocks(len(triangles), BLOCK):
        corners = np.ascontiguousarray(triangles[block].T.astype(np.uint64))
        for side in range(3):
            tail, head = corners[side], corners[(side + 1) % 3]
            ends = np.minimum(tail, head) * n_points + np.maximum(tail, head)
            keys[side, block] = ends * np.uint64(2) + (tail > head)
    return keys.ravel()


def _pair_at_once(triangles: NDArray[Any], put: Put) -> Odd:
    """Pair the edges of triangles whose points are so many, or so far apart, that one integer does not hold a side."""
    keys = edge_keys(triangles)
    edges = keys.argsort()
    sides = keys[edges].view(np.int64)
    del keys
    side = edges // len(triangles)
    edges -= len(triangles) * side
    edges *= 3
    edges += side
    return _put_pairs(sides, edges, put)


def _gathered(triangles: NDArray[Any], lows: slice, near: Sequence[slice], gap_bits: int, edge_bits: int) -> Index:
    """Number the sides of edges from those lower points."""
    room, count = np.empty(3 * sum(block.stop - block.start for block in near), np.int64), 0
    short = np.int32 if max(gap_bits, lows.stop.bit_length()) <= SHORT_BITS else np.int64
    for block in near:
        tails: NDArray[np.signedinteger[Any]] = triangles[block].T.astype(short, order="C")
        gaps = tails[[1, 2, 0]]
        low = np.minimum(tails, gaps)
        low -= lows.start
        gaps -= tails
        numbers = low.astype(np.int64)
        numbers <<= gap_bits
        numbers += 2 * np.abs(gaps) + (gaps < 0)
        numbers <<= edge_bits
        numbers += np.arange(3 * block.start, 3 * block.stop).reshape(-1, 3).T
        here = ((low >= 0) & (low < lows.stop - lows.start)).ravel()
        found = numbers.ravel() if here.all() else numbers.ravel().compress(here)
        room[count : count + len(found)] = found
        count += len(found)
    return room[:count]


def _paired(numbers: Index, edge_bits: int, put: Put) -> Odd:
    """Put the pairs among numbers that are in order, and tell what is odd."""
    there = list(blocks(len(numbers), BLOCK))
    which = (1 << edge_bits) - 1
    if not all(_closed(numbers[block], edge_bits) for block in there):
        return _put_pairs(numbers >> edge_bits, numbers & which, put)
    for block in there:
        edges = numbers[block] & which
        put(edges[::2], edges[1::2])
    return _NOTHING_ODD


def _closed(numbers: Index, edge_bits: int) -> bool:
    """Whether each number is of a side that runs up, and the next one is of the same edge, down."""
    up, down = numbers[::2], numbers[1::2]
    return len(up) == len(down) and bool(((up ^ down) >> edge_bits == 1).all())  # in order, the lower one runs up


def _put_pairs(sides: Index, edges: Index, put: Put) -> Odd:
    """Put the pairs among sides that are in order, where some edges are odd, and tell what is."""
    starts = np.flatnonzero(np.diff(sides >> 1, prepend=-1))
    shared_by = np.diff(starts, append=len(sides))
    up = starts[shared_by == 2]
    up = up[sides[up] != sides[up + 1]]
    put(edges[up], edges[up + 1])
    in_pair = np.zeros(len(edges), bool)
    in_pair[up] = in_pair[up + 1] = True
    ways = 1 - 2 * (sides & 1)
    open_edges = int(np.abs(np.add.reduceat(ways, starts)).sum()) if len(starts) else 0
    return Odd(open_edges, int(np.count_nonzero(shared_by > 2)), edges[~in_pair])
