"""Voxel indices go to their place in the patient, and come back."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.phantoms import SHAPE, SPACING_MM, axis_orders, geometries, rotation, sheared_direction
from vizmed.errors import GeometryError
from vizmed.geometry import Geometry

GRIDS = geometries()
ORDERS = axis_orders()

numbers = st.floats(-1e3, 1e3, allow_nan=False)
triples = st.tuples(numbers, numbers, numbers)


@st.composite
def any_geometry(draw) -> Geometry:
    """Any size, spacing, place and rotation, mirrored or not, sheared up to 40 degrees."""
    axis = draw(triples.filter(lambda axis: np.linalg.norm(axis) > 1e-2))
    direction = rotation(axis, draw(st.floats(-180, 180))) @ sheared_direction(draw(st.floats(-40, 40)))
    direction = direction[:, draw(st.permutations([0, 1, 2]))] * draw(st.tuples(*[st.sampled_from([-1, 1])] * 3))
    shape = draw(st.tuples(*[st.integers(1, 600)] * 3))
    return Geometry.from_axes(shape, draw(st.tuples(*[st.floats(0.05, 20)] * 3)), draw(triples), direction)


def all_indices(shape) -> np.ndarray:
    return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)


@given(any_geometry(), triples)
def test_to_index_undoes_to_world(geometry, ijk):
    np.testing.assert_allclose(geometry.to_index(geometry.to_world(ijk)), ijk, atol=1e-7)


@given(any_geometry())
def test_affine_spacing_direction_and_origin_say_the_same(geometry):
    again = Geometry.from_axes(geometry.shape, geometry.spacing, geometry.origin, geometry.direction)
    np.testing.assert_allclose(again.affine, geometry.affine, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(geometry.direction, axis=0), 1)
    np.testing.assert_array_equal(geometry.to_world((0, 0, 0)), geometry.origin)
    for n in range(3):
        step = geometry.to_world(np.eye(3)[n]) - geometry.origin
        assert np.linalg.norm(step) == pytest.approx(geometry.spacing[n], abs=1e-6)


def test_world_by_hand():
    geometry = Geometry.from_axes((3, 4, 5), (2, 3, 4), (10, 20, 30), [[0, 0, 1], [1, 0, 0], [0, -1, 0]])
    np.testing.assert_array_equal(geometry.to_world((1, 2, 3)), (10 + 3 * 4, 20 + 1 * 2, 30 - 2 * 3))
    np.testing.assert_array_equal(geometry.to_world([[0, 0, 0], [1, 0, 0]]), [[10, 20, 30], [10, 22, 30]])
    assert geometry.axis_codes == "PIL"
    assert geometry.axis_order == (1, 2, 0)
    assert geometry.is_left_handed == (np.linalg.det(geometry.direction) < 0)


def test_points_of_any_shape():
    points = np.zeros((2, 5, 3))
    assert GRIDS["rotated"].to_world(points).shape == (2, 5, 3)
    assert GRIDS["rotated"].to_index(points).shape == (2, 5, 3)


def test_all_48_axis_codes():
    assert len(ORDERS) == 48
    letters = {0: ("R", "L"), 1: ("A", "P"), 2: ("I", "S")}
    for codes, direction in ORDERS.items():
        geometry = Geometry.from_axes((2, 3, 4), SPACING_MM, direction=direction)
        expected = ""
        for n in range(3):
            axis = int(np.flatnonzero(direction[:, n])[0])
            expected += letters[axis][int(direction[axis, n] > 0)]
        assert geometry.axis_codes == codes == expected
        assert geometry.is_left_handed == (np.linalg.det(direction) < 0)
        assert not geometry.is_sheared


@pytest.mark.parametrize("codes", ORDERS)
def test_axis_codes_are_nibabels(codes):
    geometry = Geometry.from_axes((2, 3, 4), SPACING_MM, direction=rotation((1, 2, 3), 12) @ ORDERS[codes])
    assert "".join(nibabel.aff2axcodes(geometry.affine_ras)) == geometry.axis_codes == codes


@given(any_geometry())
def test_axis_codes_name_three_different_axes(geometry):
    assert sorted(geometry.axis_order) == [0, 1, 2]
    for pair in ("LR", "PA", "SI"):
        assert sum(letter in pair for letter in geometry.axis_codes) == 1


@pytest.mark.parametrize("name", GRIDS)
def test_reordered_voxels_stay_where_they_are(name):
    geometry = geometries((4, 3, 5))[name]
    places = geometry.to_world(all_indices(geometry.shape))
    for codes in ORDERS:
        axes = [geometry.axis_order.index({"R": 0, "L": 0, "A": 1, "P": 1, "I": 2, "S": 2}[c]) for c in codes]
        flips = [geometry.axis_codes[axis] != code for axis, code in zip(axes, codes, strict=True)]
        again = geometry.reordered(axes, flips)
        moved = places.transpose(*axes, 3)
        for n, flip in enumerate(flips):
            moved = np.flip(moved, n) if flip else moved
        np.testing.assert_allclose(again.to_world(all_indices(again.shape)), moved, atol=1e-9)
        assert again.axis_codes == codes


@pytest.mark.parametrize("name", GRIDS)
def test_extent_reaches_to_the_faces_and_no_further(name):
    geometry = geometries((4, 3, 5))[name]
    corners = np.array([[i, j, k] for i in (-0.5, 3.5) for j in (-0.5, 2.5) for k in (-0.5, 4.5)])
    world = corners @ geometry.affine[:3, :3].T + geometry.affine[:3, 3]
    np.testing.assert_allclose(geometry.extent, np.stack([world.min(0), world.max(0)], axis=1))
    assert geometry.extent.shape == (3, 2)


def test_affine_ras_turns_left_and_back_around():
    affine = GRIDS["rotated and sheared"].affine
    np.testing.assert_array_equal(GRIDS["rotated and sheared"].affine_ras, np.diag([-1, -1, 1, 1]) @ affine)


@pytest.mark.parametrize("degrees", [-30.0, -1.0, 0.1, 15.0])
def test_shear_is_measured(degrees):
    direction = rotation((1, 1, 4), 70) @ sheared_direction(degrees)
    geometry = Geometry.from_axes((2, 2, 2), SPACING_MM, direction=direction)
    assert geometry.shear_degrees == pytest.approx(abs(degrees))
    assert geometry.is_sheared


@pytest.mark.parametrize("name", GRIDS)
def test_only_sheared_grids_are_sheared(name):
    assert GRIDS[name].is_sheared == ("sheared" in name)
    assert GRIDS[name].is_left_handed == ("left-handed" in name)


def affine_with(changes: dict[tuple[int, int], float]) -> np.ndarray:
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    for place, value in changes.items():
        affine[place] = value
    return affine


@pytest.mark.parametrize(
    ("affine", "said"),
    [
        (affine_with({(0, 0): 0}), "in one plane"),
        (affine_with({(0, 0): 0, (1, 0): 1}), "in one plane"),
        (affine_with({(0, 0): 1e-9, (1, 0): 1}), "in one plane"),
        (affine_with({(0, 0): np.nan}), "not finite"),
        (affine_with({(0, 3): np.nan}), "not finite"),
        (affine_with({(2, 2): np.inf}), "not finite"),
        (affine_with({(3, 0): 1}), "last row"),
        (affine_with({(3, 3): 2}), "last row"),
        (np.eye(3), "4 x 4"),
        (np.eye(4)[None], "4 x 4"),
    ],
)
def test_a_matrix_that_is_no_grid_is_refused(affine, said):
    with pytest.raises(GeometryError, match=said):
        Geometry((2, 2, 2), affine)


@pytest.mark.parametrize("shape", [(2, 2), (2, 2, 2, 2), (0, 1, 1), (1, -1, 1), (1.5, 2, 2), ()])
def test_a_shape_that_is_no_grid_is_refused(shape):
    with pytest.raises(GeometryError, match="shape"):
        Geometry(shape, np.eye(4))


@pytest.mark.parametrize("spacing", [(0, 1, 1), (-1, 1, 1), (np.nan, 1, 1), (np.inf, 1, 1), (1, 1), 1.0])
def test_a_spacing_that_is_none_is_refused(spacing):
    with pytest.raises(GeometryError, match="spacing"):
        Geometry.from_axes((2, 2, 2), spacing)


def test_refusals_are_also_value_errors():
    with pytest.raises(ValueError, match="shape"):
        Geometry((0, 0, 0), np.eye(4))


def test_is_close_measures_the_farthest_corner():
    geometry = GRIDS["rotated"]
    turned = geometry.affine.copy()
    turned[:3, 0] *= 1 + 1e-4  # 44 voxels of 0.9 mm: 4 micrometres at the far end, none at the origin
    assert not geometry.is_close(Geometry(SHAPE, turned))
    assert geometry.is_close(Geometry(SHAPE, turned), tolerance_mm=0.005)
    moved = geometry.affine.copy()
    moved[:3, 3] += 5e-4
    assert geometry.is_close(Geometry(SHAPE, moved))
    assert not geometry.is_close(Geometry((44, 38, 30), geometry.affine))


def test_equality_and_hash():
    one, same, other = GRIDS["rotated"], geometries()["rotated"], GRIDS["identity"]
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "a grid"
    assert one != Geometry((1, 1, 1), one.affine)


def test_it_cannot_be_changed():
    given_affine = np.eye(4)
    geometry = Geometry((2, 2, 2), given_affine)
    given_affine[0, 3] = 99
    assert geometry.affine[0, 3] == 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.affine[0, 3] = 1
    with pytest.raises(ValueError, match="read-only"):
        geometry.origin[0] = 1
    with pytest.raises(AttributeError):
        geometry.shape = (1, 1, 1)
