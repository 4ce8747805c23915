from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import ImageDraw

from tests.phantoms import axis_orders, sheared_direction
from vizmed.errors import BudgetError, OptionError
from vizmed.geometry import Geometry
from vizmed.marks import Marks, Spot
from vizmed.render import montage
from vizmed.render.montage import draw_montage
from vizmed.render.steps import choose_steps
from vizmed.render.study import Study
from vizmed.render.tiling import lay_out
from vizmed.scene import GRID_PLANES, Scene, SliceLayer
from vizmed.segmentation import Label, Segmentation
from vizmed.slices import take_slice
from vizmed.volume import Volume

SPACING = (2.0, 3.0, 1.4)
SHAPE = (40, 30, 31)
AXIS = {"axial": 2, "coronal": 1, "sagittal": 0}


def counted(plane: str, code: str = "LPS") -> Volume:
    """Each voxel holds the index of its slice, times five: all of a slice are alike."""
    geometry = Geometry.from_axes(SHAPE, SPACING, (-20.0, 14.0, -33.0), axis_orders()[code])
    volume = Volume(np.zeros(SHAPE, np.int16, order="F"), geometry)
    laid = take_slice(volume, plane)
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    middle = take_slice(volume, plane, index=0)
    steps = (geometry.to_world(ijk) - middle.origin) @ laid.normal
    gap = abs((take_slice(volume, plane, index=1).origin - middle.origin) @ laid.normal)
    return Volume(np.asfortranarray(np.rint(np.abs(steps) / gap) * 5).astype(np.int16), geometry)


def plain(**options) -> Scene:
    """No words; a voxel's value is its grey."""
    return Scene(layout="slices", slices=SliceLayer(window=(255.0, 127.5), **options), annotated=False)


def tiles_of(page: np.ndarray, count: int, size_mm: tuple[float, float], columns: int, *, head: bool = False):
    tiling = lay_out(count, size_mm, columns=columns, width=page.shape[1], with_head=head)
    assert page.shape == (*tiling.page[::-1], 3)
    corners = [tiling.corner(n) for n in range(count)]
    return [page[y : y + tiling.tile[1], x : x + tiling.tile[0]] for x, y in corners]


def size_of(volume: Volume, plane: str) -> tuple[float, float]:
    return take_slice(volume, plane).size_mm[::-1]


def words_of(monkeypatch, *args, **options) -> list[tuple[str, float]]:
    """Each text that is written on tiles and on the page, with the widths of the pictures they are on."""
    said = []
    write = ImageDraw.ImageDraw.text

    def text(pen, xy, text, *more, **looks):
        said.append((text, xy))
        return write(pen, xy, text, *more, **looks)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    draw_montage(*args, **options)
    return said


@pytest.mark.parametrize("code", ["LPS", "RAI", "PSL", "ILA"])
@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("asked", [{"every": 4}, {"every_mm": 7.0}, {"every": 3, "first": 2, "last": 20}, {}])
def test_each_tile_shows_its_slice(code, plane, asked):
    volume = counted(plane, code)
    indices = choose_steps(volume, plane, **asked)
    page = draw_montage(plain(), Study(volume), plane=plane, columns=5, trim=False, **asked)
    tiles = tiles_of(page, len(indices), size_of(volume, plane), 5)
    for tile, index in zip(tiles, indices, strict=True):
        assert (tile == 5 * index).all(), "it is of another slice, or its edge is not that of the tile"


def test_tiles_have_one_scale_and_a_voxel_keeps_its_shape():
    """A box of known size in the volume has it on each tile, in mm."""
    volume = counted("axial")
    voxels = np.zeros(SHAPE, np.int16, order="F")
    voxels[10:30, 8:18] = 200
    page = draw_montage(plain(), Study(replace(volume, voxels=voxels)), columns=4, every=8, trim=False)
    for tile in tiles_of(page, 4, (80.0, 90.0), 4):
        rows, columns = np.nonzero(tile[..., 0] > 100)
        scale = tile.shape[1] / 80
        assert np.ptp(columns) + 1 == pytest.approx(20 * 2 * scale, abs=1.5)
        assert np.ptp(rows) + 1 == pytest.approx(10 * 3 * scale, abs=1.5)
        assert columns.min() == pytest.approx(10 * 2 * scale, abs=1.5)
        assert rows.min() == pytest.approx(8 * 3 * scale, abs=1.5)


