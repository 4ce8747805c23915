from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import axis_orders, geometries, rotation
from tests.render.page import pages
from tests.render.page.pages import box_scan, words_of
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.page import COLOR_RAMPS, draw_pane, pane_view, panes_of
from vizmed.render.page.colors import ramp
from vizmed.render.study import Study
from vizmed.scene import GRID_PLANES, PLANES, OverlayLayer, Scene, SliceLayer
from vizmed.segmentation import Segmentation, label_of
from vizmed.volume import Volume

SCAN = Geometry.from_axes((40, 40, 40), (1, 1, 1), (-19.5, -19.5, -19.5))


def black_scan(geometry: Geometry = SCAN) -> Volume:
    return Volume(np.zeros(geometry.shape, np.int16, order="F"), geometry)


def centred(shape, spacing, direction) -> Geometry:
    geometry = Geometry.from_axes(shape, spacing, direction=direction)
    return Geometry.from_axes(shape, spacing, -geometry.to_world((np.array(shape) - 1) / 2), direction)


GRIDS = {
    "the scan's": SCAN,
    "finer": centred((100, 90, 80), (0.5, 0.5, 0.5), np.eye(3)),
    "flipped": centred((40, 40, 40), (1, 1, 1), axis_orders()["RAS"]),
    "permuted": centred((30, 40, 50), (1, 1, 0.9), axis_orders()["SAR"]),
    "turned": centred((60, 60, 60), (0.9, 0.9, 0.9), rotation((1, 2, 3), 33)),
    "sheared": centred((60, 70, 60), (0.8, 0.8, 0.8), geometries()["sheared"].direction),
}
CUBE = np.array([[2.0, 12.0], [-9.0, 3.0], [-14.0, 7.0]])
"""Low and high ends along x, y and z: no symmetry."""


def cube_labels(geometry: Geometry, number: int = 3) -> Segmentation:
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    places = geometry.to_world(ijk)
    inside = ((places > CUBE[:, 0]) & (places < CUBE[:, 1])).all(axis=-1)
    voxels = np.asfortranarray(inside.astype(np.uint8) * number)
    return Segmentation((Volume(voxels, geometry),), (label_of(number, "cube", "#ff0000"),), (0,))


def drawn(overlay, *, volume=None, opacity=1.0, size=(400, 400), **options):
    """The pane of one plane and its view."""
    volume = volume or black_scan()
    layer = OverlayLayer(opacity=opacity, **options.pop("shown", {}))
    layout = {"planes": ("axial",), "window": (100.0, 50.0), "at": (5, -2, -3), **options}
    scene = Scene(layout="slices", slices=SliceLayer(**layout), overlay=layer, annotated=False, size=size)
    (pane,) = panes_of(scene, volume)
    study = Study(volume, overlay)
    view = pane_view(scene, study, pane)
    return draw_pane(view, scene, study), view


def pane_places(view):
    width, height = view.size
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    right, down = (x - width / 2) / view.scale, (y - height / 2) / view.scale
    return view.middle + right[..., None] * view.one.right + down[..., None] * view.one.down


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize(
    ("grid", "neurological"), [*((grid, False) for grid in GRIDS), ("the scan's", True), ("turned", True)]
)
def test_labels_of_any_grid_lie_where_they_lie_in_the_patient(grid, plane, neurological):
    picture, view = drawn(
        cube_labels(GRIDS[grid]),
        planes=(plane,),
        normal=(0.2, 0.3, 1),
        neurological=neurological,
        zoom=1.3,
        size=(160, 160),
    )
    places = pane_places(view)
    apart = np.minimum(places - CUBE[:, 0], CUBE[:, 1] - places).min(axis=-1)
    # a border lies between two voxel centres, of the labels and of the pixels that they are sampled at
    unsure_mm = GRIDS[grid].spacing.max() + 0.75
    seen = picture[..., 0] > 60
    assert seen[apart > unsure_mm].all()
    assert not seen[apart < -unsure_mm].any()
    assert picture[..., 1:].max() == 0


def test_anatomy_is_seen_below_labels_and_outlines_are_solid():
    bright = replace(black_scan(), voxels=np.full(SCAN.shape, 60, np.int16, order="F"))
    picture, view = drawn(cube_labels(SCAN), volume=bright, opacity=0.5)
    x, y = (round(place) for place in view.to_pixel(CUBE.mean(axis=1)))
    gray = 153
    assert picture[y, x].tolist() == pytest.approx([gray + 0.3 * (255 - gray), 0.7 * gray, 0.7 * gray], abs=2)
    row = picture[y].astype(int)
    outline = np.flatnonzero((row[:, 0] > 240) & (row[:, 1] < 30))
    left, right = (view.to_pixel(np.array([end, -2, -3]))[0] for end in (1.5 + 0.5, 11.5 + 0.5))
    assert outline.min() == pytest.approx(left, abs=2)
    assert outline.max() == pytest.approx(right, abs=2)
    assert 2 <= len(outline) <= 6


def test_an_overlay_of_no_opacity_is_not_seen():
    plain, _ = drawn(None)
    assert np.array_equal(drawn(cube_labels(SCAN), opacity=0.0)[0], plain)
    hot = Volume(np.full(SCAN.shape, 9.0, order="F"), SCAN)
    assert np.array_equal(drawn(hot, opacity=0.0, shown={"window": (2.0, 5.0)})[0], plain)


