from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from vizmed.errors import EmptySurfaceError
from vizmed.render import gl
from vizmed.render.backdrop import read_back
from vizmed.render.page import draw_pane, pane_view, panes_of
from vizmed.render.screenshot import screenshot
from vizmed.render.stage import Stage
from vizmed.render.study import Study
from vizmed.render.window.desk import Desk
from vizmed.render.window.keys import ACTS
from vizmed.scene import SurfaceLayer, VolumeLayer, scene_for

pytestmark = pytest.mark.gl

SIZE = (241, 187)
"""Odd, so that panes are not all as large."""

FOUR = scene_for("surface", layout="four", size=SIZE)


@pytest.fixture(scope="module", autouse=True)
def _off_screen():
    """Let VTK draw without a screen, whichever test is the first."""
    gl.require()


@pytest.fixture(scope="module")
def study(sample_head) -> Study:
    return Study(sample_head)


@pytest.fixture
def stage(study):
    stage = Stage(study, SIZE, off_screen=True)
    yield stage
    stage.close()


def box_of(pane):
    left, top, width, height = pane.box
    return np.s_[top : top + height, left : left + width]


@pytest.mark.parametrize("layout", ["slices", "four"])
def test_panes_of_slices_are_the_pages_to_the_pixel(stage, study, layout):
    scene = replace(FOUR, layout=layout)
    stage.show(scene)
    seen = stage.pixels()
    assert seen.shape == (SIZE[1], SIZE[0], 3)
    for pane in panes_of(scene, study.volume):
        if pane.plane != "3d":
            drawn = draw_pane(pane_view(scene, study, pane), scene, study)
            assert np.array_equal(seen[box_of(pane)], drawn), pane.plane


def test_the_slices_alone_are_the_page_that_needs_no_opengl(stage, study):
    scene = replace(FOUR, layout="slices")
    stage.show(scene)
    assert np.array_equal(stage.pixels(), screenshot(scene, study))


SEQUENCES = {
    "slices": ["Up", "Next", "bracketright", "p", "parenright", "c", "n"],
    "layers": ["4", "1", "2", "Up", "6", "comma", "O", "F", "5", "4", "5"],
    "surfaces": ["plus", "t", "w", "minus", "t", "s", "x"],
    "layouts": ["Tab", "L", "Tab", "Tab", "0", "Tab", "Tab", "r"],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_one_scene_after_the_other_each_is_as_drawn_anew(stage, study, name):
    desk = Desk(study, FOUR, 25.0, level=226.0)
    scene = FOUR
    stage.show(scene)
    for key in SEQUENCES[name]:
        scene = ACTS[key](scene, desk)
        stage.show(scene, coarse=True)
        stage.render()
        stage.show(scene)
        assert np.array_equal(stage.pixels(), screenshot(scene, study)), key


def test_slices_are_there_before_the_3d_pane(stage, study):
    assert not stage.show(FOUR, only_slices=True)
    first = stage.pixels()
    assert stage.drawing is None
    assert stage.show(FOUR)
    whole = stage.pixels()
    changed = (first != whole).any(axis=-1)
    pane = stage.pane_3d
    assert changed[box_of(pane)].mean() > 0.3
    changed[box_of(pane)] = False
    assert not changed.any()


def test_stepping_through_slices_does_not_draw_the_3d_pane(stage, study):
    stage.show(FOUR)
    before = stage.pixels()
    drawn = []
    stage.plotter.renderer.AddObserver("StartEvent", lambda *_: drawn.append(1))
    stepped = ACTS["Up"](FOUR, Desk(study, FOUR, 25.0))
    assert not stage.show(stepped)
    after = stage.pixels()
    assert drawn == []
    assert (before != after).any()
    assert np.array_equal(before[box_of(stage.pane_3d)], after[box_of(stage.pane_3d)])


def test_a_scene_that_does_not_fit_leaves_all_as_it_was(stage, study):
    stage.show(FOUR)
    before = stage.pixels()
    with pytest.raises(EmptySurfaceError):
        stage.show(replace(FOUR, slices=replace(FOUR.slices, at=(0.0, 0.0, 0.0)), surfaces=(SurfaceLayer(level=1e5),)))
    assert np.array_equal(stage.pixels(), before)
    stage.show(FOUR)
    assert np.array_equal(stage.pixels(), before)


def test_another_size_is_laid_anew(stage, study):
    stage.show(FOUR)
    stage.pixels()
    larger = replace(FOUR, size=(300, 211))
    stage.show(larger)
    assert np.array_equal(stage.pixels(), screenshot(larger, study))


def test_what_lies_over_the_panes_is_not_in_the_picture(stage):
    from vizmed.render.window.lettered import strip
    from vizmed.render.window.sheet import Sheet

    stage.show(FOUR)
    before = stage.pixels()
    sheet = Sheet(stage.over)
    words = strip("over all")
    sheet.show(words, 10, 20)
    stage.render()
    seen = read_back(stage.window, (0, 0, *SIZE))
    height, width, _ = words.shape
    place = np.s_[SIZE[1] - 20 - height : SIZE[1] - 20, 10 : 10 + width]
    changed = (seen != before).any(axis=-1)
    assert changed[place].mean() > 0.5
    changed[place] = False
    assert not changed.any()
    assert np.array_equal(stage.pixels(), before)
    sheet.hide()
    stage.render()
    assert np.array_equal(read_back(stage.window, (0, 0, *SIZE)), before)


def test_only_a_3d_view_alone_is_transparent(study):
    scene = replace(FOUR, layout="3d", transparent=True)
    picture = screenshot(scene, study)
    assert picture.shape == (SIZE[1], SIZE[0], 4)
    assert picture[2, 2, 3] == 0
    assert (picture[..., 3] == 255).mean() > 0.1
    assert screenshot(replace(FOUR, transparent=True), study).shape == (SIZE[1], SIZE[0], 3)


def test_nothing_stays_of_a_stage_that_is_closed(study):
    stage = Stage(study, SIZE, off_screen=True)
    stage.show(replace(FOUR, volume=VolumeLayer()))
    stage.render()
    alive = [weakref.ref(one) for one in (stage, stage.plotter, stage.window, stage.over, stage.drawing)]
    alive += [weakref.ref(renderer) for renderer in stage.window.GetRenderers()]
    stage.close()
    del stage
    gc.collect()
    assert [one() for one in alive if one() is not None] == []
