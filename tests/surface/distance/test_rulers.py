"""Distances from lists of triangles, against trimesh's nearest place in each."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.triangles import closest_point

from vizmed.surface.distance.rulers import NONE, Lists, Rulers, columns


def loose_triangles(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Triangles of all shapes: wide, needles, some without an area, some that are a point."""
    corners = rng.normal(size=(count, 3, 3))
    corners[::5, 2] = corners[::5, 0] + 1e-4 * rng.normal(size=corners[::5, 0].shape)
    corners[::11, 2] = corners[::11, 0] / 2 + corners[::11, 1] / 2
    corners[::17, 1:] = corners[::17, :1]
    return corners.reshape(-1, 3).astype(np.float32), np.arange(3 * count).reshape(-1, 3)


@pytest.fixture
def measured() -> tuple[np.ndarray, Rulers, Lists, np.ndarray]:
    """Points, triangles, lists of 0 to 19 triangles for each point, and the distances by trimesh."""
    rng = np.random.default_rng(11)
    places, triangles = loose_triangles(rng, 700)
    points = rng.normal(size=(3000, 3)).astype(np.float32)
    count = rng.integers(0, 20, len(points))
    listed = rng.integers(0, len(triangles), count.sum())
    lists = Lists(np.cumsum(count) - count, count, listed)
    row = np.repeat(np.arange(len(points)), count)
    nearest = closest_point(places[triangles[listed]].astype(float), points[row].astype(float))
    exact = np.full(len(points), np.inf)
    np.minimum.at(exact, row, np.linalg.norm(points[row] - nearest, axis=1))
    return points, Rulers(places, triangles), lists, exact


def test_distances_are_those_of_the_nearest_place(measured):
    points, rulers, lists, exact = measured
    assert rulers.least(columns(points), lists) == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize("enough_mm", [0.01, 0.2, 5.0])
def test_a_triangle_that_is_near_enough_is_found_where_there_is_one(measured, enough_mm):
    points, rulers, lists, exact = measured
    found = rulers.first_within(columns(points), lists, enough_mm, closely=True)
    assert np.array_equal(found != NONE, exact <= enough_mm)
    some = np.flatnonzero(found != NONE)
    assert rulers.near(columns(points[some]), found[some], enough_mm + 1e-5, closely=True).all()
    roughly = rulers.first_within(columns(points), lists, enough_mm)
    assert (exact[roughly != NONE] <= enough_mm + 1e-5).all()


def test_what_lies_on_a_triangle_has_no_distance():
    places = np.array([[1, 2, 3], [4, 2, 3], [1, 6, 3]], np.float32)
    rulers = Rulers(places, np.array([[0, 1, 2]]))
    points = columns(np.concatenate([places, [[2, 3, 3], [2.5, 4, 3], [2, 2, 3]]]))
    lists = Lists(np.zeros(6, int), np.ones(6, int), np.zeros(1, int))
    assert rulers.least(points, lists) == pytest.approx(np.zeros(6), abs=1e-6)
    assert (rulers.least(points, lists)[:3] == 0).all()
