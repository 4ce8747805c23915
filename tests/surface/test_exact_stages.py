"""What each stage after extraction may do to a surface, held against solids that a formula describes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import pyvista

from tests.surface.oracles import as_trimesh, assert_sound
from tests.surface.solids import GRIDS, SOLIDS, Solid, Sphere, Torus, depths, off_centre, off_mm, roomy
from tests.surface.truth import apart_mm, assert_is, corners_and_middles, facing, middles_of_edges
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, measure, smooth, to_faces, within
from vizmed.volume import Volume

EVERYWHERE = pytest.mark.parametrize("name", ["anisotropic", "left-handed", "oblique, sheared, left-handed"])
EVERY_SOLID = pytest.mark.parametrize("kind", SOLIDS)

SMOOTHED_VOXELS = 0.15
"""How far from a smooth solid's surface 20 iterations may leave a vertex, in voxels. They even out the lengths of
edges, and so move vertices along the surface by more than half a voxel."""

SINGLE_MM = 1e-5
"""What float32 rounds off at 100 mm from the origin."""


@cache
def extracted(name: str, kind: str) -> tuple[pyvista.PolyData, Solid]:
    """The surface of a solid as it comes out of a grid."""
    solid = SOLIDS[kind](off_centre(GRIDS[name]))
    return extract_surface(depths(solid, GRIDS[name]), 0), solid


@cache
def masked(name: str, kind: str) -> tuple[pyvista.PolyData, Solid]:
    """The surface of the voxels inside of a solid, all of one value: stairs."""
    grid = GRIDS[name]
    solid = SOLIDS[kind](off_centre(grid))
    mask = Volume((depths(solid, grid).voxels >= 0).astype(np.uint8, order="F"), grid)
    return extract_surface(mask, 1), solid


def cut_ball(name: str, axis: int) -> tuple[Sphere, Geometry, int]:
    """A ball, a grid that ends a few slices above its middle along an axis, and the last of these slices."""
    grid = GRIDS[name]
    ball = Sphere(off_centre(grid))
    last = int(grid.to_index(ball.centre)[axis]) + 4
    shape = tuple(last + 1 if n == axis else size for n, size in enumerate(grid.shape))
    return ball, Geometry(shape, grid.affine), last


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
    stairs, solid = masked(name, kind)
    smoothed = smooth(stairs, 20, grid)
    assert_is(smoothed, solid, 0.5 * np.linalg.norm(grid.spacing), volume=0.02)
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(stairs).volume, rel=0.005)
    off = [np.abs(solid.depth(np.asarray(mesh.points, float))).mean() for mesh in (smoothed, stairs)]
    assert off[0] < 0.65 * off[1]


@pytest.mark.parametrize(
    ("kind", "max_error_mm"), [("torus", 0.05), ("torus", 0.5), ("sphere", 0.5), ("ellipsoid", 0.05)]
)
@EVERYWHERE
def test_within_keeps_its_error_both_ways(name, kind, max_error_mm):
    raw, solid = extracted(name, kind)
    fewer = within(raw, max_error_mm)
    assert fewer.n_cells < {0.05: 0.5, 0.5: 0.2}[max_error_mm] * raw.n_cells
    limit = max_error_mm + SINGLE_MM
    assert apart_mm(corners_and_middles(raw), fewer, limit).max() <= limit
    assert apart_mm(np.asarray(fewer.points, float), raw, limit).max() <= limit
    assert_is(fewer, solid, off_mm(solid, GRIDS[name]) + max_error_mm, volume=0.01 + max_error_mm / 20)


@EVERYWHERE
def test_within_keeps_its_error_on_stairs(name):
    """Where the error is about as large as the steps, which is where most has to be taken back."""
    stairs, solid = masked(name, "torus")
    fewer = within(stairs, 0.3)
    assert fewer.n_cells < 0.6 * stairs.n_cells
    assert apart_mm(corners_and_middles(stairs, 12000), fewer, 0.3 + SINGLE_MM).max() <= 0.3 + SINGLE_MM
    assert apart_mm(np.asarray(fewer.points, float), stairs, 0.3 + SINGLE_MM).max() <= 0.3 + SINGLE_MM
    assert_sound(fewer)
    assert (measure(fewer).manifold, measure(fewer).genus) == (True, solid.genus)


@pytest.mark.parametrize("faces", [1500, 400])
@EVERY_SOLID
@EVERYWHERE
def test_to_faces_keeps_the_shape_as_well_as_so_many_triangles_can(name, kind, faces):
    raw, solid = extracted(name, kind)
    fewer = to_faces(raw, faces)
    assert 0.95 * faces <= fewer.n_cells <= faces
    # an even mesh with corners on the surface is off by the square of its edges over six times the radius of a bend
    edge_mm = np.sqrt(4 * raw.area / np.sqrt(3) / faces)
    even_mm = edge_mm**2 / (6 * solid.roundness_mm)
    assert_is(fewer, solid, off_mm(solid, GRIDS[name]) + even_mm, volume=0.04)
    limit = 1.5 * even_mm
    assert apart_mm(corners_and_middles(raw), fewer, limit).max() <= limit


@pytest.mark.parametrize("max_error_mm", [0.05, 0.09])
def test_no_edge_of_a_reduced_surface_lies_further_than_the_error(max_error_mm):
    raw, _ = extracted("left-handed", "torus")
    fewer = within(raw, max_error_mm)
    assert apart_mm(middles_of_edges(fewer), raw, 0.2).max() <= max_error_mm + SINGLE_MM


@pytest.mark.parametrize("fewer", [lambda mesh: within(mesh, 0.8), lambda mesh: to_faces(mesh, 900)])
@pytest.mark.parametrize("ring", [{"ring": 11, "tube": 5}, {"ring": 12, "tube": 5.5}])
@pytest.mark.parametrize("grid", [roomy((1, 1, 1), np.diag([1, 1, side])) for side in (1, -1)])
def test_no_triangle_is_turned_over(grid, ring, fewer):
    solid = Torus(off_centre(grid), **ring)
    mesh = extract_surface(depths(solid, grid), 0)
    assert facing(as_trimesh(mesh), solid).min() > 0.9
    assert facing(as_trimesh(fewer(mesh)), solid).min() > 0


def test_a_mirrored_grid_leaves_as_many_triangles():
    grids = [roomy((1, 1, 1), np.diag([1, 1, side])) for side in (1, -1)]
    counts = [
        within(extract_surface(depths(Torus(off_centre(grid), ring=11, tube=5), grid), 0), 0.8).n_cells
        for grid in grids
    ]
    assert counts[1] == pytest.approx(counts[0], rel=0.25)


def test_no_triangle_loses_its_area():
    ball, cut, _ = cut_ball("anisotropic", 2)
    assert_sound(within(extract_surface(depths(ball, cut), 0), 0.08))


@pytest.mark.parametrize("axis", range(3))
@EVERYWHERE
def test_what_the_border_cuts_stays_flat_and_closed(name, axis):
    ball, cut, last = cut_ball(name, axis)
    raw = extract_surface(depths(ball, cut), 0)
    smoothed = smooth(raw, 20, cut)
    assert_sound(smoothed)
    capped = cut.to_index(raw.points)[:, axis] > last + 0.49
    assert np.array_equal(np.asarray(smoothed.points)[capped], np.asarray(raw.points)[capped])
    limit = 0.1 * cut.spacing.min() + SINGLE_MM
    fewer = within(smoothed, 0.1 * cut.spacing.min())
    assert apart_mm(corners_and_middles(smoothed), fewer, limit).max() <= limit
    assert np.abs(cut.to_index(fewer.points)[:, axis].max() - last - 0.5) < 0.11
    for mesh in (smoothed, fewer):
        assert measure(mesh).manifold
        assert as_trimesh(mesh).volume == pytest.approx(as_trimesh(raw).volume, rel=0.006)
