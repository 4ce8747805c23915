from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.scene import GRID_PLANES
from vizmed.slices import take_slice
from vizmed.volume import Volume

SHAPE = (11, 12, 13)


def brute_force(volume, plane, index, slab_mm, projection):
    """Look at every slice of the plane, and keep those whose middles are near enough."""
    middle = take_slice(volume, plane, index=index)
    kept = []
    for other in range(middle.count):
        one = take_slice(volume, plane, index=other)
        if abs((one.origin - middle.origin) @ middle.normal) <= slab_mm / 2 + 1e-9:
            kept.append(one.values.astype(float))
    return {"mip": np.max, "minip": np.min, "mean": np.mean}[projection](kept, axis=0)


@pytest.mark.parametrize("projection", ["mip", "minip", "mean"])
@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("grid", ["identity", "permuted", "flipped", "left-handed", "rotated", "rotated left-handed"])
def test_a_slab_is_what_its_slices_amount_to(grid, plane, projection):
    volume = asymmetric(geometries(SHAPE)[grid])
    last = take_slice(volume, plane).count - 1
    for index in (0, 1, 5, last):
        for slab_mm in (0.5, 2.8, 5.0, 1000):
            one = take_slice(volume, plane, index=index, slab_mm=slab_mm, projection=projection)
            expected = brute_force(volume, plane, index, slab_mm, projection)
            assert one.values == pytest.approx(expected, rel=1e-6)
            assert one.values.dtype == (np.float32 if projection == "mean" and one.layers > 1 else np.int16)
            assert one.index == index


def test_a_slab_of_exactly_so_many_slices_has_them_all():
    volume = asymmetric(Geometry.from_axes((5, 5, 30), (1, 1, 0.1)))
    assert take_slice(volume, slab_mm=0.6).layers == 7
    assert take_slice(volume, slab_mm=0.6).thickness_mm == pytest.approx(0.7)
    assert take_slice(volume, slab_mm=0.59).layers == 5
    assert take_slice(volume).thickness_mm == pytest.approx(0.1)


@pytest.mark.parametrize("projection", ["mip", "minip", "mean"])
def test_under_a_tilted_gantry_a_slab_is_projected_across_its_plane(projection):
    """What does not change across the plane is the same in any slab, though each slice lies a bit further back."""
    geometry = geometries((15, 41, 15))["sheared"]
    plain = take_slice(asymmetric(geometry), "axial", index=7)
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    values = geometry.to_world(ijk) @ (3 * plain.right + 5 * plain.down)
    volume = Volume(np.asfortranarray(values), geometry)
    one = take_slice(volume, "axial", index=7, slab_mm=14, projection=projection)
    expected = take_slice(volume, "axial", index=7).values
    assert one.layers == 11
    inner = slice(3, -3)  # rows that lie between voxel centres of all slices
    assert one.values[inner] == pytest.approx(expected[inner], abs=1e-3)
    along_the_grid = np.max([take_slice(volume, "axial", index=n).values for n in range(2, 13)], axis=0)
    assert np.abs(along_the_grid - expected)[inner].max() > 5


def test_brightest_is_what_is_shown_brightest():
    volume = asymmetric(Geometry.from_axes(SHAPE))
    inverted = replace(volume, inverted=True)
    for shown, plain in (("mip", "minip"), ("minip", "mip"), ("mean", "mean")):
        one = take_slice(inverted, slab_mm=6, projection=shown)
        assert np.array_equal(one.values, take_slice(volume, slab_mm=6, projection=plain).values)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
def test_a_mean_does_not_overflow(dtype):
    highest = np.iinfo(dtype).max
    volume = Volume(np.full((3, 3, 40), highest, dtype, order="F"), Geometry.from_axes((3, 3, 40)))
    assert take_slice(volume, slab_mm=100, projection="mean").values == pytest.approx(highest, rel=1e-6)


def test_what_is_no_number_is_left_out():
    values = np.array([1.0, np.nan, 5.0] * 9, np.float32).reshape(3, 3, 3)  # along k
    values[0, 0] = np.nan
    volume = Volume(values, Geometry.from_axes((3, 3, 3)))
    for projection, expected in (("mip", 5), ("minip", 1), ("mean", 3)):
        found = take_slice(volume, index=1, slab_mm=2, projection=projection).values
        assert np.isnan(found[0, 0])
        assert (np.delete(found.ravel(), 0) == expected).all()


def test_the_neurological_way_mirrors_slabs_too():
    volume = asymmetric(Geometry.from_axes(SHAPE))
    plain, turned = (take_slice(volume, slab_mm=4, neurological=way) for way in (False, True))
    assert np.array_equal(turned.values, plain.values[:, ::-1])


def test_what_is_no_slab_is_refused():
    volume = asymmetric(Geometry.from_axes(SHAPE))
    for slab_mm in (-1, float("nan"), float("inf")):
        with pytest.raises(OptionError, match="slab"):
            take_slice(volume, slab_mm=slab_mm)
    with pytest.raises(OptionError, match=r"no projection 'median'.*mip, minip, mean"):
        take_slice(volume, projection="median")
