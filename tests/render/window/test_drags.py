from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.window.desks import GRIDS, view_of, volume
from vizmed.presets import Window
from vizmed.render.page import panes_of
from vizmed.render.window.drags import (
    drag_window,
    faces_near,
    hold_middle,
    move_crosshair,
    move_faces,
    pan,
    pane_at,
    zoom_at,
)
from vizmed.render.window.framing import box_around
from vizmed.render.window.grab import take_hold
from vizmed.render.window.slicing import with_slices
from vizmed.scene import GRID_PLANES, LAYOUTS, scene_for
from vizmed.slices import crossing

SCENE = scene_for("slices", size=(403, 301))
PLACES = st.tuples(st.floats(0, 150), st.floats(0, 150))
SOFT = Window(400.0, 40.0)


@settings(max_examples=40, deadline=None)
@given(x=st.integers(0, 402), y=st.integers(0, 300), layout=st.sampled_from(LAYOUTS))
def test_every_pixel_lies_in_one_pane(x, y, layout):
    panes = panes_of(replace(SCENE, layout=layout), volume())
    pane = pane_at(panes, x + 0.5, y + 0.5)
    left, top, width, height = pane.box
    assert left <= x < left + width
    assert top <= y < top + height
    assert sum(1 for other in panes if pane_at([other], x + 0.5, y + 0.5)) == 1


def test_beside_the_window_there_is_no_pane():
    panes = panes_of(SCENE, volume())
    for place in ((-1, 5), (5, -1), (403.5, 5), (5, 301.5)):
        assert pane_at(panes, *place) is None


@settings(max_examples=40, deadline=None)
@given(grid=st.sampled_from(GRIDS), plane=st.sampled_from(GRID_PLANES), place=PLACES)
def test_a_click_lets_the_slices_cross_under_the_pointer(grid, plane, place):
    scan = volume(grid)
    view = view_of(SCENE, scan, plane)
    found = view.value_at(scan, *place)
    moved = move_crosshair(SCENE, scan, view.to_lps(*place))
    ijk = scan.geometry.to_index(moved.slices.at)
    assert (ijk > -1e-2).all()
    assert (ijk < np.array(scan.shape) - 1 + 1e-2).all()
    if found is not None:
        assert tuple(np.round(ijk).astype(int)) == found[1]
    view_of(moved, scan, plane)  # it can be drawn


@settings(max_examples=40, deadline=None)
@given(
    across=st.floats(-2, 2),
    up=st.floats(-2, 2),
    width=st.floats(1e-3, 1e5),
    level=st.floats(-1e4, 1e4),
    whole=st.booleans(),
)
def test_a_window_that_is_dragged_stays_one_and_its_numbers_are_round(across, up, width, level, whole):
    dragged = drag_window(SCENE, Window(width, level), across, up, whole=whole).slices.window
    assert dragged[0] > 0
    meant = width * 4**across
    assert dragged[0] == pytest.approx(meant, rel=0.02, abs=1 if whole else 0)
    assert dragged[1] == pytest.approx(level + 2 * width * up, abs=max(0.02 * meant, 1 if whole else 0))
    assert not whole or all(number == round(number) for number in dragged)
    assert dragged[0] == float(f"{dragged[0]:.3g}"), "it has three digits at most"


def test_right_widens_and_up_raises():
    assert drag_window(SCENE, SOFT, 0.0, 0.0, whole=True).slices.window == (400, 40)
    assert drag_window(SCENE, SOFT, 0.5, 0.0, whole=True).slices.window == (800, 40)
    assert drag_window(SCENE, SOFT, 0.0, 0.25, whole=True).slices.window == (400, 240)


@settings(max_examples=40, deadline=None)
@given(
    grid=st.sampled_from(GRIDS),
    plane=st.sampled_from(GRID_PLANES),
    under=PLACES,
    factors=st.lists(st.floats(1.05, 1.8), min_size=1, max_size=4),
)
def test_what_is_under_the_pointer_stays_there_while_it_zooms_in(grid, plane, under, factors):
    scan = volume(grid)
    scene = SCENE
    place = view_of(scene, scan, plane).to_lps(*under)
    for factor in factors:
        scene = zoom_at(scene, scan, view_of(scene, scan, plane), under, factor)
    view = view_of(scene, scan, plane)
    assert view.to_lps(*under) == pytest.approx(place, abs=0.01)
    assert scene.slices.zoom == pytest.approx(np.prod(factors), rel=1e-4)


def test_zoomed_out_the_slices_lie_in_the_middle_again():
    scan = volume()
    view = view_of(SCENE, scan, "axial")
    near = zoom_at(SCENE, scan, view, (10, 20), 1.2)
    assert near.slices.center is not None
    assert zoom_at(near, scan, view_of(near, scan, "axial"), (90, 20), 1 / 1.2) == SCENE
    assert zoom_at(SCENE, scan, view, (10, 20), 1 / 1.2) == SCENE
    for _ in range(40):
        near = zoom_at(near, scan, view_of(near, scan, "axial"), (10, 20), 1.2)
    assert near.slices.zoom == 100


