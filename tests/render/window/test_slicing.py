from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.window.desks import GRIDS, desk, volume
from vizmed.presets import names
from vizmed.render.window.slicing import (
    change_slab,
    change_window,
    first_slice,
    following,
    last_slice,
    step_slices,
    thicken,
    turn_crosshair,
    turn_in_3d,
    turn_side,
    windows_of,
    with_slices,
)
from vizmed.scene import GRID_PLANES, PROJECTIONS, scene_for
from vizmed.slices import choose_window, take_slice

SCENE = scene_for("slices")


def index(scene, scan, plane):
    return take_slice(scan, plane, at=scene.slices.at).index


@settings(max_examples=40, deadline=None)
@given(grid=st.sampled_from(GRIDS), plane=st.sampled_from(GRID_PLANES), count=st.integers(-4, 4))
def test_steps_go_so_many_slices_and_the_same_back(grid, plane, count):
    scan = volume(grid)
    beside = desk(scan, plane=plane)
    start = step_slices(0)(SCENE, beside)
    there = step_slices(count)(start, beside)
    back = step_slices(-count)(there, beside)
    last = take_slice(scan, plane).count - 1
    if 0 <= index(start, scan, plane) + count <= last:
        assert index(there, scan, plane) == index(start, scan, plane) + count
        assert back.slices.at == pytest.approx(start.slices.at, abs=1e-9)
    for other in GRID_PLANES:
        if other != plane:
            assert index(there, scan, other) == index(start, scan, other)


@pytest.mark.parametrize("plane", GRID_PLANES)
def test_home_and_end_go_to_the_ends(plane):
    beside = desk(plane=plane)
    scan = beside.study.volume
    assert index(first_slice(SCENE, beside), scan, plane) == 0
    assert index(last_slice(SCENE, beside), scan, plane) == take_slice(scan, plane).count - 1
    at_the_end = last_slice(SCENE, beside)
    assert step_slices(1)(at_the_end, beside) == at_the_end


@settings(max_examples=40, deadline=None)
@given(names=st.lists(st.text(), min_size=1, unique=True).map(tuple), count=st.integers(1, 5))
def test_a_ring_of_choices_comes_back(names, count):
    for now in names:
        assert following(names, following(names, now, count), -count) == now
    assert following(names, object(), 1) == names[0]
    assert following(names, object(), -1) == names[-1]


@pytest.mark.parametrize(("unit", "of_file"), [("HU", None), ("HU", (300.0, 40.0)), (None, None), (None, (9.0, 4.0))])
def test_each_window_of_the_list_fits_and_all_are_passed(unit, of_file):
    scan = volume(unit=unit, window=of_file)
    beside = desk(scan)
    seen, scene = [], SCENE
    for _ in windows_of(scan):
        seen.append(scene.slices.window)
        choose_window(scan, scene.slices.window)
        scene = change_window(1)(scene, beside)
    assert scene == SCENE
    assert set(seen) == set(windows_of(scan))
    assert ("file" in seen) == (of_file is not None)
    assert (set(names("windows")) <= set(seen)) == (unit == "HU")
    dragged = with_slices(SCENE, window=(321.0, 12.0))
    assert change_window(1)(dragged, beside).slices.window == "auto"
    assert change_window(-1)(dragged, beside).slices.window == windows_of(scan)[-1]


def test_the_slab_goes_round_through_all_projections():
    seen, scene = [], SCENE
    for _ in range(4):
        scene = change_slab(scene, desk())
        seen.append((scene.slices.slab_mm, scene.slices.projection))
    assert seen[:3] == [(10.0, projection) for projection in PROJECTIONS]
    assert scene == SCENE


def test_the_slab_grows_and_shrinks_in_steps_and_stops():
    scene, thicknesses = SCENE, [0.0]
    for _ in range(20):
        scene = thicken(1)(scene, desk())
        thicknesses.append(scene.slices.slab_mm)
    assert thicknesses == sorted(thicknesses)
    assert thicknesses[-1] == 100
    assert thicken(1)(scene, desk()) is scene
    assert thicken(-1)(with_slices(SCENE, slab_mm=6.0), desk()).slices.slab_mm == 5
    assert thicken(1)(with_slices(SCENE, slab_mm=6.0), desk()).slices.slab_mm == 7
    assert thicken(-1)(with_slices(SCENE, slab_mm=0.5), desk()) == SCENE
    assert thicken(-1)(SCENE, desk()) is SCENE


@pytest.mark.parametrize("act", [turn_crosshair, turn_side, *(turn_in_3d(plane) for plane in GRID_PLANES)])
def test_what_is_turned_twice_is_as_before(act):
    once = act(SCENE, desk())
    assert once != SCENE
    assert act(once, desk()) == SCENE


def test_each_of_these_turns_what_it_says():
    assert turn_crosshair(SCENE, desk()).slices == replace(SCENE.slices, crosshair=False)
    assert turn_side(SCENE, desk()).slices == replace(SCENE.slices, neurological=True)
    both = turn_in_3d("sagittal")(turn_in_3d("axial")(SCENE, desk()), desk())
    assert set(both.slices.in_3d) == {"axial", "sagittal"}
    assert turn_in_3d("axial")(both, desk()).slices.in_3d == ("sagittal",)
