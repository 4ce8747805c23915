"""Distances between surfaces, against formulas and against an exhaustive search."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from vizmed.errors import EmptySurfaceError
from vizmed.surface.distance import Spread, compare, distances, near_distances, samples
from vizmed.vtk_bridge import mesh_arrays, to_polydata

FAR_AWAY_MM = np.array([812.5, -430.25, 1933.0])


def ball(radius: float, fineness: int = 48) -> pyvista.PolyData:
    mesh = pyvista.Sphere(radius=radius, theta_resolution=2 * fineness, phi_resolution=fineness)
    return to_polydata(*mesh_arrays(mesh.triangulate()))


def nearest_by_search(point: np.ndarray, mesh: pyvista.PolyData) -> float:
    """Distance to the nearest of very many points on every triangle."""
    points, triangles = mesh_arrays(mesh)
    steps = np.linspace(0, 1, 60)
    s, t = (grid[np.add.outer(steps, steps) <= 1] for grid in np.meshgrid(steps, steps, indexing="ij"))
    weights = np.stack([1 - s - t, s, t], axis=1)
    places = np.einsum("wk,nkx->nwx", weights, points[triangles].astype(np.float64)).reshape(-1, 3)
    return float(np.linalg.norm(places - point, axis=1).min())


@pytest.mark.parametrize("offset", [np.zeros(3), FAR_AWAY_MM])
def test_distance_from_a_ball_is_that_from_its_middle(offset):
    mesh = ball(30.0, 96)
    moved = to_polydata(mesh_arrays(mesh)[0] + offset.astype(np.float32), mesh_arrays(mesh)[1])
    directions = np.random.default_rng(1).normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    reach = np.random.default_rng(2).uniform(10, 50, 500)
    measured = distances(directions * reach[:, None] + offset, moved)
    assert measured == pytest.approx(np.abs(reach - 30), abs=0.02)  # the facets lie 30 (1 - cos(pi / 192)) mm deep


def test_distance_is_to_triangles_and_not_to_their_corners_or_planes():
    mesh = pyvista.Tetrahedron()
    mesh = to_polydata(*mesh_arrays(mesh))
    for point in np.random.default_rng(3).uniform(-3, 3, (40, 3)):
        exact = distances(point[None], mesh)[0]
        found = nearest_by_search(point, mesh)
        assert exact <= found + 1e-6
        assert found == pytest.approx(exact, abs=0.03)


def test_both_ways_differ_where_one_surface_has_more():
    small, large = ball(10.0), ball(25.0)
    points, triangles = mesh_arrays(small)
    more, more_triangles = mesh_arrays(large)
    both = to_polydata(np.concatenate([points, more]), np.concatenate([triangles, more_triangles + len(points)]))
    found = compare(small, both)
    assert found.there.max_mm == pytest.approx(0, abs=1e-5)
    assert found.back.max_mm == pytest.approx(15, abs=0.1)
    assert found.max_mm == found.back.max_mm
    assert found.mean_mm == found.back.mean_mm > found.there.mean_mm


def test_samples_lie_on_the_mesh_a_step_apart():
    corners = np.array([[0, 0, 0], [40, 0, 0], [7, 13, 0]], np.float32)
    one = to_polydata(corners, np.array([[0, 1, 2]]))
    places = samples(one, 1.0)
    assert places[:3] == pytest.approx(corners)
    x, y, z = places.T
    assert np.all(z == 0)
    assert np.all((y >= 0) & (13 * x >= 7 * y - 1e-3) & (33 * y <= 13 * (40 - x) + 1e-3))
    anywhere = np.random.default_rng(4).dirichlet((1, 1, 1), 400) @ corners
    apart = np.linalg.norm(anywhere[:, None] - places[None], axis=2).min(axis=1)
    assert apart.max() <= 1.0
    assert len(places) < 2 * (40 * 13 / 2) * 2.5


def test_a_bump_between_corners_is_found():
    flat = to_polydata(np.array([[0, 0, 0], [30, 0, 0], [0, 30, 0]], np.float32), np.array([[0, 1, 2]]))
    ridge = np.array([[0, 0, 0], [30, 0, 0], [0, 30, 0], [10, 10, 4]], np.float32)
    roof = to_polydata(ridge, np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]]))
    found = compare(flat, roof, step_mm=0.25)
    assert found.back.max_mm == pytest.approx(4, abs=1e-5)
    assert found.there.max_mm > 3


def test_spread_sums_up():
    spread = Spread.of(np.arange(101.0))
    assert (spread.mean_mm, spread.p95_mm, spread.max_mm, spread.points) == (50, 95, 100, 101)
    assert Spread.of(np.empty(0)) == Spread(0.0, 0.0, 0.0, 0)


def test_nothing_has_no_distance():
    empty = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    with pytest.raises(EmptySurfaceError, match="no triangles"):
        compare(ball(3.0), empty)
    assert samples(empty).shape == (0, 3)


@pytest.mark.parametrize("near_mm", [0.01, 0.1, 1.0])
def test_near_distances_are_never_too_small_and_hardly_too_large(near_mm):
    rng = np.random.default_rng(6)
    mesh = ball(30.0, 40)
    points, triangles = mesh_arrays(mesh)
    rough = to_polydata(
        (points * rng.uniform(0.97, 1.03, (len(points), 1)) + FAR_AWAY_MM).astype(np.float32), triangles
    )
    ways = rng.normal(size=(4000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    places = ways * rng.normal(30, np.repeat([0.05, 0.5, 5, 40], 1000))[:, None] + FAR_AWAY_MM
    exact, quick = distances(places, rough), near_distances(rough, near_mm)(places)
    assert (quick - exact).min() > -2e-4  # float32 at 2 m
    assert quick[exact > near_mm + 2e-4] == pytest.approx(exact[exact > near_mm + 2e-4], abs=2e-4)
    assert (quick[exact <= near_mm] <= near_mm + 2e-4).all()
    assert np.mean(quick - exact) < 0.02 * near_mm + 1e-4


def test_near_distances_from_triangles_of_all_sizes():
    """A plate of two large triangles beside a ball of small ones, and one triangle without an area."""
    plate = np.array([[-300, -300, 50], [300, -300, 50], [300, 300, 50], [-300, 300, 50]], np.float32)
    points, triangles = mesh_arrays(ball(10.0, 40))
    more = np.array([[0, 1, 2], [0, 2, 3], [0, 0, 1]]) + len(points)
    mesh = to_polydata(np.concatenate([points, plate]), np.concatenate([triangles, more]))
    places = np.random.default_rng(7).uniform(-60, 60, (3000, 3))
    assert near_distances(mesh, 0.5)(places) == pytest.approx(distances(places, mesh), abs=0.5)
    above = np.array([[123.4, -222.2, 50.25], [-299.0, 299.0, 49.9]])
    assert near_distances(mesh, 0.5)(above) == pytest.approx([0.25, 0.1], abs=1e-4)