@pytest.mark.parametrize("plane", GRID_PLANES)
def test_a_tile_says_its_number_and_its_place(monkeypatch, plane):
    volume = counted(plane)
    scene = replace(plain(), annotated=True)
    texts = [text for text, _ in words_of(monkeypatch, scene, Study(volume), plane=plane, every_mm=9.0, trim=False)]
    axis, signs = AXIS[plane], {"axial": "IS", "coronal": "AP", "sagittal": "RL"}[plane]
    indices = choose_steps(volume, plane, every_mm=9.0)
    for index in indices:
        assert str(index + 1) in texts
        mm = take_slice(volume, plane, index=index).origin[axis]
        assert f"{signs[int(mm >= 0)]} {abs(mm):.1f} mm" in texts
    title = next(text for text in texts if "slices" in text)
    count, ends = take_slice(volume, plane).count, {"axial": "S to I", "coronal": "A to P", "sagittal": "R to L"}
    about = "" if plane == "coronal" else "about "  # slices are 3 mm apart, 1.4 mm and 2 mm
    assert title == f"{len(indices)} of {count} {plane} slices, {about}every 9 mm, from {ends[plane]}"
    facts = next(text for text in texts if "window" in text)
    assert facts == "window 255, level 127.5 · voxels 2 x 3 x 1.4 mm · " + volume.provenance.format


def test_the_title_says_the_way_that_was_asked_for(monkeypatch):
    scene = replace(plain(slab_mm=5.0, projection="minip"), annotated=True)
    asked = {"first": 2, "last": 26, "every": 4, "trim": False}
    texts = [text for text, _ in words_of(monkeypatch, scene, Study(counted("axial")), **asked)]
    assert "7 of 31 axial slices, every 5.6 mm, from I to S" in texts
    assert any("slabs of 4.2 mm, minimum" in text for text in texts), "three slices of 1.4 mm"


def test_the_first_tile_has_the_patients_sides(monkeypatch):
    scene = replace(plain(), annotated=True)
    said = words_of(monkeypatch, scene, Study(counted("axial")), every=8, columns=2, trim=False)
    letters = {text: xy for text, xy in said if text in ("R", "L", "A", "P")}
    assert sorted(text for text, _ in said if text in letters) == ["A", "L", "P", "R"]
    assert letters["R"][0] < letters["A"][0] < letters["L"][0]
    assert letters["A"][1] < letters["R"][1] < letters["P"][1]
    turned = words_of(monkeypatch, replace(plain(neurological=True), annotated=True), Study(counted("axial")))
    letters = {text: xy for text, xy in turned if text in ("R", "L")}
    assert letters["L"][0] < letters["R"][0]


def test_without_words_there_are_none(monkeypatch):
    assert words_of(monkeypatch, plain(), Study(counted("axial"))) == []


def block(code: str = "LPS") -> Volume:
    """Bright in a corner of the scan alone, with nothing in 12 of 31 slices."""
    volume = counted("axial", code)
    voxels = np.zeros(SHAPE, np.int16, order="F")
    voxels[4:16, 3:12, 8:20] = 200
    return replace(volume, voxels=voxels)


@pytest.mark.parametrize("code", ["LPS", "RAI", "PSL"])
@pytest.mark.parametrize("plane", GRID_PLANES)
def test_trimming_loses_nothing_but_black(code, plane):
    volume = block(code)
    page, whole = (
        draw_montage(plain(), Study(volume), plane=plane, every=2, columns=4, trim=trim) for trim in (True, False)
    )
    bright, before = (float((one[..., 0] > 100).sum()) for one in (page, whole))
    assert bright / page[..., 0].size > 1.5 * before / whole[..., 0].size, "nothing was trimmed"
    count = len(choose_steps(volume, plane, every=1))
    shown = draw_montage(plain(), Study(volume), plane=plane, every=1, columns=4)
    everything = draw_montage(plain(), Study(volume), plane=plane, every=1, first=0, last=count - 1, columns=4)
    assert shown.shape[0] < everything.shape[0], "empty slices are shown"
    edges = np.concatenate([page[:, :19], page[:, -19:]], axis=1)
    assert (edges[..., 0] < 100).all()


def test_trimmed_tiles_keep_the_shape():
    """The block is 24 mm wide and 27 mm high."""
    page = draw_montage(plain(), Study(block()), every=1, first=19, last=8, columns=6)
    bright = page[..., 0] > 100
    top, _ = np.argwhere(bright)[0]
    left = bright[top + 20].argmax()
    width = bright[top + 20, left:].argmin()
    inside = bright[:, left + 60]
    height = inside[inside.argmax() :].argmin()
    assert width / height == pytest.approx(24 / 27, rel=0.05)
    assert width > 100


