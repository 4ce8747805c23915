from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import axis_orders, sheared_direction
from tests.render.page.pages import words_of
from vizmed.geometry import Geometry
from vizmed.marks import Marks, Outline, Spot
from vizmed.render.page import draw_pane, drawing, pane_view, panes_of
from vizmed.render.page.colors import CROP_COLOR, MEASURE_COLOR, PLANE_COLORS
from vizmed.render.study import Study
from vizmed.scene import Angle, Ruler, Scene, SliceLayer
from vizmed.volume import Volume

SCAN = Geometry.from_axes((50, 50, 50), (1, 1, 2), (-24.5, -24.5, -50))
BLACK = Volume(np.zeros(SCAN.shape, np.int16, order="F"), SCAN)
BOX = np.array([[-10.0, -15, 4], [3, -15, 4], [3, 8, 4], [-10, 8, 4]])


@pytest.fixture
def picture(monkeypatch):
    """Draw a pane without its words: what is written is tested by what is said."""
    monkeypatch.setattr(drawing, "write_lines", lambda picture, _: picture)
    monkeypatch.setattr(drawing, "scale_bar", lambda *_: [])

    def draw(plane="axial", *, marks=None, size=(400, 400), at=(0, 0, 4), volume=BLACK, **options):
        own = {name: options.pop(name) for name in ("crop", "measures") if name in options}
        slices = SliceLayer(planes=(plane,), at=at, window=(100.0, 1000.0), crosshair=False, **options)
        scene = Scene(layout="slices", slices=slices, size=size, **own)
        study = Study(volume, None, marks or Marks())
        (pane,) = panes_of(scene, volume)
        view = pane_view(scene, study, pane)
        return draw_pane(view, scene, study), view

    return draw


def colored(drawn, color, share=0.6):
    """Where a picture that is black has a colour."""
    wanted = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)])
    return (np.abs(drawn.astype(int) - wanted) <= (1 - share) * 255).all(axis=-1) & (drawn.max(axis=-1) > 60)


def extent(mask):
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def box(color="#ff00ff", points=BOX, label="nodule"):
    return Outline(points, closed=True, label=label, color=color, thickness_mm=2.0)


def moved(points, *way):
    return points + np.array(way)


