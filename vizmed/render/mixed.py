"""A volume smoothed a little, for its light: that comes from the differences of neighbours, which are mostly noise."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from vizmed.stages import stage
from vizmed.surface.cleaning.cleaned import is_hidden
from vizmed.surface.threads import blocks, workers
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import cores


@stage("smoothing")
def smoothed(volume: Volume) -> Volume:
    """Give the volume with each voxel a mean of 3 x 3 x 3, its own weight the largest (1, 2, 1 along each axis).

    Padding and what is no number stays, and is not mixed in.
    """
    mixed = np.empty(volume.shape, volume.voxels.dtype, order="F")
    n_slices = volume.shape[2]
    with workers() as threads:
        for _ in threads.map(lambda share: _mix(volume, mixed, share), blocks(n_slices, -(-n_slices // cores()))):
            pass
    return replace(volume, voxels=mixed)


def _mix(volume: Volume, mixed: Voxels, share: slice) -> None:
    """Mix some slices, each first within itself: three of them are still in a processor's cache when they are mixed."""
    voxels, padding = volume.voxels, volume.padding

    @lru_cache(maxsize=3)
    def flat(k: int) -> Voxels:
        return _along(_along(np.asfortranarray(voxels[..., k]), 0, padding), 1, padding)

    for k in range(share.start, share.stop):
        is_outermost = k in (0, volume.shape[2] - 1)
        mixed[..., k] = flat(k) if is_outermost else _mean(flat(k - 1), flat(k), flat(k + 1), padding)


def _along(values: Voxels, axis: int, padding: float | None) -> Voxels:
    """Mix the values of a slice along one of its axes; the outermost stay."""
    if values.shape[axis] < 3:
        return values
    mixed = values.copy(order="F")
    of, to = np.moveaxis(values, axis, 0), np.moveaxis(mixed, axis, 0)
    to[1:-1] = _mean(of[:-2], of[1:-1], of[2:], padding)
    return mixed


def _mean(before: Voxels, here: Voxels, after: Voxels, padding: float | None) -> Voxels:
    """Give (before + 2 here + after) / 4, of small integers the nearest and at half the higher one."""
    kind = here.dtype
    if kind.kind != "f" and kind.itemsize <= 2:
        # means of two by their bits, rounded down and then up, need no wider type: twice as many at a time
        mean = (before & after) + ((before ^ after) >> 1)
        mean = (mean | here) - ((mean ^ here) >> 1)
    else:
        mean = np.add(before, after, dtype=np.float32)
        mean += here
        mean += here
        mean /= 4
    if padding is None and kind.kind != "f":
        return mean
    alone = is_hidden(before, padding) | is_hidden(here, padding) | is_hidden(after, padding)
    return np.where(alone, here, mean)
