"""Filled polygons against formulas, and against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vizmed.read.labels.rtstruct.polygons import inside_polygons

SHAPE = (14, 11)


def circle(centre: tuple[float, float], radius: float, corners: int = 3000) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1)


def reach(centre: tuple[float, float], shape: tuple[int, int]) -> np.ndarray:
    i, j = np.meshgrid(*map(np.arange, shape), indexing="ij")
    return np.hypot(i - centre[0], j - centre[1])


@pytest.mark.parametrize("seed", range(20))
def test_a_circle_has_the_centres_within_it(seed):
    """Pillow's polygons get 7 of 100 pixels of such circles wrong, and 1 of 100 when drawn 8 times as large."""
    rng = np.random.default_rng(seed)
    centre, radius = tuple(rng.uniform(28, 34, 2)), rng.uniform(4, 25)
    found = inside_polygons([circle(centre, radius)], (64, 63))
    np.testing.assert_array_equal(found, reach(centre, (64, 63)) < radius)


def test_rings_and_an_island_in_the_hole():
    rings = [circle((30.3, 29.1), radius) for radius in (7, 25, 16)]
    away = reach((30.3, 29.1), (60, 60))
    np.testing.assert_array_equal(inside_polygons(rings, (60, 60)), (away < 7) | ((away > 16) & (away < 25)))


def test_a_keyhole_is_a_ring():
    """One polygon: round the outside, in along a channel, round the inside the other way, and out by the channel."""
    outer, inner = circle((30.3, 29.1), 25), circle((30.3, 29.1), 10)[::-1]
    for turn in range(0, 3000, 250):
        keyhole = np.concatenate(
            [np.roll(outer, turn, axis=0), np.roll(outer, turn, axis=0)[:1], np.roll(inner, 1, axis=0)]
        )
        keyhole = np.concatenate([keyhole, np.roll(inner, 1, axis=0)[:1]])
        away = reach((30.3, 29.1), (60, 60))
        np.testing.assert_array_equal(inside_polygons([keyhole], (60, 60)), (away > 10) & (away < 25))


def test_what_lies_outside_is_cut_off():
    found = inside_polygons([circle((0.2, 62.7), 30)], (64, 63))
    np.testing.assert_array_equal(found, reach((0.2, 62.7), (64, 63)) < 30)
    assert not inside_polygons([circle((-50, 20), 30)], (64, 63)).any()
    assert inside_polygons([circle((30, 30), 500)], (64, 63)).all()


def test_corners_on_centres_belong_to_one_side_only():
    square = np.array([(2, 3), (6, 3), (6, 8), (2, 8)], dtype=float)
    expected = np.zeros(SHAPE, dtype=bool)
    expected[2:6, 3:8] = True
    for noise in (0.0, 1e-9, -1e-9):
        np.testing.assert_array_equal(inside_polygons([square + noise], SHAPE), expected)
        np.testing.assert_array_equal(inside_polygons([square[::-1] + noise], SHAPE), expected)


def test_more_edges_than_are_taken_at_once():
    many = circle((30.3, 29.1), 25, corners=20_001)
    np.testing.assert_array_equal(inside_polygons([many], (60, 60)), reach((30.3, 29.1), (60, 60)) < 25)


CORNER = st.tuples(st.integers(-24, 130), st.integers(-24, 110))
POLYGONS = st.lists(st.lists(CORNER, min_size=3, max_size=7), min_size=1, max_size=3)


def exactly(polygons: list[list[tuple[int, int]]], i: int, j: int) -> bool:
    """Whether a centre has an odd number of edges at its left or on it, by fractions; corners are eighths of pixels."""
    odd = False
    for corners in polygons:
        for one, other in pairwise([*corners, corners[0]]):
            (x0, y0), (x1, y1) = sorted([one, other], key=lambda corner: corner[1])
            if Fraction(y0, 8) <= j < Fraction(y1, 8):
                x = Fraction(x0, 8) + (j - Fraction(y0, 8)) * Fraction(x1 - x0, y1 - y0)
                odd ^= x <= i
    return odd


@settings(max_examples=50, deadline=None)
@given(POLYGONS)
def test_any_polygons_by_exact_fractions(polygons):
    found = inside_polygons([np.array(corners) / 8 for corners in polygons], SHAPE)
    for i in range(SHAPE[0]):
        for j in range(SHAPE[1]):
            assert found[i, j] == exactly(polygons, i, j), (i, j)


@settings(max_examples=50, deadline=None)
@given(st.lists(CORNER, min_size=3, max_size=8), st.integers(0, 7), st.integers(0, 7))
def test_neighbours_neither_overlap_nor_gape(corners, one, other):
    """A polygon cut in two along a line between two of its corners."""
    points = np.array(corners) / 7
    start, end = sorted((one % len(corners), other % len(corners)))
    parts = [points[start : end + 1], np.concatenate([points[end:], points[: start + 1]])]
    filled = [inside_polygons([part], SHAPE) for part in parts]
    np.testing.assert_array_equal(filled[0] ^ filled[1], inside_polygons([points], SHAPE))
