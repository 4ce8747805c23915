"""The iso surface of voxels in index space, by VTK's flying edges: closed, with no vertex on a voxel centre."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import mesh_arrays, to_index_image, use_threads

VTK_INTERPOLATES = ("int8", "uint8", "int16", "uint16", "float32", "float64")
"""Types that vtkFlyingEdges3D (9.7) interpolates right. It subtracts neighbours in their own type, so that uint32 wraps
around and int32 may; float16 it does not know, and other byte orders it takes for the machine's."""

LEAST_STEP = 0.01
"""How far at least the level stays from an integer on integer voxels: vertices then stay clear of voxel centres."""


def contour(volume: Volume, level: float, *, closed: bool = True) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Extract the iso surface in voxel indices.

    Parameters
    ----------
    volume : Volume
    level : float
        A voxel of this value or more is inside; NaN, infinite and padding voxels are not.
    closed : bool
        Whether what reaches the border is capped on the outer faces of the outermost voxels.

    Returns
    -------
    points : (n, 3) ndarray of float32
        Voxel indices ``(i, j, k)``.
    triangles : (m, 3) ndarray of int64
        Wound so that their normals point to lower values, in index space.

    Raises
    ------
    GeometryError
        If the volume is one voxel thin, and the surface is to stay open at its border.
    """
    if not closed and min(volume.shape) < 2:
        raise GeometryError(
            f"a volume of shape {volume.shape} has no open surface, for one slice fills no space",
            remedy="closed=True gives it the thickness of its voxels",
        )
    value = value_between(volume.voxels, level)
    rim = _rim_inside(volume, value) if closed else None
    must_hide = _has_hidden_inside(volume, value)
    if rim is None and not must_hide and volume.voxels.dtype in VTK_INTERPOLATES:
        return _flying_edges(volume.voxels, value)
    points, triangles = _flying_edges(_prepared(volume, value, rim=rim, must_hide=must_hide), value)
    if rim is not None:
        _pull_to_faces(points, volume.shape)
    return points, triangles


def value_between(voxels: Voxels, level: float) -> float:
    """Give a value that no voxel has, with the same voxels above it: vertices then lie between voxel centres.

    For integers that is half a step below an integer level. For real numbers it is the level itself; only where
    voxels are exactly at it, it is midway to the next lower value there is.
    """
    if voxels.dtype.kind in "iu":
        whole = floor(level)
        return whole - 0.5 if level == whole else whole + min(max(level - whole, LEAST_STEP), 1 - LEAST_STEP)
    level = float(voxels.dtype.type(level))
    if not any((part == level).any() for part in _slices(voxels)):
        return level
    lower = max(float(np.max(part, where=part < level, initial=-np.inf)) for part in _slices(voxels))
    return (lower + level) / 2 if np.isfinite(lower) else level


def _rim_inside(volume: Volume, value: float) -> float | None:
    """Give the lowest value of the outermost voxels that lie inside, None where none does."""
    lowest = None
    for axis in range(3):
        for end in (0, -1):
            face = np.moveaxis(volume.voxels, axis, 0)[end]  # take() would copy all voxels first
            inside = face[(face >= value) & ~_is_hidden(face, volume.padding)]
            if inside.size:
                lowest = float(inside.min()) if lowest is None else min(lowest, float(inside.min()))
    return lowest


def _has_hidden_inside(volume: Volume, value: float) -> bool:
    if volume.padding is not None and volume.padding >= value:
        return True
    return volume.voxels.dtype.kind == "f" and not all(np.isfinite(part).all() for part in _slices(volume.voxels))


def _prepared(volume: Volume, value: float, *, rim: float | None, must_hide: bool) -> Voxels:
    """Copy the voxels once: of a type that VTK takes, in a shell that lies outside, with hidden ones made low."""
    dtype = _vtk_type(volume.voxels.dtype)
    margin = 0 if rim is None else 1
    shell = 0 if rim is None else _just_outside(rim, value, dtype)
    field = np.empty([n + 2 * margin for n in volume.shape], dtype=dtype, order="F")
    for axis in range(3 if margin else 0):
        np.moveaxis(field, axis, 0)[[0, -1]] = shell
    within = field[tuple(slice(margin, n + margin) for n in volume.shape)]
    low = _lowest(volume) if must_hide else None
    for k, part in enumerate(_slices(volume.voxels)):
        within[..., k] = part
        if low is not None:
            within[..., k][_is_hidden(part, volume.padding)] = low
    return field


def _just_outside(rim: float, value: float, dtype: np.dtype[Any]) -> float:
    """Give the shell's value: as far below the level as the nearest voxel of the rim is above it.

    Vertices between rim and shell then lie half a voxel or more from the rim, which `_pull_to_faces` can tell from it
    even where single precision is coarse.
    """
    if dtype.kind in "iu":
        return floor(value)
    return 2 * value - rim


def _lowest(volume: Volume) -> float:
    parts = ((part, ~_is_hidden(part, volume.padding)) for part in _slices(volume.voxels))
    return min(float(part[shown].min()) for part, shown in parts if shown.any())


def _is_hidden(values: Voxels, padding: float | None) -> NDArray[np.bool_]:
    hidden = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    return hidden if padding is None else hidden | (values == padding)


def _vtk_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    native = dtype.newbyteorder("=")
    if native in VTK_INTERPOLATES:
        return native
    return np.dtype(np.float32 if native == np.float16 else np.float64)


def _slices(voxels: Voxels) -> Iterator[Voxels]:
    return (voxels[..., k] for k in range(voxels.shape[2]))


def _flying_edges(voxels: Voxels, value: float) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    use_threads()
    edges = vtkFlyingEdges3D()
    edges.SetInputData(to_index_image(voxels))
    edges.SetValue(0, value)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    return mesh_arrays(edges.GetOutput())


def _pull_to_faces(points: NDArray[np.float32], shape: tuple[int, int, int]) -> None:
    """Move the vertices between rim and shell onto the outer faces of the rim's voxels, in place."""
    points -= 1  # the shell moved every voxel up by one
    for axis, n in enumerate(shape):
        column = points[:, axis]
        column[column < 0] = -0.5
        column[column > n - 1] = n - 0.5
