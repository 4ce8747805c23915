"""A mesh cut into blocks of about as many triangles: in halves, again and again, across the longest side.

Where it is cut depends on the mesh alone, not on how many blocks are worked on at a time: what is made of the blocks is
the same on every machine.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.simplify.collapse import Mask, Points, Triangles

ALONG = 64
"""Cells along x, y and z that a mesh is cut between."""

Rows = NDArray[np.int64]


class Cut(NamedTuple):
    """Triangles in blocks.

    Parameters
    ----------
    blocks : list of ndarray
        The rows of each.
    locked : (n,) ndarray of bool
        At least the points that have triangles in more than one block.
    """

    blocks: list[Rows]
    locked: Mask


def cut(points: Points, triangles: Triangles, most: int, first: float) -> Cut:
    """Cut a mesh into blocks.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
    triangles : (m, 3) ndarray of int
    most : int
        Points that a block may hold, but for its rim.
    first : float
        Part of the points that lie before the first cut; all others halve. Another part is another cut everywhere.
    """
    low, high = (np.array([reach(column) for column in points.T]) for reach in (np.min, np.max))
    side_mm = np.maximum((high - low) / ALONG, np.finfo(np.float32).tiny)
    cell = np.zeros(len(points), np.int32)
    for column, least, side in zip(points.T, low, side_mm, strict=True):
        cell *= ALONG
        cell += np.minimum((column - least) * np.float32(1 / side), ALONG - 1).astype(np.int32)
    count = np.bincount(cell, minlength=ALONG**3).reshape(ALONG, ALONG, ALONG)
    block_of_point = _halves(count, side_mm, most, first).ravel().take(cell)
    of_corner = [block_of_point.take(corner) for corner in triangles.T]
    block_of = of_corner[0]
    locked = np.zeros(len(points), bool)
    across = np.flatnonzero((of_corner[1] != block_of) | (of_corner[2] != block_of))
    for corner, block in zip(triangles[across].T, (one[across] for one in of_corner), strict=True):
        locked[corner[block != block_of[across]]] = True
    count = np.bincount(block_of)
    # numpy sorts 16 bits by their digits
    return Cut(np.split(np.argsort(block_of, kind="stable"), np.cumsum(count[count > 0])[:-1]), locked)


def _halves(count: NDArray[Any], side_mm: NDArray[Any], most: int, first: float) -> NDArray[np.uint16]:
    """Number the blocks that cells are in, by how many points each of them holds."""
    block_of = np.zeros(count.shape, np.uint16)
    boxes: list[tuple[slice, ...]] = [(slice(0, ALONG),) * 3]
    blocks, part = 0, first
    while boxes:
        box = boxes.pop()
        held = count[box]
        axis = int(np.argmax(held.shape * side_mm * (np.array(held.shape) > 1)))
        if held.size == 1 or held.sum() <= most:
            block_of[box] = blocks
            blocks += 1
            continue
        before = np.cumsum(held.sum(axis=tuple({0, 1, 2} - {axis})))
        at = box[axis].start + int(np.clip(np.searchsorted(before, part * before[-1]) + 1, 1, len(before) - 1))
        halves = slice(at, box[axis].stop), slice(box[axis].start, at)
        boxes += [tuple(half if n == axis else along for n, along in enumerate(box)) for half in halves]
        part = 0.5
    return block_of
