from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.phantoms import asymmetric, axis_orders, geometries
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.scene import GRID_PLANES, SliceLayer
from vizmed.slices import crossing, step, take_slice

SHAPE = (6, 7, 8)
GRIDS = {
    **{code: Geometry.from_axes(SHAPE, (0.9, 1.1, 1.4), direction=way) for code, way in axis_orders().items()},
    **geometries(SHAPE),
}


@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("grid", GRIDS)
def test_a_step_takes_the_next_slice_of_its_plane_and_of_no_other(grid, plane):
    volume = asymmetric(GRIDS[grid])
    layer = SliceLayer()

    def indices(layer):
        return {one: take_slice(volume, one, at=layer.at).index for one in GRID_PLANES}

    before = indices(layer)
    for count in (1, -1, 2, 100, -100):
        moved = step(layer, volume, plane, count)
        last = take_slice(volume, plane).count - 1
        expected = {**before, plane: int(np.clip(before[plane] + count, 0, last))}
        assert indices(moved) == expected
    assert indices(step(step(layer, volume, plane, 100), volume, plane, -1))[plane] == last - 1


def test_the_crossing_is_the_middle_where_nothing_is_said():
    volume = asymmetric(GRIDS["rotated and sheared"])
    assert crossing(SliceLayer(), volume) == pytest.approx(volume.geometry.to_world((2.5, 3, 3.5)))
    place = tuple(volume.geometry.to_world((1, 2, 3)).tolist())
    assert crossing(SliceLayer(at=place), volume) == pytest.approx(place)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_place_beyond_the_faces_of_the_outermost_voxels_is_refused(grid):
    volume = asymmetric(GRIDS[grid])
    for axis, size in enumerate(SHAPE):
        for outside, inside in ((-0.51, -0.5), (size - 0.49, size - 0.5)):
            ijk = [2.0, 3.0, 4.0]
            ijk[axis] = inside
            place = tuple(volume.geometry.to_world(ijk).tolist())
            assert crossing(SliceLayer(at=place), volume) == pytest.approx(place)
            ijk[axis] = outside
            with pytest.raises(OptionError, match="outside of the scan"):
                crossing(SliceLayer(at=tuple(volume.geometry.to_world(ijk).tolist())), volume)


def test_it_is_refused_with_the_extent_of_the_scan():
    volume = asymmetric(Geometry.from_axes((10, 20, 30), (1, 2, 3), (-5, 10, -40)))
    with pytest.raises(OptionError) as refused:
        crossing(SliceLayer(at=(500, 20, 0)), volume)
    said = str(refused.value)
    assert "500, 20, 0" in said
    assert "x from -5.5 to 4.5, y from 9.0 to 49.0, z from -41.5 to 48.5 mm" in said
    assert "does not fill" not in said


def test_of_a_turned_grid_the_extent_is_said_to_be_of_a_box_around_it():
    volume = asymmetric(GRIDS["rotated"])
    with pytest.raises(OptionError, match="a box that it does not fill"):
        crossing(SliceLayer(at=(500, 20, 0)), volume)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(GRIDS)),
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda normal: np.linalg.norm(normal) > 0.1),
    st.tuples(*[st.floats(0, 1)] * 3),
    st.sampled_from([1, -1, 3, -3, 10_000, -10_000]),
)
def test_no_step_leaves_the_scan(grid, normal, share, count):
    """Whatever is stepped to is a place that the next step, and the picture, take."""
    volume = asymmetric(GRIDS[grid])
    start = volume.geometry.to_world(np.array(share) * np.array(SHAPE) - 0.5)
    layer = SliceLayer(planes=("oblique",), normal=normal, at=tuple(start.tolist()))
    for plane in (*GRID_PLANES, "oblique"):
        moved = step(layer, volume, plane, count)
        assert crossing(moved, volume) == pytest.approx(moved.at)
        step(moved, volume, plane, count)


@pytest.mark.parametrize("normal", [(0.5, 0, 1), (-0.5, 0, -1)])
def test_the_oblique_plane_steps_along_its_normal_and_stops_in_the_scan(normal):
    volume = asymmetric(Geometry.from_axes((20, 20, 20), (1, 1, 2)))
    layer = SliceLayer(planes=("oblique",), normal=normal)
    start = crossing(layer, volume)
    unit = np.array([0.5, 0, 1]) / np.hypot(0.5, 1)
    assert np.array(step(layer, volume, "oblique", 3).at) == pytest.approx(start + 3 * unit)
    assert np.array(step(layer, volume, "oblique", -2).at) == pytest.approx(start - 2 * unit)
    for count in (10_000, -10_000):
        far = step(layer, volume, "oblique", count)
        ijk = volume.geometry.to_index(far.at)
        assert (ijk >= -0.51).all()
        assert (ijk <= 19.51).all()
        assert step(far, volume, "oblique", count) == far
        beyond = np.array(far.at) + np.sign(count) * unit
        assert not (np.abs(volume.geometry.to_index(beyond) - 9.5) <= 10).all()


def test_what_is_no_plane_is_refused():
    volume = asymmetric(GRIDS["LPS"])
    with pytest.raises(OptionError, match="no plane"):
        step(SliceLayer(), volume, "diagonal", 1)
    with pytest.raises(OptionError, match="no normal"):
        step(SliceLayer(), volume, "oblique", 1)
