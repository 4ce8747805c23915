from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from tests.phantoms import asymmetric, axis_orders, geometries, rotation
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.scene import GRID_PLANES
from vizmed.slices import middle, take_slice
from vizmed.volume import Volume

SHAPE = (9, 11, 8)
GRADIENT, OFFSET = np.array([3.0, -2.0, 5.0]), 40.0
"""A field that grows evenly in LPS: trilinear interpolation gives it exactly."""


def linear(geometry: Geometry) -> Volume:
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    values = geometry.to_world(ijk) @ GRADIENT + OFFSET
    return Volume(np.asfortranarray(values), geometry)


def pixel_places(one):
    rows, columns = np.indices(one.values.shape)
    return one.origin + rows[..., None] * one.down_column + columns[..., None] * one.along_row


@pytest.mark.parametrize("normal", [(0, 0, 1), (0.3, 0.8, 0.5), (1, -1, 0.1), (-1, 2, -3)])
@pytest.mark.parametrize("grid", geometries(SHAPE))
def test_a_linear_field_is_given_exactly(grid, normal):
    geometry = geometries(SHAPE)[grid]
    one = take_slice(linear(geometry), "oblique", normal=normal)
    places = pixel_places(one)
    ijk = geometry.to_index(places)
    last = np.array(SHAPE) - 1
    between = ((ijk >= 0) & (ijk <= last)).all(axis=-1)
    within = ((ijk >= -0.5) & (ijk <= last + 0.5)).all(axis=-1)
    assert between.sum() > 30
    assert one.values[between] == pytest.approx(places[between] @ GRADIENT + OFFSET, abs=1e-3)
    assert np.isfinite(one.values[within]).all()
    beyond = ((ijk < -0.51) | (ijk > last + 0.51)).any(axis=-1)
    assert np.isnan(one.values[beyond]).all()
    # from the outermost centres to the faces values go on as they are
    rim = within & ~between
    expected = geometry.to_world(np.clip(ijk[rim], 0, last)) @ GRADIENT + OFFSET
    assert one.values[rim] == pytest.approx(expected, abs=1e-3)
    unit = np.asarray(normal) / np.linalg.norm(normal)
    assert (places - middle(geometry)) @ unit == pytest.approx(0, abs=1e-9)
    assert one.spacing == pytest.approx((0.9, 0.9))


@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("code", ["LPS", "RAS", "PIR", "SAL", "turned"])
@pytest.mark.parametrize("sign", [1, -1])
def test_across_an_axis_of_the_grid_it_is_the_slice_of_the_grid(code, plane, sign):
    direction = rotation((1, 2, 3), 20) if code == "turned" else axis_orders()[code]
    volume = asymmetric(Geometry.from_axes(SHAPE, (1.2, 1.2, 1.2), (-31, 17.5, 42.25), direction))
    for index, neurological in product((0, 3), (False, True)):
        wanted = take_slice(volume, plane, index=index, neurological=neurological)
        at = wanted.to_lps(2, 2)
        normal = tuple(sign * wanted.normal)
        one = take_slice(volume, "oblique", at=tuple(at), normal=normal, neurological=neurological)
        assert one.values.shape == wanted.values.shape
        assert one.values == pytest.approx(wanted.values, abs=1e-3)
        assert one.origin == pytest.approx(wanted.origin)
        assert one.letters == wanted.letters
        assert (one.index, one.count) == (wanted.index, wanted.count)


def test_at_voxel_centres_of_another_spacing_it_has_their_values():
    volume = asymmetric(Geometry.from_axes(SHAPE, (0.5, 1.0, 1.5)))
    wanted, one = take_slice(volume, "axial", index=4), take_slice(volume, "oblique", at=(1, 1, 6), normal=(0, 0, 1))
    # two rows of 0.5 mm for each of 1 mm, from the face of the first voxel on
    assert one.values[1::2] == pytest.approx(wanted.values, abs=1e-3)


