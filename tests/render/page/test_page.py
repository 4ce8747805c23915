from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import axis_orders, sheared_direction
from tests.render.page.pages import (
    BALL,
    EDGES_MM,
    HEIGHT,
    LAID,
    MIDDLE,
    RADIUS_MM,
    WIDTH,
    box_of,
    box_scan,
    bright,
    page_of,
    pane,
    scene,
    words_at,
    words_of,
)
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.page import PLANE_COLORS, draw_page, draw_pane, drawing, pane_view, panes_of
from vizmed.render.study import Study
from vizmed.scene import GRID_PLANES
from vizmed.slices import take_slice
from vizmed.volume import Volume


@pytest.mark.parametrize("code", ["LPS", "PSL", "RAS", "LPI", "SAR", "IRP"])
def test_the_ball_is_round_and_lies_where_it_lies_in_the_patient(code):
    page = page_of(box_scan(code), at=tuple(BALL))
    scales = []
    for name, ((across, sign), (down, fall)) in LAID.items():
        left, top, right, bottom = box_of(bright(pane(page, name)))
        assert abs((right - left) - (bottom - top)) <= 2, f"{name}: it is no circle"
        scale = ((right - left) + (bottom - top)) / 2 / (2 * RADIUS_MM)
        scales.append(scale)
        # voxels of the slices lie up to half a spacing beside the middle
        expected_x = WIDTH / 4 + sign * (BALL - MIDDLE)[across] * scale
        expected_y = HEIGHT / 4 + fall * (BALL - MIDDLE)[down] * scale
        assert (left + right) / 2 == pytest.approx(expected_x, abs=4), name
        assert (top + bottom) / 2 == pytest.approx(expected_y, abs=4), name
    assert max(scales) / min(scales) < 1.06, "panes do not share one scale"


def test_the_projection_shows_the_ball_where_the_front_view_has_it():
    page = page_of(box_scan(), at=tuple(MIDDLE + np.array([22, 20, -20])))  # no slice meets the ball
    assert not any(bright(pane(page, name)).any() for name in LAID)
    rows, columns = np.nonzero(bright(pane(page, "projection")))
    assert columns.mean() < WIDTH / 4 - 20
    assert rows.mean() < HEIGHT / 4 - 10


@pytest.mark.parametrize("code", ["LPS", "RAS", "PSL"])
def test_right_is_left_on_the_page(monkeypatch, code):
    said = words_of(monkeypatch, box_scan(code))
    w, h = WIDTH / 2, HEIGHT / 2
    for (x, y), letters in {(0, 0): "RLAP", (w, 0): "RLSI", (0, h): "APSI", (w, h): "RLSI"}.items():
        edges = ((x + 14, y + h / 2), (x + w - 14, y + h / 2), (x + w / 2, y + 14), (x + w / 2, y + h - 14))
        assert [words_at(said, *edge) for edge in edges] == [[letter] for letter in letters]


def test_an_oblique_scan_says_so(monkeypatch):
    from tests.phantoms import geometries

    volume = Volume(np.zeros((20, 22, 24), np.float32, order="F"), geometries((20, 22, 24))["rotated"])
    said = words_of(monkeypatch, volume)
    letters = take_slice(volume, "axial").letters
    assert words_at(said, 14, HEIGHT / 4) == [letters[0]]
    assert len(letters[0]) > 1


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1200, 1000), (800, 700), (1600, 700)])
def test_words_lie_on_the_page_and_on_no_other_word(monkeypatch, size):
    said = words_of(monkeypatch, box_scan(), size=size)
    for n, (word, (left, top, right, bottom)) in enumerate(said):
        assert left >= 0, word
        assert top >= 0, word
        assert right <= size[0], word
        assert bottom <= size[1], word
        for other, (a, b, c, d) in said[:n]:
            assert right <= a or c <= left or bottom <= b or d <= top, f"{word!r} lies on {other!r}"


