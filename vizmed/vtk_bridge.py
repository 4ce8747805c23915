"""The only place where numpy and VTK meet: arrays in, VTK's data out, and back, without a copy where possible.

It speaks of arrays and geometries alone, so that it can stand below `Volume`.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError
from vizmed.geometry import FloatArray, Geometry

if TYPE_CHECKING:
    import pyvista

Mesh = TypeVar("Mesh")


def to_index_image(voxels: NDArray[Any]) -> Any:
    """Wrap voxels ``[i, j, k]`` as a `vtkImageData` in index space: spacing 1, origin 0, no direction.

    Fortran-ordered voxels are shared, others are copied once.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    flat = voxels.ravel(order="F")
    if flat.dtype == np.float16:  # VTK 9.7 has no such numbers
        flat = flat.astype(np.float32)
    if not flat.dtype.isnative:  # VTK would take the bytes as they are
        flat = flat.astype(flat.dtype.newbyteorder("="))
    image = vtkImageData()
    image.SetDimensions(*voxels.shape)
    # numpy_to_vtk (vtk 9.7) keeps a reference to a contiguous array instead of copying it
    scalars = numpy_to_vtk(flat, deep=False)
    scalars.SetName("values")
    image.GetPointData().SetScalars(scalars)
    return image


def to_image_data(voxels: NDArray[Any], geometry: Geometry) -> pyvista.ImageData:
    """Wrap voxels as a `pyvista.ImageData` that lies where the geometry says, LPS mm.

    Raises
    ------
    GeometryError
        If the grid is sheared: VTK would take the matrix, but its resampling, gradients and cell sizes assume right
        angles.
    """
    import pyvista

    if geometry.is_sheared:
        raise GeometryError(
            f"the grid is sheared by {geometry.shear_degrees:.2f} degrees, which ImageData cannot hold",
            remedy="Extract the surface instead: it is exact for sheared grids",
        )
    image = pyvista.ImageData(to_index_image(voxels))
    image.spacing = tuple(geometry.spacing)
    image.origin = tuple(geometry.origin)
    image.direction_matrix = geometry.direction
    return image


def to_texture_image(picture: NDArray[np.uint8]) -> Any:
    """Copy a picture (rows, columns, channels), rows from the top, into an image whose rows go up, as textures do."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    rows, columns, channels = picture.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(picture[::-1].reshape(-1, channels), deep=True))
    return image


def to_matrix(affine: FloatArray) -> Any:
    """Copy a 4 x 4 array into a `vtkMatrix4x4`."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    matrix.DeepCopy(affine.ravel().tolist())
    return matrix


def image_values(image: Any) -> NDArray[Any]:
    """View a one-component image's values as ``[k, j, i]``; the view keeps VTK's memory alive."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    ni, nj, nk = image.GetDimensions()
    values: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars())
    return values.reshape(nk, nj, ni)


def to_polydata(points: NDArray[np.floating[Any]], triangles: NDArray[np.integer[Any]]) -> pyvista.PolyData:
    """Make a mesh of points (n, 3) in LPS mm and triangles (m, 3) of point numbers."""
    return as_pyvista(to_mesh(points, triangles))


def to_mesh(points: NDArray[np.floating[Any]], triangles: NDArray[np.integer[Any]]) -> Any:
    """Make the same as a `vtkPolyData`, for commands that can do without PyVista: importing it takes 0.1 s."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    mesh = vtkPolyData()
    places = vtkPoints()
    places.SetData(numpy_to_vtk(np.ascontiguousarray(points), deep=False))
    mesh.SetPoints(places)
    cells = vtkCellArray()
    connectivity = np.ascontiguousarray(triangles, dtype=np.int64).ravel()
    cells.SetData(3, numpy_to_vtkIdTypeArray(connectivity, deep=False))
    mesh.SetPolys(cells)
    return mesh


def remade(mesh: Mesh, points: NDArray[np.floating[Any]], triangles: NDArray[np.integer[Any]]) -> Mesh:
    """Make a mesh of what became of another's points and triangles: PyVista's if that was, else a `vtkPolyData`."""
    made: Any = to_mesh(points, triangles)
    pyvista = sys.modules.get("pyvista")  # what is not imported yet has made no mesh
    if pyvista is not None and isinstance(mesh, pyvista.PolyData):
        made = as_pyvista(made)
    of_same_class: Mesh = made
    return of_same_class


def as_pyvista(mesh: Any) -> pyvista.PolyData:
    """Give a `vtkPolyData` as what it is to users; its arrays are shared."""
    import pyvista

    return pyvista.PolyData(mesh)


def mesh_arrays(mesh: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """View a triangle mesh's points (n, 3) and triangles (m, 3)."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    cells = mesh.GetPolys()
    if cells.GetNumberOfCells() == 0:
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int64)
    if cells.GetMaxCellSize() != 3 or cells.GetNumberOfConnectivityIds() != 3 * cells.GetNumberOfCells():
        raise GeometryError("the mesh holds other cells than triangles", remedy="mesh.triangulate() makes it so")
    points = vtk_to_numpy(mesh.GetPoints().GetData())
    return points, vtk_to_numpy(cells.GetConnectivityArray()).reshape(-1, 3)


@cache
def use_threads() -> int:
    """Let VTK's filters use the cores that this process may run on, once; the wheels' default is one.

    Returns
    -------
    int
        How many threads VTK now uses.
    """
    from vtkmodules.vtkCommonCore import vtkSMPTools

    vtkSMPTools.SetBackend("STDThread")
    vtkSMPTools.Initialize(cores())
    return cores()


def cores() -> int:
    """Count the cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
