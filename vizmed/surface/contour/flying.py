"""The triangles between voxels above a value and others, by VTK's flying edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.volume import Voxels
from vizmed.vtk_bridge import mesh_arrays, to_index_image, use_threads


class Net(NamedTuple):
    """Triangles between the voxels of a layer.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        On edges of the grid, row by row of the voxels that these start from: those on edges along i come before those
        along j, and those before the ones along k.
    triangles : (m, 3) ndarray of int64
    head : (h,) ndarray of int64
        Which points lie on edges within the first slice.
    tail : int
        How many points lie on edges within the last slice: those at the end.
    """

    points: NDArray[np.float32]
    triangles: NDArray[np.int64]
    head: NDArray[np.int64]
    tail: int


def flown(voxels: Voxels, value: float, first: int = 0) -> Net:
    """Extract the surface between voxels above a value that none of them has, and others below.

    Parameters
    ----------
    voxels : (ni, nj, nk) ndarray
        Integers of up to 16 bits: VTK 9.7 subtracts two voxels in their own type, or as 32 bits if that is shorter.
    value : float
    first : int
        The index k of the first slice. Points are the same to the bit whichever it is.
    """
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    ni, nj, nk = voxels.shape
    if min(voxels.shape) < 2:  # VTK says on its own output that it fails
        return Net(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64), np.empty(0, np.int64), 0)
    use_threads()
    image = to_index_image(voxels)
    image.SetExtent(0, ni - 1, 0, nj - 1, first, first + nk - 1)
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, value)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    within = _crossed(voxels[..., -1] > value)
    return Net(*mesh_arrays(edges.GetOutput()), _head(voxels[..., :2] > value), int(within.sum()))


def _head(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the points on edges within the first of two slices: by counting, for places are rounded onto voxels."""
    within = _crossed(inside[..., 0])
    upward = np.count_nonzero(inside[..., 0] != inside[..., 1], axis=0)
    before = np.cumsum(upward) - upward
    return np.repeat(before, within) + np.arange(within.sum())


def _crossed(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the edges within a slice (ni, nj) that the surface crosses, row by row: (nj,)."""
    crossed = np.count_nonzero(inside[1:] != inside[:-1], axis=0)
    crossed[:-1] += np.count_nonzero(inside[:, 1:] != inside[:, :-1], axis=0)
    return np.asarray(crossed)
