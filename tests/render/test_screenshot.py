from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.phantoms import geometries
from tests.render.test_camera import project
from vizmed import render
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.camera import VIEW_ANGLE_DEGREES, stand_for
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Scene, SliceLayer, SurfaceLayer, VolumeLayer, scene_for
from vizmed.stages import recorded
from vizmed.volume import Volume

pytestmark = pytest.mark.gl

SIDE = 200
SHAPE = (46, 42, 40)
BODY, BODY_RADII = np.array([0.0, 0.0, 0.0]), np.array([13.0, 9.0, 11.0])
KNOB, KNOB_RADII = np.array([-10.0, -7.0, 9.0]), np.array([6.0, 6.0, 6.0])
"""Two ellipsoids of bone in air, about the middle of the grid: the knob is right, in front and above."""


def body_with_knob(grid: str = "identity") -> tuple[Volume, np.ndarray]:
    """Give the phantom, and its middle in LPS."""
    geometry = geometries(SHAPE)[grid]
    middle = geometry.to_world((np.array(SHAPE) - 1) / 2)
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    places = geometry.to_world(ijk) - middle
    reach = np.minimum(
        np.linalg.norm((places - BODY) / BODY_RADII, axis=-1), np.linalg.norm((places - KNOB) / KNOB_RADII, axis=-1)
    )
    values = np.clip(9000 * (1 - reach), -1000, 1800).astype(np.int16)
    return Volume(np.asfortranarray(values), geometry, modality="CT", unit="HU"), middle


