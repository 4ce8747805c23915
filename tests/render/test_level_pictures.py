from __future__ import annotations

import numpy as np
import pytest

from tests.render.test_table import patient
from tests.surface.test_sweep import LARGE_MM, cones
from vizmed.errors import DisplayError
from vizmed.render import gl, level_pictures
from vizmed.render.level_pictures import draw_levels
from vizmed.volume import Volume


def body(picture: np.ndarray) -> np.ndarray:
    """Where a surface is: warm, while the ground is blue."""
    return picture[..., 0].astype(int) > picture[..., 2]


def box(picture: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(body(picture))
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.fixture
def ball() -> Volume:
    return cones(((31.3, 31.1, 30.2), LARGE_MM))


@pytest.mark.gl
def test_all_are_seen_at_one_scale_whatever_their_order(ball):
    levels = (500.0, 100.0, 750.0)
    pictures = draw_levels(ball, levels, width=200)
    assert {one.shape for one in pictures} == {(200, 200, 3)}
    sizes = {level: box(one) for level, one in zip(levels, pictures, strict=True)}
    assert 150 < sizes[100.0][0] < 195, "the lowest fills the picture"
    for level, (width, height) in sizes.items():
        # nearer by its radius than the middle, a ball looks larger: less so the smaller it is
        assert abs(width - height) <= 3
        assert width / sizes[100.0][0] == pytest.approx((1000 - level) / 900, rel=0.06)


@pytest.mark.gl
def test_two_bodies_are_seen_from_the_front_and_the_picture_is_as_wide_as_they_are():
    volume = cones(((24.0, 30.0, 28.0), 22.0), ((72.0, 30.0, 28.0), 12.0), shape=(90, 64, 64))
    (picture,) = draw_levels(volume, [50.0], width=200)
    height, width, _ = picture.shape
    assert width == 200
    assert height == pytest.approx(200 / 1.6, abs=1)
    halves = body(picture)[:, :100].sum(), body(picture)[:, 100:].sum()
    assert halves[0] > 2 * halves[1], "the patient's right is on the left"
    (behind,) = draw_levels(volume, [50.0], width=200, camera="P")
    assert body(behind)[:, 100:].sum() > 2 * body(behind)[:, :100].sum()


@pytest.mark.gl
def test_a_level_without_a_surface_has_an_empty_picture(ball):
    empty, full = draw_levels(ball, [5000.0, 100.0], width=120)
    assert np.array_equal(full, draw_levels(ball, [100.0], width=120)[0]), "not the same again"
    assert empty.shape == full.shape
    assert not body(empty).any()
    assert body(full).any()


@pytest.mark.gl
def test_the_table_is_left_out():
    with_table, without = (draw_levels(patient(table=table), [-300.0], width=150, camera="S")[0] for table in (1, 0))
    assert box(with_table) == pytest.approx(box(without), abs=4)


@pytest.mark.gl
def test_a_large_scan_is_thinned_and_looks_the_same(ball, monkeypatch):
    (whole,) = draw_levels(ball, [100.0], width=200)
    monkeypatch.setattr(level_pictures, "MOST_VOXELS", 40_000)
    (coarse,) = draw_levels(ball, [100.0], width=200)
    assert not np.array_equal(coarse, whole)
    assert box(coarse) == pytest.approx(box(whole), abs=4)


def test_without_opengl_it_is_refused(ball, monkeypatch):
    def refuse() -> None:
        raise DisplayError("OpenGL cannot be used here")

    monkeypatch.setattr(gl, "require", refuse)
    with pytest.raises(DisplayError):
        draw_levels(ball, [100.0])
