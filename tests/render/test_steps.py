from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.phantoms import asymmetric, axis_orders, geometries
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.steps import choose_steps, count_and_gap, index_at, place_of
from vizmed.scene import GRID_PLANES, SliceLayer
from vizmed.slices import take_slice
from vizmed.volume import Volume

KINDS = geometries((9, 8, 7))
SHOWN_FIRST = {"axial": "S", "coronal": "A", "sagittal": "R"}
TOWARDS = {"S": (2, 1), "A": (1, -1), "R": (0, -1)}


def scan(count: int, gap_mm: float) -> Volume:
    """So many axial slices, counted towards S."""
    geometry = Geometry.from_axes((3, 4, count), (1, 1, gap_mm), direction=axis_orders()["LPS"])
    return Volume(np.zeros((3, 4, count), np.int16, order="F"), geometry)


@pytest.mark.parametrize("code", ["LPS", "RAS", "SLP", "ARI"])
@pytest.mark.parametrize("plane", GRID_PLANES)
def test_they_run_from_head_to_feet_from_front_to_back_from_right_to_left(code, plane):
    volume = asymmetric(Geometry.from_axes((9, 8, 7), (1, 2, 3), direction=axis_orders()[code]))
    chosen = choose_steps(volume, plane, every=1)
    axis, sign = TOWARDS[SHOWN_FIRST[plane]]
    places = [sign * take_slice(volume, plane, index=index).origin[axis] for index in chosen]
    assert places == sorted(places, reverse=True)
    assert len(chosen) == take_slice(volume, plane).count


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({"every": 5, "first": 2, "last": 22}, (2, 7, 12, 17, 22)),
        ({"every": 5, "first": 2, "last": 21}, (2, 7, 12, 17)),
        ({"every": 5, "first": 22, "last": 2}, (22, 17, 12, 7, 2)),
        ({"every": 10}, (30, 20, 10, 0)),
        ({"every": 7}, (30, 23, 16, 9, 2)),
        ({"every": 10, "first": 25}, (25, 15, 5)),
        ({"every": 10, "last": 8}, (30, 20, 10)),
        ({"every": 100}, (30,)),
        ({"every": 3, "first": 4, "last": 4}, (4,)),
        ({"every_mm": 10.0, "first": 0, "last": 30}, (0, 7, 14, 21, 29)),
        ({"every_mm": 1.4, "first": 3, "last": 6}, (3, 4, 5, 6)),
        ({"every_mm": 500.0}, (30,)),
    ],
)
def test_the_first_is_among_them_and_the_last_where_a_step_meets_it(asked, chosen):
    """31 slices, 1.4 mm apart."""
    assert choose_steps(scan(31, 1.4), "axial", **asked) == chosen


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 90),
    gap=st.sampled_from([0.3, 0.625, 1.0, 1.4, 3.0]),
    share=st.floats(1, 20),
    data=st.data(),
)
def test_steps_of_mm_take_the_nearest_slices(count, gap, share, data):
    """However the slices lie: none twice, none further than half of their distance from where it is asked for."""
    first, last = (data.draw(st.integers(0, count - 1)) for _ in range(2))
    every = gap * share
    chosen = choose_steps(scan(count, gap), "axial", every_mm=every, first=first, last=last)
    way = [abs(index - first) * gap for index in chosen]
    assert chosen[0] == first
    assert len(set(chosen)) == len(chosen)
    assert all(min(first, last) <= index <= max(first, last) for index in chosen)
    assert all(abs(mm - n * every) <= gap / 2 + 1e-4 for n, mm in enumerate(way))
    assert len(chosen) * every > abs(last - first) * gap - gap / 2 - 1e-4, "one more would have fitted"


