from __future__ import annotations

import numpy as np
import pytest

from vizmed.render.page.strokes import blend, dashes, polyline, ring, stroke


def drawn(segments, width=1.0, size=(60, 80), **options):
    picture = np.zeros((*size, 3), np.uint8)
    stroke(picture, np.asarray(segments, float), "#ffffff", width, **options)
    return picture[..., 0] / 255


def test_a_line_through_the_middles_of_pixels_is_one_pixel_wide_and_sharp():
    mask = drawn([[[10.5, 20.5], [40.5, 20.5]]])
    assert np.flatnonzero(mask.any(axis=1)).tolist() == [20]
    assert set(np.unique(mask[20])) == {0, 1}
    assert mask.sum() == pytest.approx(30, abs=1)


@pytest.mark.parametrize("width", [1.0, 1.5, 3.2])
@pytest.mark.parametrize("end", [(70.3, 12.2), (33.1, 55.9), (12.0, 50.4), (61.0, 47.0)])
def test_a_line_covers_its_length_times_its_width(width, end):
    start = np.array([11.2, 9.7])
    mask = drawn([[start, end]], width)
    length = np.linalg.norm(np.array(end) - start)
    assert mask.sum() == pytest.approx(length * width, rel=0.08)
    rows, columns = np.nonzero(mask)
    places = np.stack([columns, rows], axis=1) + 0.5
    way = (np.array(end) - start) / length
    away = np.abs((places - start) @ np.array([-way[1], way[0]]))
    assert away.max() <= width / 2 + 0.72
    backwards = drawn([[end, start]], width)
    assert mask == pytest.approx(backwards, abs=0.02)


def test_what_lies_outside_is_cut_off_and_costs_nothing():
    far = drawn([[[-1e7, 30.5], [1e7, 30.5]], [[1e9, 1e9], [2e9, 1e9]], [[200, 10], [300, 20]]])
    assert (far[30] == 1).all()
    assert far.sum() == 80


def test_crossing_lines_are_no_denser_where_they_meet():
    mask = drawn([[[10, 30.5], [70, 30.5]], [[40.5, 5], [40.5, 55]]], opacity=0.5)
    assert mask.max() == pytest.approx(0.5, abs=0.01)


def test_dashes_have_their_lengths():
    parts = dashes(np.array([[[0.0, 0], [25, 0]], [[0, 0], [0, 0]]]), 6, 4)
    assert parts[:, :, 0].tolist() == [[0, 6], [10, 16], [20, 25]]
    assert len(dashes(np.empty((0, 2, 2)), 6, 4)) == 0


def test_a_ring_is_round():
    mask = drawn(ring(np.array([40.0, 30.0]), 12), 1.5)
    rows, columns = np.nonzero(mask > 0.5)
    radii = np.hypot(columns + 0.5 - 40, rows + 0.5 - 30)
    assert radii.min() > 10.8
    assert radii.max() < 13.2


def test_a_closed_line_ends_where_it_begins():
    corners = np.array([[10.0, 10], [50, 10], [50, 40]])
    assert polyline(corners).shape == (2, 2, 2)
    assert polyline(corners, closed=True)[-1].tolist() == [[50, 40], [10, 10]]


def test_blending_stays_between_both_colours():
    picture = np.full((1, 3, 3), 100, np.uint8)
    blend(picture, (200, 0, 100), np.array([[0, 0.5, 1]], np.float32))
    assert picture[0].tolist() == [[100, 100, 100], [150, 50, 100], [200, 0, 100]]
