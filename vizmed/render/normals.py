"""A normal at each point of a surface, for smooth light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vizmed.vtk_bridge import use_threads

if TYPE_CHECKING:
    import pyvista

_ROUNDS = 3
"""In which normals are averaged."""


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
    from vtkmodules.vtkCommonDataModel import vtkPolyData

    use_threads()
    bare = vtkPolyData()
    bare.SetPoints(mesh.GetPoints())
    bare.SetPolys(mesh.GetPolys())
    softened = vtk_to_numpy(mesh.GetPointData().GetNormals())
    for _ in range(_ROUNDS):
        bare.GetPointData().SetNormals(numpy_to_vtk(softened, deep=False))
        # how many triangles there are around a point makes the mean shorter, and nothing else
        mean = vtk_to_numpy(_over_triangles_around(bare).GetPointData().GetNormals())
        softened = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-12))
    mesh.GetPointData().SetNormals(numpy_to_vtk(softened, deep=True))


def _over_triangles_around(mesh: Any) -> Any:
    """Give a mesh with each point's data the mean of those means that the triangles around it have of theirs."""
    from vtkmodules.vtkFiltersCore import vtkCellDataToPointData, vtkPointDataToCellData

    to_triangles, to_points = vtkPointDataToCellData(), vtkCellDataToPointData()
    to_triangles.SetInputData(mesh)
    to_points.SetInputConnection(to_triangles.GetOutputPort())
    to_points.Update()
    return to_points.GetOutput()