@pytest.mark.parametrize("count", [1, 2, 19, 30, 36, 40, 61, 275, 512])
def test_there_are_about_as_many_as_are_wanted(count):
    chosen = choose_steps(scan(count, 1.0), "axial")
    assert len({one - other for one, other in pairwise(chosen)}) <= 1, "the steps are not equal"
    assert chosen[0] == count - 1
    assert min(count, 17) <= len(chosen) <= 36


def test_points_may_stand_for_the_ends():
    volume = scan(31, 1.4)
    within = np.array([[0, 0, 4.0], [1, 1, 20.0]])
    assert choose_steps(volume, "axial", every=1, within=within) == tuple(range(14, 2, -1))
    assert choose_steps(volume, "axial", every=1, within=within, first=20) == tuple(range(20, 2, -1))
    assert choose_steps(volume, "axial", every=1, within=within + 500) == (30,)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"every": 0}, "1 or more"),
        ({"every": -3}, "1 or more"),
        ({"every_mm": 1.0}, "1.4mm or more"),
        ({"every_mm": float("nan")}, "1.4mm or more"),
        ({"every_mm": float("inf")}, "1.4mm or more"),
        ({"every": 2, "every_mm": 3.0}, "one of them"),
        ({"first": 31}, "1 to 31"),
        ({"last": -1}, "1 to 31"),
    ],
)
def test_what_cannot_be_is_refused(asked, found):
    with pytest.raises(OptionError, match=found):
        choose_steps(scan(31, 1.4), "axial", **asked)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("plane", GRID_PLANES)
def test_a_place_lies_on_its_slice(kind, plane):
    """Also in oblique and sheared grids, and wherever the slices crossed before."""
    volume = asymmetric(KINDS[kind])
    at = tuple(float(mm) for mm in volume.geometry.to_world((2.0, 5.0, 1.0)))
    count, gap_mm = count_and_gap(volume, plane)
    places = [np.array(place_of(SliceLayer(at=at), volume, plane, index)) for index in range(count)]
    for index, place in enumerate(places):
        assert take_slice(volume, plane, at=place).index == index
    normal = take_slice(volume, plane).normal
    gaps = [abs((other - one) @ normal) for one, other in pairwise(places)]
    assert gaps == pytest.approx([gap_mm] * (count - 1))
    moved = volume.geometry.to_index(np.array(places)) - volume.geometry.to_index(np.array(at))
    assert (np.ptp(moved, axis=0) > 1e-6).sum() == 1, "the other planes stay where they are"


@pytest.mark.parametrize("kind", KINDS)
def test_an_oblique_place_lies_on_its_slice(kind):
    volume = asymmetric(KINDS[kind])
    layer = SliceLayer(planes=("oblique",), normal=(1, 2, 3))
    count, gap_mm = count_and_gap(volume, "oblique", layer.normal)
    assert gap_mm == pytest.approx(volume.geometry.spacing.min())
    for index in range(count):
        place = place_of(layer, volume, "oblique", index)
        assert take_slice(volume, "oblique", at=place, normal=layer.normal).index == index
    chosen = choose_steps(volume, "oblique", normal=layer.normal, every=1)
    assert chosen in (tuple(range(count)), tuple(reversed(range(count))))


@pytest.mark.parametrize("code", ["LPS", "RAI", "PSL"])
@pytest.mark.parametrize(("plane", "axis"), [("axial", 2), ("coronal", 1), ("sagittal", 0)])
def test_mm_find_the_nearest_slice(code, plane, axis):
    geometry = Geometry.from_axes((9, 8, 7), (1, 2, 3), (-5, 40, 7), axis_orders()[code])
    volume = asymmetric(geometry)
    places = [take_slice(volume, plane, index=n).origin[axis] for n in range(take_slice(volume, plane).count)]
    for index, place in enumerate(places):
        assert index_at(volume, plane, place + 0.4) == index
        assert index_at(volume, plane, place - 0.4) == index
    with pytest.raises(OptionError, match="LPS"):
        index_at(volume, plane, max(places) + 3.1)