def test_slices_of_a_sheared_grid_lie_where_they_are():
    """An upright cylinder stays in its place on all tiles, though the grid's rows wander off."""
    geometry = Geometry.from_axes((40, 40, 24), (1.0, 1.0, 3.0), direction=sheared_direction(20))
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    place = geometry.to_world(ijk)
    cylinder = np.hypot(place[..., 0] - 20, place[..., 1] - 30) < 7
    volume = Volume(np.asfortranarray(cylinder.astype(np.int16) * 200), geometry)
    page = draw_montage(plain(), Study(volume), every=6, columns=4, trim=False)
    shift = 3 * np.sin(np.radians(20))  # from slice to slice; those shown are 5 to 23
    span = 40 + 18 * shift
    tiles = tiles_of(page, 4, (40.0, span), 4)
    centres = [np.mean(np.nonzero(tile[..., 0] > 100), axis=1) for tile in tiles]
    scale = tiles[0].shape[1] / 40
    for centre in centres:
        assert centre == pytest.approx([(30.5 - 5 * shift) * scale, 20.5 * scale], abs=0.6 * scale)


def test_an_oblique_plane_has_a_montage():
    volume = block()
    scene = plain(planes=("oblique",), normal=(0.0, 0.3, 1.0))
    page = draw_montage(scene, Study(volume), plane="oblique", columns=5)
    assert (page[..., 0] > 150).sum() > 5000


def test_all_tiles_have_one_window():
    """The automatic one is that of the scan, and not of each slice."""
    volume = counted("axial")
    scene = Scene(layout="slices", slices=SliceLayer(), annotated=False)
    page = draw_montage(scene, Study(volume), every=6, columns=6, trim=False)
    grays = [int(tile[5, 5, 0]) for tile in tiles_of(page, 6, (80.0, 90.0), 6)]
    assert grays == sorted(grays, reverse=True)
    assert len(set(grays)) == 6
    assert grays[0] > 240


def spot(volume: Volume) -> dict:
    """Set on slice 10."""
    return {"marks": Marks(spots=(Spot(volume.geometry.to_world((20, 15, 9)), "here", "#ff0000", 1.4),))}


def organ(volume: Volume) -> dict:
    """In slices 25 and 26."""
    voxels = np.zeros(SHAPE, np.uint8, order="F")
    voxels[10:20, 10:20, 24:26] = 1
    return {"overlay": Segmentation((Volume(voxels, volume.geometry),), (Label(1, "it", "#00ff00"),), (0,))}


@pytest.mark.parametrize(("laid_over", "shown_on"), [(spot, [9]), (organ, [25, 24])])
def test_what_is_laid_over_is_on_the_tiles_that_it_belongs_to(laid_over, shown_on):
    volume = counted("axial")
    pages = [
        draw_montage(plain(), study, every=1, columns=8, trim=False)
        for study in (Study(volume), Study(volume, **laid_over(volume)))
    ]
    indices = choose_steps(volume, "axial", every=1)
    pairs = zip(*(tiles_of(page, 31, (80.0, 90.0), 8) for page in pages), indices, strict=True)
    assert [index for one, other, index in pairs if not np.array_equal(one, other)] == shown_on


def test_the_same_scan_gives_the_same_page():
    one, two = (draw_montage(replace(plain(), annotated=True), Study(block())) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize(
    ("asked", "error", "found"),
    [
        ({"columns": 0}, OptionError, "one at least"),
        ({"columns": 31, "every": 1, "width": 320}, OptionError, "wider page"),
        ({"width": 10}, OptionError, "320"),
        ({"plane": "oblique"}, OptionError, "normal"),
        ({"plane": "sideways"}, OptionError, "sideways"),
        ({"every": 1, "columns": 1}, BudgetError, "31 tiles"),
        ({"first": 31}, OptionError, "1 to 31"),
    ],
)
def test_what_cannot_be_is_refused(asked, error, found):
    with pytest.raises(error, match=found):
        draw_montage(plain(), Study(counted("axial")), trim=False, **asked)


def test_it_needs_no_opengl(monkeypatch):
    from vizmed.render import gl

    monkeypatch.setattr(gl, "require", lambda **_: pytest.fail("OpenGL was asked for"))
    assert draw_montage(plain(), Study(counted("axial"))).shape[1] == montage.WIDTH
