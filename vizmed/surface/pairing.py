"""The two sides of each edge of a mesh that is closed, found by sorting one number for each side."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.threads import blocks, workers

BLOCK = 1 << 15
"""Triangles that are looked at together: their numbers stay in a processor's cache."""

PARTS = 8
"""In how many parts of the points their edges are paired: the numbers of a part take less memory than the triangles."""

Index = NDArray[np.int64]
Numbers = NDArray[np.uint64]

_NONE: Numbers = np.empty(0, np.uint64)


def paired_edges(triangles: NDArray[Any]) -> Iterator[tuple[Index, Index] | None]:
    """Pair the edges of triangles with the same edges the other way round, some points' edges after others'.

    An edge that runs up, from a lower point to a higher one, has as its number the lower point, how much higher the
    other one is, and which edge it is, in the bits of one integer; so has one that runs down. Of a closed mesh, the
    sorted numbers of both agree in all but the last part. Numbers are sorted much faster than an order is found.

    Parameters
    ----------
    triangles : (m, 3) ndarray of int

    Yields
    ------
    up, down : (n,) ndarray of int64
        Edge ``3 t + n`` runs from corner n of triangle t to the next one. None, and no more, where not every edge is
        of two triangles, once each way; and where the points of an edge are so far apart that 64 bits do not hold them.
    """
    with workers() as pool:
        there = list(blocks(len(triangles), BLOCK))
        spans = list(pool.map(lambda block: (int(triangles[block].min()), int(triangles[block].max())), there))
        n_points = max((most for _, most in spans), default=0) + 1
        edge_bits = max(triangles.size - 1, 1).bit_length()
        gap_bits = 64 - edge_bits - n_points.bit_length()
        if gap_bits < 1:
            yield None
            return
        for lows in blocks(n_points, -(-n_points // PARTS)):
            near = (least < lows.stop and most >= lows.start for least, most in spans)
            found = pool.map(partial(_numbers, triangles, lows, gap_bits, edge_bits), compress(there, near))
            up, down = (np.concatenate(parts) for parts in zip((_NONE, _NONE), *found, strict=True))
            for _ in pool.map(np.ndarray.sort, (up, down)):
                pass
            if not _agree(up, down, edge_bits):
                yield None
                return
            edge = np.uint64((1 << edge_bits) - 1)
            up &= edge
            down &= edge
            yield up.view(np.int64), down.view(np.int64)


def _numbers(
    triangles: NDArray[Any], lows: slice, gap_bits: int, edge_bits: int, block: slice
) -> tuple[Numbers, Numbers]:
    """Number some triangles' edges from those lower points: those that run up, those that run down.

    What 64 bits do not hold gets a number that no edge has the other way round.
    """
    corners = triangles[block].T
    corners = corners.astype(np.uint64, order="C")
    edge = np.arange(3 * block.start, 3 * block.stop, 3, dtype=np.uint64)
    up, down = [], []
    for side in range(3):
        tail, head = corners[side], corners[(side + 1) % 3]
        low = np.minimum(tail, head)
        gap = np.maximum(tail, head) - low
        if int(gap.max(initial=0)).bit_length() > gap_bits:
            return np.full(1, ~np.uint64(0)), _NONE
        number = ((low << np.uint64(gap_bits) | gap) << np.uint64(edge_bits)) + (edge + np.uint64(side))
        here = (low >= np.uint64(lows.start)) & (low < np.uint64(lows.stop))
        runs_up = tail < head
        up.append(number[here & runs_up])
        down.append(number[here & ~runs_up])
    return np.concatenate(up), np.concatenate(down)


def _agree(up: Numbers, down: Numbers, edge_bits: int) -> bool:
    """Whether sorted numbers are of the same edges, each once."""
    if len(up) != len(down):
        return False
    bits = np.uint64(edge_bits)

    def agree(block: slice) -> bool:
        ups = up[block.start : block.stop + 1] >> bits  # with the first of the next block
        return bool((ups[1:] != ups[:-1]).all()) and np.array_equal(
            ups[: block.stop - block.start], down[block] >> bits
        )

    return all(agree(block) for block in blocks(len(up), BLOCK))