def test_it_says_what_is_seen(monkeypatch):
    said = [word for word, _ in words_of(monkeypatch, box_scan(), at=tuple(BALL))]
    assert "Axial 16/25" in said  # z = 97: slices from 66 every 2 mm
    assert said.count("R 1.0  A 39.0  S 97.0 mm") == 3
    assert said.count("i 21  j 13  k 15") == 3
    assert "window 1000, level 0 HU" in said
    assert "CT 70 x 40 x 25" in said


@pytest.mark.parametrize("where", [(0, 0, 0), (13, -8, 11), (-20, 20, -18)])
def test_the_crosshair_marks_the_point_in_the_colours_of_the_planes(monkeypatch, where):
    monkeypatch.setattr(drawing, "write_lines", lambda picture, _: picture)
    black = replace(box_scan(), voxels=np.zeros(box_scan().shape, np.float32, order="F"))
    page = page_of(black, window=(100.0, 1000.0), at=tuple(MIDDLE + where))
    crossing = {"axial": ("coronal", "sagittal"), "coronal": ("axial", "sagittal"), "sagittal": ("axial", "coronal")}
    for name, ((across, sign), (down, fall)) in LAID.items():
        boxes = [box_of(lines_of(pane(page, name), other)) for other in crossing[name]]
        level, upright = boxes
        assert level[3] - level[1] == 1
        assert upright[2] - upright[0] == 1
        scale = (level[2] - level[0]) / EDGES_MM[across]
        assert (upright[3] - upright[1]) / EDGES_MM[down] == pytest.approx(scale, rel=0.03)
        assert upright[0] == pytest.approx(WIDTH / 4 + sign * where[across] * scale, abs=3)
        assert level[1] == pytest.approx(HEIGHT / 4 + fall * where[down] * scale, abs=3)


def lines_of(picture: np.ndarray, plane: str) -> np.ndarray:
    color = np.array([int(PLANE_COLORS[plane][n : n + 2], 16) for n in (1, 3, 5)]) * 110 / 255
    return (np.abs(picture - color) <= 3).all(axis=-1)


@pytest.mark.parametrize("offset", [(60, 60, -60), (-60, -60, 60), (500, 500, 500)])
def test_a_point_outside_the_scan_is_refused(offset):
    with pytest.raises(OptionError, match="outside of the scan"):
        page_of(box_scan(), window=(100.0, 1000.0), at=tuple(MIDDLE + offset))


@pytest.mark.parametrize("thin", [(40, 30, 1), (40, 1, 30), (1, 40, 30)])
def test_a_single_slice_fills_the_page(thin):
    volume = Volume(np.full(thin, 1000, np.float32, order="F"), Geometry.from_axes(thin, (1, 1, 1)))
    page = page_of(volume, window=(10.0, 0.0))
    left, top, right, bottom = box_of(bright(page))
    assert max((right - left) / WIDTH, (bottom - top) / HEIGHT) > 0.88
    assert (right - left) / (bottom - top) == pytest.approx(40 / 30, rel=0.02)


