from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from tests.phantoms import geometries
from vizmed.geometry import Geometry
from vizmed.render.normals import soften, with_normals
from vizmed.surface import Level
from vizmed.surface.extract import iso_surface
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


def normals_of(mesh):
    return vtk_to_numpy(mesh.GetPointData().GetNormals())


def plainly(normals, triangles, rounds=3):
    """Sum, point by point, what the triangles around it have of their corners' normals."""
    for _ in range(rounds):
        summed = np.zeros_like(normals)
        for corner in triangles.T:
            np.add.at(summed, corner, normals[triangles].sum(axis=1))
        normals = summed / np.linalg.norm(summed, axis=1, keepdims=True)
    return normals


@pytest.fixture(scope="module")
def rough():
    rng = np.random.default_rng(0)
    voxels = np.asfortranarray(rng.normal(size=(12, 11, 10)))
    mesh = with_normals(iso_surface(Volume(voxels, Geometry.from_axes(voxels.shape, (1, 1, 1))), Level(0.5, "")))
    return mesh, normals_of(mesh).copy()


def test_normals_are_averaged_over_the_triangles_around(rough):
    mesh, before = rough
    points, triangles = mesh_arrays(mesh)
    where = points.copy()
    wanted = plainly(before.astype(np.float64), triangles)
    soften(mesh)
    assert np.abs(normals_of(mesh) - wanted).max() < 1e-5
    assert np.abs(before - wanted).max() > 0.1
    assert np.array_equal(mesh_arrays(mesh)[0], where)


@pytest.mark.parametrize("grid", geometries((20, 20, 20)))
def test_the_normals_of_a_ball_stay_along_its_radii(grid):
    geometry = geometries((20, 20, 20))[grid]
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    middle = geometry.to_world((np.array(geometry.shape) - 1) / 2)
    away = np.linalg.norm(geometry.to_world(ijk) - middle, axis=-1)
    ball = with_normals(iso_surface(Volume(np.asfortranarray(5.2 - away), geometry), Level(0.0, "")))
    soften(ball)
    out = mesh_arrays(ball)[0] - middle
    assert (np.einsum("nc,nc->n", normals_of(ball), out / np.linalg.norm(out, axis=1, keepdims=True))).min() > 0.97
