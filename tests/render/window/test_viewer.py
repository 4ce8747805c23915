"""The window's state without a screen: what is drawn when, and what happens where something goes wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vizmed.errors import EmptySurfaceError
from vizmed.render.backdrop import read_back
from vizmed.render.stage import Stage
from vizmed.render.study import Study
from vizmed.render.window import viewer as viewer_room
from vizmed.render.window.viewer import Viewer
from vizmed.scene import SurfaceLayer, scene_for

pytestmark = pytest.mark.gl

FIRST = scene_for("surface", layout="four", size=(320, 240))


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is set."""
    now = [1000.0]
    monkeypatch.setattr(viewer_room, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def viewer(sample_head, clock):
    stage = Stage(Study(sample_head), FIRST.size, off_screen=True)
    viewer = Viewer(stage, FIRST)
    stage.show(FIRST, only_slices=True)
    yield viewer
    viewer.stop()
    stage.close()


@pytest.fixture
def shown(viewer, monkeypatch):
    """What the stage was asked to show, one after the other."""
    calls = []
    show = viewer.stage.show

    def noted(scene, **how):
        calls.append((scene, how))
        return show(scene, **how)

    monkeypatch.setattr(viewer.stage, "show", noted)
    return calls


def test_it_is_coarse_at_once_and_fine_when_all_is_still(viewer, shown, clock):
    viewer.tick()
    assert shown == [(FIRST, {"coarse": True, "only_slices": False})]
    viewer.tick()
    assert len(shown) == 1, "nothing changed"
    clock[0] += 0.5
    viewer.tick()
    assert shown[1:] == [(FIRST, {"coarse": False, "only_slices": False})]
    clock[0] += 9
    viewer.tick()
    assert len(shown) == 2


def test_the_level_follows_each_key_and_rests_fine(viewer, shown, clock):
    viewer.tick()
    for _ in range(3):
        viewer.press("plus")
    viewer.tick()
    assert viewer.scene.surfaces[0].level == 226 + 75
    assert shown[-1][1]["coarse"]
    assert viewer.stage.drawing.resolved.levels[0].value == 301
    clock[0] += 0.5
    viewer.tick()
    assert not shown[-1][1]["coarse"]


def test_slices_do_not_wait_for_a_heavy_3d_pane(viewer, shown, clock, monkeypatch):
    cut = replace(FIRST, surfaces=(SurfaceLayer(cut=True),))
    viewer.become(cut)
    render = viewer.stage.render

    def slowly():
        clock[0] += 0.3
        render()

    monkeypatch.setattr(viewer.stage, "render", slowly)
    viewer.tick()
    del shown[:]
    viewer.press("Up")
    viewer.tick()
    viewer.hover()
    viewer.tick()
    assert [how["only_slices"] for _, how in shown] == [True, True]
    viewer.press("L")
    viewer.tick()
    assert not shown[-1][1]["only_slices"], "what moves in 3D is drawn in 3D"
    viewer.press("Up")
    viewer.tick()
    assert shown[-1][1]["only_slices"]
    clock[0] += 0.5
    viewer.tick()
    assert len(shown) == 4, "it is made beside"
    viewer._making.take()
    viewer.tick()
    scene, how = shown[-1]
    assert scene == viewer.scene
    assert not how["coarse"]


def test_what_is_made_for_another_scene_is_not_shown(viewer, clock, monkeypatch):
    viewer.tick()
    monkeypatch.setattr(viewer_room, "_HEAVY_S", -1.0)
    viewer.press("plus")
    viewer.tick()
    clock[0] += 0.5
    viewer.tick()
    viewer._making.take()
    viewer.press("plus")
    viewer.tick()
    viewer.tick()
    assert viewer._making is None
    assert viewer.stage.drawing.resolved.levels[0].value == 276
    clock[0] += 0.5
    viewer.tick()
    viewer._making.take()
    viewer.tick()
    assert viewer.stage.drawing.resolved.levels[0].value == 276
    assert not viewer.stage.drawing.resolved.surfaces[0].coarse


def test_what_cannot_be_made_is_told_when_it_is_taken(viewer, clock, monkeypatch):
    viewer.tick()
    monkeypatch.setattr(viewer_room, "_HEAVY_S", -1.0)
    viewer.press("L")
    viewer.tick()
    good = viewer.scene

    def refuse(_scene):
        raise EmptySurfaceError("there is nothing")

    monkeypatch.setattr(viewer.stage, "prepare", refuse)
    clock[0] += 0.5
    viewer.tick()
    with pytest.raises(EmptySurfaceError):
        viewer._making.take()
    viewer.tick()
    assert viewer.scene == good


def test_a_key_that_leads_to_nothing_is_said_and_undone(viewer):
    viewer.tick()
    good = viewer.scene
    viewer.become(replace(good, surfaces=(SurfaceLayer(level=30000.0),)))
    viewer.tick()
    assert viewer.scene == good
    assert "30000" in viewer.captions._words["told"]
    viewer.press("Up")
    viewer.tick()
    assert viewer.scene != good, "it goes on"


def test_a_key_that_has_nothing_to_change_says_so(viewer):
    viewer.press("o")
    assert viewer.scene == FIRST
    assert "nothing to change" in viewer.captions._words["told"]


def test_what_is_told_is_told_for_a_while(viewer, monkeypatch):
    from vizmed.render.window import captions

    now = [5.0]
    monkeypatch.setattr(captions, "monotonic", lambda: now[0])
    viewer.captions.say("done")
    assert not viewer.captions.forget()
    now[0] += 10
    assert viewer.captions.forget()
    assert not viewer.captions.forget()


def test_a_command_that_fails_is_told(viewer, capsys):
    viewer.do("print command")
    assert "needs a file" in viewer.captions._words["told"]
    viewer.press("5")
    viewer.do("save mesh")
    assert "no surface is shown" in viewer.captions._words["told"]


def test_an_error_of_the_program_ends_the_window_and_is_raised(viewer, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError

    viewer._listen_to_window()
    monkeypatch.setattr(viewer, "press", broken)
    viewer.interactor.InvokeEvent("KeyPressEvent")
    assert viewer.interactor.GetDone()
    with pytest.raises(ZeroDivisionError):
        viewer.events.raise_again()


def test_the_picture_has_nothing_of_the_window_in_it(viewer):
    viewer.tick()
    plain = viewer.stage.pixels()
    viewer.press("h")
    viewer.captions.say("told")
    viewer.tick()
    assert np.array_equal(viewer.stage.pixels(), plain)
    whole = read_back(viewer.stage.window, (0, 0, 320, 240))
    viewer.stage.render()
    assert (read_back(viewer.stage.window, (0, 0, 320, 240)) != plain).any(axis=-1).mean() > 0.3
    assert np.array_equal(whole, plain)