@pytest.mark.parametrize("planes", [("coronal",), ("axial", "sagittal")])
def test_only_the_planes_that_are_asked_for(planes):
    page = page_of(box_scan(), planes=planes, at=tuple(BALL))
    assert page.shape == (HEIGHT, WIDTH, 3)
    for n in range(len(planes)):
        part = page[:, n * WIDTH // len(planes) : (n + 1) * WIDTH // len(planes)]
        assert bright(part).sum() > 1000


def test_what_is_inverted_shows_low_values_bright():
    volume = box_scan()
    plain, inverted = page_of(volume, at=tuple(BALL)), page_of(replace(volume, inverted=True), at=tuple(BALL))
    left, top, right, bottom = box_of(bright(pane(plain, "axial")))
    beside = (top + bottom) // 2 + 15, (left + right) // 2 + 15  # off the crosshair
    assert plain[beside].min() > 200
    assert inverted[beside].max() < 55


@pytest.mark.parametrize("size", [(64, 64), (200, 90), (90, 200), (64, 2000), (2000, 64)])
def test_any_size_makes_a_page_of_that_size(size):
    assert page_of(box_scan(), size=size).shape == (size[1], size[0], 3)


def test_no_number_is_black_and_does_not_hinder():
    volume = box_scan()
    voxels = volume.voxels.copy(order="F")
    voxels[:20] = np.nan
    page = page_of(replace(volume, voxels=voxels), window="auto")
    assert page.max() > 200


WITHOUT_VTK = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("vtk", "vtkmodules", "pyvista"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Refuse())
import numpy as np
from vizmed.geometry import Geometry
from vizmed.render.page import draw_page
from vizmed.render.study import Study
from vizmed.scene import Scene
from vizmed.volume import Volume
voxels = np.arange(1000, dtype=np.float32).reshape(10, 10, 10)
page = draw_page(Scene(layout="slices", size=(300, 260)), Study(Volume(voxels, Geometry.from_axes((10, 10, 10)))))
assert page.shape == (260, 300, 3), page.shape
assert page.std() > 20
"""


def test_slices_need_neither_opengl_nor_vtk():
    done = subprocess.run([sys.executable, "-c", WITHOUT_VTK], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_same_page_every_time():
    first, second = (page_of(box_scan(), at=tuple(BALL), crop=((0, -40, 80), (20, -20, 95))) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_what_is_not_annotated_is_the_bare_picture(monkeypatch):
    said = words_of(monkeypatch, box_scan(), at=tuple(BALL), annotated=False)
    assert said == []
    page = page_of(box_scan(), at=tuple(BALL), annotated=False)
    assert (np.ptp(page.astype(int), axis=-1) == 0).all()
    left, top, right, bottom = box_of(pane(page, "axial").max(axis=-1) >= 0)
    assert (right - left, bottom - top) == (WIDTH // 2, HEIGHT // 2)


def test_the_window_is_named_where_it_has_a_name(monkeypatch):
    said = [word for word, _ in words_of(monkeypatch, box_scan(), window="lung", size=(1200, 1000))]
    assert said.count("lung window 1500, level -600 HU") == 3
    said = [word for word, _ in words_of(monkeypatch, box_scan(), window=(350.0, 50.0), size=(1200, 1000))]
    assert said.count("soft-tissue window 350, level 50 HU") == 3
    said = [word for word, _ in words_of(monkeypatch, box_scan(), window=(351.0, 50.0), size=(1200, 1000))]
    assert said.count("window 351, level 50 HU") == 3


def test_a_slab_is_said(monkeypatch):
    """As thick as it is, not as was asked for."""
    scan = box_scan()
    said = [word for word, _ in words_of(monkeypatch, scan, slab_mm=10.0, projection="minip", size=(1200, 1000))]
    for plane in GRID_PLANES:
        one = take_slice(scan, plane, slab_mm=10.0)
        assert one.layers > 1
        assert abs(one.thickness_mm - 10) < 2 * one.thickness_mm / one.layers
        assert f"slab {one.thickness_mm:.3g} mm, minimum" in said
    thin = [word for word, _ in words_of(monkeypatch, scan, slab_mm=0.1, size=(1200, 1000))]
    assert sum(word.startswith("one slice, ") for word in thin) == 3


@pytest.mark.parametrize("size", [(640, 560), (1200, 1000)])
@pytest.mark.parametrize("zoom", [1.0, 3.0])
def test_the_scale_bar_is_as_long_as_it_says(monkeypatch, size, zoom):
    """A bar of bright ink that ends at the inset, below its words."""
    black = replace(box_scan(), voxels=np.full(box_scan().shape, -9999, np.float32, order="F"))
    shown = scene(size=size, zoom=zoom, planes=("axial",), crosshair=False)
    study = Study(black)
    (one,) = panes_of(shown, black)
    view = pane_view(shown, study, one)
    words = [word for word, _ in words_of(monkeypatch, black, size=size, zoom=zoom, planes=("axial",))]
    (mm,) = [float(word.split()[0]) for word in words if word.endswith(" mm") and len(word.split()) == 2]
    monkeypatch.setattr(drawing, "write_lines", lambda picture, _: picture)
    picture = draw_pane(view, shown, study)
    level = picture[..., 0].astype(int)[10:-3, 10:-3]
    row = int(np.argmax(level.sum(axis=1)))
    assert (level[row] / 232).sum() == pytest.approx(mm * view.scale, abs=1)


def test_all_panes_are_drawn_where_they_lie():
    volume, shown = box_scan(), scene(at=tuple(BALL))
    page = draw_page(shown, Study(volume))
    for one in panes_of(shown, volume):
        left, top, width, height = one.box
        part = draw_pane(pane_view(shown, Study(volume), one), shown, Study(volume))
        assert np.array_equal(page[top : top + height, left : left + width], part)


@pytest.mark.parametrize(
    ("code", "neurological"), [*((code, False) for code in axis_orders()), ("LPS", True), ("RAS", True), ("PIR", True)]
)
def test_left_and_right_never_change_sides_unasked(code, neurological):
    """The ball lies to the patient's right."""
    page = page_of(box_scan(code), at=tuple(BALL), neurological=neurological)
    for name in ("axial", "coronal"):
        left, _, right, _ = box_of(bright(pane(page, name)))
        assert ((left + right) / 2 > WIDTH / 4) == neurological
    left, _, right, _ = box_of(bright(pane(page, "sagittal")))
    assert (left + right) / 2 < WIDTH / 4, "it lies in front"


def test_under_a_tilted_gantry_a_ball_is_round():
    geometry = Geometry.from_axes((60, 70, 40), (1, 1, 1.5), direction=sheared_direction(25))
    middle = geometry.to_world((30, 35, 20))
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    values = 8 * (15.0**2 - ((geometry.to_world(ijk) - middle) ** 2).sum(axis=-1))
    volume = Volume(np.asfortranarray(values.astype(np.float32)), geometry)
    study, shown = Study(volume), scene(planes=("sagittal",), at=tuple(middle), annotated=False)
    (one,) = panes_of(shown, volume)
    view = pane_view(shown, study, one)
    left, top, right, bottom = box_of(bright(draw_pane(view, shown, study)))
    assert (right - left) / view.scale == pytest.approx(30, abs=1)
    assert (bottom - top) / view.scale == pytest.approx(30, abs=1)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(view.to_pixel(middle), abs=1.5)
    lean = box_of(draw_pane(view, scene(planes=("sagittal",), annotated=False, window=(1e6, -4e5)), study)[..., 0] > 0)
    assert lean[2] - lean[0] == pytest.approx(one_width(view), abs=3)


def one_width(view) -> float:
    return view.one.size_mm[1] * view.scale


def test_what_lies_under_a_pixel_is_seen_there_however_far_it_is_zoomed():
    """One bright voxel in the dark, at a known place."""
    geometry = Geometry.from_axes((31, 33, 35), (1, 1.5, 2), (-20, 5, 7), axis_orders()["PSL"])
    voxels = np.zeros(geometry.shape, np.int16, order="F")
    voxels[12, 20, 9] = 1000
    volume, place = Volume(voxels, geometry), geometry.to_world((12, 20, 9))
    for zoom in (1.0, 2.5, 8.0):
        for plane in ("axial", "coronal", "sagittal"):
            shown = scene(planes=(plane,), at=tuple(place), center=tuple(place + 1), zoom=zoom, window=(1000.0, 500.0))
            shown = replace(shown, annotated=False)
            (one,) = panes_of(shown, volume)
            view = pane_view(shown, Study(volume), one)
            picture = draw_pane(view, shown, Study(volume))[..., 0].astype(float)
            rows, columns = np.indices(picture.shape)
            x, y = ((grid + 0.5) * picture for grid in (columns, rows))
            assert (x.sum() / picture.sum(), y.sum() / picture.sum()) == pytest.approx(view.to_pixel(place), abs=0.6)
            assert view.value_at(volume, *view.to_pixel(place)) == (1000, (12, 20, 9))
