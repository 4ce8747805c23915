from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.movie import sweep, sweep_steps, turn_angles, turned, turntable
from vizmed.render.study import Study
from vizmed.scene import GRID_PLANES, Camera, Scene, SliceLayer, SurfaceLayer
from vizmed.slices import take_slice
from vizmed.volume import Volume

SIZE = (240, 200)
RADIUS_MM = 22.0
BALL = np.array([6.0, -4.0, 10.0])
AXIS = {"axial": 2, "coronal": 1, "sagittal": 0}


def scan(*, knob: bool = False, spacing: tuple[float, float, float] = (2.0, 1.5, 2.5)) -> Volume:
    """A ball out of the middle; the knob sticks out of it to the patient's left."""
    shape = np.rint(np.array([110.0, 104.0, 100.0]) / spacing).astype(int)
    geometry = Geometry.from_axes(shape, spacing, -(shape - 1) / 2 * spacing)
    ijk = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    place = geometry.to_world(ijk)
    values = RADIUS_MM - np.linalg.norm(place - BALL, axis=-1)
    if knob:
        values = np.maximum(values, 7 - np.linalg.norm(place - BALL - (25, 0, 0), axis=-1))
    return Volume(np.asfortranarray(50 * values).astype(np.int16), geometry, unit="HU", modality="CT")


def page(plane: str = "axial", **options) -> Scene:
    """A bare page, on which the ball's rim is the middle grey."""
    layer = SliceLayer(planes=(plane,), window=(200.0, 0.0), crosshair=False)
    return Scene(layout="slices", slices=replace(layer, **options), size=SIZE, annotated=False)


def areas(frames) -> list[int]:
    return [int((frame[..., 0] >= 128).sum()) for frame in frames]


@pytest.mark.parametrize("plane", GRID_PLANES)
def test_a_ball_grows_and_shrinks_where_it_lies(plane):
    """Its area on each frame is that of the circle in which the slice cuts it."""
    volume = scan()
    indices = sweep_steps(page(plane), Study(volume), plane=plane, every=1)
    frames = list(sweep(page(plane), Study(volume), plane=plane, every=1))
    assert len(frames) == len(indices) == take_slice(volume, plane).count
    assert all(frame.shape == (SIZE[1], SIZE[0], 3) for frame in frames)
    size_mm = take_slice(volume, plane).size_mm
    scale = min(SIZE[1] / size_mm[0], SIZE[0] / size_mm[1])
    for index, area in zip(indices, areas(frames), strict=True):
        away = take_slice(volume, plane, index=index).origin[AXIS[plane]] - BALL[AXIS[plane]]
        expected = np.pi * max(0.0, RADIUS_MM**2 - away**2) * scale**2
        assert area == pytest.approx(expected, rel=0.05, abs=130)


def test_slices_pass_in_the_order_that_is_asked_for():
    volume = scan()
    down, up, some = (
        list(sweep(page(), Study(volume), **asked))
        for asked in ({"every": 1}, {"every": 1, "first": 0, "last": 39}, {"every_mm": 10.0, "first": 8, "last": 30})
    )
    assert all(np.array_equal(one, other) for one, other in zip(down, reversed(up), strict=True))
    assert len(some) == 6
    assert all(np.array_equal(frame, up[8 + 4 * n]) for n, frame in enumerate(some))


def test_nothing_but_the_place_of_the_slices_changes():
    """A page of three planes: in a sweep of axial slices the others stand still, and the crosshair goes along."""
    volume = scan()
    still = Scene(layout="slices", slices=SliceLayer(crosshair=False), size=SIZE, annotated=False)
    frames = list(sweep(still, Study(volume), every=10))
    width, height = SIZE[0] // 2, SIZE[1] // 2
    for one, other in pairwise(frames):
        changed = (one != other).any(axis=-1)
        assert changed[:height, :width].any()
        assert not changed[height:].any()
        assert not changed[:, width:].any()
    crossed = list(sweep(replace(still, slices=SliceLayer(), annotated=True), Study(volume), every=10))
    rows = []
    for frame in crossed:
        coronal = frame[:height, width:].astype(int)
        red = (coronal[..., 0] > coronal[..., 1] + 40) & (coronal[..., 0] > coronal[..., 2] + 40)
        rows.append(np.median(np.nonzero(red)[0]))
    assert len(rows) == 4
    assert np.diff(rows) == pytest.approx(np.diff(rows).mean(), abs=1.01)
    assert np.diff(rows).min() > 5


def test_long_sweeps_leave_slices_out():
    thin = Volume(np.zeros((4, 4, 700), np.int16, order="F"), Geometry.from_axes((4, 4, 700)))
    steps = sweep_steps(page(), Study(thin))
    assert 80 <= len(steps) <= 180
    assert len({one - other for one, other in pairwise(steps)}) == 1


def test_a_plane_that_is_not_shown_is_not_swept():
    with pytest.raises(OptionError, match="axial"):
        next(sweep(page("axial"), Study(scan()), plane="coronal"))
    with pytest.raises(OptionError, match="not among"):
        next(sweep(Scene(layout="3d"), Study(scan()), plane="axial"))


