"""What each stage after extraction may do to a surface, held against solids that a formula describes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import pyvista

from tests.phantoms import SPACING_MM, geometries, rotation, sheared_direction
from tests.surface.oracles import as_trimesh, assert_sound, bodies
from tests.surface.solids import (
    SOLIDS,
    UNITS_PER_MM,
    Solid,
    Sphere,
    Torus,
    depths,
    interpolation_error_mm,
    off_centre,
    roomy,
)
from tests.surface.truth import apart_mm, assert_is, facing, spread
from vizmed.geometry import Geometry
from vizmed.surface import Recipe, extract_surface, make_surface, measure, smooth, to_faces, within
from vizmed.volume import Volume

OBLIQUE = rotation((1, 2, 3), 33)
MIRROR = np.diag([1, 1, -1])

GRIDS = {
    "anisotropic": roomy((0.8, 0.8, 1.6)),
    "oblique, left-handed": roomy(SPACING_MM, OBLIQUE @ MIRROR),
    "sheared": roomy(SPACING_MM, OBLIQUE @ sheared_direction(20)),
}
UPRIGHT_GRIDS = {name: grid for name, grid in GRIDS.items() if not grid.is_sheared}

EVERYWHERE = pytest.mark.parametrize("name", GRIDS)
EVERY_SOLID = pytest.mark.parametrize("kind", SOLIDS)

SMOOTHED_VOXELS = 0.15
"""How far from a smooth solid's surface 20 iterations leave a vertex, in voxels. The filter evens out what is shorter
than some 20 of the mesh's edges, and draws vertices along the surface towards even distances."""


@cache
def extracted(name: str, kind: str) -> tuple[pyvista.PolyData, Solid]:
    """The surface of a solid as it comes out of a grid."""
    solid = SOLIDS[kind](off_centre(GRIDS[name]))
    return extract_surface(depths(solid, GRIDS[name]), 0), solid


def off_mm(solid: Solid, grid: Geometry) -> float:
    """How far a vertex may lie from the solid's surface before any stage."""
    return interpolation_error_mm(solid, grid.spacing.max()) + 1 / UNITS_PER_MM


@EVERY_SOLID
@EVERYWHERE
def test_smoothing_holds_volume_and_place(name, kind):
    raw, solid = extracted(name, kind)
    smoothed = smooth(raw, 20, GRIDS[name])
    assert np.abs(np.asarray(smoothed.points) - np.asarray(raw.points)).max() > 0.1  # it has done something
    assert_is(smoothed, solid, SMOOTHED_VOXELS * GRIDS[name].spacing.min())
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(raw).volume, rel=0.005)


@EVERY_SOLID
@EVERYWHERE
def test_a_smoothed_mask_is_nearer_to_the_solid_and_as_large(name, kind):
    grid = GRIDS[name]
    solid = SOLIDS[kind](off_centre(grid))
    mask = Volume((depths(solid, grid).voxels >= 0).astype(np.uint8, order="F"), grid)
    stairs = extract_surface(mask, 1)
    smoothed = smooth(stairs, 20, grid)
    assert_is(smoothed, solid, 0.5 * np.linalg.norm(grid.spacing), volume=0.02)
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(stairs).volume, rel=0.005)
    off = [np.abs(solid.depth(np.asarray(mesh.points, float))).mean() for mesh in (smoothed, stairs)]
    assert off[0] < 0.65 * off[1]


@pytest.mark.parametrize("max_error_mm", [0.05, 0.2, 0.8])
@EVERY_SOLID
@EVERYWHERE
def test_within_keeps_its_error_both_ways(name, kind, max_error_mm):
    raw, solid = extracted(name, kind)
    fewer = within(raw, max_error_mm)
    assert fewer.n_cells < {0.05: 0.55, 0.2: 0.3, 0.8: 0.15}[max_error_mm] * raw.n_cells
    limit = max_error_mm + 1e-5  # written in float32
    assert apart_mm(spread(raw), fewer, limit).max() <= limit
    assert apart_mm(spread(fewer), raw, limit).max() <= limit
    assert_is(fewer, solid, off_mm(solid, GRIDS[name]) + max_error_mm, volume=0.01 + max_error_mm / 20)


