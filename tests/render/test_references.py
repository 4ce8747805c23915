"""Pictures look as they did when they were looked at. `scripts/make_pictures` draws the references anew."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tests.render.references import SCENES, drawn, looked_at

MEAN_SHADES = 1.5
"""Versions of Mesa and FreeType differ in the shade of edges and in single pixels of letters."""
FAR_SHADES, FAR_SHARE = 40, 0.01


def apart(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Mean difference in shades of 255, and the part of the pixels that are far from the same."""
    difference = np.abs(one.astype(int) - other.astype(int)).max(axis=-1)
    return float(difference.mean()), float((difference > FAR_SHADES).mean())


def look_the_same(one: np.ndarray, other: np.ndarray) -> bool:
    mean, far = apart(one, other)
    return mean < MEAN_SHADES and far < FAR_SHARE


@pytest.mark.gl
@pytest.mark.parametrize("name", SCENES)
def test_a_picture_looks_as_it_did(name):
    found, wanted = drawn(name), looked_at(name)
    assert found.shape == wanted.shape
    assert look_the_same(found, wanted), apart(found, wanted)


@pytest.mark.parametrize("name", SCENES)
def test_the_tolerance_sees_a_picture_mirrored_moved_or_darkened(name):
    wanted = looked_at(name)
    for wrong in (wanted[:, ::-1], np.roll(wanted, 3, axis=0), (0.9 * wanted).astype(np.uint8)):
        assert not look_the_same(wrong, wanted)


def test_the_tolerance_tells_pictures_apart():
    for one, other in combinations(SCENES, 2):
        if SCENES[one].size == SCENES[other].size:
            assert not look_the_same(looked_at(one), looked_at(other))
