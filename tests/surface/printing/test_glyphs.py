from __future__ import annotations

import numpy as np
import pytest

from vizmed.surface.printing.glyphs import LEAST_STROKE_MM, bar_shape, text_shape


@pytest.mark.parametrize("text", ["L", "R", "50 mm", "7.5 mm"])
def test_text_is_as_tall_as_it_is_asked_for_and_about_its_middle(text):
    left, low, right, high = text_shape(text, 8.0).bounds()
    assert high - low == pytest.approx(8.0)
    assert (left + right, low + high) == pytest.approx((0, 0), abs=1e-9)


def test_strokes_can_be_printed():
    """The stem of an L of 5 mm is a fifth of it wide: a square of 0.9 mm fits in, one of 1.3 mm does not."""
    stem = text_shape("L", 5.0)
    left, low, _, high = stem.bounds()
    from manifold3d import CrossSection

    upper = stem ^ CrossSection.square((10, (high - low) / 2)).translate((left - 1, 0))
    width = upper.bounds()[2] - upper.bounds()[0]
    assert 0.9 < width < 1.3


def test_letters_have_their_holes():
    assert text_shape("R", 10).num_contour() == 2
    assert text_shape("L", 10).num_contour() == 1
    assert text_shape("80", 10).num_contour() == 5


@pytest.mark.parametrize("length", [5.0, 12.0, 20.0, 50.0, 100.0])
def test_a_bar_is_exact_along_its_foot(length):
    from manifold3d import CrossSection

    shape = bar_shape(length)
    _, low, _, _ = shape.bounds()
    foot = shape ^ CrossSection.square((4 * length, 0.5 * LEAST_STROKE_MM)).translate((-2 * length, low))
    left, _, right, _ = foot.bounds()
    assert right - left == pytest.approx(length)
    assert foot.num_contour() == 1


@pytest.mark.parametrize(("length", "ticks"), [(50.0, 6), (45.5, 6), (30.0, 4), (20.0, 3), (15.0, 4), (8.0, 9)])
def test_a_bar_has_its_ticks(length, ticks):
    """A stripe just above the bar meets each of them once."""
    from manifold3d import CrossSection

    shape = bar_shape(length)
    _, low, _, _ = shape.bounds()
    above = low + max(0.03 * length, LEAST_STROKE_MM) + 0.2
    stripe = shape ^ CrossSection.square((4 * length, 0.1)).translate((-2 * length, above))
    assert stripe.num_contour() == ticks
    left, _, right, _ = stripe.bounds()
    assert right - left == pytest.approx(length)


def test_the_shape_is_the_same_each_time():
    one, other = (text_shape("R", 9).to_polygons() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