def test_of_overlapping_layers_the_later_lies_above():
    first, second = cube_labels(SCAN, 3), cube_labels(SCAN, 5)
    both = Segmentation(
        (first.layers[0], second.layers[0]),
        (label_of(3, "below", "#ff0000"), label_of(5, "above", "#0000ff")),
        (0, 1),
    )
    picture, view = drawn(both)
    x, y = (round(place) for place in view.to_pixel(CUBE.mean(axis=1)))
    assert picture[y, x].tolist() == pytest.approx([0.4 * 0.6 * 255, 0, 0.6 * 255], abs=2)


def test_labels_are_named_and_many_are_counted(monkeypatch):
    scan = box_scan()
    voxels = np.zeros(scan.shape, np.uint8, order="F")
    voxels[30:40, 15:25, 10:15] = 2
    few = Segmentation((Volume(voxels, scan.geometry),), (label_of(2, "left kidney"), label_of(9, "elsewhere")), (0, 0))
    said = [word for word, _ in words_of(monkeypatch, scan, overlay=few)]
    assert said.count("left kidney") == 3
    assert "elsewhere" not in said
    many = np.asfortranarray(np.broadcast_to(np.arange(1, 71, dtype=np.uint8)[:, None, None], scan.shape))
    labels = tuple(label_of(number) for number in range(1, 71))
    crowd = Segmentation((Volume(many, scan.geometry),), labels, (0,) * 70)
    said = [word for word, _ in words_of(monkeypatch, scan, overlay=crowd)]
    assert said.count("70 labels") == 2  # axial and coronal


class TestSecondVolume:
    gradient = np.array([1.0, 0.5, -0.25])

    def field(self, geometry):
        ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
        return Volume(np.asfortranarray(geometry.to_world(ijk) @ self.gradient), geometry)

    @pytest.mark.parametrize("plane", PLANES)
    @pytest.mark.parametrize("grid", GRIDS)
    def test_its_values_are_shown_in_their_colours_on_any_grid(self, grid, plane):
        over = self.field(GRIDS[grid])
        shown = {"colors": "gray", "window": (40.0, 0.0)}
        picture, view = drawn(over, planes=(plane,), normal=(0.2, 0.3, 1), shown=shown, size=(160, 160))
        places = pane_places(view)
        ijk = over.geometry.to_index(places)
        between = ((ijk > 1) & (ijk < np.array(over.shape) - 2)).all(axis=-1) & (np.abs(places) < 18).all(axis=-1)
        expected = np.clip((places @ self.gradient + 20) / 40, 0, 1) * 255
        assert between.sum() > 800
        assert picture[..., 0][between] == pytest.approx(expected[between], abs=6)

    def test_below_its_window_and_outside_of_its_grid_the_scan_is_seen(self):
        scan = replace(black_scan(), voxels=np.full(SCAN.shape, 100, np.int16, order="F"))
        small = centred((10, 10, 10), (1, 1, 1), np.eye(3))
        over = self.field(small)
        picture, view = drawn(over, volume=scan, at=(0, 0, 0), shown={"colors": "heat", "window": (4.0, 2.0)})
        places = pane_places(view)
        value = places @ self.gradient
        outside = (np.abs(places) > 6.1).any(axis=-1) & (np.abs(places) < 19).all(axis=-1)
        assert (picture[outside] == 255).all()
        within = (np.abs(places) < 4).all(axis=-1)
        assert (picture[within & (value < -1.6)] == 255).all()
        assert (picture[within & (value > 1.2)].min(axis=-1) < 255).all()

    def test_what_is_no_number_is_not_there(self):
        values = np.full(SCAN.shape, 10.0, order="F")
        values[:20] = np.nan
        picture, view = drawn(Volume(values, SCAN), shown={"colors": "gray", "window": (2.0, 9.0)})
        x = round(view.to_pixel(np.zeros(3))[0])
        middle = picture[200, :, 0]
        assert (middle[: x - 12] == 0).all()
        assert (middle[x + 12 : x + 100] == 255).all()

    def test_the_colour_bar_says_what_the_colours_stand_for_once(self, monkeypatch):
        scan = box_scan()
        over = replace(scan, unit="SUV")
        wide = Scene(layout="slices", size=(1200, 1000), overlay=OverlayLayer(window=(8.0, 6.0)))
        monkeypatch.setattr(pages, "scene", lambda: wide)
        said = [word for word, _ in words_of(monkeypatch, scan, overlay=over)]
        assert said.count("10 SUV") == 1
        assert said.count("2") == 1

    def test_colours_that_are_not_there_are_refused(self):
        with pytest.raises(OptionError, match=r"no colours 'jet'.*heat, cool, gray"):
            drawn(self.field(SCAN), shown={"colors": "jet"})

    @pytest.mark.parametrize("name", COLOR_RAMPS)
    def test_all_ramps_grow_brighter_all_the_way(self, name):
        light = ramp(name) @ np.array([0.2126, 0.7152, 0.0722])
        assert (np.diff(light) > -0.6).all()
        assert light[-1] - light[0] > 120


@pytest.mark.parametrize("plane", GRID_PLANES)
def test_on_the_scans_own_grid_nothing_is_resampled(plane, monkeypatch):
    from vizmed.render.page import overlaid

    expected, _ = drawn(cube_labels(SCAN), planes=(plane,))
    monkeypatch.setattr(overlaid, "nearest", None)
    monkeypatch.setattr(overlaid, "trilinear", None)
    assert np.array_equal(drawn(cube_labels(SCAN), planes=(plane,))[0], expected)
