"""Which voxels of a layer lie inside, one byte each, in the smallest box that has their surface."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.contour.layers import Layer
from vizmed.surface.inside.band import Limits
from vizmed.surface.threads import shares

Mask = NDArray[np.bool_]


class Marks(NamedTuple):
    """Which voxels lie inside.

    Parameters
    ----------
    grid : (ni, nj, nk) ndarray of bool
        In Fortran order. Where the surface is to be closed, a shell of voxels outside is around the volume.
    origin : (i, j, k) tuple of int
        Which voxel of the layer the first one is: from -1, in the shell.
    """

    grid: Mask
    origin: tuple[int, int, int]


class Task(NamedTuple):
    """What is to be extracted from all layers of a volume.

    Parameters
    ----------
    shape : (ni, nj, nk) tuple of int
        Of the whole volume.
    values : Limits
        Which values lie inside.
    padding : float, optional
        The value among them that stands for "outside of the image".
    closed : bool
        Whether what reaches the border of the volume is to be capped there.
    """

    shape: tuple[int, int, int]
    values: Limits
    padding: float | None
    closed: bool


class Marker:
    """Marks layer after layer of a volume."""

    def __init__(self, task: Task, *, pool: Executor) -> None:
        self._task, self._pool = task, pool
        self._grid: Mask = np.empty((0, 0, 0), bool)

    def mark(self, layer: Layer) -> Marks:
        """Mark the voxels inside, in the next layer."""
        ni, nj, nk = layer.voxels.shape
        m = 1 if self._task.closed else 0
        below = m if layer.first == 0 else 0
        above = m if layer.first + nk == self._task.shape[2] else 0
        if self._grid.shape[2] < below + nk + above:  # memory that was had before is had at once
            self._grid = np.zeros((ni + 2 * m, nj + 2 * m, below + nk + above), bool, order="F")
        grid = self._grid[..., : below + nk + above]
        grid[..., below + nk :] = False
        within = grid[m : m + ni, m : m + nj, below : below + nk]
        marking = self._pool.map(lambda part: self._mark(layer, within, part), shares(nk, nk))
        seen = np.logical_or.reduce([*marking])
        i, j = (_around(seen.any(axis=axis), m) for axis in (1, 0))
        return Marks(np.asfortranarray(grid[i, j]), (i.start - m, j.start - m, -below))

    def _mark(self, layer: Layer, within: Mask, part: slice) -> Mask:
        """Mark some slices, and tell in which (i, j) any voxel is inside."""
        inside, voxels = within[..., part], layer.voxels[..., part]
        self._task.values.hold(voxels, out=inside)
        if self._task.padding is not None:
            inside &= voxels != self._task.padding
        if layer.region is not None:
            inside &= layer.region[..., part]
        return np.asarray(inside.any(axis=2))


def _around(seen: Mask, margin: int) -> slice:
    """Give where along a grid, which has a margin around what was seen, voxels inside and their neighbours are."""
    inside = np.flatnonzero(seen) + margin
    if not inside.size:
        return slice(0, 0)
    return slice(max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 2, len(seen) + 2 * margin))
