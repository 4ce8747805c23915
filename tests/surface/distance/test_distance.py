"""Distances between surfaces, against formulas and against an exhaustive search."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from vizmed.errors import EmptySurfaceError
from vizmed.surface.distance import Spread, compare, distances, samples
from vizmed.surface.distance.cells import Cells
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


def by_tree(points: np.ndarray, mesh: pyvista.PolyData) -> np.ndarray:
    """Distance of each point by VTK's search, in float64."""
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

    surface = vtkImplicitPolyDataDistance()
    corners, triangles = mesh_arrays(mesh)
    surface.SetInput(to_polydata(corners.astype(float), triangles))
    return np.abs([surface.EvaluateFunction(point) for point in points.astype(float).tolist()])


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
    small, large = ball(10.0, 24), ball(25.0, 24)
    points, triangles = mesh_arrays(small)
    more, more_triangles = mesh_arrays(large)
    both = to_polydata(np.concatenate([points, more]), np.concatenate([triangles, more_triangles + len(points)]))
    found = compare(small, both, step_mm=1.0)
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


def rough_ball() -> pyvista.PolyData:
    points, triangles = mesh_arrays(ball(30.0, 40))
    rough = points * np.random.default_rng(6).uniform(0.97, 1.03, (len(points), 1)) + FAR_AWAY_MM
    return to_polydata(rough.astype(np.float32), triangles)


def around_the_ball(count: int) -> np.ndarray:
    """Points that lie from some hundredths of a mm to 40 mm off the rough ball."""
    rng = np.random.default_rng(7)
    ways = rng.normal(size=(4 * count, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    return ways * rng.normal(30, np.repeat([0.05, 0.5, 5, 40], count))[:, None] + FAR_AWAY_MM


def test_distances_are_those_of_an_exhaustive_search():
    mesh, places = rough_ball(), around_the_ball(1000)
    assert distances(places, mesh) == pytest.approx(by_tree(places, mesh), abs=2e-4)  # float32 at 2 m


def plate_and_ball() -> pyvista.PolyData:
    """A plate of two large triangles beside a ball of small ones, and one triangle without an area."""
    plate = np.array([[-300, -300, 50], [300, -300, 50], [300, 300, 50], [-300, 300, 50]], np.float32)
    points, triangles = mesh_arrays(ball(10.0, 40))
    more = np.array([[0, 1, 2], [0, 2, 3], [0, 0, 1]]) + len(points)
    return to_polydata(np.concatenate([points, plate]), np.concatenate([triangles, more]))


def test_distances_from_triangles_of_all_sizes():
    mesh = plate_and_ball()
    places = np.random.default_rng(7).uniform(-60, 60, (3000, 3))
    assert distances(places, mesh) == pytest.approx(by_tree(places, mesh), abs=1e-4)
    above = np.array([[123.4, -222.2, 50.25], [-299.0, 299.0, 49.9]])
    assert distances(above, mesh) == pytest.approx([0.25, 0.1], abs=1e-4)


def test_cells_know_large_triangles_and_points_far_outside():
    mesh = plate_and_ball()
    cells = Cells(*mesh_arrays(mesh))
    places = np.concatenate([np.random.default_rng(8).uniform(-350, 350, (4000, 3)) * (1, 1, 0.2), [[1e6, -1e6, 9e5]]])
    exact = by_tree(places, mesh)
    for reach_mm in (0.3, 5.0, 40.0):
        found = cells.distances(places, reach_mm)
        assert found[exact < reach_mm] == pytest.approx(exact[exact < reach_mm], abs=1e-4)
        assert np.isinf(found[exact > reach_mm]).all()


def test_points_do_not_depend_on_how_many_are_asked_for():
    mesh, places = rough_ball(), around_the_ball(50)
    one_by_one = [distances(place[None], mesh)[0] for place in places[::7]]
    assert distances(places, mesh)[::7] == pytest.approx(one_by_one, abs=1e-5)


def test_so_many_samples_are_drawn_from_all():
    mesh = plate_and_ball()
    every = samples(mesh, 4.0)
    for most in (10, 1000, 10**6):
        drawn = samples(mesh, 4.0, most=most)
        assert np.array_equal(drawn, every[:: -(-len(every) // most)])
