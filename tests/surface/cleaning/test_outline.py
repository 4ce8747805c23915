"""How far pixels lie from an outline, against outlines whose distance is known from a formula."""

from __future__ import annotations

import numpy as np
import pytest

from vizmed.surface.cleaning.outline import FAR_MM, outline, signed_distances, spread
from vizmed.surface.inside.band import limits


def distances(values: np.ndarray, spacing=(1.0, 1.0), level=0.0, wanted=None) -> np.ndarray:
    found = limits(values[..., None], level)
    inside = found.hold(values)
    everywhere = np.ones(values.shape, bool) if wanted is None else wanted
    return signed_distances(outline(values, inside, found), everywhere, spacing)


def places(shape, spacing):
    return np.indices(shape) * np.array(spacing)[:, None, None]


@pytest.mark.parametrize("degrees", [0, 11, 45, 63, 90, 170])
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.7, 1.3)])
def test_from_a_straight_outline_it_is_exact(degrees, spacing):
    x, y = places((40, 50), spacing)
    way = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    depth = (x - 14.3) * way[0] + (y - 21.7) * way[1]
    found = distances(250 * depth, spacing)
    middle = (slice(8, -8), slice(8, -8))  # beside the corners, the line's nearest point lies outside of the slice
    for reach, tolerance in ((1, 1e-3), (6, 0.12)):
        near = np.abs(depth[middle]) < reach
        np.testing.assert_allclose(found[middle][near], depth[middle][near], atol=tolerance)


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.6, 1.1)])
def test_from_a_circle_whatever_the_edge_is_like(spacing):
    x, y = places((70, 70), spacing)
    depth = 13.4 - np.hypot(x - 33.2 * spacing[0], y - 35.9 * spacing[1])
    for edge in (1, 4):  # sharp within a pixel, or blurred over some: the outline is the same
        found = distances(np.clip(depth / edge, -1, 1) * 500, spacing)
        near = np.abs(depth) < 10
        np.testing.assert_allclose(found[near], depth[near], atol=0.12)
        assert np.abs(found - depth)[near].mean() < 0.025


def test_only_pixels_asked_for_and_those_beside_the_outline_are_measured():
    x, _ = places((30, 20), (1, 1))
    wanted = np.zeros((30, 20), bool)
    wanted[25, 3] = True
    found = distances((x - 10.25).astype("float32"), wanted=wanted)
    assert found[25, 3] == pytest.approx(14.75, abs=0.01)
    assert found[10, 7] == pytest.approx(-0.25)
    assert found[11, 7] == pytest.approx(0.75)
    assert found[20, 7] == FAR_MM
    assert found[2, 7] == -FAR_MM


def test_without_an_outline_all_is_far():
    assert (distances(np.full((5, 6), 3.0)) == FAR_MM).all()
    assert (distances(np.full((5, 6), -3.0)) == -FAR_MM).all()


def crossings(values: np.ndarray, axis: int) -> np.ndarray:
    """Where linear interpolation crosses 0 between neighbours along an axis, NaN where it does not."""
    first, second = (np.moveaxis(values, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
    crossed = (first >= 0) != (second >= 0)
    return np.where(crossed, first / np.where(crossed, first - second, 1), np.nan)


@pytest.mark.parametrize("seed", range(4))
def test_the_outline_stays_where_it_is_also_around_hairlines(seed):
    rng = np.random.default_rng(seed)
    rough = rng.normal(0, 1, (60, 60))
    for axis in (0, 1):  # structures from one pixel to some pixels wide
        rough = (np.roll(rough, 1, axis) + rough + np.roll(rough, -1, axis)) / 3
    found = distances(rough)
    np.testing.assert_array_equal(found > 0, rough >= 0)
    for axis in (0, 1):
        moved = np.abs(crossings(found, axis) - crossings(rough, axis))
        moved = moved[np.isfinite(moved)]
        assert moved.mean() < 0.05
        assert np.percentile(moved, 98) < 0.15


def test_values_far_apart_leave_every_pixel_on_its_side():
    values = np.full((9, 9), -1e6)
    values[4, 4] = 1e-3
    found = distances(values)
    assert found[4, 4] > 0
    assert (found > 0).sum() == 1


def test_spread_adds_the_four_beside():
    mask = np.zeros((4, 5), bool)
    mask[0, 0] = mask[2, 3] = True
    assert spread(mask).sum() == 3 + 5
    assert not mask[0, 1]