class TestMarks:
    @pytest.mark.parametrize("neurological", [False, True])
    def test_a_box_lies_around_its_place(self, picture, neurological):
        drawn, view = picture(marks=Marks((box(),)), neurological=neurological)
        corners = view.to_pixels(BOX)
        assert extent(colored(drawn, "#ff00ff")) == pytest.approx((*corners.min(axis=0), *corners.max(axis=0)), abs=2)
        x, y = (corners.min(axis=0) + corners.max(axis=0)) / 2
        assert drawn[round(y) - 5 : round(y) + 5, round(x) - 5 : round(x) + 5].max() == 0

    def test_those_of_other_slices_are_not_drawn(self, picture):
        spot = Spot(np.array([5.0, 5, 4]), "stone", "#00ffff", 2.0)
        marks = Marks((box(),), (spot,))
        plain, _ = picture(at=(0, 0, 10))
        assert np.array_equal(picture(marks=marks, at=(0, 0, 10))[0], plain)
        assert np.array_equal(picture(marks=marks, at=(0, 0, -2))[0], picture(at=(0, 0, -2))[0])

    def test_a_slab_has_all_that_lies_in_it(self, picture):
        marks = Marks((box(),), (Spot(np.array([5.0, 5, 4]), "stone", "#00ffff", 2.0),))
        drawn, _ = picture(marks=marks, at=(0, 0, 10), slab_mm=14.0)
        assert colored(drawn, "#ff00ff").sum() > 100
        assert colored(drawn, "#00ffff").sum() > 10

    def test_planes_across_cut_a_box_as_high_as_it_is_thick(self, picture):
        drawn, view = picture("coronal", marks=Marks((box(),)))
        left, top, right, bottom = extent(drawn[2:-2, 2:-2, 0] > 60) + np.array([2, 2, 2, 2])
        ends = view.to_pixels(np.array([[-10.0, 0, 4], [3, 0, 4]]))
        assert (left, right) == pytest.approx(ends[:, 0], abs=2)
        assert (top + bottom) / 2 == pytest.approx(ends[0, 1], abs=1)
        assert bottom - top == pytest.approx(2 * view.scale, abs=2)

    def test_the_contours_of_one_thing_make_one_shape(self, picture):
        """A stack of circles of one radius is a rectangle from the side, thinly filled and outlined."""
        angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        circle = np.stack([12 * np.cos(angles), 12 * np.sin(angles), np.full(60, 4.0)], axis=1)
        stack = tuple(box(points=moved(circle, 0, 0, 2 * n)) for n in range(-8, 9))
        drawn, view = picture("coronal", marks=Marks(stack), at=(0, 0.0, 4))
        (left, top), (right, bottom) = view.to_pixels(np.array([[-12.0, 0, 4 + 17], [12, 0, 4 - 17]]))
        level = drawn[..., 0] / 255
        assert extent(level > 0.15) == pytest.approx((left, top, right, bottom), abs=2)
        inner = level[round(top) + 5 : round(bottom) - 5, round(left) + 5 : round(right) - 5]
        assert inner == pytest.approx(0.3, abs=0.02)
        middle = round((top + bottom) / 2)
        assert level[middle, round(left) - 1 : round(left) + 3].max() > 0.9
        assert level[round(top) - 1 : round(top) + 3, round((left + right) / 2)].max() > 0.9

    def test_a_ring_lies_around_a_point(self, picture):
        point = np.array([7.0, -12, 4])
        drawn, view = picture(marks=Marks((), (Spot(point, "stone", "#00ffff", 2.0),)))
        left, top, right, bottom = extent(colored(drawn, "#00ffff"))
        assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx(view.to_pixel(point), abs=1)

    def test_their_names_are_written_at_them(self, monkeypatch):
        marks = Marks(
            (box(), box(points=moved(BOX, 20, 0, 0))), (Spot(np.array([5.0, 5, 4]), "stone", "#00ffff", 2.0),)
        )
        said = words_of(monkeypatch, BLACK, marks=marks, at=(0, 0, 4), planes=("axial",), window=(100.0, 50.0))
        assert [word for word, _ in said].count("nodule") == 2
        assert [word for word, _ in said].count("stone") == 1
        elsewhere = words_of(monkeypatch, BLACK, marks=marks, at=(0, 0, 20), planes=("axial",), window=(100.0, 50.0))
        assert not {"nodule", "stone"} & {word for word, _ in elsewhere[len(said) :]}

    def test_of_many_contours_of_one_name_one_is_named(self, monkeypatch):
        angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        circle = np.stack([4 * np.cos(angles), 4 * np.sin(angles), np.full(20, 4.0)], axis=1)
        contours = tuple(box(points=moved(circle, x, 0, 0), label="lung") for x in (-15, 0, 15))
        said = words_of(
            monkeypatch, BLACK, marks=Marks(contours), at=(0, 0, 4), planes=("axial",), window=(100.0, 50.0)
        )
        assert [word for word, _ in said].count("lung") == 1

    def test_a_cut_beside_a_zoomed_pane_does_not_hinder(self, picture):
        beside = box(points=moved(BOX, -14, 0, 0))
        drawn, _ = picture("coronal", marks=Marks((beside,)), at=(20, 0, 4), zoom=6.0)
        assert np.array_equal(drawn, picture("coronal", at=(20, 0, 4), zoom=6.0)[0])

    def test_of_thousands_those_near_are_found(self, picture):
        far = tuple(box(points=moved(BOX, 0, 0, 2 * n), color="#00ff00") for n in range(-20, 20) if n)
        drawn, _ = picture(marks=Marks((*far, box())))
        assert colored(drawn, "#ff00ff").any()
        assert not colored(drawn, "#00ff00").any()