@pytest.mark.parametrize("faces", [1500, 400])
@EVERY_SOLID
@EVERYWHERE
def test_to_faces_keeps_the_shape_as_well_as_so_many_triangles_can(name, kind, faces):
    raw, solid = extracted(name, kind)
    fewer = to_faces(raw, faces)
    assert 0.95 * faces <= fewer.n_cells <= faces
    # equal triangles with corners on the surface are off by their edge squared over six times the radius it bends with
    edge_mm = np.sqrt(4 * raw.area / np.sqrt(3) / faces)
    even_mm = edge_mm**2 / (6 * solid.roundness_mm)
    assert_is(fewer, solid, off_mm(solid, GRIDS[name]) + even_mm, volume=0.04)
    assert apart_mm(spread(raw), fewer, 1.5 * even_mm).max() <= 1.5 * even_mm
    assert facing(fewer, solid).min() > 0.1


@pytest.mark.parametrize("sigma_mm", [0.5, 1.5])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", UPRIGHT_GRIDS)
def test_a_gaussian_makes_a_ball_smaller_by_what_theory_says(name, dtype, sigma_mm):
    """The mean distance of a normal cloud around a point r from a middle is r + sigma² / r: where that is the radius."""
    grid = GRIDS[name]
    ball = Sphere(off_centre(grid))
    made = make_surface(depths(ball, grid, dtype=dtype), Recipe(level=0, gaussian_mm=sigma_mm, keep=1, max_error_mm=0))
    smaller = Sphere(ball.centre, (ball.radius + np.sqrt(ball.radius**2 - 4 * sigma_mm**2)) / 2)
    assert smaller.radius < ball.radius - sigma_mm**2 / ball.radius
    assert_is(made.mesh, smaller, off_mm(smaller, grid))


@pytest.mark.parametrize("solid_and_hollow", [(Sphere, {"radius": 12.0}), (Torus, {"tube": 4.0})])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
@EVERYWHERE
def test_a_band_is_a_shell_with_a_cavity(name, dtype, solid_and_hollow):
    grid = GRIDS[name]
    kind, inner = solid_and_hollow
    solid, hollow = kind(off_centre(grid)), kind(off_centre(grid), **inner)
    recipe = Recipe(band=(0, 2 * UNITS_PER_MM), max_error_mm=0)
    mesh = make_surface(depths(solid, grid, dtype=dtype), recipe).mesh
    assert_sound(mesh)
    found = measure(mesh)
    assert (found.manifold, found.pieces, found.genus) == (True, 2, 2 * solid.genus)
    cavity, outer = bodies(mesh)
    for piece, its, sign in ((outer, solid, 1), (cavity, hollow, -1)):
        assert piece.euler_number == 2 - 2 * solid.genus
        assert sign * piece.volume == pytest.approx(its.volume_mm3, rel=0.02)
        assert np.abs(its.depth(piece.vertices)).max() < off_mm(its, grid)
    assert found.volume_mm3 == pytest.approx(solid.volume_mm3 - hollow.volume_mm3, rel=0.01)


@pytest.mark.parametrize("axis", range(3))
@EVERYWHERE
def test_a_mask_cuts_half_a_ball_off(name, axis):
    """The mask has another grid, turned and finer, and ends midway between two slices of the volume's."""
    grid = GRIDS[name]
    ball = Sphere(off_centre(grid))
    cut = np.floor(grid.to_index(ball.centre)[axis]) + 0.5
    fine = roomy((0.4, 0.4, 0.4), rotation((2, -1, 1), 15))
    middle = fine.affine[:3, 3] + ball.centre - fine.to_world((np.array(fine.shape) - 1) / 2)
    fine = Geometry.from_axes(fine.shape, fine.spacing, middle, fine.direction)
    below = grid.to_index(fine.to_world(np.moveaxis(np.indices(fine.shape), 0, -1)))[..., axis] < cut
    mask = Volume(np.asfortranarray(below, np.uint8), fine)
    made = make_surface(depths(ball, grid, dtype="int16"), Recipe(level=0, max_error_mm=0), mask=mask)
    assert_sound(made.mesh)
    assert measure(made.mesh).manifold
    index = grid.to_index(made.mesh.points)[:, axis]
    assert index.max() == pytest.approx(cut, abs=1e-4)
    round_part = np.asarray(made.mesh.points, float)[index < cut - 0.5]
    assert np.abs(ball.depth(round_part)).max() < off_mm(ball, grid)
    apart = (cut - grid.to_index(ball.centre)[axis]) / np.linalg.norm(np.linalg.inv(grid.affine[:3, :3])[axis])
    height = ball.radius - apart
    expected = ball.volume_mm3 - np.pi * height**2 * (ball.radius - height / 3)
    assert as_trimesh(made.mesh).volume == pytest.approx(expected, rel=0.01)
