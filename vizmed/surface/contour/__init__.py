"""The surface of some of the voxels, in index space: closed, exact between them, with no vertex on a voxel centre.

Flying edges are run on one byte a voxel, inside or not, which settles the triangles. Each vertex then lies midway
between a voxel inside and a neighbour outside, and is moved along that edge to where the values say. So a level, a
range, the border of the volume, padding and a mask are all cut in one way, in any type of voxel. Where small integers
are cut at a level alone, flying edges find the same surface on the voxels themselves, sooner.

All of it goes a layer of slices at a time, which a processor's cache nearly holds, and which need not all be in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from math import inf

import numpy as np
from numpy.typing import NDArray

from vizmed.chunked import Chunked
from vizmed.errors import GeometryError
from vizmed.surface.contour.flying import Net, flown
from vizmed.surface.contour.given_back import give_back
from vizmed.surface.contour.layers import Layer, layers_of, layers_read, like, slices_of
from vizmed.surface.contour.marks import Marker, Task
from vizmed.surface.contour.moved import move_to_limits
from vizmed.surface.contour.plain import is_plain
from vizmed.surface.contour.weld import Weld
from vizmed.surface.inside.band import Band, limits_of
from vizmed.surface.inside.level import Level
from vizmed.surface.threads import workers
from vizmed.volume import Volume


def contour(
    volume: Volume | Chunked,
    level: float | Level | Band,
    *,
    closed: bool = True,
    region: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Extract the surface of the voxels inside, in voxel indices.

    Parameters
    ----------
    volume : Volume or Chunked
        What is read in chunks has the same surface, in the same order, and takes the memory of two layers.
    level : float, Level or Band
        A voxel of this value or more is inside, or one of the band; NaN, infinite and padding voxels are not.
    closed : bool
        Whether what reaches the border is capped on the outer faces of the outermost voxels.
    region : (ni, nj, nk) ndarray of bool, optional
        What else a voxel must be to be inside, on the grid of a volume in memory.

    Returns
    -------
    points : (n, 3) ndarray of float32
        Voxel indices ``(i, j, k)``. Between a voxel inside and one whose value is outside, the surface lies where the
        linearly interpolated value is that of `vizmed.surface.inside.band.limits`. It lies midway where the value does
        not say: towards NaN, infinity, and voxels that only the region, padding or the border keeps out.
    triangles : (m, 3) ndarray of int64
        Wound so that their normals point outward, in index space.

    Raises
    ------
    GeometryError
        If the volume is one voxel thin, and the surface is to stay open at its border; or if the region has another
        shape than the volume.
    """
    if not closed and min(volume.shape) < 2:
        raise GeometryError(
            f"a volume of shape {volume.shape} has no open surface, for one slice fills no space",
            remedy="closed=True gives it the thickness of its voxels",
        )
    if region is not None and region.shape != volume.shape:
        raise GeometryError(
            f"the region has shape {region.shape}, the volume {volume.shape}",
            remedy="vizmed.surface.region_of lays a mask on the volume's grid",
        )
    low, high = (level.low, level.high) if isinstance(level, Level | Band) else (level, inf)
    known = like(volume)
    values = limits_of(known.voxels.dtype, lambda: slices_of(volume), low, high)
    padding = known.padding if known.padding is not None and values.least <= known.padding <= values.most else None
    layers = layers_read(volume) if isinstance(volume, Chunked) else layers_of(volume.voxels, region)
    return _contoured(layers, Task(volume.shape, values, padding, closed))


def _contoured(layers: Iterable[Layer], task: Task) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Extract the surface of a volume, layer by layer."""
    weld = Weld()
    with workers() as pool:
        marker = Marker(task, pool=pool)
        for layer in layers:
            weld.add(_net(layer, task, marker, pool))
    mesh = weld.mesh()
    del layer, marker
    give_back()
    return mesh


def _net(layer: Layer, task: Task, marker: Marker, pool: Executor) -> Net:
    if is_plain(layer, task):
        return flown(layer.voxels, task.values.below, layer.first)
    marks = marker.mark(layer)
    net = flown(marks.grid.view(np.uint8), 0.5)
    move_to_limits(net.points, marks, layer, task.values, pool=pool)
    return net