@pytest.mark.parametrize("projection", ["mip", "minip", "mean"])
def test_a_slab_is_projected_along_the_normal(projection):
    volume = asymmetric(Geometry.from_axes((12, 12, 12), (1.5, 1.5, 1.5), direction=rotation((1, 0, 2), 15)))
    normal, at = np.array([0.6, 0.0, 0.8]), middle(volume.geometry)
    one = take_slice(volume, "oblique", at=tuple(at), normal=tuple(normal), slab_mm=6, projection=projection)
    assert one.layers == 5
    assert one.thickness_mm == pytest.approx(7.5)
    places = pixel_places(one)
    stack = []
    for n in range(-2, 3):
        moved = volume.geometry.to_index(places + n * 1.5 * normal)
        low = np.clip(np.floor(moved), 0, 10).astype(int)
        share = np.clip(moved, 0, 11) - low
        value = np.zeros(one.values.shape)
        for corner in product((0, 1), repeat=3):
            weight = np.prod(np.where(corner, share, 1 - share), axis=-1)
            value += weight * volume.voxels[tuple(np.moveaxis(low + corner, -1, 0))]
        outside = ((moved < -0.5) | (moved > 11.5)).any(axis=-1)
        stack.append(np.where(outside, np.nan, value))
    inside = np.isfinite(stack).any(axis=0)
    assert np.array_equal(inside, np.isfinite(one.values))
    brute = {"mip": np.nanmax, "minip": np.nanmin, "mean": np.nanmean}[projection](np.array(stack)[:, inside], axis=0)
    assert one.values[inside] == pytest.approx(brute, abs=1e-2)


def test_the_plane_goes_through_the_point_and_steps_are_counted_along_the_normal():
    volume = linear(Geometry.from_axes((20, 20, 20), (1, 2, 3)))
    for index in (0, 7, 30):
        one = take_slice(volume, "oblique", normal=(0, 0.6, 0.8), index=index)
        assert one.index == index
        again = take_slice(volume, "oblique", normal=(0, -0.6, -0.8), at=tuple(one.middle))
        assert again.index == index
        assert np.array_equal(again.values, one.values, equal_nan=True)
    # 38 and 57 mm between the outermost centres
    assert one.count == int(0.6 * 38 + 0.8 * 57) + 1


def test_a_voxel_at_a_known_place_is_found_there():
    geometry = geometries((21, 21, 21))["rotated and sheared"]
    voxels = np.zeros((21, 21, 21), np.int16, order="F")
    voxels[6, 13, 9] = 1000
    place = geometry.to_world((6, 13, 9))
    one = take_slice(Volume(voxels, geometry), "oblique", at=tuple(place), normal=(0.4, -0.5, 0.9))
    row, column = np.unravel_index(np.nanargmax(one.values), one.values.shape)
    assert np.linalg.norm(one.to_lps(row, column) - place) < 0.9


def test_letters_say_how_it_leans():
    volume = linear(Geometry.from_axes((30, 30, 30)))
    assert take_slice(volume, "oblique", normal=(0, 0.5, 1)).letters == ("R", "L", "AS", "PI")
    assert take_slice(volume, "oblique", normal=(0, 1, -0.5)).letters == ("R", "L", "SP", "IA")
    assert take_slice(volume, "oblique", normal=(0, 0.5, 1), neurological=True).letters == ("L", "R", "AS", "PI")
    assert take_slice(volume, "oblique", normal=(1, 0.1, 0), neurological=True).letters == ("A", "P", "S", "I")


def test_a_single_slice_can_be_cut():
    one = take_slice(linear(Geometry.from_axes((12, 10, 1))), "oblique", normal=(0.2, 0, 1))
    assert np.isfinite(one.values).any()


def test_what_is_no_plane_of_the_scan_is_refused():
    volume = linear(Geometry.from_axes(SHAPE))
    with pytest.raises(OptionError, match="no normal"):
        take_slice(volume, "oblique")
    for normal in ((0, 0, 0), (0, 0, float("nan")), (1, 2)):
        with pytest.raises(OptionError, match="normal"):
            take_slice(volume, "oblique", normal=normal)
    with pytest.raises(OptionError, match="outside of the scan"):
        take_slice(volume, "oblique", normal=(0, 0, 1), at=(0, 0, 9))
    with pytest.raises(OptionError, match=r"no oblique slice 8.*0 to 7"):
        take_slice(volume, "oblique", normal=(0, 0, 1), index=8)


def test_long_thin_voxels_do_not_make_a_picture_without_end():
    volume = linear(Geometry.from_axes((4, 4, 4), (1e-4, 100, 100)))
    assert max(take_slice(volume, "oblique", normal=(1, 0, 0.001)).values.shape) <= 4097


def test_inverted_values_stay_as_they_are():
    volume = replace(linear(Geometry.from_axes(SHAPE)), inverted=True)
    plain = take_slice(replace(volume, inverted=False), "oblique", normal=(1, 2, 3))
    assert np.array_equal(take_slice(volume, "oblique", normal=(1, 2, 3)).values, plain.values, equal_nan=True)
