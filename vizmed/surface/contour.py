"""The surface of some of the voxels, in index space: closed, exact between them, with no vertex on a voxel centre.

Flying edges are run on one byte a voxel, inside or not, which settles the triangles. Each vertex then lies midway
between a voxel inside and a neighbour outside, and is moved along that edge to where the values say. So a level, a
range, the border of the volume, padding and a mask are all cut in one way, in any type of voxel.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError
from vizmed.surface.inside.band import Band, Limits, along_k, limits
from vizmed.surface.inside.level import Level
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import mesh_arrays, to_index_image, use_threads

BLOCK = 1 << 14
"""Vertices that are moved at a time: what is known of them, in float64, then stays in a processor's cache."""


def contour(
    volume: Volume, level: float | Level | Band, *, closed: bool = True, region: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Extract the surface of the voxels inside, in voxel indices.

    Parameters
    ----------
    volume : Volume
    level : float, Level or Band
        A voxel of this value or more is inside, or one of the band; NaN, infinite and padding voxels are not.
    closed : bool
        Whether what reaches the border is capped on the outer faces of the outermost voxels.
    region : (ni, nj, nk) ndarray of bool, optional
        What else a voxel must be to be inside, on the volume's own grid.

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
    values = limits(volume.voxels, low, high)
    margin = 1 if closed else 0
    inside = _inside(volume, values, region, margin)
    points, triangles = _flying_edges(inside)
    _move_to_limits(points, inside, volume.voxels, values, margin)
    return points, triangles


def _inside(volume: Volume, values: Limits, region: NDArray[np.bool_] | None, margin: int) -> NDArray[np.uint8]:
    """Mark the voxels inside, in a shell of that many that are not."""
    marked = np.zeros([n + 2 * margin for n in volume.shape], np.uint8, order="F")
    within = marked[tuple(slice(margin, n + margin) for n in volume.shape)]
    for k, part in enumerate(along_k(volume.voxels)):
        inside = values.hold(part)
        if volume.padding is not None and values.least <= volume.padding <= values.most:
            inside &= part != volume.padding
        if region is not None:
            inside &= region[..., k]
        within[..., k] = inside
    return marked


def _flying_edges(inside: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Extract the surface midway between marked voxels and others."""
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    use_threads()
    edges = vtkFlyingEdges3D()
    edges.SetInputData(to_index_image(inside))
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    return mesh_arrays(edges.GetOutput())


def _move_to_limits(
    points: NDArray[np.float32], inside: NDArray[np.uint8], voxels: Voxels, values: Limits, margin: int
) -> None:
    """Move vertices, each midway between two neighbours of the marked grid, to where the values say; in place."""
    marked = inside.ravel(order="F")  # a view, which one number indexes faster than three
    row, slab = inside.shape[0], inside.shape[0] * inside.shape[1]
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        halves = (2 * block.T + 0.5).astype(np.intp)
        first = halves >> 1
        way = halves & 1  # 1 along the axis of the edge, 0 along the others
        forward = marked[first[0] + row * first[1] + slab * first[2]].astype(bool)
        first -= margin
        ends = _value_at(voxels, first), _value_at(voxels, first + way)
        reach = values.reach(np.where(forward, *ends), np.where(forward, *ends[::-1]))
        block[:] = (first + way * np.where(forward, reach, 1 - reach)).T


def _value_at(voxels: Voxels, ijk: NDArray[np.intp]) -> NDArray[np.float64]:
    """Give the values of voxels (3, n); in the shell around the volume, those of their neighbours within."""
    i, j, k = (np.clip(each, 0, n - 1) for each, n in zip(ijk, voxels.shape, strict=True))
    return np.asarray(voxels[i, j, k].astype(np.float64))
