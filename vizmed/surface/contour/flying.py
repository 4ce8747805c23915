"""The triangles between marked voxels and others, by VTK's flying edges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.vtk_bridge import mesh_arrays, to_index_image, use_threads


class Net(NamedTuple):
    """Triangles between the voxels of a layer.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        On edges of the grid, in the order of the voxels that these start from: i runs fastest, and of one voxel the
        edge along i comes before that along j, and that before the one along k.
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


def halfway(grid: NDArray[np.bool_]) -> Net:
    """Extract the surface midway between marked voxels and others, in indices of the grid."""
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    if min(grid.shape) < 2:  # VTK says on its own output that it fails
        return Net(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64), np.empty(0, np.int64), 0)
    use_threads()
    edges = vtkFlyingEdges3D()
    edges.SetInputData(to_index_image(grid.view(np.uint8)))
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    points, triangles = mesh_arrays(edges.GetOutput())
    k = points[:, 2]
    return Net(points, triangles, np.flatnonzero(k == 0), int(np.count_nonzero(k == grid.shape[2] - 1)))
