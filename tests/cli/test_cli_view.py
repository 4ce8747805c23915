"""What `vizmed view` does without a window; tests/render/test_window.py opens one."""

from __future__ import annotations

import sys

import pytest

from vizmed.render import gl, window
from vizmed.scene import scene_for


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DISPLAY is Linux'")
def test_without_a_screen_it_names_render_and_reads_nothing(vizmed, tmp_path, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    gl._find.cache_clear()
    told = vizmed("view", tmp_path / "nothing")
    assert told.code == 3
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "DISPLAY is not set" in told.err
    assert "vizmed render" in told.err


def test_it_shows_the_scene_that_is_asked_for(vizmed, sample_folder, monkeypatch):
    shown = []
    monkeypatch.setattr(gl, "require", lambda **_: gl.Gl("a window", "a card"))
    monkeypatch.setattr(window, "show_window", lambda scene, volume: shown.append((scene, volume)))
    told = vizmed("view", sample_folder, "--mode", "surface", "--preset", "skin", "--camera", "P", "--size", "300x200")
    assert told.code == 0, told.err
    ((scene, volume),) = shown
    assert scene == scene_for("surface", preset="skin", camera="P", size=(300, 200))
    assert volume.shape == (48, 48, 40)


def test_wrong_options_are_told_before_a_window_is_looked_for(vizmed, sample_folder, monkeypatch):
    monkeypatch.setattr(gl, "require", lambda **_: pytest.fail("it looked for a window"))
    assert vizmed("view", sample_folder, "--size", "10x10").code == 2