@settings(max_examples=40, deadline=None)
@given(grid=st.sampled_from(GRIDS), plane=st.sampled_from(GRID_PLANES), start=PLACES, end=PLACES)
def test_a_pane_is_moved_along_with_the_pointer(grid, plane, start, end):
    scan = volume(grid)
    scene = zoom_at(SCENE, scan, view_of(SCENE, scan, "axial"), (50, 50), 2.0)
    before = view_of(scene, scan, plane)
    moved = take_hold("Middle", scene, scan, before, start)(scene, *end)
    assert view_of(moved, scan, plane).to_lps(*end) == pytest.approx(before.to_lps(*start), abs=0.01)
    for other in GRID_PLANES:  # across the pane's own plane nothing moves
        if other != plane and grid == "identity":
            axis = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
            kept = view_of(moved, scan, other).middle[axis]
            assert kept == pytest.approx(view_of(scene, scan, other).middle[axis], abs=0.01)


def test_a_crosshair_that_is_dragged_in_a_zoomed_pane_does_not_move_the_pane():
    scan = volume()
    scene = with_slices(SCENE, zoom=2.0)
    view = view_of(scene, scan, "axial")
    dragged = take_hold("Left", scene, scan, view, (60, 60))(scene, 80, 70)
    after = view_of(dragged, scan, "axial")
    assert after.to_lps(80, 70) == pytest.approx(view.to_lps(80, 70), abs=0.01)
    assert after.to_pixel(crossing(dragged.slices, scan)) == pytest.approx((80, 70), abs=0.1)
    assert hold_middle(SCENE, scan, view_of(SCENE, scan, "axial")) is SCENE


BOXED = replace(SCENE, crop=((-28.0, 20.0, 44.0), (-24.0, 26.0, 50.0)))


@pytest.mark.parametrize(
    ("plane", "axis"), [("axial", 0), ("axial", 1), ("coronal", 0), ("coronal", 2), ("sagittal", 1), ("sagittal", 2)]
)
@pytest.mark.parametrize("side", [0, 1])
def test_edges_of_the_box_are_taken_hold_of_and_follow_the_pointer(plane, axis, side):
    scan = volume()
    scene = with_slices(BOXED, at=(-26.0, 23.0, 47.0))
    view = view_of(scene, scan, plane)
    middle = np.mean(scene.crop, axis=0)
    on_edge = middle.copy()
    on_edge[axis] = scene.crop[side][axis]
    assert faces_near(view, scene.crop, *view.to_pixel(on_edge)) == ((axis, side),)
    assert faces_near(view, scene.crop, *view.to_pixel(middle)) == ()
    target = on_edge.copy()
    target[axis] += 1.0
    drag = take_hold("Left", scene, scan, view, view.to_pixel(on_edge))
    dragged = drag(scene, *view.to_pixel(target))
    expected = [list(end) for end in scene.crop]
    expected[side][axis] += 1.0
    assert np.allclose(dragged.crop, expected, atol=0.051)
    assert dragged.slices == scene.slices


def test_a_corner_moves_two_edges_and_far_beside_the_box_there_is_none():
    scan = volume()
    scene = with_slices(BOXED, at=(-26.0, 23.0, 47.0))
    view = view_of(scene, scan, "axial")
    corner = view.to_pixel(np.array([-28.0, 26.0, 47.0]))
    assert set(faces_near(view, scene.crop, *corner)) == {(0, 0), (1, 1)}
    beside = view.to_pixel(np.array([-28.0, 29.5, 47.0]))
    assert faces_near(view, scene.crop, *beside) == ()


@settings(max_examples=40, deadline=None)
@given(
    faces=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), unique_by=lambda face: face[0], min_size=1),
    place=st.tuples(*[st.floats(-200, 200)] * 3),
    grid=st.sampled_from(GRIDS),
)
def test_the_box_stays_a_box_within_the_scan(faces, place, grid):
    scan = volume(grid)
    around = box_around(scan)
    scene = move_faces(replace(SCENE, crop=around), scan, faces, np.array(place))
    low, high = map(np.array, scene.crop)
    assert (low < high).all()
    assert (low >= np.array(around[0]) - 1e-3).all()
    assert (high <= np.array(around[1]) + 1e-3).all()


def test_without_a_box_there_is_nothing_to_move():
    assert move_faces(SCENE, volume(), [(0, 0)], np.zeros(3)) is SCENE


def test_a_projection_leaves_the_depth_of_the_crosshair():
    scan = volume()
    scene = with_slices(replace(SCENE, layout="slices"), at=(-28.0, 19.7, 45.0))
    view = view_of(scene, scan, "projection")
    x, y = view.to_pixel(np.array([-25.6, 0.0, 46.45]))
    moved = take_hold("Left", scene, scan, view, (x, y))(scene, x, y)
    assert moved.slices.at == pytest.approx((-25.6, 19.7, 46.45), abs=0.01)


def test_pan_at_rest_is_nothing():
    scan = volume()
    view = view_of(SCENE, scan, "axial")
    moved = pan(SCENE, scan, view, np.zeros(3))
    assert view_of(moved, scan, "axial").middle == pytest.approx(view.middle, abs=0.01)
