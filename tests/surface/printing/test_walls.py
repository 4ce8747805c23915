"""Walls whose thickness is known, in every direction: within 5 % of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.surface.meshes import FAR_AWAY_MM, ball, box, inside_out, placed, together, tube
from vizmed.surface import measure
from vizmed.surface.printing.walls import Walls, measure_walls
from vizmed.vtk_bridge import to_polydata

FEW = 1500


def hollow_ball(radius: float, wall: float):
    return together(ball(radius, rings=90), inside_out(ball(radius - wall, rings=90)))


@pytest.mark.parametrize("wall", [0.8, 3.0])
def test_a_hollow_ball(wall):
    walls = measure_walls(placed(hollow_ball(30.0, wall)), FEW)
    assert walls.measured == FEW
    assert walls.thickness_mm == pytest.approx(np.full(FEW, wall), rel=0.05)


@pytest.mark.parametrize("wall", [0.5, 2.0])
def test_a_slab_and_its_rim(wall):
    """From its rim, 60 mm lie ahead: that it is narrow there is no thin wall."""
    walls = measure_walls(placed(box((60, 60, wall))), FEW)
    on_faces = np.isclose(walls.thickness_mm, wall, rtol=0.05)
    share = 60 * 60 / (60 * 60 + 2 * 60 * wall)
    assert on_faces.mean() == pytest.approx(share, abs=0.01)
    assert np.nanmin(walls.thickness_mm[~on_faces]) > 55
    assert (walls.least_mm, walls.p1_mm) == pytest.approx((wall, wall), rel=0.05)


def test_a_tube():
    mesh = tube(10.0, 12.5, 60.0)
    assert measure(mesh).closed
    assert measure(mesh).volume_mm3 > 0
    walls = measure_walls(placed(mesh), FEW)
    on_wall = np.isclose(walls.thickness_mm, 2.5, rtol=0.05)
    sides = 2 * np.pi * (10.0 + 12.5) * 60
    ends = 2 * np.pi * (12.5**2 - 10.0**2)
    assert on_wall.mean() == pytest.approx(sides / (sides + ends), abs=0.01)


def test_a_solid_ball_is_as_thick_as_it_is_wide():
    walls = measure_walls(placed(ball(12.0)), FEW)
    assert walls.thickness_mm == pytest.approx(np.full(FEW, 24.0), rel=0.05)


def test_rough_walls_keep_their_thickness():
    """The facets of a surface made of voxels lean; the cone finds the way across."""
    wall, mesh = 4.0, box((50, 50, 4.0))
    fine = mesh.subdivide(5, "linear")
    points = np.asarray(fine.points, np.float64)
    points[:, 2] += np.random.default_rng(3).uniform(-0.15, 0.15, len(points))
    rough = to_polydata(points.astype(np.float32), np.asarray(fine.faces).reshape(-1, 4)[:, 1:])
    walls = measure_walls(rough, FEW)
    on_faces = walls.thickness_mm < 10
    assert on_faces.mean() > 0.8
    assert np.median(walls.thickness_mm[on_faces]) == pytest.approx(wall, rel=0.05)


def test_shares_are_shares_of_the_area():
    thin, thick = box((40, 40, 1.0)), box((80, 80, 3.0), (0, 0, 50))
    walls = measure_walls(together(thin, thick))
    area = {mm: measure(mesh).area_mm2 for mm, mesh in ((1.0, thin), (3.0, thick))}
    assert walls.share_below(2.0) == pytest.approx(2 * 40 * 40 / sum(area.values()), abs=0.002)
    assert walls.share_below(0.9) == 0
    assert walls.share_below(1000) == pytest.approx(1)
    assert walls.least_place[2] == pytest.approx(0, abs=0.51)
    assert walls.p1_mm == pytest.approx(1.0)


def test_places_are_spread_evenly_and_the_same_each_time():
    mesh = placed(box((40, 40, 40)))
    one, other = measure_walls(mesh, 600), measure_walls(mesh, 600)
    assert np.array_equal(one.places, other.places)
    assert np.array_equal(one.thickness_mm, other.thickness_mm)
    assert one.places.mean(axis=0) == pytest.approx(FAR_AWAY_MM, abs=1.0)
    apart = np.linalg.norm(one.places[:, None] - one.places[None], axis=2) + np.eye(600) * 99
    assert np.quantile(apart.min(axis=1), 0.1) > 0.5  # 4 mm if they were a grid


def test_far_and_small():
    walls = measure_walls(placed(box((0.6, 0.6, 0.02)), shift=(0, 0, 0)), FEW)
    assert walls.p1_mm == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("open_up", [inside_out, lambda mesh: to_polydata(mesh.points[:3], np.array([[0, 1, 2]]))])
def test_what_has_no_other_side_has_no_walls(open_up):
    walls = measure_walls(open_up(box((10, 10, 10))), 100)
    assert (walls.measured, walls.share_below(1.0)) == (0, 0)
    assert np.isnan([walls.least_mm, walls.p1_mm, *walls.least_place]).all()


def test_nothing_has_no_walls():
    empty = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    flat = to_polydata(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]]))
    for mesh in (empty, flat):
        assert measure_walls(mesh).measured == 0


def test_percentiles_leave_out_what_was_not_met():
    walls = Walls(np.zeros((4, 3)), np.array([np.nan, 3.0, 1.0, 2.0]))
    assert (walls.measured, walls.least_mm) == (3, 1.0)
    assert walls.share_below(2.5) == pytest.approx(2 / 3)
