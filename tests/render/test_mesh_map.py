from __future__ import annotations

import numpy as np
import pytest

from tests.surface.meshes import ball, box, together
from vizmed.render.mesh_map import distance_map, wall_map
from vizmed.surface import measure
from vizmed.surface.distance import distances
from vizmed.surface.printing.walls import Walls, measure_walls
from vizmed.vtk_bridge import mesh_arrays


def test_distances_are_those_of_the_points():
    small, large = ball(20.0, rings=80), ball(23.0, rings=80)
    shown = distance_map(small, large)
    assert shown.mesh is small
    assert shown.values_mm == pytest.approx(np.full(small.n_points, 3.0), abs=0.02)
    assert shown.ramp[0][0] == 0
    assert shown.ramp[-1][0] == 4.0  # round, and no less than any
    assert shown.ticks_mm == (0, 1, 2, 3, 4)
    assert not shown.goes_beyond
    assert "mm" in shown.title


def test_known_distances_are_not_measured_again():
    small, large = ball(20.0, rings=80), ball(23.0, rings=80)
    known = np.linspace(0, 1, small.n_points)
    assert np.array_equal(distance_map(small, large, known).values_mm, known)


def test_long_edges_are_divided_and_the_surface_stays():
    """At the corners of the box all is alike; between them it is not."""
    cube, other = box((40, 40, 40)), ball(32.0, rings=90)
    shown = distance_map(cube, other, np.full(8, 99.0))
    points, triangles = mesh_arrays(shown.mesh)
    edges = np.linalg.norm(points[triangles] - points[np.roll(triangles, 1, axis=1)], axis=2)
    assert edges.max() < 40 * np.sqrt(3) / 64 + 1e-3
    assert distances(points, cube) == pytest.approx(np.zeros(len(points)), abs=1e-4)
    assert measure(shown.mesh).volume_mm3 == pytest.approx(40**3, rel=1e-5)
    reach = np.abs(np.linalg.norm(points, axis=1) - 32)
    assert shown.values_mm == pytest.approx(reach, abs=0.02)


def test_a_few_far_specks_leave_colours_for_the_rest():
    plate = together(*(box((1, 1, 1), (3 * i, 3 * j, 0)) for i in range(15) for j in range(15)))
    speck = together(plate, box((1, 1, 1), (0, 0, 500)))
    shown = distance_map(speck, plate, distances(mesh_arrays(speck)[0], plate))
    assert shown.goes_beyond
    assert shown.ramp[-1][0] < 1


def test_surfaces_that_agree_have_a_scale_still():
    shown = distance_map(ball(20.0), ball(20.0))
    assert shown.ramp[-1][0] == pytest.approx(0.01)
    assert shown.values_mm.max() < 1e-4


def test_walls_are_thin_where_they_are_thin():
    thin, thick = box((30, 30, 0.5)), box((30, 30, 4), (0, 0, 20))
    solid = together(thin, thick)
    shown = wall_map(solid, measure_walls(solid, 4000), 0.8)
    points = mesh_arrays(shown.mesh)[0]
    on_face = (np.abs(points[:, :2]) < 13).all(axis=1)
    lower = points[:, 2] < 10
    assert shown.values_mm[on_face & lower] == pytest.approx(np.full((on_face & lower).sum(), 0.5), rel=0.05)
    assert shown.values_mm[on_face & ~lower] == pytest.approx(np.full((on_face & ~lower).sum(), 4.0), rel=0.05)
    assert shown.goes_beyond
    assert shown.ticks_mm == pytest.approx((0, 0.8, 1.6, 2.4, 3.2))
    assert "0.8" in shown.title


def test_the_ramp_jumps_at_the_least_wall():
    shown = wall_map(box((5, 5, 5)), measure_walls(box((5, 5, 5)), 50), 1.5)
    at_limit = [color for value, color in shown.ramp if value == 1.5]
    assert len(set(at_limit)) == 2


def test_walls_that_nothing_is_known_of():
    cube = box((5, 5, 5))
    shown = wall_map(cube, Walls(np.zeros((2, 3)), np.full(2, np.nan)), 1.0)
    assert np.isnan(shown.values_mm).all()
    assert not shown.goes_beyond
