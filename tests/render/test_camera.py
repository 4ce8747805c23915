from __future__ import annotations

import numpy as np
import pytest

from vizmed.render.camera import _MARGIN, VIEW_ANGLE_DEGREES, stand_for
from vizmed.scene import VIEWS

SIZES = [(200, 200), (400, 150), (150, 400)]
HEAD = np.random.default_rng(5).normal(size=(500, 3)) * (60, 80, 30) + (100, -300, 40)
FLAT = np.array([[0, 0, 0], [200, 0, 0], [0, 5, 0], [200, 5, 1]], dtype=float)


def project(points, stand, size):
    """Pinhole camera, on its own: x to the right and y up, the border of the frame at 1."""
    position, focal, up = (np.array(part) for part in (stand.position, stand.focal_point, stand.up))
    forward = (focal - position) / np.linalg.norm(focal - position)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    true_up = np.cross(right, forward)
    away = points - position
    depth = away @ forward
    half = np.tan(np.radians(VIEW_ANGLE_DEGREES) / 2)
    return np.stack([away @ right / depth / (half * size[0] / size[1]), away @ true_up / depth / half], axis=-1), depth


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seen", [HEAD, FLAT], ids=["head", "flat"])
@pytest.mark.parametrize("view", VIEWS)
def test_all_is_in_the_frame_and_nearly_touches_it(view, seen, size):
    places, depth = project(seen, stand_for(view, seen, size), size)
    assert (depth > 0).all()
    assert np.abs(places).max() == pytest.approx(1 / _MARGIN)
    assert 0.8 < 1 / _MARGIN < 1


SIDES = {
    # what each side of the picture shows: the patient's side on the right, and on top
    "A": ((1, 0, 0), (0, 0, 1)),
    "P": ((-1, 0, 0), (0, 0, 1)),
    "L": ((0, 1, 0), (0, 0, 1)),
    "R": ((0, -1, 0), (0, 0, 1)),
    "S": ((-1, 0, 0), (0, -1, 0)),
    "I": ((1, 0, 0), (0, -1, 0)),
}
STANDS_AT = {"A": (0, -1, 0), "P": (0, 1, 0), "L": (1, 0, 0), "R": (-1, 0, 0), "S": (0, 0, 1), "I": (0, 0, -1)}


@pytest.mark.parametrize("view", SIDES)
def test_the_patients_sides_lie_where_an_observer_sees_them(view):
    stand = stand_for(view, HEAD, (300, 300))
    middle = np.array(stand.focal_point)
    right, up = (np.array(way) for way in SIDES[view])
    places, _ = project(np.array([middle, middle + 10 * right, middle + 10 * up]), stand, (300, 300))
    assert places[0] == pytest.approx([0, 0], abs=1e-9)
    assert places[1][0] > 0.01
    assert places[1][1] == pytest.approx(0, abs=1e-9)
    assert places[2][1] > 0.01
    assert places[2][0] == pytest.approx(0, abs=1e-9)
    away = np.array(stand.position) - middle
    assert away / np.linalg.norm(away) == pytest.approx(STANDS_AT[view])


def test_from_the_corner_left_front_and_top_are_seen():
    stand = stand_for("iso", HEAD, (300, 300))
    away = np.array(stand.position) - stand.focal_point
    assert away[0] > 0 > away[1]
    assert away[2] > 0
    assert np.linalg.norm(stand.up) == pytest.approx(1)
    assert np.dot(stand.up, away) == pytest.approx(0, abs=1e-9)
    assert stand.up[2] > 0.5


@pytest.mark.parametrize("view", VIEWS)
def test_a_single_point_is_looked_at_from_some_way_off(view):
    stand = stand_for(view, np.array([[5.0, 6.0, 7.0]]), (100, 100))
    assert stand.focal_point == pytest.approx((5, 6, 7))
    assert np.linalg.norm(np.subtract(stand.position, stand.focal_point)) == pytest.approx(1)
