"""`vizmed.render`, `vizmed.plotter` and a scene's own verbs."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import pyvista

import vizmed
from vizmed.errors import OptionError
from vizmed.render import gl
from vizmed.scene import SurfaceLayer

SIZE = (160, 120)


@pytest.mark.gl
def test_a_plotter_is_given_and_returned_and_lies_in_lps_mm(sample_head):
    gl.require()  # chooses what draws where there is no screen
    plotter = pyvista.Plotter(off_screen=True, window_size=SIZE)
    returned = vizmed.plotter(sample_head, mode="surface", preset="skin", plotter=plotter)
    assert returned is plotter
    low, high = np.reshape(plotter.renderer.ComputeVisiblePropBounds(), (3, 2)).T
    skin = vizmed.extract_surface(sample_head, preset="skin")
    assert np.allclose([low, high], np.reshape(skin.bounds, (3, 2)).T, atol=2)
    before = plotter.screenshot(return_img=True).astype(int)
    plotter.add_mesh(pyvista.Sphere(radius=20, center=(0, -150, 0)), color="red", lighting=False, reset_camera=False)
    plotter.reset_camera_clipping_range()
    plotter.render()
    after = plotter.screenshot(return_img=True).astype(int)
    assert (after[60, 80] == (255, 0, 0)).all(), "what users add is drawn in the same place"
    assert (before[60, 80] != (255, 0, 0)).any()
    plotter.close()


@pytest.mark.gl
def test_a_new_plotter_shows_what_render_draws(sample_head):
    for _ in range(2):  # the room of plotters must not take the verb's place
        plotter = vizmed.plotter(sample_head, mode="surface", size=SIZE)
        found = plotter.screenshot(return_img=True)
        plotter.close()
        drawn = vizmed.render(sample_head, mode="surface", size=SIZE)
        assert np.abs(found.astype(int) - drawn).mean() < 2


@pytest.mark.gl
def test_a_scene_draws_itself(sample_head, tmp_path):
    scene = vizmed.Scene(surfaces=(SurfaceLayer(preset="bone"),), size=SIZE)
    pixels = scene.screenshot(sample_head, tmp_path / "a.png")
    assert np.array_equal(pixels, vizmed.render(sample_head, scene=scene))
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_a_scene_shows_itself(sample_head, monkeypatch):
    room = importlib.import_module("vizmed.render.window")
    opened = []
    monkeypatch.setattr(room, "show_window", lambda *given: opened.append(given) or given[0])
    scene = vizmed.Scene(size=SIZE)
    assert scene.show(sample_head) == scene
    assert vizmed.show(sample_head).layout == "four"
    assert vizmed.show(sample_head, layout="3d").layout == "3d"
    assert [given[1].volume for given in opened] == [sample_head] * 3


def test_a_scene_and_options_are_not_both_taken(sample_head):
    with pytest.raises(OptionError, match="a scene and size are given"):
        vizmed.render(sample_head, scene=vizmed.Scene(), size=SIZE)


@pytest.mark.gl
@pytest.mark.parametrize("mode", ["surface", "volume", "scene"])
def test_a_transparent_picture_looks_on_any_ground_as_one_that_is_drawn_on_it(sample_head, mode):
    options = {"mode": mode, "size": SIZE, "annotated": False}
    picture = vizmed.render(sample_head, transparent=True, **options).astype(float)
    alpha = picture[..., 3:] / 255
    for ground in ((255, 255, 255), (200, 60, 60)):
        color = "#{:02x}{:02x}{:02x}".format(*ground)
        drawn = vizmed.render(sample_head, background=(color, color), **options)
        laid = picture[..., :3] * alpha + np.array(ground) * (1 - alpha)
        assert np.abs(laid - drawn).max() < 3
    assert (alpha[0] == 0).all()
    assert alpha.max() == 1
