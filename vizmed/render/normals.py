"""A normal at each point of a surface, for smooth light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.threads import blocks, workers
from vizmed.vtk_bridge import use_threads

if TYPE_CHECKING:
    import pyvista

ROUNDS = 3
"""In which normals are averaged, each time with those an edge further."""

_BLOCK = 1 << 16
"""Vectors that are worked on at a time, in a processor's cache."""


def with_normals(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Give the triangle mesh with a normal at each point."""
    import pyvista
    from vtkmodules.vtkFiltersCore import vtkTriangleMeshPointNormals

    normals = vtkTriangleMeshPointNormals()
    normals.SetInputData(mesh)
    normals.Update()
    return pyvista.PolyData(normals.GetOutput())


def soften(mesh: pyvista.PolyData) -> None:
    """Average a mesh's normals over the triangles around, in place.

    It takes terraces of a fraction of a voxel out of the light.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    use_threads()
    corners, around = _bare(mesh), _bare(mesh)
    of_triangles = np.empty((mesh.GetNumberOfPolys(), 3), np.float32)
    around.GetCellData().SetNormals(numpy_to_vtk(of_triangles, deep=False))
    around.BuildLinks()  # from points to triangles; VTK makes them anew for each round once the mesh is touched
    softened = mesh.GetPointData().GetNormals()
    for _ in range(ROUNDS):
        corners.GetPointData().SetNormals(softened)
        of_triangles[:] = vtk_to_numpy(_to_triangles(corners))
        softened = _to_points(around)
        # how many triangles there are around a point makes the mean shorter, and nothing else
        _to_length_one(vtk_to_numpy(softened))
    mesh.GetPointData().SetNormals(softened)


def _bare(mesh: Any) -> Any:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

    bare = vtkPolyData()
    bare.SetPoints(mesh.GetPoints())
    bare.SetPolys(mesh.GetPolys())
    return bare


def _to_length_one(vectors: NDArray[np.float32]) -> None:
    """Bring vectors (n, 3) to length 1, in place."""

    def bring(block: slice) -> None:
        lengths = np.sqrt(np.einsum("nc,nc->n", vectors[block], vectors[block]))
        vectors[block] /= np.maximum(lengths, np.float32(1e-12))[:, None]

    with workers() as threads:
        for _ in threads.map(bring, blocks(len(vectors), _BLOCK)):
            pass


def _to_triangles(mesh: Any) -> Any:
    """Give the mean normal of each triangle's corners."""
    from vtkmodules.vtkFiltersCore import vtkPointDataToCellData

    to_triangles = vtkPointDataToCellData()
    to_triangles.SetInputData(mesh)
    to_triangles.Update()
    return to_triangles.GetOutput().GetCellData().GetNormals()


def _to_points(mesh: Any) -> Any:
    """Give the mean normal of the triangles around each point."""
    from vtkmodules.vtkFiltersCore import vtkCellDataToPointData

    to_points = vtkCellDataToPointData()
    to_points.SetInputData(mesh)
    to_points.Update()
    return to_points.GetOutput().GetPointData().GetNormals()
