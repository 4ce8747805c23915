from __future__ import annotations

import pytest

from vizmed.render.window.measuring import Measuring
from vizmed.scene import Angle, Ruler, Scene

A, B, C = (0.0, 0.0, 0.0), (3.0, 4.0, 0.0), (0.0, 7.0, 0.0)


def test_two_clicks_make_a_ruler():
    scene, going = Measuring("ruler").click(Scene(), A)
    assert scene == Scene()
    assert going == Measuring("ruler", (A,))
    scene, going = going.click(scene, B)
    assert scene.measures == (Ruler(A, B),)
    assert scene.measures[0].mm == 5
    assert going is None


def test_three_clicks_make_an_angle_after_what_is_there():
    before = Scene(measures=(Ruler(A, B),))
    scene, going = before, Measuring("angle")
    for place in (B, A, C):
        scene, going = going.click(scene, place)
    assert scene.measures == (Ruler(A, B), Angle(B, A, C))
    assert going is None


@pytest.mark.parametrize("kind", ["ruler", "angle"])
def test_it_says_what_to_click_and_a_click_can_be_taken_back(kind):
    start = Measuring(kind)
    _, once = start.click(Scene(), A)
    assert start.asks != once.asks
    assert kind in once.asks
    assert once.without_last() == start


def test_a_second_click_at_the_same_place_does_nothing():
    going = Measuring("ruler", (A,))
    assert going.click(Scene(), A) == (Scene(), going)


def test_it_is_seen_while_it_is_made():
    assert Measuring("ruler").preview(Scene(), B) == Scene()
    assert Measuring("ruler", (A,)).preview(Scene(), B).measures == (Ruler(A, B),)
    assert Measuring("ruler", (A,)).preview(Scene(), A) == Scene()
    assert Measuring("angle", (A,)).preview(Scene(), B).measures == (Ruler(A, B),)
    assert Measuring("angle", (B, A)).preview(Scene(), C).measures == (Angle(B, A, C),)