@pytest.mark.parametrize(("frames", "degrees"), [(60, 360), (7, 360), (24, -360), (10, 720)])
def test_whole_turns_have_equal_steps_and_no_frame_twice(frames, degrees):
    angles = turn_angles(frames, degrees)
    assert len(angles) == frames
    steps = {round(other - one, 9) for one, other in pairwise((*angles, float(degrees)))}
    assert steps == {round(degrees / frames, 9)}, "the step over the seam is another"


@pytest.mark.parametrize(("frames", "degrees"), [(10, 90), (3, -30), (2, 500)])
def test_parts_of_turns_go_to_their_end(frames, degrees):
    angles = turn_angles(frames, degrees)
    assert (angles[0], angles[-1], len(angles)) == (0, pytest.approx(degrees), frames)
    assert np.diff(angles) == pytest.approx(degrees / (frames - 1))


@pytest.mark.parametrize(
    ("frames", "degrees"), [(1, 360), (0, 360), (-5, 360), (5000, 360), (60, 0), (60, np.nan), (60, np.inf), (60, 9999)]
)
def test_turns_that_are_none_are_refused(frames, degrees):
    with pytest.raises(OptionError, match="a turn of"):
        turn_angles(frames, degrees)


def test_the_camera_goes_from_the_front_over_the_left_to_the_back():
    front = Camera((10, -500, 40), (10, 20, 30), (0, 0, 1))
    axis = (10, 20, 0)
    left, back, right = (turned(front, axis, degrees) for degrees in (90, 180, 270))
    assert left.position == pytest.approx((530, 20, 40))
    assert back.position == pytest.approx((10, 540, 40))
    assert right.position == pytest.approx((-510, 20, 40))
    for camera in (left, back, right):
        assert camera.focal_point == pytest.approx((10, 20, 30))
        assert camera.up == pytest.approx((0, 0, 1))
    assert turned(front, axis, 360).position == pytest.approx(front.position)


def test_a_camera_from_above_turns_its_way_up():
    above = Camera((0, 0, 500), (0, 0, 0), (0, -1, 0))
    assert turned(above, (0, 0, 0), 90).position == pytest.approx((0, 0, 500))
    assert turned(above, (0, 0, 0), 90).up == pytest.approx((1, 0, 0))


def test_a_page_of_slices_does_not_turn():
    with pytest.raises(OptionError, match="does not turn"):
        next(turntable(page(), Study(scan())))


def turning(**options) -> Scene:
    surface = SurfaceLayer(level=0.0, color="#ffffff", smooth=0)
    scene = Scene(layout="3d", surfaces=(surface,), camera="A", size=SIZE, annotated=False)
    return replace(scene, background=("#000000", "#000000"), **options)


def silhouette(frame: np.ndarray) -> np.ndarray:
    return frame.max(axis=-1) > 12


@pytest.mark.gl
def test_a_knob_goes_round():
    """The axis lies between ball and knob, 5 mm to the left of the ball's middle, which goes round it."""
    frames = list(turntable(turning(), Study(scan(knob=True)), frames=8))
    assert len(frames) == 8
    assert all(frame.shape == (SIZE[1], SIZE[0], 3) for frame in frames)
    middle, tops, reach = (SIZE[0] - 1) / 2, [], []
    for shape in map(silhouette, frames):
        rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
        assert 0 < columns[0] <= columns[-1] < SIZE[0] - 1, "the body is cut off"
        assert 0 < rows[0] <= rows[-1] < SIZE[1] - 1
        scale = len(rows) / (2 * RADIUS_MM)
        tops.append((np.flatnonzero(shape[rows[0] + 1]).mean() - middle) / scale)
        reach.append((columns[-1] - middle, middle - columns[0]))
    assert tops == pytest.approx([-5 * np.cos(n * np.pi / 4) for n in range(8)], abs=0.7)
    for n in range(8):
        assert reach[n] == pytest.approx(reach[(4 - n) % 8][::-1], abs=1.5), "front and back are not mirrored"
    different = [(one != other).mean() for one, other in pairwise([*frames, frames[0]])]
    assert min(different) > 0.01, "a frame comes twice"


@pytest.mark.gl
def test_the_first_frame_is_that_of_the_camera_and_the_scene_is_drawn_as_ever():
    from vizmed.render.screenshot import screenshot

    study = Study(scan(knob=True))
    camera = Camera((120, -400, 150), (0, 0, 0), (0, 0, 1))
    frames = list(turntable(turning(camera=camera), study, frames=3, degrees=80))
    for frame, degrees in zip(frames, (0, 40, 80), strict=True):
        wanted = screenshot(turning(camera=turned(camera, (0, 0, 0), degrees)), study)
        assert np.array_equal(frame, wanted[..., :3])


@pytest.mark.gl
def test_slices_pass_beside_a_3d_view():
    scene = replace(turning(), layout="four", slices=SliceLayer(window=(200.0, 0.0)))
    frames = list(sweep(scene, Study(scan()), every=10))
    width, height = SIZE[0] // 2, SIZE[1] // 2
    assert len(frames) == 4
    for one, other in pairwise(frames):
        assert (one[:height, :width] != other[:height, :width]).any()
        assert np.array_equal(one[height:, width:], other[height:, width:])
        assert silhouette(one[height:, width:]).any()
