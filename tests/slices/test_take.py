from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import asymmetric, axis_orders, geometries, rotation
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.scene import GRID_PLANES
from vizmed.slices import edge_letters, take_slice
from vizmed.volume import Volume

SHAPE = (5, 6, 7)
GRIDS = {
    **{
        code: Geometry.from_axes(SHAPE, (0.9, 1.1, 1.4), (-31, 17.5, 42.25), direction)
        for code, direction in axis_orders().items()
    },
    **geometries(SHAPE),
}
TOWARDS = {"axial": np.array([0, 0, 1]), "coronal": np.array([0, 1, 0]), "sagittal": np.array([1, 0, 0])}
"""Plane to the way in which its slices are counted: towards S, P and L."""


def pixel_places(one):
    rows, columns = np.indices(one.values.shape)
    return one.origin + rows[..., None] * one.down_column + columns[..., None] * one.along_row


@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("grid", GRIDS)
def test_each_pixel_is_the_voxel_at_its_place(grid, plane):
    volume = asymmetric(GRIDS[grid])
    count = take_slice(volume, plane).count
    seen = []
    for index in range(count):
        one = take_slice(volume, plane, index=index)
        ijk = volume.geometry.to_index(pixel_places(one))
        nearest = np.rint(ijk).astype(int)
        assert np.abs(ijk - nearest).max() < 1e-9
        assert np.array_equal(one.values, volume.voxels[tuple(np.moveaxis(nearest, -1, 0))])
        assert (one.plane, one.index, one.count) == (plane, index, count)
        seen.append(nearest.reshape(-1, 3))
    every = np.concatenate(seen)
    assert len(np.unique(every, axis=0)) == len(every) == np.prod(volume.shape)


@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("grid", GRIDS)
def test_slices_are_counted_towards_s_p_and_l(grid, plane):
    volume = asymmetric(GRIDS[grid])
    first, second = (take_slice(volume, plane, index=index).origin for index in (0, 1))
    assert (second - first) @ TOWARDS[plane] > 0


LAID = {"axial": ("R", "L", "A", "P"), "coronal": ("R", "L", "S", "I"), "sagittal": ("A", "P", "S", "I")}
WAYS = {"axial": ((1, 0, 0), (0, 1, 0)), "coronal": ((1, 0, 0), (0, 0, -1)), "sagittal": ((0, 1, 0), (0, 0, -1))}


@pytest.mark.parametrize("plane", GRID_PLANES)
@pytest.mark.parametrize("code", axis_orders())
def test_pictures_are_laid_the_radiological_way(code, plane):
    one = take_slice(asymmetric(GRIDS[code]), plane)
    assert one.letters == LAID[plane]
    right, down = WAYS[plane]
    assert one.along_row / np.linalg.norm(one.along_row) == pytest.approx(right)
    assert one.down_column / np.linalg.norm(one.down_column) == pytest.approx(down)


@pytest.mark.parametrize("code", axis_orders())
def test_a_blob_lies_on_the_side_of_the_picture_that_it_has_in_the_patient(code):
    """Right, anterior and superior of the middle, whatever way the scanner stacked its voxels."""
    geometry = Geometry.from_axes((9, 9, 9), direction=axis_orders()[code])
    geometry = Geometry.from_axes((9, 9, 9), origin=-geometry.to_world((4, 4, 4)), direction=axis_orders()[code])
    voxels = np.zeros((9, 9, 9), dtype=np.int16, order="F")
    blob = np.array([-3.0, -2.0, 1.0])
    voxels[tuple(np.rint(geometry.to_index(blob)).astype(int))] = 1000
    volume = Volume(voxels, geometry)

    def place(plane):
        return tuple(np.argwhere(take_slice(volume, plane, at=tuple(blob)).values == 1000)[0])

    assert place("axial") == (4 - 2, 4 - 3)  # above, as it lies in front; left, as it is the patient's right
    assert place("coronal") == (4 - 1, 4 - 3)
    assert place("sagittal") == (4 - 1, 4 - 2)


def test_the_values_are_a_view():
    volume = asymmetric(GRIDS["LPS"])
    assert np.shares_memory(take_slice(volume, "sagittal").values, volume.voxels)


@pytest.mark.parametrize("grid", ["rotated", "sheared", "rotated and sheared", "PSL"])
def test_the_slice_nearest_to_a_point_is_taken(grid):
    volume = asymmetric(GRIDS[grid])
    wanted = np.array((2, 4, 3))
    point = volume.geometry.to_world(wanted + np.array([0.3, -0.4, 0.2]))
    for plane in GRID_PLANES:
        one = take_slice(volume, plane, at=tuple(point))
        places = np.rint(volume.geometry.to_index(pixel_places(one))).astype(int).reshape(-1, 3)
        assert (places == wanted).all(axis=1).any()


