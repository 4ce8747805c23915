from __future__ import annotations

import numpy as np
import pytest

from tests.surface.meshes import ball, box, together
from vizmed.parts import Part
from vizmed.render.layers import rgb
from vizmed.render.mesh_map import MeshMap, distance_map, wall_map
from vizmed.render.mesh_picture import ALL_AROUND, draw_meshes
from vizmed.surface.printing.walls import measure_walls

pytestmark = pytest.mark.gl

SIZE = (400, 260)
KNOB = together(ball(20.0), box((24, 4, 10), (-22, 0, 16)))
"""A ball with a knob on the patient's right, above."""


def halves(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return picture[:, : SIZE[0] // 2].astype(int), picture[:, SIZE[0] // 2 :].astype(int)


def shape(picture: np.ndarray) -> np.ndarray:
    """Where it departs from its background, filled from end to end; captions and letters left out."""
    inner = np.abs(picture - picture[:, :1]).max(axis=-1) > 8
    middle = slice(len(inner) // 2 - 10, len(inner) // 2 + 10)
    inner[:20] = inner[middle, :15] = inner[middle, -15:] = False
    before = np.logical_or.accumulate(inner, axis=1)
    return before & np.logical_or.accumulate(inner[:, ::-1], axis=1)[:, ::-1]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_front_and_back_are_mirror_images_of_each_other():
    """The knob is on the patient's right: left in the picture from the front, right in that from the back."""
    front, back = (shape(half) for half in halves(draw_meshes([Part("knob", KNOB)], size=SIZE)))
    assert front.mean() > 0.2
    assert overlap(front, back[:, ::-1]) > 0.9
    assert overlap(front, back) < overlap(front, back[:, ::-1]) - 0.1
    heavier = [half[:, :100].sum() - half[:, 100:].sum() for half in (front, back)]
    assert heavier[0] * heavier[1] < 0
    rows, columns = np.nonzero(front)
    assert columns[rows < rows.min() + 15].mean() < 75


def test_the_knob_in_front_is_seen_from_the_front_alone():
    knob = together(ball(20.0), box((8, 8, 8), (0, -20, 0)))
    with_knob, without = draw_meshes([Part("a", knob)], size=SIZE), draw_meshes([Part("a", ball(20.0))], size=SIZE)
    middle = np.s_[110:150, 80:120]
    changes = [np.abs(a - b)[middle].mean() for a, b in zip(halves(with_knob), halves(without), strict=True)]
    assert changes[0] > 5 * max(changes[1], 0.2)


def test_parts_have_their_colours():
    parts = [Part("red", ball(10.0), "#c02020"), Part("blue", box((12, 12, 12), (0, 0, 30)), "#2040c0")]
    front, _ = halves(draw_meshes(parts, size=SIZE))
    upper, lower = front[40:100, 90:110].mean(axis=(0, 1)), front[160:220, 90:110].mean(axis=(0, 1))
    assert upper[2] > 1.5 * upper[0]
    assert lower[0] > 1.5 * lower[2]


def test_colours_say_the_distance():
    near, far = ball(20.0), ball(23.0)
    shown = distance_map(near, far)  # 3 of 4 mm everywhere
    picture = draw_meshes([], shown, size=SIZE)
    ball_color = picture[90:140, 80:120].reshape(-1, 3).mean(axis=0)
    expected = np.array(rgb(dict(shown.ramp)[3.0]))
    assert ball_color / ball_color.max() == pytest.approx(expected / expected.max(), abs=0.12)


def test_the_bar_runs_through_the_ramp():
    shown = distance_map(ball(20.0), ball(23.0))
    picture = draw_meshes([], shown, size=(800, 500)).astype(int)
    ends = [np.rint(255 * np.array(rgb(shown.ramp[n][1]))) for n in (0, -1)]
    rows = [y for y in range(445, 500) if np.abs(picture[y, 201] - ends[0]).max() < 6]
    assert len(rows) > 5
    assert np.abs(picture[rows[0] + 2, 598] - ends[1]).max() < 6
    middle = np.rint(255 * np.array(rgb(shown.ramp[2][1])))
    assert np.abs(picture[rows[0] + 2, 400] - middle).max() < 6


def test_thin_walls_are_red_and_thick_ones_are_not():
    solid = together(box((40, 0.5, 20), (0, 0, 30)), box((40, 6, 20)))
    picture = draw_meshes([], wall_map(solid, measure_walls(solid, 3000), 0.8), size=SIZE).astype(int)
    red, green, _ = picture[30:200, 90:110].reshape(-1, 3).T
    assert (red > 2 * green + 30).sum() > 300
    bright = (red > 120) & (green > 0.75 * red)
    assert bright.sum() > 300


def test_what_is_not_known_is_grey():
    shown = MeshMap(ball(20.0), np.full(ball(20.0).n_points, np.nan), "mm", ((0, "#ff0000"), (1, "#ff0000")), (0, 1))
    red, green, blue = draw_meshes([], shown, size=SIZE)[90:130, 90:110].reshape(-1, 3).mean(axis=0)
    assert red == pytest.approx(green, rel=0.2)
    assert blue > 0.8 * red


def test_all_around_are_four_views():
    picture = draw_meshes([Part("knob", KNOB)], views=ALL_AROUND, size=(400, 300))
    panes = [picture[y : y + 150, x : x + 200].astype(int) for y in (0, 150) for x in (0, 200)]
    assert all(shape(pane).mean() > 0.15 for pane in panes)
    assert len({pane.tobytes() for pane in panes}) == 4


def test_the_picture_is_the_same_each_time():
    one, other = (draw_meshes([Part("knob", KNOB)], size=(200, 130)) for _ in range(2))
    assert np.array_equal(one, other)
