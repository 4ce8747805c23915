from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, assert_sound, balls
from tests.surface.patient import band, in_patient
from vizmed.errors import GeometryError
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, measure
from vizmed.surface.contour import contour, layers
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


def half_space(shape: tuple[int, int, int], geometry: Geometry) -> Volume:
    """Inside where i < 10.3, and so cut by five of the six faces of the grid."""
    i = np.arange(shape[0], dtype=np.float32)
    return Volume(np.asfortranarray(np.broadcast_to((10.3 - i)[:, None, None], shape)), geometry)


def cut_box_voxels(shape: tuple[int, int, int]) -> float:
    """Volume of the half space's solid in voxels.

    A box of voxel centres, a slab of half a voxel on each cut face (0.3 where i ends), and along its edges and corners
    half and a sixth of the little boxes between the slabs: marching cubes bevel them.
    """
    a, b, c, t = 10, shape[1] - 1, shape[2] - 1, 0.3
    slabs = b * c * (0.5 + t) + a * c + a * b
    edges = 4 * a / 8 + 2 * (b + c) / 8 + 2 * (b + c) * t / 4
    corners = 4 / 48 + 4 * t / 24
    return a * b * c + slabs + edges + corners


@pytest.mark.parametrize("name", geometries())
def test_a_cut_solid_is_capped_flat_on_the_voxels_faces(name):
    shape = (20, 12, 9)
    geometry = geometries(shape)[name]
    mesh = extract_surface(half_space(shape, geometry), 0)
    assert_sound(mesh)
    voxel_mm3 = abs(np.linalg.det(geometry.affine[:3, :3]))
    assert as_trimesh(mesh).volume == pytest.approx(cut_box_voxels(shape) * voxel_mm3, rel=1e-4)
    index = geometry.to_index(mesh.points)
    assert index.min(axis=0) == pytest.approx([-0.5, -0.5, -0.5], abs=1e-4)
    assert index.max(axis=0) == pytest.approx([10.3, 11.5, 8.5], abs=1e-4)
    beyond = (index < -0.01) | (index > np.array(shape) - 0.99)
    on_face = np.isclose(index, -0.5, atol=1e-4) | np.isclose(index, np.array(shape) - 0.5, atol=1e-4)
    assert np.array_equal(beyond, on_face)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "uint32"])
def test_the_cap_does_not_depend_on_how_bright_the_border_is(dtype):
    values = np.full((9, 8, 7), 3, dtype, order="F")
    values[2:, 1:, :5] = np.linspace(10, 250, 7 * 7 * 5).reshape(7, 7, 5).astype(dtype)
    index = extract_surface(Volume.from_numpy(values), 10).points
    assert set(index[index[:, 0] > 8, 0]) == {8.5}
    assert set(index[index[:, 1] > 7, 1]) == {7.5}
    assert set(index[index[:, 2] < 0, 2]) == {-0.5}


def test_the_cap_is_flat_where_single_precision_is_coarse():
    # at index 699 a step of 0.00002 is lost: a shell far below the level would leave vertices on the voxel centres
    values = np.zeros((700, 4, 4), np.int16, order="F")
    values[690:] = 226
    mesh = extract_surface(Volume.from_numpy(values), 226)
    assert_sound(mesh)
    assert (mesh.points[:, 0] == 699.5).sum() == 16
    assert (mesh.points[:, 0] < 699.6).all()


def test_open_on_request_it_ends_at_the_outermost_voxel_centres():
    shape = (20, 12, 9)
    mesh = extract_surface(half_space(shape, Geometry.from_axes(shape)), 0, closed=False)
    found = measure(mesh)
    assert not found.closed
    assert found.bounds_mm == pytest.approx(np.array([[10.3, 10.3], [0, 11], [0, 8]]), abs=1e-5)
    assert found.open_edges == 2 * 11 + 2 * 8
    assert found.area_mm2 == pytest.approx(11 * 8)


def test_what_touches_no_border_is_the_same_closed_or_open():
    volume, _ = ellipsoid(geometries()["sheared"], dtype="int16")
    closed, opened = (mesh_arrays(extract_surface(volume, 0, closed=flag)) for flag in (True, False))
    assert np.array_equal(closed[0], opened[0])
    assert np.array_equal(closed[1], opened[1])


