"""Whether the voxels of a layer say by themselves where the surface is, so that nothing need be marked and moved."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from vizmed.surface.contour.layers import Layer
from vizmed.surface.contour.marks import Task
from vizmed.volume import Voxels


def is_plain(layer: Layer, task: Task) -> bool:
    """Whether a layer holds integers of up to 16 bits, cut at a level alone, and needs no cap."""
    dtype = layer.voxels.dtype
    return (
        dtype.kind in "iu"
        and dtype.itemsize <= 2
        and task.values.above == inf
        and task.padding is None
        and layer.region is None
        and not (task.closed and any(task.values.hold(face).any() for face in _outer_faces(layer, task.shape[2])))
    )


def _outer_faces(layer: Layer, nk: int) -> Iterator[Voxels]:
    """Go through the faces of a layer that are faces of its volume, of so many slices."""
    voxels = layer.voxels
    yield from (voxels[0], voxels[-1], voxels[:, 0], voxels[:, -1])
    if layer.first == 0:
        yield voxels[..., 0]
    if layer.first + voxels.shape[2] == nk:
        yield voxels[..., -1]