class TestMeasures:
    ruler = Ruler((-12, -3, 4), (9, 5, 4))
    angle = Angle((10, 0, 4), (-5, 0, 4), (-5, 9, 4.5))

    def test_a_ruler_lies_between_its_ends(self, picture):
        drawn, view = picture(measures=(self.ruler,))
        left, top, right, bottom = extent(colored(drawn, MEASURE_COLOR))
        ends = view.to_pixels(np.array(self.ruler.points))
        assert (left, right) == pytest.approx(ends[:, 0], abs=6)  # with their ticks
        assert (top, bottom) == pytest.approx(ends[:, 1], abs=6)

    def test_what_does_not_lie_in_the_slice_is_not_drawn(self, picture):
        for at in ((0, 0, 8), (0, 0, 0)):
            assert not colored(picture(measures=(self.ruler, self.angle), at=at)[0], MEASURE_COLOR).any()
        leaving = Ruler((-12, -3, 4), (9, 5, 9))
        assert not colored(picture(measures=(leaving,))[0], MEASURE_COLOR).any()
        assert colored(picture(measures=(leaving,), slab_mm=12.0)[0], MEASURE_COLOR).any()

    def test_they_say_how_much_they_are(self, monkeypatch):
        options = {"at": (0, 0, 4), "planes": ("axial",), "window": (100.0, 50.0)}
        said = [w for w, _ in words_of(monkeypatch, BLACK, measures=(self.ruler, self.angle), **options)]
        assert f"{np.hypot(21, 8):.1f} mm" in said
        assert "90.0°" in said

    def test_ends_in_one_place_do_not_hinder(self, picture):
        drawn, _ = picture(measures=(Ruler((0, 0, 4), (0, 0, 4)), Angle((0, 0, 4), (0, 0, 4), (1, 1, 4))))
        assert (drawn != picture()[0]).any()


class TestCrop:
    crop = ((-12.0, -20.0, -30.0), (18.0, 5.0, 20.0))

    @pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
    def test_its_outline_is_dashed_on_each_plane(self, picture, plane):
        drawn, view = picture(plane, crop=self.crop)
        mask = colored(drawn, CROP_COLOR, 0.5)
        places = view.to_pixels(np.array(self.crop))
        assert extent(mask) == pytest.approx((*places.min(axis=0), *places.max(axis=0)), abs=2)
        width, height = np.ptp(places, axis=0)
        across = mask.any(axis=0).sum() / width
        assert 0.5 < across < 1.05
        assert 0.4 < mask.sum() / (2 * (width + height)) < 1.6

    def test_beside_it_there_is_none(self, picture):
        assert not colored(picture(crop=self.crop, at=(0, 0, 30))[0], CROP_COLOR, 0.5).any()


class TestCrosshair:
    @pytest.mark.parametrize("code", axis_orders())
    def test_what_lies_at_the_crossing_is_left_free(self, monkeypatch, code):
        monkeypatch.setattr(drawing, "write_lines", lambda picture, _: picture)
        geometry = Geometry.from_axes((30, 30, 30), direction=axis_orders()[code])
        volume = Volume(np.zeros((30, 30, 30), np.int16, order="F"), geometry)
        at = tuple(geometry.to_world((11, 17, 14)))
        scene = Scene(layout="slices", slices=SliceLayer(at=at, window=(100.0, 1000.0)), size=(640, 560))
        for pane in panes_of(scene, volume)[:3]:
            view = pane_view(scene, Study(volume), pane)
            drawn = draw_pane(view, scene, Study(volume))
            x, y = view.to_pixel(np.array(at))
            assert drawn[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5].max() == 0
            assert drawn[int(y), int(x) + 12].max() > 50
            assert drawn[int(y) - 12, int(x)].max() > 50

    def test_under_a_tilted_gantry_the_line_of_a_plane_leans_as_the_plane_does(self, monkeypatch):
        monkeypatch.setattr(drawing, "write_lines", lambda picture, _: picture)
        geometry = Geometry.from_axes((20, 60, 30), (1, 1, 2), direction=sheared_direction(20))
        volume = Volume(np.zeros((20, 60, 30), np.int16, order="F"), geometry)
        scene = Scene(layout="slices", slices=SliceLayer(window=(100.0, 1000.0)), size=(800, 800))
        pane = panes_of(scene, volume)[2]
        drawn = draw_pane(pane_view(scene, Study(volume), pane), scene, Study(volume))
        wanted = np.array([int(PLANE_COLORS["coronal"][n : n + 2], 16) for n in (1, 3, 5)]) * 110 / 255
        # of its pixels those that are covered most
        rows, columns = np.nonzero((np.abs(drawn - wanted) < 25).all(axis=-1))
        slope = np.polyfit(rows, columns, 1)[0]
        assert np.degrees(np.arctan(slope)) == pytest.approx(-20, abs=1.5)
