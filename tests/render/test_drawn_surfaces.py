"""What faces away is drawn where it can be seen, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.render.test_screenshot import body_with_knob
from vizmed import plotter as into_plotter
from vizmed.render import gl
from vizmed.render.backdrop import read_back
from vizmed.render.canvas import Canvas
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Camera, Clip, Scene, SurfaceLayer

pytestmark = pytest.mark.gl

SIZE = (160, 140)
WHOLE = SurfaceLayer(level=0.0)
BARE = Scene(volume=None, surfaces=(WHOLE,), camera="A", size=SIZE, annotated=False)


@pytest.fixture(scope="module", autouse=True)
def opengl():
    gl.require()


def picture(drawing):
    drawing.plotter.render_window.Render()
    return read_back(drawing.plotter.render_window, (0, 0, *SIZE)).astype(int)


def both_ways(scene, grid="rotated and sheared"):
    """The picture of a scene, the same with all sides drawn, and whether it leaves any out."""
    drawing = draw(resolve(scene, Study(body_with_knob(grid)[0])), off_screen=True, plotter=Canvas(SIZE))
    leaves_out = bool(drawing.surfaces[0].GetProperty().GetBackfaceCulling())
    found = picture(drawing)
    drawing.let_go()
    wanted = picture(drawing)
    drawing.close()
    return found, wanted, leaves_out


@pytest.mark.parametrize("grid", ["identity", "left-handed", "rotated and sheared"])
def test_of_a_whole_surface_nothing_is_missed(grid):
    found, wanted, leaves_out = both_ways(replace(BARE, camera="iso"), grid)
    assert leaves_out
    assert np.ptp(wanted) > 100
    assert (np.abs(found - wanted).max(axis=-1) > 2).mean() < 1e-3, "parts of pixels along the outline"


def opened(name):
    middle = body_with_knob("rotated and sheared")[1]
    at, left = tuple(middle), tuple(middle + np.array([-3.0, -40.0, 0.0]))
    return {
        "cut": replace(BARE, surfaces=(replace(WHOLE, cut=True),), camera="iso"),
        "cropped": replace(BARE, crop=(tuple(middle - 40), (middle[0] + 40, middle[1], middle[2] + 40)), camera="P"),
        "clipped": replace(BARE, clip=Clip(at, (0.0, -1.0, 0.0))),
        "wires": replace(BARE, surfaces=(replace(WHOLE, wireframe=True),)),
        "from within": replace(BARE, camera=Camera(at, left, (0.0, 0.0, 1.0))),
    }[name]


@pytest.mark.parametrize("name", ["cut", "cropped", "clipped", "wires", "from within"])
def test_what_is_opened_shows_its_far_side(name):
    found, wanted, leaves_out = both_ways(opened(name))
    assert not leaves_out
    assert np.array_equal(found, wanted)


def test_within_the_body_its_wall_is_all_around():
    scene = replace(opened("from within"), background=("#ff0000", "#ff0000"))
    found, _, _ = both_ways(scene)
    assert not (found == (255, 0, 0)).all(axis=-1).any()


def test_what_others_look_around_in_has_both_sides():
    volume, _ = body_with_knob()
    drawn = into_plotter(volume, scene=BARE)
    actors = [actor for actor in drawn.renderer.GetActors() if actor.GetVisibility()]
    assert actors
    assert not any(actor.GetProperty().GetBackfaceCulling() for actor in actors)
    drawn.close()
