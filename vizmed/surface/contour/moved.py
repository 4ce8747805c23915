"""Vertices that are moved from midway between two voxels to where their values say."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.contour.layers import Layer
from vizmed.surface.contour.marks import Marks
from vizmed.surface.inside.band import Limits
from vizmed.surface.threads import shares

BLOCK = 1 << 15
"""Vertices that are moved at a time: what is known of them then stays in a processor's cache."""

Index = NDArray[np.signedinteger[Any]]


def move_to_limits(points: NDArray[np.float32], marks: Marks, layer: Layer, values: Limits, *, pool: Executor) -> None:
    """Move vertices, each midway between two neighbours of the marked grid, to where the values say; in place.

    They then are in voxel indices of the volume.
    """
    voxels = layer.voxels.ravel(order="F")  # a view, which one number indexes fast

    def move(block: slice) -> None:
        halves = np.array([2 * column for column in points[block].T], np.intp)
        first, way = halves >> 1, halves & 1  # 1 along the axis of the edge, 0 along the others
        first += np.array(marks.origin)[:, None]
        ends = (voxels.take(_in_layer(end, marks, layer)).astype(np.float64) for end in (first, first + way))
        part = values.reach(*ends)
        first[2] += layer.first
        for axis in range(3):
            points[block, axis] = first[axis] + way[axis] * part

    for _ in pool.map(move, shares(len(points), BLOCK)):
        pass


def _in_layer(ijk: Index, marks: Marks, layer: Layer) -> Index:
    """Number the voxels (3, n) of a layer; those in the shell around the volume as their neighbours within."""
    shape = layer.voxels.shape
    within = []
    for each, n, start, marked in zip(ijk, shape, marks.origin, marks.grid.shape, strict=True):
        in_shell = start < 0 or start + marked > n
        within.append(np.clip(each, 0, n - 1) if in_shell else each)
    return _flat(within, shape)


def _flat(ijk: Sequence[Index] | Index, shape: tuple[int, ...]) -> Index:
    """Number the voxels (3, n) of a grid in Fortran order."""
    return np.asarray(ijk[0] + shape[0] * (ijk[1] + shape[1] * ijk[2]))
