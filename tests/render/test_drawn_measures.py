"""Measures in space: at their places in the picture, over all, to be read on any ground, hidden with the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.render.test_camera import project
from tests.render.test_screenshot import body_with_knob
from vizmed.render import gl
from vizmed.render.draw import draw
from vizmed.render.drawn_measures import arc_of, place_of_words
from vizmed.render.page.colors import MEASURE_COLOR, rgb
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Angle, Camera, Ruler, Scene, SurfaceLayer

SIDE = 240
RULER, ANGLE = ((-11.0, 2.0, -7.0), (12.0, -3.0, 6.0)), ((-9.0, 0.0, -8.0), (10.0, 2.0, -8.0), (4.0, 0.0, 9.0))


@pytest.fixture(scope="module")
def study():
    gl.require()
    return Study(body_with_knob("rotated and sheared")[0])


@pytest.fixture(scope="module")
def middle():
    return body_with_knob("rotated and sheared")[1]


@pytest.fixture
def plain():
    return Scene(surfaces=(SurfaceLayer(level=0.0),), camera="A", size=(SIDE, SIDE))


def moved(middle, points):
    return [tuple((middle + point).tolist()) for point in np.array(points)]


def seen(scene, study, camera=None):
    """The picture, where its viewer stands, and what is written at its measures."""
    drawing = draw(resolve(scene, study), off_screen=True)
    if camera is not None:
        drawing.look(replace(scene, camera=camera))
    picture = np.array(drawing.plotter.screenshot(return_img=True))[..., :3].astype(int)
    stand, said = drawing.camera(), [label.GetInput() for label in drawing.measures.labels]
    drawing.close()
    return picture, stand, said


def pixels(points, stand):
    """Columns and rows of points in the picture."""
    places = [project(np.array(point), stand, (SIDE, SIDE))[0] for point in points]
    return np.array([((x + 1) / 2 * SIDE, (1 - y) / 2 * SIDE) for x, y in places])


def along(ends, count=60):
    return ends[0] + np.linspace(0, 1, count)[:, None] * (ends[1] - ends[0])


def is_ink(picture):
    return np.abs(picture - rgb(MEASURE_COLOR)).max(axis=-1) < 70


@pytest.mark.gl
@pytest.mark.parametrize("camera", ["A", "P", "S", "L", "iso"])
@pytest.mark.parametrize("kind", ["ruler", "angle"])
def test_lines_are_where_their_places_are_and_over_the_body(kind, camera, study, middle, plain):
    points = moved(middle, RULER if kind == "ruler" else ANGLE)
    measure = Ruler(*points) if kind == "ruler" else Angle(*points)
    scene = replace(plain, camera=camera)
    before, _, nothing = seen(scene, study)
    after, stand, said = seen(replace(scene, measures=(measure,)), study)
    assert (nothing, said) == ([], ["26.9 mm" if kind == "ruler" else f"{measure.degrees:.1f}°"])
    changed = np.abs(after - before).max(axis=-1) > 8
    ends = pixels(points, stand)
    line = np.concatenate([along(ends[n : n + 2]) for n in range(len(ends) - 1)])
    if kind == "angle":
        line = np.concatenate([line, pixels(arc_of(measure), stand)])
    words = pixels([place_of_words(measure)], stand)[0]
    rows, columns = np.nonzero(changed)
    from_line = np.min(np.hypot(columns[:, None] + 0.5 - line[:, 0], rows[:, None] + 0.5 - line[:, 1]), axis=1)
    x, y = columns + 0.5 - words[0], rows + 0.5 - words[1]
    is_written = (np.abs(x) < 36) & (y > -30) & (y < 2)
    assert from_line[~is_written].max() < 7
    assert is_written.sum() > 150
    ink = is_ink(after)
    near = [ink[int(row) - 1 : int(row) + 2, int(column) - 1 : int(column) + 2].any() for column, row in line]
    dark = np.array([(abs(c - words[0]) < 36) and -30 < r - words[1] < 2 for c, r in line])
    assert np.mean(np.array(near)[~dark]) > 0.97
    if kind == "ruler":
        for column, row in ends:
            assert ink[int(row) - 2 : int(row) + 3, int(column) - 2 : int(column) + 3].sum() >= 9, "no end"


@pytest.mark.gl
@pytest.mark.parametrize("ground", ["#ffffff", "#000000", "#8fe3ff"])
def test_words_are_read_on_every_ground(ground, study, middle, plain):
    """A ruler above the body: ink on something dark, and the ground is neither."""
    ends = moved(middle, [(-10.0, 0.0, 24.0), (10.0, 0.0, 24.0)])
    camera = Camera(tuple(middle - [0.0, 150.0, 0.0]), tuple(middle), (0.0, 0.0, 1.0))
    scene = replace(plain, background=(ground, ground), camera=camera, measures=(Ruler(*ends),))
    picture, stand, _ = seen(scene, study)
    column, row = pixels([place_of_words(scene.measures[0])], stand)[0].astype(int)
    part = picture[row - 22 : row - 5, column - 24 : column + 24]
    assert is_ink(part).sum() > 60
    assert (part.max(axis=-1) < 80).sum() > 150


@pytest.mark.gl
def test_measures_are_hidden_with_the_rest_and_do_not_move_the_viewer(study, middle, plain):
    far = Ruler(*moved(middle, [(0.0, 0.0, 0.0), (900.0, 0.0, 300.0)]))
    measured = replace(plain, measures=(far,))
    assert seen(measured, study)[1] == seen(plain, study)[1]
    bare = [seen(replace(scene, annotated=False), study)[0] for scene in (plain, measured)]
    assert np.array_equal(*bare)


@pytest.mark.gl
def test_they_stay_in_the_patient_when_a_camera_is_moved_by_others(study, middle, plain):
    scene = replace(plain, measures=(Ruler(*moved(middle, RULER)), Angle(*moved(middle, ANGLE))))
    drawing = draw(resolve(scene, study), off_screen=True)
    drawing.plotter.render()
    stand = seen(replace(scene, camera="iso"), study)[1]
    drawing.plotter.camera.SetPosition(*stand.position)
    drawing.plotter.camera.SetFocalPoint(*stand.focal_point)
    drawing.plotter.camera.SetViewUp(*stand.up)
    drawing.plotter.render()
    after = np.array(drawing.plotter.screenshot(return_img=True))[..., :3]
    drawing.close()
    line = along(pixels(scene.measures[0].points, stand))
    near = [is_ink(after[int(r) - 1 : int(r) + 2, int(c) - 1 : int(c) + 2]).any() for c, r in line]
    assert np.mean(near) > 0.6  # the rest lies under words


@pytest.mark.gl
def test_what_reaches_behind_the_viewer_is_left_out(study, middle, plain):
    measures = (Ruler(*moved(middle, [(0, 5, 0), (0, -45, 0)])), Ruler(*moved(middle, RULER)))
    stand = Camera(tuple(middle - [0.0, 40.0, 0.0]), tuple(middle), (0.0, 0.0, 1.0))
    picture, _, said = seen(replace(plain, measures=measures, camera=stand), study)
    alone, _, _ = seen(replace(plain, measures=measures[1:], camera=stand), study)
    assert said == ["26.9 mm"]
    assert np.array_equal(picture, alone)
    assert seen(replace(plain, measures=measures), study)[2] == ["50.0 mm", "26.9 mm"]


def test_the_arc_runs_from_arm_to_arm():
    angle = Angle((10.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 4.0))
    arc = arc_of(angle)
    assert np.linalg.norm(arc, axis=1) == pytest.approx(np.full(len(arc), 1.2))
    assert arc[0] == pytest.approx([1.2, 0, 0])
    assert arc[-1] == pytest.approx([0, 0, 1.2])
    assert arc[:, 1] == pytest.approx(np.zeros(len(arc)))
    x, y, z = place_of_words(angle)
    assert (x, y) == (pytest.approx(z), 0)
    for end in ((5.0, 0.0, 0.0), (-5.0, 0.0, 0.0), (0.0, 0.0, 0.0)):  # no arc at 0 and 180 degrees, nor without an arm
        assert len(arc_of(replace(angle, end=end))) == 0
        assert np.isfinite(place_of_words(replace(angle, end=end))).all()
    assert place_of_words(Ruler((0, 0, 0), (2, 4, 6))).tolist() == [1, 2, 3]
