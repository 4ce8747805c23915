"""Surfaces made by recipes, step by step, held against solids that a formula describes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import rotation, sheared_direction
from tests.surface.oracles import as_trimesh, assert_sound, bodies
from tests.surface.solids import (
    GRIDS,
    OBLIQUE,
    SOLIDS,
    UNITS_PER_MM,
    Solid,
    Sphere,
    Torus,
    depths,
    off_centre,
    off_mm,
    roomy,
)
from tests.surface.truth import assert_is
from vizmed.geometry import Geometry
from vizmed.surface import Recipe, make_surface, measure
from vizmed.volume import Volume

EVERYWHERE = pytest.mark.parametrize("name", ["anisotropic", "left-handed", "oblique, sheared, left-handed"])
EVERY_SOLID = pytest.mark.parametrize("kind", SOLIDS)


@pytest.mark.parametrize("sigma_mm", [0.5, 1.5])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", ["anisotropic", "oblique", "left-handed"])
def test_a_gaussian_makes_a_ball_smaller_by_what_theory_says(name, dtype, sigma_mm):
    """The mean distance from a middle of a normal cloud around a point r away is r + sigma² / r."""
    grid = GRIDS[name]
    ball = Sphere(off_centre(grid))
    made = make_surface(depths(ball, grid, dtype=dtype), Recipe(level=0, gaussian_mm=sigma_mm, keep=1, max_error_mm=0))
    smaller = Sphere(ball.centre, (ball.radius + np.sqrt(ball.radius**2 - 4 * sigma_mm**2)) / 2)
    assert smaller.radius < ball.radius - sigma_mm**2 / ball.radius
    assert_is(made.mesh, smaller, off_mm(smaller, grid))


@pytest.mark.parametrize("solid_and_hollow", [(Sphere, {"radius": 11.5}), (Torus, {"tube": 3.5})])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
@EVERYWHERE
def test_a_band_is_a_shell_with_a_cavity(name, dtype, solid_and_hollow):
    grid = GRIDS[name]
    kind, inner = solid_and_hollow
    solid, hollow = kind(off_centre(grid)), kind(off_centre(grid), **inner)
    recipe = Recipe(band=(0, 2.5 * UNITS_PER_MM), max_error_mm=0)
    mesh = make_surface(depths(solid, grid, dtype=dtype), recipe).mesh
    assert_sound(mesh)
    found = measure(mesh)
    assert (found.manifold, found.pieces, found.genus) == (True, 2, 2 * solid.genus)
    cavity, outer = bodies(mesh)
    for piece, its, sign in ((outer, solid, 1), (cavity, hollow, -1)):
        assert piece.euler_number == 2 - 2 * solid.genus
        assert sign * piece.volume == pytest.approx(its.volume_mm3, rel=0.03)
        assert np.abs(its.depth(piece.vertices)).max() < off_mm(its, grid)
    assert found.volume_mm3 == pytest.approx(solid.volume_mm3 - hollow.volume_mm3, rel=0.01)


@pytest.mark.parametrize("axis", range(3))
@EVERYWHERE
def test_a_mask_cuts_half_a_ball_off(name, axis):
    """The mask has another grid, turned and finer, and ends midway between two slices of the volume's."""
    grid = GRIDS[name]
    ball = Sphere(off_centre(grid))
    cut = np.floor(grid.to_index(ball.centre)[axis]) + 0.5
    turned = rotation((2, -1, 1), 15)
    fine = Geometry.from_axes((80, 80, 80), (0.4, 0.4, 0.4), ball.centre - turned @ [15.8, 15.8, 15.8], turned)
    below = grid.to_index(fine.to_world(np.moveaxis(np.indices(fine.shape), 0, -1)))[..., axis] < cut
    mask = Volume(np.asfortranarray(below, np.uint8), fine)
    made = make_surface(depths(ball, grid, dtype="int16"), Recipe(level=0, max_error_mm=0), mask=mask)
    assert_sound(made.mesh)
    assert measure(made.mesh).manifold
    points = np.asarray(made.mesh.points, float)
    on_plane = np.abs(grid.to_index(points)[:, axis] - cut) < 1e-4
    assert on_plane.sum() > 200
    assert np.abs(ball.depth(points[~on_plane])).max() < off_mm(ball, grid)
    apart = (cut - grid.to_index(ball.centre)[axis]) / np.linalg.norm(np.linalg.inv(grid.affine[:3, :3])[axis])
    height = ball.radius - apart
    expected = ball.volume_mm3 - np.pi * height**2 * (ball.radius - height / 3)
    assert as_trimesh(made.mesh).volume == pytest.approx(expected, rel=0.01)


def sharp(solid: Solid, grid: Geometry) -> Volume:
    """An edge 2 mm wide, as in CT, sampled by slices as thin as they can be."""
    depth = depths(solid, grid).voxels / UNITS_PER_MM
    return Volume(np.asfortranarray(np.rint(1000 * np.clip(depth, -1, 1)), np.int16), grid, modality="CT", unit="HU")


THICK = {
    "axial": roomy((1.0, 1.0, 4.0)),
    "sagittal, oblique": roomy((4.0, 1.0, 1.0), OBLIQUE),
    "coronal, left-handed": roomy((1.0, 4.0, 1.0), OBLIQUE @ np.diag([1, 1, -1])),
    "tilted, left-handed": roomy((0.7, 0.7, 4.0), OBLIQUE @ sheared_direction(20) @ np.diag([1, 1, -1])),
}


@EVERY_SOLID
@pytest.mark.parametrize("name", THICK)
def test_slices_of_4_mm_made_fine(name, kind):
    grid = THICK[name]
    solid = SOLIDS[kind](off_centre(grid))
    terraced, fine = (
        make_surface(sharp(solid, grid), Recipe(level=0, fine_slices=flag, max_error_mm=0)).mesh
        for flag in (False, True)
    )
    assert_is(fine, solid, 2.0, volume=0.03, centred_mm=0.3)  # half of a slice, at most
    index = grid.to_index(fine.points)[:, np.argmax(grid.spacing)]
    in_slices = np.abs(index - np.rint(index)) < 1e-3
    assert in_slices.sum() > 400
    off = np.abs(solid.depth(np.asarray(fine.points, float)))
    assert off[in_slices].max() < 0.1 * grid.spacing.min()
    before = np.abs(solid.depth(np.asarray(terraced.points, float)))
    assert off.mean() < 0.6 * before.mean()
    roughness = [as_trimesh(mesh).face_adjacency_angles.mean() for mesh in (fine, terraced)]
    assert roughness[0] < 0.6 * roughness[1]


@EVERY_SOLID
@EVERYWHERE
def test_a_whole_recipe(name, kind):
    grid = GRIDS[name]
    solid = SOLIDS[kind](off_centre(grid))
    made = make_surface(depths(solid, grid, dtype="int16"), Recipe(level=0, keep=1, fill=True, smooth=20))
    assert_is(made.mesh, solid, 0.25 * grid.spacing.min())  # 0.15 by smoothing, 0.1 by reducing
    assert_is(made.raw, solid, off_mm(solid, grid))
    assert made.mesh.n_cells < 0.6 * made.raw.n_cells
