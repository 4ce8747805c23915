from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.render.window.desks import GRIDS, desk, volume
from vizmed.render.window.framing import (
    alone,
    box_around,
    change_layout,
    look_from,
    reset,
    take_back,
    together,
    turn_crop,
)
from vizmed.render.window.keys import ACTS
from vizmed.scene import VIEWS, Camera, Ruler, Scene, scene_for

SCENE = scene_for("slices")
STRAY = Camera((1.0, 2.0, 3.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))


@pytest.mark.parametrize("view", VIEWS)
def test_views_stand_as_near_as_at_first(view):
    beside = desk(scene=replace(SCENE, zoom=1.5))
    seen = look_from(view)(replace(SCENE, camera=STRAY, zoom=3.0), beside)
    assert (seen.camera, seen.zoom) == (view, 1.5)


def test_reset_undoes_every_key_and_keeps_the_windows_size():
    first = scene_for("scene", at=(-25.0, 20.0, 45.0), window="bone")
    beside = desk(scene=first, level=226.0)
    scene = replace(first, size=(640, 480), camera=STRAY, measures=(Ruler((0, 0, 0), (1, 1, 1)),))
    for act in ACTS.values():
        if not isinstance(act, str) and act is not reset:
            scene = act(scene, beside)
    assert reset(scene, beside) == replace(first, size=(640, 480))


def test_layouts_go_round():
    seen, scene = [], SCENE
    for _ in range(3):
        seen.append(scene.layout)
        scene = change_layout(scene, desk())
    assert seen == ["four", "3d", "slices"]
    assert scene == SCENE


@pytest.mark.parametrize("pane", ["axial", "sagittal", "3d"])
def test_one_pane_alone_and_all_together_again(pane):
    one = alone(SCENE, pane)
    assert one.layout == ("3d" if pane == "3d" else "slices")
    assert pane == "3d" or one.slices.planes == (pane,)
    assert together(one, SCENE) == SCENE


@pytest.mark.parametrize("grid", GRIDS)
def test_the_crop_begins_around_every_voxel(grid):
    scan = volume(grid)
    low, high = map(np.array, box_around(scan))
    corners = scan.geometry.to_world([(i, j, k) for i in (-0.5, 11.5) for j in (-0.5, 9.5) for k in (-0.5, 8.5)])
    assert np.allclose(corners.min(axis=0), low)
    assert np.allclose(corners.max(axis=0), high)
    on = turn_crop(SCENE, desk(scan))
    assert on.crop == box_around(scan)
    assert turn_crop(on, desk(scan)) == SCENE


def test_the_last_measure_is_taken_back():
    one, other = Ruler((0, 0, 0), (1, 1, 1)), Ruler((0, 0, 0), (2, 2, 2))
    scene = Scene(measures=(one, other))
    assert take_back(scene, desk()).measures == (one,)
    assert take_back(SCENE, desk()) is SCENE