def rays(scene: Scene, volume: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Where the viewer stands, and the way through each pixel, (height, width, 3)."""
    stand = stand_for(scene.camera, resolve(scene, Study(volume)).seen, scene.size)
    position, focal, up = (np.array(part) for part in (stand.position, stand.focal_point, stand.up))
    forward = (focal - position) / np.linalg.norm(focal - position)
    right = np.cross(forward, up)
    width, height = scene.size
    half = np.tan(np.radians(VIEW_ANGLE_DEGREES) / 2)
    x = ((np.arange(width) + 0.5) / width * 2 - 1) * half * width / height
    y = (1 - (np.arange(height) + 0.5) / height * 2) * half
    return position, forward + x[None, :, None] * right + y[:, None, None] * np.cross(right, forward)


def meets(start: np.ndarray, ways: np.ndarray, centre: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Whether each ray meets an ellipsoid: a quadratic with a root."""
    p, d = (start - centre) / radii, ways / radii
    return (d @ p) ** 2 > (d * d).sum(axis=-1) * (p @ p - 1)


def shown(scene: Scene, volume: Volume, difference: int = 14) -> np.ndarray:
    """Where the picture departs from its background, which is the same along each row."""
    picture = render(volume, scene=scene).astype(int)
    return np.abs(picture - picture[:, :1]).max(axis=-1) > difference


def bare(mode: str, camera: str, size: tuple[int, int] = (SIDE, SIDE)) -> Scene:
    options = {"level": 0} if mode == "surface" else {"preset": "ct-soft-tissue"} if mode == "volume" else {}
    return replace(scene_for(mode, camera=camera, size=size, **options), annotated=False)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float((one & other).sum() / (one | other).sum())


def filled(mask: np.ndarray) -> np.ndarray:
    """Fill each row from end to end: shade within a body may be as dark as the background."""
    before = np.logical_or.accumulate(mask, axis=1)
    return before & np.logical_or.accumulate(mask[:, ::-1], axis=1)[:, ::-1]


ENOUGH = {"surface": 0.98, "volume": 0.95, "mip": 0.89}
"""How much of the silhouette agrees: a projection fades to its rim."""


def check_silhouette(mode: str, grid: str, camera: str, size: tuple[int, int] = (SIDE, SIDE)) -> None:
    volume, middle = body_with_knob(grid)
    scene = bare(mode, camera, size)
    start, ways = rays(scene, volume)
    expected = meets(start - middle, ways, BODY, BODY_RADII) | meets(start - middle, ways, KNOB, KNOB_RADII)
    found, expected = filled(shown(scene, volume)), filled(expected)
    assert overlap(found, expected) > ENOUGH[mode]
    for mirrored in (expected[:, ::-1], expected[::-1]):
        assert overlap(found, mirrored) < overlap(found, expected) - 0.05
    rows, columns = np.nonzero(found)
    assert min(rows.min(), columns.min()) > 0, "it touches the border"
    assert rows.max() < size[1] - 1, "it touches the border"
    assert columns.max() < size[0] - 1, "it touches the border"
    assert max(np.ptp(rows) / size[1], np.ptp(columns) / size[0]) > 0.6, "it does not fill the frame"


@pytest.mark.parametrize("camera", ["A", "P", "L", "R", "S", "I"])
@pytest.mark.parametrize("mode", ["volume", "surface", "mip"])
def test_the_body_is_drawn_where_each_view_sees_it(mode, camera):
    check_silhouette(mode, "identity", camera)


@pytest.mark.parametrize(
    "grid", ["permuted", "flipped", "left-handed", "rotated left-handed", "sheared", "rotated and sheared"]
)
@pytest.mark.parametrize("mode", ["volume", "surface"])
def test_it_lies_there_in_every_grid(mode, grid):
    check_silhouette(mode, grid, "A")


@pytest.mark.parametrize("size", [(260, 130), (130, 260)])
def test_it_is_framed_in_every_shape_of_picture(size):
    check_silhouette("volume", "rotated", "iso", size)


@pytest.mark.parametrize(("camera", "on_the_left"), [("A", True), ("P", False), ("S", False), ("I", True)])
def test_right_and_left_are_the_observers(camera, on_the_left):
    """The knob is right, in front and above: from the front on the left, from behind and above on the right."""
    volume, middle = body_with_knob()
    scene = bare("volume", camera)
    start, ways = rays(scene, volume)
    knob_alone = meets(start - middle, ways, KNOB, KNOB_RADII) & ~meets(start - middle, ways, BODY, BODY_RADII)
    found = shown(scene, volume)
    assert found[knob_alone].mean() > 0.8
    rows, columns = (places.mean() for places in np.nonzero(found & knob_alone))
    all_rows, all_columns = (places.mean() for places in np.nonzero(found))
    assert (columns < all_columns - 20) if on_the_left else (columns > all_columns + 20)
    assert rows < all_rows - 10


@pytest.mark.parametrize("grid", ["identity", "rotated and sheared", "left-handed"])
@pytest.mark.parametrize("camera", ["A", "P", "S"])
def test_a_scene_shows_the_knob_and_nothing_beside_the_body(camera, grid):
    volume, middle = body_with_knob(grid)
    scene = bare("scene", camera)
    start, ways = rays(scene, volume)
    body, knob = meets(start - middle, ways, BODY, BODY_RADII), meets(start - middle, ways, KNOB, KNOB_RADII)
    near = meets(start - middle, ways, BODY, BODY_RADII * 1.15) | meets(start - middle, ways, KNOB, KNOB_RADII * 1.25)
    found = shown(scene, volume)
    assert found[knob & ~body].mean() > 0.85
    assert found[~near].mean() < 0.02


@pytest.mark.parametrize("grid", ["identity", "permuted", "left-handed", "sheared"])
@pytest.mark.parametrize("layer", ["volume", "surface"])
def test_the_cut_takes_the_left_front_upper_corner_out_of_the_picture(layer, grid):
    """Four balls, one in each quarter of the front view: only the one left and above vanishes."""
    geometry = geometries(SHAPE)[grid]
    middle = geometry.to_world((np.array(SHAPE) - 1) / 2)
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    offsets = [np.array([x, -7.0, z]) for x in (-8.0, 8.0) for z in (-8.0, 8.0)]
    away = [np.linalg.norm(geometry.to_world(ijk) - middle - offset, axis=-1) for offset in offsets]
    values = np.clip(900 * (4 - np.minimum.reduce(away)), -1000, 1800).astype(np.int16)
    volume = Volume(np.asfortranarray(values), geometry, modality="CT", unit="HU")
    uncut = {
        "volume": {"volume": VolumeLayer(preset="ct-soft-tissue")},
        "surface": {"surfaces": (SurfaceLayer(level=0),)},
    }
    layers = {
        "volume": {"volume": VolumeLayer(preset="ct-soft-tissue", cut=True)},
        "surface": {"surfaces": (SurfaceLayer(level=0, cut=True),)},
    }
    scene = Scene(**layers[layer], camera="A", size=(SIDE, SIDE), annotated=False, table=True)
    whole = replace(scene, **uncut[layer])
    found = shown(scene, volume)
    stand = stand_for("A", resolve(scene, Study(volume)).seen, scene.size)
    before = shown(whole, volume)
    stand_before = stand_for("A", resolve(whole, Study(volume)).seen, whole.size)
    for offset in offsets:
        gone = offset[0] > 0 and offset[2] > 0
        assert share_at(before, middle + offset, stand_before) > 0.8
        share = share_at(found, middle + offset, stand)
        assert share == 0 if gone else share > 0.8, offset


def share_at(mask: np.ndarray, point: np.ndarray, stand) -> float:
    """How much of the mask is set around the pixel that shows a point."""
    (x, y), _ = project(point, stand, (SIDE, SIDE))
    row, column = int((1 - y) / 2 * SIDE), int((x + 1) / 2 * SIDE)
    return float(mask[row - 4 : row + 5, column - 4 : column + 5].mean())


@pytest.mark.parametrize("mode", ["scene", "volume", "surface", "mip"])
def test_the_head_fills_the_picture_and_is_not_flat(mode, sample_head):
    scene = replace(scene_for(mode, camera="A", size=(240, 220)), annotated=False)
    picture = render(sample_head, scene=scene).astype(int)
    assert picture.shape == (220, 240, 3)
    mask = np.abs(picture - picture[:, :1]).max(axis=-1) > 14
    rows, columns = np.nonzero(mask)
    assert max(np.ptp(rows) / 220, np.ptp(columns) / 240) > 0.6
    assert not mask[[0, -1]].any()
    assert not mask[:, [0, -1]].any()
    assert picture[mask].mean(axis=-1).std() > 20
    assert len(np.unique(picture[mask], axis=0)) > 300
    # where nothing is, there is the background, from its lower to its upper colour
    assert picture[-1, 0] == pytest.approx([0x0B, 0x0F, 0x14], abs=3)
    assert picture[0, 0] == pytest.approx([0x2A, 0x34, 0x40], abs=3)


def test_the_lead_letter_at_the_left_temple_is_on_the_right(sample_head):
    """The sample's marker is the brightest there is; from the front it hangs on the right of the picture."""
    scene = replace(scene_for("mip", camera="A", size=(240, 220)), annotated=False)
    picture = render(sample_head, scene=scene)[..., 0].astype(int)
    head = np.nonzero(picture > 120)[1]
    marker = sample_head.geometry.to_world(np.argwhere(sample_head.voxels >= sample_head.voxels.max() - 50))
    assert marker[:, 0].min() > 60
    (x, y), _ = project(
        marker.mean(axis=0), stand_for("A", resolve(scene, Study(sample_head)).seen, scene.size), scene.size
    )
    assert x > 0.2
    assert picture[int((1 - y) / 2 * 220), int((x + 1) / 2 * 240)] > 200
    assert head.max() > 240 * 0.7


@pytest.mark.parametrize("mode", ["scene", "mip"])
def test_the_same_scene_gives_the_same_picture(mode, sample_head):
    scene = scene_for(mode, size=(160, 140))
    assert np.array_equal(render(sample_head, scene=scene), render(sample_head, scene=scene))


def test_letters_and_marker_are_there_unless_unwanted(sample_head):
    scene = scene_for("surface", camera="A", size=(300, 300))
    letters = (render(sample_head, scene=scene) != render(sample_head, scene=replace(scene, annotated=False))).any(
        axis=-1
    )
    places = {
        "left": np.s_[120:180, :30],
        "right": np.s_[120:180, -30:],
        "top": np.s_[:20, 135:165],
        "bottom": np.s_[-20:, 135:165],
    }
    for name, place in places.items():
        assert letters[place].any(), name
        letters[place] = False
    assert letters[-45:, :45].any(), "the marker"
    letters[-45:, :45] = False
    assert not letters[20:-20].any()


@pytest.mark.parametrize(
    ("camera", "letters"),
    [("A", "RLSI"), ("P", "LRSI"), ("L", "APSI"), ("R", "PASI"), ("S", "LRAP"), ("I", "RLAP")],
)
def test_letters_name_the_sides_of_each_view(camera, letters, sample_head):
    scene = scene_for("mip", camera="iso", size=(100, 100))
    drawing = draw(resolve(scene, Study(sample_head)), off_screen=True)
    drawing.look(replace(scene, camera=camera))
    said = [letter.GetInput() for letter in drawing.annotations.letters]
    drawing.close()
    assert said == list(letters)


def test_slices_lie_in_the_room_where_they_lie_in_the_patient():
    """The knob, as the coronal slice through it shows it, in the view from the front."""
    volume, middle = body_with_knob("rotated and sheared")
    scene = Scene(
        slices=SliceLayer(at=tuple(middle + KNOB), window=(200.0, 0.0), in_3d=("coronal",)),
        volume=VolumeLayer(preset="ct-lung", blend="mip"),
        camera="A",
        size=(SIDE, SIDE),
        annotated=False,
    )
    resolved = resolve(scene, Study(volume))
    (one,) = resolved.slices
    drawing = draw(resolved, off_screen=True)
    drawing.volume.SetVisibility(False)
    picture = drawing.plotter.screenshot(return_img=True)[..., :3].astype(int)
    drawing.close()
    found = np.abs(picture - picture[:, :1]).max(axis=-1) > 100
    start, ways = rays(scene, volume)
    normal = np.cross(one.along_row, one.down_column)
    hits = start + ways * ((one.origin - start) @ normal / (ways @ normal))[..., None]

    def is_body(places):
        away = [
            np.linalg.norm((places - middle - at) / r, axis=-1) for at, r in ((BODY, BODY_RADII), (KNOB, KNOB_RADII))
        ]
        return np.minimum(*away) < 1 - resolved.air / 9000

    # the outermost voxel of the body is left out: what is shown has body on all four sides a voxel away
    outline, expected = is_body(hits), is_body(hits)
    for step in (one.along_row, -one.along_row, one.down_column, -one.down_column):
        expected &= is_body(hits + step)
    assert expected.sum() > 500
    assert not (found & ~outline).any()
    assert overlap(found, expected) > 0.97
    assert overlap(expected, outline) < 0.85


def test_a_picture_in_a_file_is_the_picture(sample_head, tmp_path):
    pixels = render(sample_head, tmp_path / "a.png", mode="surface", size=(120, 100))
    with Image.open(tmp_path / "a.png") as picture:
        assert np.array_equal(np.asarray(picture), pixels)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (100, 120, 3)


def test_what_is_unknown_is_refused(sample_head):
    for options in ({"preset": "ct-bonne"}, {"mode": "volumes"}, {"camera": "X"}):
        with pytest.raises(OptionError):
            render(sample_head, **{"mode": "volume", "size": (100, 100), **options})


def test_a_flat_volume_makes_a_picture_of_nothing():
    volume = Volume(np.zeros((10, 10, 10), np.int16, order="F"), Geometry((10, 10, 10), np.eye(4)))
    picture = render(volume, mode="volume", size=(100, 100))
    assert picture.shape == (100, 100, 3)


@pytest.mark.parametrize(
    ("mode", "parts"),
    [("surface", ["contouring", "pieces", "smoothing", "light", "OpenGL"]), ("volume", ["smoothing", "OpenGL"])],
)
def test_it_tells_what_drawing_spends_its_time_on(mode, parts):
    with recorded() as whole:
        render(body_with_knob()[0], scene=bare(mode, "A"))
    assert [name for name in whole.parts["drawing"].parts if name in parts] == parts
