"""Surfaces lie where a formula says, in every kind of grid.

A voxel is its smallest side, and distances are true ones: from the nearest place of the solid's surface.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dicom_files import write_series
from tests.phantoms import SPACING_MM, axis_orders, rotation, sheared_direction
from tests.surface.oracles import as_trimesh, assert_sound
from tests.surface.solids import (
    GRIDS,
    OBLIQUE,
    SOLIDS,
    UNITS_PER_MM,
    Solid,
    Sphere,
    depths,
    interpolation_error_mm,
    off_centre,
    off_mm,
    roomy,
)
from tests.surface.truth import assert_is
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.surface import extract_surface, measure
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


def tenth_of_a_voxel(geometry: Geometry) -> float:
    return 0.1 * float(geometry.spacing.min())


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("kind", SOLIDS)
@pytest.mark.parametrize("name", GRIDS)
def test_a_surface_lies_where_the_formula_says(name, kind, dtype):
    grid = GRIDS[name]
    solid = SOLIDS[kind](off_centre(grid))
    assert off_mm(solid, grid) < tenth_of_a_voxel(grid)
    assert_is(extract_surface(depths(solid, grid, dtype=dtype), 0), solid, off_mm(solid, grid))


@pytest.mark.parametrize("kind", SOLIDS)
@pytest.mark.parametrize("codes", axis_orders())
def test_in_all_axis_orders(codes, kind):
    grid = roomy(SPACING_MM, axis_orders()[codes])
    assert grid.axis_codes == codes
    solid = SOLIDS[kind](off_centre(grid))
    assert_is(extract_surface(depths(solid, grid, dtype="int16"), 0), solid, off_mm(solid, grid))


def growing(n: int) -> np.ndarray:
    """Gaps that grow steadily by a half."""
    places = np.arange(n) * (0.75 + 0.2 * np.arange(n) / n)
    return places[places <= n - 1]


UNEVEN = {
    "slices missing": lambda n: np.delete(np.arange(n, dtype=float), [n // 3, n // 2]),
    "growing": growing,
    "thicker above": lambda n: np.concatenate([np.arange(n // 2), np.arange(n // 2, n - 1, 1.4)]),
}
"""Where slices lie, in steps of a regular grid of n slices."""

STACKS = {
    "oblique": OBLIQUE,
    "tilted, written downwards": OBLIQUE @ sheared_direction(15) @ np.diag([1, 1, -1]),
}


def read_uneven(folder: Path, kind: str, grid: Geometry, places: np.ndarray) -> tuple[Volume, Solid]:
    """Write a solid as DICOM with slices at these places, and read it."""
    solid = SOLIDS[kind](off_centre(grid))
    i, j, k = np.meshgrid(np.arange(grid.shape[0]), np.arange(grid.shape[1]), places, indexing="ij")
    stored = np.rint(UNITS_PER_MM * solid.depth(grid.to_world(np.stack([i, j, k], axis=-1)))).astype(np.int16)
    positions = [[f"{mm:.9g}" for mm in grid.to_world((0, 0, place))] for place in places]
    thick = Geometry(stored.shape, grid.affine)
    write_series(folder, stored, thick, per_slice=lambda n: {"ImagePositionPatient": positions[n]})
    return read(folder), solid


@pytest.mark.parametrize("kind", SOLIDS)
@pytest.mark.parametrize("uneven", UNEVEN)
@pytest.mark.parametrize("stack", STACKS)
def test_unevenly_spaced_slices(stack, uneven, kind, tmp_path):
    grid = roomy((0.8, 0.8, 0.8), STACKS[stack])
    places = UNEVEN[uneven](grid.shape[2])
    volume, solid = read_uneven(tmp_path, kind, grid, places)
    codes = {finding.code for finding in volume.provenance.findings}
    assert codes & {"missing-slices", "uneven-spacing"}
    assert ("gantry-tilt" in codes) == (stack != "oblique")
    # values between slices that are there are interpolated and rounded, and then those of the regular grid
    resampled_mm = interpolation_error_mm(solid, 0.8 * np.diff(places).max()) + 0.5 / UNITS_PER_MM
    allowed_mm = min(off_mm(solid, grid) + resampled_mm, tenth_of_a_voxel(volume.geometry))
    assert_is(extract_surface(volume, 0), solid, allowed_mm)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("name", GRIDS)
def test_what_the_border_cuts_is_capped_on_the_outermost_faces(name, axis):
    grid = GRIDS[name]
    solid = Sphere(off_centre(grid))
    last = int(grid.to_index(solid.centre)[axis]) + 4
    shape = tuple(last + 1 if n == axis else size for n, size in enumerate(grid.shape))
    mesh = extract_surface(depths(solid, Geometry(shape, grid.affine)), 0)
    assert_sound(mesh)
    assert measure(mesh).manifold
    index = grid.to_index(mesh.points)[:, axis]
    capped = index > last + 0.01
    assert index[capped] == pytest.approx(last + 0.5, abs=1e-4)
    assert np.abs(solid.depth(np.asarray(mesh.points, float)[~capped])).max() < tenth_of_a_voxel(grid)
    # the ball up to the last voxels' centres, and from there straight on by half a voxel
    thickness = 1 / np.linalg.norm(np.linalg.inv(grid.affine[:3, :3])[axis])
    apart = (last - grid.to_index(solid.centre)[axis]) * thickness
    height, disc = solid.radius - apart, np.pi * (solid.radius**2 - apart**2)
    expected = solid.volume_mm3 - np.pi * height**2 * (solid.radius - height / 3) + disc * thickness / 2
    assert as_trimesh(mesh).volume == pytest.approx(expected, rel=0.01)


ANGLES = st.floats(-180, 180)
TILTS = st.floats(-20, 20)
WAYS = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda way: np.linalg.norm(way) > 0.1)
TURNS = st.builds(rotation, WAYS, ANGLES)


@st.composite
def affines(draw) -> np.ndarray:
    """Any grid that a scanner may have: turned, tilted, mirrored, fine or coarse, far away."""
    shear = np.eye(3)
    for row, column in ((0, 1), (0, 2), (1, 2)):
        shear[row, column] = np.tan(np.radians(draw(TILTS)))
    spacing = draw(st.tuples(*[st.floats(0.3, 5)] * 3))
    affine = np.eye(4)
    affine[:3, :3] = draw(TURNS) @ (shear / np.linalg.norm(shear, axis=0)) @ np.diag(spacing)
    affine[:3, :3] *= draw(st.sampled_from([1, -1]))
    affine[:3, 3] = draw(st.tuples(*[st.floats(-2000, 2000)] * 3))
    return affine


@st.composite
def ellipsoids(draw) -> tuple[np.ndarray, np.ndarray, float]:
    """Voxels of shape (26, 28, 30) with an ellipsoid in them, its centre, and its volume in voxels."""
    radii = np.array(draw(st.tuples(*[st.floats(6, 10)] * 3)))
    centre = np.array([12.6, 13.7, 14.4]) + draw(st.tuples(*[st.floats(-1, 1)] * 3))
    own = (np.moveaxis(np.indices((26, 28, 30)), 0, -1) - centre) @ draw(TURNS)
    depth = radii.min() * (1 - np.linalg.norm(own / radii, axis=-1))
    # no vertex near a voxel's centre, where float32 may throw several together far from the origin
    clear = np.where(np.abs(depth) < 0.05, np.copysign(0.05, depth), depth)
    return np.asfortranarray(clear, np.float32), centre, float(4 / 3 * np.pi * radii.prod())


@settings(deadline=None, max_examples=60, derandomize=True)
@given(ellipsoids(), affines())
def test_extraction_commutes_with_every_affine(ellipsoid, affine):
    voxels, centre, size = ellipsoid
    grid = Geometry(voxels.shape, affine)
    in_index = extract_surface(Volume(voxels, Geometry(voxels.shape, np.eye(4))), 0)
    mesh = extract_surface(Volume(voxels, grid), 0)
    assert_sound(mesh)
    points, triangles = mesh_arrays(mesh)
    index, wound = mesh_arrays(in_index)
    rounding = np.spacing(np.abs(points).max())
    assert np.abs(points - grid.to_world(index)).max() <= rounding
    mirrored = np.linalg.det(affine[:3, :3]) < 0
    assert np.array_equal(triangles, wound[:, [0, 2, 1]] if mirrored else wound)
    before, after = as_trimesh(in_index), as_trimesh(mesh)
    scale = abs(np.linalg.det(affine[:3, :3]))
    assert before.volume == pytest.approx(size, rel=0.03)
    assert after.volume == pytest.approx(scale * before.volume, abs=after.area * rounding)
    off_voxels = np.linalg.norm(grid.to_index(after.center_mass) - centre)
    assert off_voxels < 0.05 + rounding / grid.spacing.min()
