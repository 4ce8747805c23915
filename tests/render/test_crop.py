"""Crop box and clipping plane, as pictures show them: exactly the half of a body is gone, on grids of every kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import geometries
from tests.render.test_screenshot import BODY, BODY_RADII, KNOB, KNOB_RADII, SIDE, bare, body_with_knob, meets, rays
from vizmed import render
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render import gl
from vizmed.render.crop import box_sides, check_leaves_something, clip_side, is_shown, voxels_shown
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import Clip, Scene, SurfaceLayer, VolumeLayer, scene_for


@pytest.fixture(autouse=True, scope="module")
def opengl():
    gl.require()


GRIDS = ["identity", "rotated left-handed", "rotated and sheared"]
FAR = 500.0


def shown(scene, study, camera_of=None):
    """Where a body is in the picture, seen from where another scene has its camera."""
    drawing = draw(resolve(scene, study), off_screen=True)
    if camera_of is not None:
        drawing.look(replace(scene, camera=camera_of))
    picture = drawing.plotter.screenshot(return_img=True)[..., :3].astype(int)
    drawing.close()
    return np.abs(picture - picture[:, :1]).max(axis=-1) > 14


def camera(scene, study):
    drawing = draw(resolve(scene, study), off_screen=True)
    stand = drawing.camera()
    drawing.close()
    return stand


def passes(start, ways, *, reach, up_to):
    """Whether each ray comes through the body where x is not above a place; all places are about the middle."""
    passed = np.zeros(ways.shape[:2], bool)
    for depth in np.linspace(-16, 10, 53):
        places = start + ways * ((depth - start[1]) / ways[..., 1])[..., None]
        bodies = [
            np.linalg.norm((places - at) / radii, axis=-1) for at, radii in ((BODY, BODY_RADII), (KNOB, KNOB_RADII))
        ]
        passed |= (np.minimum(*bodies) < reach) & (places[..., 0] < up_to)
    return passed


HALVES = {
    "crop": lambda middle: {"crop": (tuple(middle - FAR), tuple(middle + np.array([0.0, FAR, FAR])))},
    "clip": lambda middle: {"clip": Clip(tuple(middle), (3.0, 0.0, 0.0))},
    "both": lambda middle: {
        "crop": (tuple(middle - FAR), tuple(middle + np.array([5.0, FAR, FAR]))),
        "clip": Clip(tuple(middle), (3.0, 0.0, 0.0)),
    },
}


@pytest.mark.gl
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("how", HALVES)
@pytest.mark.parametrize("mode", ["volume", "surface"])
def test_the_left_half_is_gone_and_the_right_half_is_all_there(mode, how, grid):
    volume, middle = body_with_knob(grid)
    study = Study(volume)
    whole = bare(mode, "A")
    stand = camera(whole, study)
    before, after = shown(whole, study), shown(replace(whole, **HALVES[how](middle)), study, stand)
    start, ways = rays(whole, volume)
    nothing_else = passes(start - middle, ways, reach=1.1, up_to=0.6)
    assert (after & ~nothing_else).sum() < 3, "something is left of it"
    assert after[before & passes(start - middle, ways, reach=0.95, up_to=-0.3)].mean() > 0.985


@pytest.mark.gl
def test_the_box_combines_with_the_corner_that_is_cut_out():
    """Of the eight octants of a body, the box takes the four on the right, the cut one of those on the left."""
    volume, middle = body_with_knob("rotated and sheared")
    study = Study(volume)
    plain = Scene(
        volume=VolumeLayer(preset="ct-soft-tissue", cut=True),
        camera="A",
        size=(SIDE, SIDE),
        annotated=False,
        table=True,
    )
    stand = camera(plain, study)
    cut = shown(plain, study)
    boxed = shown(replace(plain, crop=(tuple(middle - np.array([0, FAR, FAR])), tuple(middle + FAR))), study, stand)
    start, ways = rays(plain, volume)
    x = (start + ways * ((middle - start)[1] / ways[..., 1])[..., None] - middle)[..., 0]
    left = meets(start - middle, ways, BODY, BODY_RADII * 0.9) & (x > 1)
    assert np.array_equal(boxed[left], cut[left]) or (boxed[left] == cut[left]).mean() > 0.98
    assert not (boxed & (x < -0.8)).any()


@pytest.mark.gl
def test_slices_in_space_are_not_cropped(sample_head):
    scene = replace(scene_for("scene", camera="A", size=(150, 150)), annotated=False, volume=None, surfaces=())
    low = tuple(sample_head.geometry.to_world((0, 0, 0)) - FAR)
    cropped = replace(scene, crop=(low, tuple(np.array(low) + 1)))
    assert np.array_equal(render(sample_head, scene=scene), render(sample_head, scene=cropped))


def test_points_are_told_by_the_sides():
    scene = Scene(crop=((0.0, 0.0, 0.0), (10.0, 20.0, 30.0)), clip=Clip((0.0, 5.0, 0.0), (0.0, 2.0, 0.0)))
    points = np.array([[5, 5, 5], [5, 15, 5], [-1, 5, 5], [5, 21, 5], [5, 5, 31]], dtype=float)
    assert is_shown(points, box_sides(scene)).tolist() == [True, True, False, False, False]
    assert is_shown(points, clip_side(scene.clip)).tolist() == [True, False, True, False, True]
    assert is_shown(points, ()).all()
    assert np.linalg.norm(clip_side(scene.clip)[0][1]) == pytest.approx(1)


@pytest.mark.gl
def test_a_crop_fills_the_frame():
    volume, middle = body_with_knob()
    scene = replace(
        bare("surface", "A"), crop=(tuple(middle - np.array([4, 40, 4])), tuple(middle + np.array([4, 40, 4])))
    )
    rows, columns = np.nonzero(shown(scene, Study(volume)))
    assert np.ptp(rows) > 0.7 * SIDE
    assert np.ptp(columns) > 0.7 * SIDE


def test_moving_the_box_makes_no_new_surface():
    volume, middle = body_with_knob()
    study = Study(volume)
    scene = Scene(surfaces=(SurfaceLayer(level=0),))
    one = resolve(scene, study)
    cropped = replace(scene, crop=(tuple(middle - 4), tuple(middle + 4)))
    assert resolve(cropped, study, one, coarse=True).surfaces == one.surfaces, "its shadows stay while it is moved"
    other = resolve(cropped, study, one)
    assert other.meshes[0].GetPoints() is one.meshes[0].GetPoints()
    assert not np.array_equal(other.meshes[0]["sky"], one.meshes[0]["sky"])
    assert resolve(cropped, study, other).surfaces == other.surfaces
    assert np.array_equal(resolve(scene, study, other).meshes[0]["sky"], one.meshes[0]["sky"])
    assert np.array_equal(resolve(cropped, study).meshes[0]["sky"], other.meshes[0]["sky"])


@pytest.mark.parametrize("grid", geometries((9, 8, 7)))
def test_voxels_are_told_as_points_are(grid):
    geometry = geometries((9, 8, 7))[grid]
    middle = geometry.to_world((4.0, 3.5, 3.0))
    scene = Scene(
        crop=(tuple(middle - 3), tuple(middle + np.array([2.0, 4.0, 5.0]))), clip=Clip(tuple(middle), (0.3, 1.0, 0.2))
    )
    sides = (*box_sides(scene), *clip_side(scene.clip))
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    expected = is_shown(geometry.to_world(ijk).reshape(-1, 3), sides).reshape(geometry.shape)
    assert 0 < expected.sum() < expected.size
    assert np.array_equal(voxels_shown(geometry, sides), expected)


LAYERS = {"surfaces": (SurfaceLayer(level=0),)}
TILTED = Geometry((10, 10, 10), np.array([[1, -1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
"""A square that stands on its corner: x from -10 to 10, y from -1 to 19, z from -0.5 to 9.5."""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"crop": ((50, 0, 0), (60, 9, 9))}, "the crop from .* does not meet the scan"),
        # within the box around the scan, and beside the scan
        ({"crop": ((6, 14, 0), (9, 18, 9))}, "the crop from .* does not meet the scan"),
        ({"clip": Clip((0.0, -1.5, 0.0), (0.0, 1.0, 0.0))}, "the clipping plane .* takes all of the scan away"),
        ({"clip": Clip((7.5, 15.5, 0.0), (-1.0, -1.0, 0.0))}, "the clipping plane .* takes all of the scan away"),
        (
            {"crop": ((-5, 5, 0), (5, 12, 9)), "clip": Clip((0.0, 4.0, 0.0), (0.0, 1.0, 0.0))},
            "takes all of what the crop leaves of the scan away",
        ),
    ],
)
def test_what_leaves_nothing_is_refused_with_where_the_scan_is(fields, said):
    scene = Scene(**LAYERS, **fields)
    with pytest.raises(OptionError, match=said) as refused:
        check_leaves_something(scene, TILTED)
    assert "from (-10.0, -1.0, -0.5) to (10.0, 19.0, 9.5), LPS mm" in refused.value.remedy
    check_leaves_something(replace(scene, surfaces=()), TILTED)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"crop": ((4, 13, 0), (9, 18, 9))},  # it holds no corner of the scan, and the scan none of it
        {"crop": ((-FAR,) * 3, (FAR,) * 3)},
        {"crop": ((0, 9, 4), (0.1, 9.1, 4.1))},
        {"crop": ((-FAR, -FAR, 9.4), (FAR,) * 3)},
        {"clip": Clip((0.0, -0.9, 0.0), (0.0, 1.0, 0.0))},
        {"clip": Clip((0.0, 30.0, 0.0), (0.0, 1.0, 0.0)), "crop": ((-5, 5, 0), (5, 12, 9))},
    ],
)
def test_what_leaves_a_little_is_not_refused(fields):
    check_leaves_something(Scene(**LAYERS, **fields), TILTED)


def test_a_crop_beside_the_scan_makes_no_empty_picture():
    volume, middle = body_with_knob()
    crop = (tuple(middle + 300), tuple(middle + 400))
    for layers in (LAYERS, {"volume": VolumeLayer()}):
        with pytest.raises(OptionError, match="does not meet the scan"):
            resolve(Scene(crop=crop, **layers), Study(volume))