@pytest.mark.parametrize("shape", [(1, 1, 2), (1, 9, 9), (9, 1, 9), (9, 9, 1)])
def test_a_single_slice_has_the_thickness_of_its_voxels(shape):
    values = np.zeros(shape, np.int16, order="F")
    values[tuple(slice(n // 3, n // 3 + max(n // 2, 1)) for n in shape)] = 50
    thin = int(np.argmin(shape))
    mesh = extract_surface(Volume.from_numpy(values), 25)
    assert_sound(mesh)
    assert as_trimesh(mesh).volume > 0
    assert [mesh.points[:, thin].min(), mesh.points[:, thin].max()] == [-0.5, 0.5]


@pytest.mark.parametrize("hidden", [np.nan, np.inf, -np.inf, 5000.0])
def test_padding_and_what_is_no_number_lie_outside(hidden):
    geometry = Geometry.from_axes((30, 30, 30))
    whole = balls(geometry, ((14.2, 14.4, 14.6), 10.0))
    values = whole.voxels.copy(order="F")
    values[:, :, 20:] = hidden
    values[0, 0, 0] = hidden
    mesh = extract_surface(Volume(values, geometry, padding=5000.0), 0)
    assert_sound(mesh)
    assert mesh.points[:, 2].max() == 19.5
    below = extract_surface(whole, 0).points
    assert mesh.points[:, 2].min() == below[:, 2].min()


def test_integer_padding_above_the_level_lies_outside():
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    values = volume.voxels.copy(order="F")
    values[:4] = 3000
    padded = Volume(values, volume.geometry, padding=3000)
    assert np.array_equal(extract_surface(padded, 0).points, extract_surface(volume, 0).points)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
def test_noise_of_few_values_gives_no_degenerate_triangle(dtype):
    # every voxel at the level would put up to six vertices onto its centre
    values = np.asfortranarray(np.random.default_rng(5).integers(0, 4, (18, 17, 16)).astype(dtype))
    for level in (1, 2, 3):
        mesh = extract_surface(Volume.from_numpy(values, (0.7, 0.7, 1.3), (-200, 300, 1000)), level)
        assert_sound(mesh)
        assert as_trimesh(mesh).volume > 0


def test_vertices_that_single_precision_throws_together_are_welded():
    rng = np.random.default_rng(6)
    values = np.asfortranarray(rng.choice([-1e6, 1e-3, 5.0], (14, 13, 12)).astype(np.float32))
    assert_sound(extract_surface(Volume.from_numpy(values, (0.3, 0.3, 0.3), (-250, -250, 900)), 0))
    steps = np.asfortranarray(rng.choice(np.array([0, 40_000, 65_535], np.uint16), (14, 13, 12)))
    assert_sound(extract_surface(Volume.from_numpy(steps, (0.01,) * 3, (500, 500, 900)), 65_535))
    assert_sound(extract_surface(Volume.from_numpy(steps, (0.01,) * 3, (500, 500, 900)), 1))


def test_integers_stored_as_real_numbers_give_the_same_surface():
    volume, _ = ellipsoid(geometries()["rotated"], dtype="int16")
    real = Volume(volume.voxels.astype(np.float32), volume.geometry)
    for level in (0, 250):
        expected, found = (mesh_arrays(extract_surface(each, level)) for each in (volume, real))
        assert np.array_equal(found[0], expected[0])
        assert np.array_equal(found[1], expected[1])


def test_a_voxel_at_the_level_is_inside():
    values = np.zeros((5, 5, 5), np.int16, order="F")
    values[2, 2, 2] = 226
    mesh = extract_surface(Volume.from_numpy(values), 226)
    assert mesh.n_cells == 8
    assert np.abs(mesh.points - 2).sum(axis=1) == pytest.approx(0.5 / 226, rel=1e-3)


@pytest.mark.parametrize("name", geometries())
def test_a_region_cuts_midway_between_its_voxels_and_others(name):
    geometry = geometries((40, 36, 34))[name]
    radius = 11.0
    volume = balls(geometry, ((20, 18, 17), radius))
    region = np.zeros(volume.shape, bool, order="F")
    region[:24] = True
    mesh = in_patient(volume, 0, region=region)
    assert_sound(mesh)
    index = geometry.to_index(mesh.points)
    beyond = index[index[:, 0] > 23.0001]
    assert beyond[:, 0].max() < 24  # along the rim, the value ends between the last voxel inside and the next
    assert (np.abs(beyond[:, 0] - 23.5) < 1e-4).mean() > 0.8
    # the plane cuts a cap off the ball, at its distance from the middle along the normal of the slices of one i
    normal = np.linalg.inv(geometry.affine[:3, :3])[0]
    height = radius - 3.5 / np.linalg.norm(normal)
    whole, cap = 4 / 3 * np.pi * radius**3, np.pi * height**2 * (3 * radius - height) / 3
    assert as_trimesh(mesh).volume == pytest.approx(whole - cap, rel=0.01)
    free = index[index[:, 0] < 23]
    apart = np.linalg.norm(geometry.to_world(free) - geometry.to_world((20, 18, 17)), axis=1) - radius
    assert np.abs(apart).max() < 0.1


def test_where_the_value_ends_before_the_region_does_the_value_says_where():
    values = np.zeros((3, 3, 3), np.int16, order="F")
    values[1, 1, 1] = 100
    values[2, 1, 1] = 50
    region = np.zeros(values.shape, bool)
    region[1] = True
    points, _ = contour(Volume.from_numpy(values), 11, region=region)
    assert sorted(points[:, 0]) == pytest.approx([1 - 0.895, 1, 1, 1, 1, 1.5])
    points, _ = contour(Volume.from_numpy(values), band(60, 120), region=region)
    assert sorted(points[:, 0]) == pytest.approx([1 - 0.405, 1, 1, 1, 1, 1.81])


def test_a_region_of_all_voxels_changes_nothing_and_of_none_leaves_nothing():
    volume, _ = ellipsoid(geometries()["flipped"], dtype="int16")
    for found, expected in zip(contour(volume, 0, region=np.ones(volume.shape, bool)), contour(volume, 0), strict=True):
        assert np.array_equal(found, expected)
    assert len(contour(volume, 0, region=np.zeros(volume.shape, bool))[1]) == 0


def test_a_region_of_another_shape_is_refused():
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    with pytest.raises(GeometryError, match=r"\(3, 4, 5\).*\(44, 38, 31\)"):
        contour(volume, 0, region=np.ones((3, 4, 5), bool))


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 2), (1, 9, 9), (9, 1, 9), (9, 9, 1)])
def test_a_single_slice_has_bands_and_regions(shape):
    values = np.asfortranarray(np.arange(np.prod(shape)).reshape(shape).astype(np.int16))
    region = np.ones(shape, bool)
    if values.size > 2:
        region[tuple(n // 2 for n in shape)] = False
    for level in (0, band(0, 1), band(values.size // 4, values.size // 2)):
        mesh = in_patient(Volume.from_numpy(values), level, region=region)
        assert_sound(mesh)
        assert as_trimesh(mesh).volume > 0
        thin = int(np.argmin(shape))
        assert [mesh.points[:, thin].min(), mesh.points[:, thin].max()] == [-0.5, 0.5]


@pytest.mark.parametrize("layer", [1, 1 << 23])
@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
def test_voxels_that_need_no_marks_give_the_surface_of_marked_ones_to_the_bit(dtype, closed, layer, monkeypatch):
    # steps of 65,535 put vertices so near to voxels that single precision has them on slice 1000 itself
    info = np.iinfo(dtype)
    few = np.array([info.min, 0, 1, info.max], dtype)
    values = np.full((6, 5, 1100), info.min, dtype, order="F")
    values[1:-1, 1:-1, 2:-1] = np.random.default_rng(8).choice(few, (4, 3, 1097))
    values[0, 0, 400:500] = info.max  # some layers touch the border
    volume = Volume.from_numpy(values)
    monkeypatch.setattr(layers, "LAYER", layer)
    for level in (1, 0.99, info.max):
        found = contour(volume, level, closed=closed)
        with monkeypatch.context() as patched:
            patched.setattr("vizmed.surface.contour.is_plain", lambda *_: False)
            patched.setattr(layers, "LAYER", 1 << 23)
            expected = contour(volume, level, closed=closed)
        assert len(found[1]) > 10_000
        assert np.array_equal(found[0].view(np.uint32), expected[0].view(np.uint32))
        assert np.array_equal(found[1], expected[1])
