from __future__ import annotations

import numpy as np
import pytest

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
    assert crossing(SliceLayer(at=(1, 2, 3)), volume) == pytest.approx((1, 2, 3))


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
