"""Triangles that repeat their points made into triangles that share them, where the coordinates are the same bits.

A file of facets repeats each point about six times, mostly close by. So points are welded a block at a time, in the
processor's cache, and what is left of the blocks is welded once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 16
"""Facets that are best welded at a time: their corners and keys take 4 MB."""

_MOST_INT32 = 2**31 - 1

_HALVES = np.dtype([("xy", "u8"), ("z", "u4")])
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], np.uint64)
"""Odd numbers without pattern: 2**64 / golden ratio, xxHash's second prime, the multiplier of the mixer rrmxmx. Others
would give the same points: the coordinates decide what is the same, the hash only brings it together."""


def weld(blocks: Iterable[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Weld the corners of facets.

    Parameters
    ----------
    blocks : iterable of (k, 3, 3) ndarray of float32
        Facets, corners, coordinates, all of them finite.

    Returns
    -------
    points : (n, 3) ndarray of float32
        In the order in which they come first. A coordinate of -0.0 is 0.0.
    triangles : (m, 3) ndarray of int64
    """
    points: list[NDArray[np.float32]] = []
    numbers: list[NDArray[np.integer[Any]]] = []
    count = 0
    for block in blocks:
        corners = np.ascontiguousarray(block.reshape(-1, 3)) + np.float32(0)  # -0.0 + 0 is 0.0
        found, local = _welded(corners)
        points.append(found)
        fits = count + len(found) <= _MOST_INT32
        numbers.append(local + (np.int32(count) if fits else np.int64(count)))
        count += len(found)
    if not points:
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int64)
    if len(points) == 1:
        return points[0], numbers[0].astype(np.int64).reshape(-1, 3)
    repeated = np.concatenate(points)
    points.clear()
    shared, final = _welded(repeated)
    return shared, np.concatenate([final.take(part) for part in numbers], dtype=np.int64).reshape(-1, 3)


def facet_blocks(facets: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Cut facets into blocks of the size that welds best."""
    for start in range(0, len(facets), BLOCK):
        yield facets[start : start + BLOCK]


def _welded(corners: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.integer[Any]]]:
    """Give the distinct corners (n, 3), in the order in which they come first, and the number of each corner's own."""
    if len(corners) == 0:
        return corners, np.empty(0, np.int32)
    order, begins = _groups(corners)
    starts = np.flatnonzero(begins)
    firsts = order[starts]  # in a group, corners stand in the order of the file
    is_first = np.zeros(len(corners), dtype=bool)
    is_first[firsts] = True
    kind: np.dtype[np.integer[Any]] = np.dtype(np.int32 if len(corners) <= _MOST_INT32 else np.int64)
    numbers: NDArray[np.integer[Any]] = np.cumsum(is_first, dtype=kind)
    numbers -= 1
    found: NDArray[np.integer[Any]] = np.empty(len(corners), dtype=kind)
    found[order] = np.repeat(numbers[firsts], np.diff(starts, append=len(corners)))
    return np.compress(is_first, corners, axis=0), found


def _groups(corners: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Order corners so that the same ones stand together, in the order of the file, and mark where each group begins.

    The key of a corner has its hash in the high bits and its number in the low ones, so that one sort of plain
    integers, which processors do fastest, brings the same corners together.
    """
    bits = np.uint64(max(len(corners) - 1, 1).bit_length())
    keys = _hashes(corners)
    keys >>= bits
    keys <<= bits
    keys |= np.arange(len(corners), dtype=np.uint64)
    keys.sort()
    order = (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    keys >>= bits
    begins = np.ones(len(corners), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    differs = _differs(corners, order)
    if (differs & ~begins).any():  # a hash of two points: told apart by their coordinates
        _part_mixed(corners, order, begins, differs)
    return order, begins


def _hashes(corners: NDArray[np.float32]) -> NDArray[np.uint64]:
    halves = corners.view(_HALVES)[:, 0]
    hashes: NDArray[np.uint64] = halves["xy"] * _FACTORS[0]
    hashes += halves["z"] * _FACTORS[1]
    hashes ^= hashes >> np.uint64(32)
    hashes *= _FACTORS[2]
    return hashes


def _differs(corners: NDArray[np.float32], order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each corner of an order differs from the one before it; the first does."""
    ordered = corners.take(order, axis=0)
    unlike = ordered[1:] != ordered[:-1]
    differs = np.ones(len(order), dtype=bool)
    differs[1:] = unlike[:, 0] | unlike[:, 1] | unlike[:, 2]
    return differs


def _part_mixed(
    corners: NDArray[np.float32], order: NDArray[np.int64], begins: NDArray[np.bool_], differs: NDArray[np.bool_]
) -> None:
    """Sort groups that hold different points by their coordinates, and mark where each point begins."""
    group = np.cumsum(begins) - 1
    is_mixed = np.zeros(int(group[-1]) + 1, dtype=bool)
    is_mixed[group[differs & ~begins]] = True
    places = np.flatnonzero(is_mixed[group])
    members = order[places]
    x, y, z = corners[members].T
    order[places] = members[np.lexsort((members, z, y, x, group[places]))]
    begins |= _differs(corners, order)
