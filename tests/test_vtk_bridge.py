"""numpy and VTK meet without a copy, and neither sees the other's memory freed."""

from __future__ import annotations

import gc

import numpy as np
import pytest
import vtkmodules.vtkCommonCore  # noqa: F401 (so that the ear in conftest hears VTK from the first test on)

from tests.phantoms import asymmetric, geometries
from vizmed import vtk_bridge
from vizmed.errors import GeometryError

GRIDS = geometries((5, 4, 6))
TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"]
TRIANGLES = np.array([[0, 1, 2], [2, 1, 3]])
POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [1, 2, 0.5]], "float32")


def address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("dtype", TYPES)
def test_index_image_shares_fortran_ordered_voxels(dtype):
    voxels = asymmetric(GRIDS["rotated"], dtype=dtype).voxels
    image = vtk_bridge.to_index_image(voxels)
    assert image.GetDimensions() == (5, 4, 6)
    assert image.GetSpacing() == (1, 1, 1)
    assert image.GetOrigin() == (0, 0, 0)
    for ijk in [(0, 0, 0), (4, 0, 0), (0, 3, 0), (0, 0, 5), (2, 3, 1)]:
        assert image.GetScalarComponentAsDouble(*ijk, 0) == voxels[ijk]
    assert address(vtk_bridge.image_values(image)) == address(voxels)


@pytest.mark.parametrize(
    "change", [np.ascontiguousarray, lambda v: v[::-1], lambda v: v.transpose(2, 0, 1), lambda v: v[:, 1:]]
)
def test_index_image_of_other_orders_is_right_too(change):
    voxels = change(asymmetric(GRIDS["rotated"]).voxels)
    image = vtk_bridge.to_index_image(voxels)
    np.testing.assert_array_equal(vtk_bridge.image_values(image).T, voxels)


def test_voxels_live_as_long_as_the_image():
    image = vtk_bridge.to_index_image(np.full((50, 40, 30), 7, "int16", order="F"))
    gc.collect()
    _trample = [np.zeros((50, 40, 30), "int16", order="F") for _ in range(20)]
    assert (vtk_bridge.image_values(image) == 7).all()


def test_values_live_longer_than_the_image():
    values = vtk_bridge.image_values(vtk_bridge.to_index_image(np.full((50, 40, 30), 7, "int16", order="F")))
    gc.collect()
    _trample = [np.zeros((50, 40, 30), "int16", order="F") for _ in range(20)]
    assert (values == 7).all()


@pytest.mark.parametrize("name", [name for name in GRIDS if "sheared" not in name])
def test_image_data_lies_in_the_patient_and_shares_memory(name):
    volume = asymmetric(GRIDS[name])
    image = vtk_bridge.to_image_data(volume.voxels, volume.geometry)
    matrix = image.index_to_physical_matrix
    np.testing.assert_allclose(np.asarray(matrix), volume.geometry.affine, atol=1e-12)
    assert address(vtk_bridge.image_values(image)) == address(volume.voxels)
    point = image.TransformIndexToPhysicalPoint
    found = [0.0, 0.0, 0.0]
    point((3, 1, 4), found)
    np.testing.assert_allclose(found, volume.geometry.to_world((3, 1, 4)))


def test_image_data_refuses_shear():
    volume = asymmetric(GRIDS["sheared"])
    with pytest.raises(GeometryError, match="sheared"):
        vtk_bridge.to_image_data(volume.voxels, volume.geometry)


def test_matrix():
    affine = GRIDS["rotated and sheared"].affine
    matrix = vtk_bridge.to_matrix(affine)
    assert [[matrix.GetElement(i, j) for j in range(4)] for i in range(4)] == affine.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cells", ["int32", "int64"])
def test_a_mesh_goes_there_and_back(dtype, cells):
    mesh = vtk_bridge.to_polydata(POINTS.astype(dtype), TRIANGLES.astype(cells))
    gc.collect()
    points, triangles = vtk_bridge.mesh_arrays(mesh)
    np.testing.assert_array_equal(points, POINTS)
    np.testing.assert_array_equal(triangles, TRIANGLES)
    assert points.dtype == dtype
    assert (mesh.n_points, mesh.n_cells) == (4, 2)
    assert mesh.area == pytest.approx(1 + np.sqrt(5.25) / 2)
    assert mesh.is_all_triangles


def test_an_empty_mesh():
    empty = vtk_bridge.to_polydata(np.empty((0, 3), "float32"), np.empty((0, 3), "int64"))
    points, triangles = vtk_bridge.mesh_arrays(empty)
    assert points.shape == triangles.shape == (0, 3)


def test_a_mesh_of_other_cells_is_refused():
    import pyvista

    with pytest.raises(GeometryError, match="other cells than triangles"):
        vtk_bridge.mesh_arrays(pyvista.Cube())


def test_a_mesh_of_mixed_cells_is_refused():
    import pyvista

    mixed = pyvista.PolyData(np.eye(4, 3), faces=[3, 0, 1, 2, 2, 0, 3])
    with pytest.raises(GeometryError, match="other cells"):
        vtk_bridge.mesh_arrays(mixed)


def test_threads_are_those_that_the_process_has():
    import os

    assert vtk_bridge.use_threads() == len(os.sched_getaffinity(0))


def test_half_precision_is_made_single():
    from vtkmodules.util.numpy_support import vtk_to_numpy

    voxels = np.asfortranarray(np.linspace(-2, 2, 24, dtype=np.float16).reshape(2, 3, 4))
    found = vtk_to_numpy(vtk_bridge.to_index_image(voxels).GetPointData().GetScalars())
    assert found.dtype == np.float32
    assert np.array_equal(found, voxels.ravel(order="F"))
