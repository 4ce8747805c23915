"""What `vizmed view` and `vizmed slices` do without a window; tests/render/window opens one."""

from __future__ import annotations

import sys

import pytest

from vizmed.render import gl, window
from vizmed.scene import SliceLayer, Sources, scene_for


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DISPLAY is Linux'")
@pytest.mark.parametrize("command", ["view", "slices"])
def test_without_a_screen_it_names_render_and_reads_nothing(vizmed, tmp_path, monkeypatch, command):
    monkeypatch.delenv("DISPLAY", raising=False)
    gl._find.cache_clear()
    told = vizmed(command, tmp_path / "nothing")
    assert told.code == 3
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "DISPLAY is not set" in told.err
    assert "vizmed render" in told.err


@pytest.fixture
def shown(monkeypatch):
    """What a window would be opened on."""
    opened = []
    monkeypatch.setattr(gl, "require", lambda **_: gl.Gl("a window", "a card"))
    monkeypatch.setattr(window, "show_window", lambda scene, study, sources: opened.append((scene, study, sources)))
    return opened


def test_it_shows_the_scene_that_is_asked_for(vizmed, sample_folder, shown):
    told = vizmed("view", sample_folder, "--mode", "surface", "--preset", "skin", "--camera", "P", "--size", "300x200")
    assert told.code == 0, told.err
    ((scene, study, sources),) = shown
    assert scene == scene_for("surface", preset="skin", camera="P", size=(300, 200), layout="four")
    assert study.volume.shape == (48, 48, 40)
    assert sources == Sources(str(sample_folder))


@pytest.mark.parametrize(
    ("words", "planes"),
    [((), ("axial",)), (("--plane", "sagittal"), ("sagittal",)), (("--normal", "1,1,0"), ("oblique",))],
)
def test_slices_are_a_window_on_one_plane(vizmed, sample_folder, shown, words, planes):
    told = vizmed("slices", sample_folder, *words)
    assert told.code == 0, told.err
    ((scene, _, _),) = shown
    assert scene.layout == "slices"
    assert scene.slices.planes == planes


def test_a_layout_is_taken(vizmed, sample_folder, shown):
    for layout in ("3d", "slices", "four"):
        assert vizmed("view", sample_folder, "--layout", layout, "--window", "bone").code == 0
        scene = shown.pop()[0]
        assert (scene.layout, scene.slices.window) == (layout, "bone")
    assert scene.slices == SliceLayer(window="bone", in_3d=scene.slices.planes)


def test_wrong_options_are_told_before_a_window_is_looked_for(vizmed, sample_folder, monkeypatch):
    monkeypatch.setattr(gl, "require", lambda **_: pytest.fail("it looked for a window"))
    assert vizmed("view", sample_folder, "--size", "10x10").code == 2
