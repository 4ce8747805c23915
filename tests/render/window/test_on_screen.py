"""The real `vizmed view` on a virtual screen: every key and every drag, and the scene before and after."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.render.window.screens import HEIGHT, PATIENCE_S, WIDTH, Window, opened, virtual_screen
from vizmed import read, render
from vizmed.read.meshes import read_mesh
from vizmed.render.page import pane_view, panes_of
from vizmed.render.study import Study
from vizmed.render.window.desk import Desk, value_step_of
from vizmed.render.window.keys import ACTS
from vizmed.scene import Camera, Scene, scene_for
from vizmed.scene.file import read_scene
from vizmed.surface import choose_level, extract_surface
from vizmed.surface.measure import enclosed_mm3

pytestmark = pytest.mark.window

AXIAL, CORONAL, SAGITTAL, IN_3D = (160, 120), (480, 120), (160, 360), (480, 360)
PLACES = {"axial": AXIAL, "coronal": CORONAL, "sagittal": SAGITTAL}
FIRST = scene_for("surface", layout="four", size=(WIDTH, HEIGHT))


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    with virtual_screen() as environment:
        yield environment


@pytest.fixture(scope="module")
def study(sample_folder) -> Study:
    return Study(read(sample_folder))


@pytest.fixture(scope="module")
def running(screen, sample_folder, tmp_path_factory) -> Iterator[Window]:
    options = ["--mode", "surface", "--size", f"{WIDTH}x{HEIGHT}"]
    command = [sys.executable, "-m", "vizmed", "view", str(sample_folder), *options]
    with opened(screen, tmp_path_factory.mktemp("saved"), command) as window:
        yield window


@pytest.fixture
def window(running) -> Window:
    """The window, with all as at first and the pointer in the axial pane."""
    running.tool("mousemove", *AXIAL)
    assert running.scene("r") == FIRST
    return running


def desk_of(study: Study, **fields: object) -> Desk:
    desk = Desk(study, FIRST, value_step_of(study.volume), level=226.0, color="#e8dcc3")
    return replace(desk, **fields)


def test_it_begins_with_what_is_asked_for_and_the_title_names_the_series(window):
    assert "vizmed sample head" in window.tool("getwindowname", window.number)


@pytest.mark.parametrize("key", [key for key, act in ACTS.items() if not isinstance(act, str)])
def test_each_key_makes_of_the_scene_what_its_act_does(window, study, key):
    act = ACTS[key]
    expected = act(FIRST, desk_of(study))
    if expected == FIRST:  # there is no volume and no slab yet, and it is the first scene
        before = window.scene("4", "p", "5", "w")
        seen = window.scene("5", key)
        expected = act(replace(before, surfaces=tuple(replace(s, shown=True) for s in before.surfaces)), desk_of(study))
    else:
        seen = window.scene(key)
    assert seen == expected


@pytest.mark.parametrize("plane", PLACES)
@pytest.mark.parametrize("key", ["Up", "Left", "Prior", "End"])
def test_steps_are_those_of_the_pane_under_the_pointer(window, study, plane, key):
    window.tool("mousemove", *PLACES[plane])
    assert window.scene(key) == ACTS[key](FIRST, desk_of(study, plane=plane))


def test_the_wheel_steps_too(window, study):
    window.tool("mousemove", *CORONAL, "click", 4, "click", 4, "click", 5)
    assert window.scene() == ACTS["Up"](FIRST, desk_of(study, plane="coronal"))


def view(scene: Scene, study: Study, plane: str):
    pane = next(pane for pane in panes_of(scene, study.volume) if pane.plane == plane)
    return pane_view(scene, study, pane)


def in_window(view, place) -> tuple[float, float]:
    """Where a point of the patient lies in the window."""
    x, y = view.to_pixel(place)
    return round(view.pane.box[0] + x - 0.5), round(view.pane.box[1] + y - 0.5)


@pytest.mark.parametrize("plane", PLACES)
def test_a_drag_moves_the_crosshair_in_all_panes(window, study, plane):
    here = view(FIRST, study, plane)
    target = here.middle + 20 * here.one.right - 15 * here.one.down
    x, y = in_window(here, target)
    before = window.look()
    dragged = window.drag(1, PLACES[plane], (x - 3, y + 2), (x, y))
    assert replace(dragged, slices=FIRST.slices) == FIRST
    assert dragged.slices.at == pytest.approx(target, abs=0.51 / here.scale + 0.01)
    after = window.see(lambda seen: (seen != before).any(), "another picture")
    for other in PLACES:
        left, top, width, height = view(FIRST, study, other).pane.box
        box = np.s_[top : top + height, left : left + width]
        assert (before[box] != after[box]).any(), f"the crosshair moved in {other}"


def test_a_drag_with_the_right_button_sets_the_window(window, study):
    dragged = window.drag(3, AXIAL, (AXIAL[0] + 40, AXIAL[1]), (AXIAL[0] + 80, AXIAL[1] - 24))
    width, level = dragged.slices.window
    assert width == pytest.approx(400 * 4 ** (80 / 320), abs=10)
    assert level == pytest.approx(40 + 2 * 400 * 24 / 240, abs=10)
    assert replace(dragged, slices=FIRST.slices) == FIRST


def test_ctrl_and_the_wheel_zoom_where_the_pointer_is(window, study):
    before = view(FIRST, study, "axial")
    window.tool("mousemove", 200, 90, "keydown", "ctrl", "click", 4, "click", 4, "keyup", "ctrl")
    zoomed = window.scene()
    assert zoomed.slices.zoom == pytest.approx(1.44)
    assert view(zoomed, study, "axial").to_lps(200.5, 90.5) == pytest.approx(before.to_lps(200.5, 90.5), abs=0.01)


@pytest.mark.parametrize(("button", "held"), [(2, ""), (1, "shift")])
def test_the_middle_button_moves_what_a_pane_shows(window, study, button, held):
    window.tool("keydown", "ctrl", "click", 4, "click", 4, "click", 4, "keyup", "ctrl")
    zoomed = window.scene()
    before = view(zoomed, study, "axial")
    moved = window.drag(button, (150, 100), (170, 110), (190, 130), held=held)
    assert view(moved, study, "axial").to_lps(190.5, 130.5) == pytest.approx(before.to_lps(150.5, 100.5), abs=0.01)
    assert replace(moved, slices=FIRST.slices) == FIRST
    assert moved.slices.at == zoomed.slices.at


def test_an_edge_of_the_cropping_box_is_dragged(window, study):
    boxed = window.scene("x")
    here = view(boxed, study, "axial")
    middle = np.mean(boxed.crop, axis=0)
    edge = np.array([boxed.crop[1][0], middle[1], middle[2]])
    (x, y), (to_x, to_y) = in_window(here, edge), in_window(here, edge - (40, 0, 0))
    dragged = window.drag(1, (x - 1, y), (to_x + 9, to_y), (to_x, to_y))
    assert dragged.crop[0] == boxed.crop[0]
    assert dragged.crop[1][0] == pytest.approx(edge[0] - 40, abs=1 / here.scale + 0.1)
    assert dragged.crop[1][1:] == boxed.crop[1][1:]
    assert replace(dragged, crop=None) == FIRST


def test_ruler_and_angle_are_measured_by_clicks(window, study):
    here = view(FIRST, study, "axial")
    places = [(120, 80), (200, 80), (200, 140)]
    window.tool("key", "m")
    for place in places[:2]:
        window.tool("mousemove", *place, "click", 1)
    (ruler,) = window.scene().measures
    assert ruler.mm == pytest.approx(80 / here.scale, abs=0.01)
    assert ruler.start == pytest.approx(here.to_lps(120.5, 80.5), abs=0.01)
    window.tool("key", "a")
    for place in places:
        window.tool("mousemove", *place, "click", 1)
    measured = window.scene()
    assert measured.measures[1].degrees == pytest.approx(90)
    assert window.scene("BackSpace").measures == (ruler,)
    assert window.scene("Delete") == FIRST
    window.tool("key", "m", "mousemove", *AXIAL, "click", 1, "key", "BackSpace", "key", "BackSpace")
    moved = window.drag(1, AXIAL, (170, 110))
    assert moved.measures == ()
    assert moved.slices.at is not None, "the ruler was left, and a drag moves the crosshair again"


def test_the_3d_pane_turns_and_zooms(window):
    turned = window.drag(1, IN_3D, (500, 360), (540, 370))
    assert isinstance(turned.camera, Camera)
    assert replace(turned, camera="A") == FIRST
    window.tool("mousemove", *IN_3D, "click", 4)
    nearer = window.scene()

    def away(camera: Camera) -> float:
        return float(np.linalg.norm(np.subtract(camera.position, camera.focal_point)))

    assert away(nearer.camera) < 0.95 * away(turned.camera)
    moved = window.drag(1, IN_3D, (500, 380), held="shift")
    assert moved.camera.focal_point != nearer.camera.focal_point
    assert window.scene("A") == FIRST


@pytest.mark.parametrize(("place", "layout", "planes"), [(CORONAL, "slices", ("coronal",)), (IN_3D, "3d", None)])
def test_a_pane_is_shown_alone_and_back(window, place, layout, planes):
    window.tool("mousemove", *place)
    one = window.scene("space")
    assert (one.layout, one.slices.planes) == (layout, planes or FIRST.slices.planes)
    assert window.scene("space") == FIRST
    window.tool("click", "--repeat", 2, "--delay", 60, 1)
    twice = window.scene()
    assert (twice.layout, twice.slices.planes) == (layout, planes or FIRST.slices.planes)


def test_the_help_covers_the_middle_and_goes(window):
    window.tool("mousemove", *IN_3D)
    window.scene()
    before = window.look()
    window.tool("key", "h")
    middle = np.s_[60:-60, 100:-100]
    window.see(lambda seen: (seen[middle].max(axis=-1) < 40).mean() > 0.7, "the help")
    letters = (window.look()[middle].max(axis=-1) > 110).mean(axis=1) > 0.01
    assert np.count_nonzero(np.diff(letters.astype(int)) == 1) > 12, "it has many lines"
    window.tool("key", "question")
    slices = np.s_[60 : HEIGHT // 2, 100:-100]  # below, what was told goes after a while, and 3D gets finer
    window.see(lambda seen: (seen[slices] == before[slices]).all(), "the help gone")


def test_the_value_under_the_pointer_is_written_in_its_pane(window):
    corner = np.s_[8:28, WIDTH // 2 - 100 : WIDTH // 2 - 12]
    window.tool("mousemove", *IN_3D)
    window.see(lambda seen: seen[corner].max() < 60, "nothing")
    window.tool("mousemove", *AXIAL)
    seen = window.see(lambda seen: seen[corner].max() > 200, "words")
    assert (seen[corner].max(axis=-1) > 120).mean() > 0.02


def masked(picture: np.ndarray) -> np.ndarray:
    """The picture without the places that the window writes on, while the pointer is in the 3D pane."""
    picture = picture.copy()
    picture[HEIGHT - 40 :, WIDTH - 80 :] = 0  # the hint
    picture[HEIGHT - 80 : HEIGHT - 40, 100 : WIDTH - 100] = 0  # what was told
    return picture


@pytest.mark.parametrize("keys", [(), ("4", "t", "1", "2", "bracketright", "x", "L"), ("Tab",), ("Tab", "Tab", "p")])
def test_a_saved_scene_is_drawn_again_to_the_pixel(window, study, keys):
    window.tool("mousemove", *IN_3D)
    if keys:
        window.tool("key", *keys)
    scene, sources = read_scene((window.scene(), window.folder)[1] / max(path.name for path in window.read))
    window.tool("key", "F2")
    picture = np.asarray(Image.open(window.new_file(".png")))
    drawn = render(study.volume, scene=scene)
    assert sources.path.endswith("head")
    assert np.array_equal(picture, drawn)
    window.see(lambda seen: np.array_equal(masked(seen), masked(drawn)), "the same on the screen")


def test_the_surface_on_show_is_saved_as_fine_as_it_gets(window, study):
    window.tool("key", "minus", "minus", "F5")
    saved = read_mesh(window.new_file(".stl"))
    made = extract_surface(study.volume, choose_level(study.volume, level=176.0), smooth=20)
    assert saved.mesh.n_cells > 0.95 * made.n_cells, "specks are left out"
    assert np.allclose(saved.mesh.bounds, made.bounds, atol=1.0)
    assert enclosed_mm3(saved.mesh) == pytest.approx(enclosed_mm3(made), rel=0.01)


def test_a_window_of_another_size_is_laid_anew(window):
    window.tool("windowsize", "--sync", window.number, 700, 520)
    window.wait_for(lambda: window.scene().size == (700, 520), "the new size")
    window.tool("windowsize", "--sync", window.number, WIDTH, HEIGHT)
    window.wait_for(lambda: window.scene().size == (WIDTH, HEIGHT), "the old size")
    assert window.scene() == replace(FIRST, size=(WIDTH, HEIGHT))


def test_keys_without_a_meaning_and_vtks_own_do_nothing(window):
    assert window.scene("z", "e", "u", "j", "k", "3", "3") == FIRST


def test_the_command_is_printed_and_q_closes_it(running):
    running.scene("r")
    running.tool("key", "F4", "q")
    assert running.ended() == 0
    said, complained = running.process.communicate(timeout=PATIENCE_S)
    assert complained == ""
    assert said.splitlines()[-1].startswith("vizmed render ")
    assert "head" in said
    assert f"--size {WIDTH}x{HEIGHT}" in said