def test_a_point_or_an_index_outside_is_refused():
    volume = asymmetric(GRIDS["LPS"])
    low, high = volume.geometry.extent[2]
    assert take_slice(volume, at=(0, 0, high)).index == 6
    assert take_slice(volume, at=(0, 0, low)).index == 0
    for z in (low - 0.1, high + 0.1, 1e6):
        with pytest.raises(OptionError, match=r"outside of the scan.*0 to 6"):
            take_slice(volume, at=(0, 0, z))
    for index in (-1, 7):
        with pytest.raises(OptionError, match=f"no axial slice {index}.*0 to 6"):
            take_slice(volume, index=index)
    with pytest.raises(OptionError, match=r"no plane 'diagonal'.*axial, coronal, sagittal, oblique"):
        take_slice(volume, "diagonal")


@pytest.mark.parametrize("code", axis_orders())
def test_the_middle_does_not_depend_on_the_axis_order(code):
    volume = asymmetric(Geometry.from_axes((4, 4, 4), direction=axis_orders()[code]))
    assert [take_slice(volume, plane).index for plane in GRID_PLANES] == [1, 1, 1]


def test_sizes_are_in_mm_to_the_faces():
    one = take_slice(asymmetric(Geometry.from_axes((10, 20, 5), (0.5, 0.8, 3))), "coronal")
    assert one.values.shape == (5, 10)
    assert one.spacing == pytest.approx((3, 0.5))
    assert one.size_mm == pytest.approx((15, 5))


@pytest.mark.parametrize("grid", ["rotated", "sheared", "LPI", "rotated and sheared"])
def test_to_pixel_undoes_the_place_of_a_pixel(grid):
    for plane in GRID_PLANES:
        one = take_slice(asymmetric(GRIDS[grid]), plane)
        point = one.origin + 2.25 * one.down_column + 3.5 * one.along_row
        assert one.to_pixel(point) == pytest.approx((2.25, 3.5))
        off = np.cross(one.along_row, one.down_column)
        assert one.to_pixel(point + 3 * off) == pytest.approx((2.25, 3.5))


@pytest.mark.parametrize("code", axis_orders())
def test_the_neurological_way_puts_the_left_on_the_left(code):
    volume = asymmetric(GRIDS[code])
    for plane in GRID_PLANES:
        plain, turned = take_slice(volume, plane), take_slice(volume, plane, neurological=True)
        assert turned.letters == (("L", "R", *LAID[plane][2:]) if plane != "sagittal" else LAID[plane])
        ijk = np.rint(volume.geometry.to_index(pixel_places(turned))).astype(int)
        assert np.array_equal(turned.values, volume.voxels[tuple(np.moveaxis(ijk, -1, 0))])
        assert turned.values.shape == plain.values.shape
        assert np.shares_memory(turned.values, volume.voxels)
        assert (turned.index, turned.count) == (plain.index, plain.count)


def test_under_a_tilted_gantry_the_picture_is_a_parallelogram_and_its_axes_stand_upright():
    volume = asymmetric(geometries((20, 30, 10))["sheared"])
    one = take_slice(volume, "sagittal")
    assert one.right == pytest.approx((0, 1, 0))
    assert one.down == pytest.approx((0, 0, -1))
    # ten slices of 1.4 mm lean by 15 degrees
    assert one.size_mm == pytest.approx((14 * np.cos(np.radians(15)), 30 * 1.1 + 14 * np.sin(np.radians(15))))
    assert one.middle == pytest.approx(volume.geometry.to_world((one.index, 14.5, 4.5)))


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-2, 0, 0), "R"),
        ((0, -3, 0), "A"),
        ((0, 1, 0), "P"),
        ((0, 0, 0.1), "S"),
        ((0, 0, -1), "I"),
        ((1, 0.2, 0), "L"),
        ((1, 0.3, 0), "LP"),
        ((-0.5, 0, 1), "SR"),
        ((1, -0.9, -0.8), "LAI"),
    ],
)
def test_edge_letters(direction, letters):
    assert edge_letters(np.array(direction)) == letters


def test_an_oblique_slice_says_so():
    turned = Geometry.from_axes((6, 6, 6), direction=rotation((0, 0, 1), 30))
    assert take_slice(asymmetric(turned)).letters == ("RA", "LP", "AL", "PR")
