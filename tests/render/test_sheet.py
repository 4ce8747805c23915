from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.phantoms import axis_orders
from vizmed import render
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.sheet import PLANE_COLORS, draw_sheet
from vizmed.scene import Scene, SliceLayer, scene_for
from vizmed.slices import take_slice
from vizmed.volume import Volume

WIDTH, HEIGHT = 640, 560
EDGES_MM = np.array([70.0, 60.0, 50.0])
"""Of the box that is scanned, along x, y and z."""
MIDDLE = np.array([12.0, -30.0, 90.0])
BALL = MIDDLE + np.array([-13.0, -9.0, 7.0])
RADIUS_MM = 13.0
WINDOW = (1000.0, 0.0)
"""The ball's rim, where its values are 0, is shown in the middle grey."""


def box_scan(code: str = "LPS") -> Volume:
    """A ball right, in front and above of the middle, in a box with other spacing along each axis."""
    direction = axis_orders()[code]
    spacing = np.array([1.0, 1.5, 2.0])
    shape = np.rint(np.abs(direction.T @ EDGES_MM) / spacing).astype(int)
    geometry = Geometry.from_axes(shape, spacing, direction=direction)
    geometry = Geometry.from_axes(shape, spacing, MIDDLE - geometry.to_world((shape - 1) / 2), direction)
    ijk = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    values = 8 * (RADIUS_MM**2 - ((geometry.to_world(ijk) - BALL) ** 2).sum(axis=-1))
    return Volume(np.asfortranarray(values.astype(np.float32)), geometry, modality="CT", unit="HU")


def sheet(volume: Volume, **options) -> np.ndarray:
    return render(volume, mode="slices", **{"size": (WIDTH, HEIGHT), "window": WINDOW, **options})


def pane(page: np.ndarray, name: str) -> np.ndarray:
    rows = slice(0, HEIGHT // 2) if name in ("axial", "coronal") else slice(HEIGHT // 2, HEIGHT)
    columns = slice(0, WIDTH // 2) if name in ("axial", "sagittal") else slice(WIDTH // 2, WIDTH)
    return page[rows, columns]


def bright(picture: np.ndarray) -> np.ndarray:
    """Where a slice shows the ball: grey, as no word and no line is."""
    return (picture.min(axis=-1) >= 128) & (np.ptp(picture.astype(int), axis=-1) <= 1)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


# plane to the coordinate that grows to the right and the one that grows down, with signs
LAID = {"axial": ((0, 1), (1, 1)), "coronal": ((0, 1), (2, -1)), "sagittal": ((1, 1), (2, -1))}


@pytest.mark.parametrize("code", ["LPS", "PSL", "RAS", "LPI", "SAR", "IRP"])
def test_the_ball_is_round_and_lies_where_it_lies_in_the_patient(code):
    page = sheet(box_scan(code), at=tuple(BALL))
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
    page = sheet(box_scan(), at=tuple(MIDDLE + np.array([22, 20, -20])))  # no slice meets the ball
    assert not any(bright(pane(page, name)).any() for name in LAID)
    rows, columns = np.nonzero(bright(pane(page, "projection")))
    assert columns.mean() < WIDTH / 4 - 20
    assert rows.mean() < HEIGHT / 4 - 10


def words_of(monkeypatch, volume: Volume, **options) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Each text that is written on the page, with the box that it fills."""
    said = []
    write = ImageDraw.ImageDraw.text

    def text(self, xy, text, *args, font, anchor="la", **kwargs):
        said.append((text, self.textbbox(xy, text, font=font, anchor=anchor)))
        return write(self, xy, text, *args, font=font, anchor=anchor, **kwargs)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    sheet(volume, **options)
    return said


def words_at(said, x: float, y: float, reach: float = 14) -> list[str]:
    return [
        word
        for word, (a, b, c, d) in said
        if abs((a + c) / 2 - x) < reach and abs((b + d) / 2 - y) < reach and len(word) < 4
    ]


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
    assert "S 96.0 mm" in said
    assert "window 1000, level 0 HU" in said
    assert "CT 70 x 40 x 25" in said


@pytest.mark.parametrize("where", [(0, 0, 0), (13, -8, 11), (-20, 20, -18)])
def test_the_crosshair_marks_the_point_in_the_colours_of_the_planes(where):
    black = replace(box_scan(), voxels=np.zeros(box_scan().shape, np.float32, order="F"))
    page = sheet(black, window=(100.0, 1000.0), at=tuple(MIDDLE + where))
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
        sheet(box_scan(), window=(100.0, 1000.0), at=tuple(MIDDLE + offset))


@pytest.mark.parametrize("thin", [(40, 30, 1), (40, 1, 30), (1, 40, 30)])
def test_a_single_slice_fills_the_page(thin):
    volume = Volume(np.full(thin, 1000, np.float32, order="F"), Geometry.from_axes(thin, (1, 1, 1)))
    page = sheet(volume, window=(10.0, 0.0))
    left, top, right, bottom = box_of(bright(page))
    assert max((right - left) / WIDTH, (bottom - top) / HEIGHT) > 0.88
    assert (right - left) / (bottom - top) == pytest.approx(40 / 30, rel=0.02)


@pytest.mark.parametrize("planes", [("coronal",), ("axial", "sagittal")])
def test_only_the_planes_that_are_asked_for(planes):
    page = draw_sheet(Scene(slices=SliceLayer(planes=planes, window=WINDOW), size=(WIDTH, HEIGHT)), box_scan())
    assert page.shape == (HEIGHT, WIDTH, 3)


def test_what_is_inverted_shows_low_values_bright():
    volume = box_scan()
    plain, inverted = sheet(volume, at=tuple(BALL)), sheet(replace(volume, inverted=True), at=tuple(BALL))
    left, top, right, bottom = box_of(bright(pane(plain, "axial")))
    beside = (top + bottom) // 2 + 15, (left + right) // 2 + 15  # off the crosshair
    assert plain[beside].min() > 200
    assert inverted[beside].max() < 55


@pytest.mark.parametrize("size", [(64, 64), (200, 90), (90, 200), (64, 2000), (2000, 64)])
def test_any_size_makes_a_page_of_that_size(size):
    assert sheet(box_scan(), size=size).shape == (size[1], size[0], 3)


def test_no_number_is_black_and_does_not_hinder():
    volume = box_scan()
    voxels = volume.voxels.copy(order="F")
    voxels[:20] = np.nan
    page = sheet(replace(volume, voxels=voxels), window="auto")
    assert page.max() > 200


WITHOUT_VTK = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("vtk", "vtkmodules", "pyvista"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Refuse())
from vizmed.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_slices_need_neither_opengl_nor_vtk(sample_folder, tmp_path):
    command = ["render", str(sample_folder), "-o", str(tmp_path / "a.png"), "--mode", "slices", "--size", "300x260"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_VTK, *command], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (300, 260)
        assert np.asarray(picture).std() > 20


def test_the_same_page_every_time(sample_head):
    scene = scene_for("slices", size=(300, 260))
    assert np.array_equal(draw_sheet(scene, sample_head), draw_sheet(scene, sample_head))
