from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ELLIPSOID_RADII_MM, SPACING_MM, axis_orders, ellipsoid, ellipsoid_volume_mm3, geometries
from tests.surface.oracles import as_trimesh, assert_sound, balls, bodies, ellipsoid_distance
from vizmed.errors import EmptySurfaceError, GeometryError, OptionError
from vizmed.geometry import Geometry
from vizmed.surface import Level, extract_surface
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

SHAPE = (44, 38, 31)
TENTH_OF_A_VOXEL_MM = 0.1 * min(SPACING_MM)
GRIDS = geometries() | {
    f"axes {codes}": Geometry.from_axes(SHAPE, SPACING_MM, (5, -60, 700), direction)
    for codes, direction in axis_orders().items()
}


@pytest.mark.parametrize("dtype", ["float32", "int16"])
@pytest.mark.parametrize("name", GRIDS)
def test_an_ellipsoid_comes_out_where_it_is_in_every_grid(name, dtype):
    volume, centre = ellipsoid(GRIDS[name], dtype=dtype)
    mesh = extract_surface(volume, 0)
    assert_sound(mesh)
    oracle = as_trimesh(mesh)
    assert oracle.volume == pytest.approx(ellipsoid_volume_mm3(), rel=0.01)
    assert np.linalg.norm(oracle.center_mass - centre) < TENTH_OF_A_VOXEL_MM
    half_step = 0.5 if dtype == "int16" else 0
    assert ellipsoid_distance(mesh, centre, reach=1 + half_step / 1000).max() < TENTH_OF_A_VOXEL_MM


@pytest.mark.parametrize("name", geometries())
def test_eight_bits_are_enough(name):
    volume, centre = ellipsoid(geometries()[name])
    bytes_ = np.rint(np.clip(100 + volume.voxels / 10, 0, 255)).astype(np.uint8, order="F")
    mesh = extract_surface(Volume(bytes_, volume.geometry), 100)
    assert_sound(mesh)
    assert as_trimesh(mesh).volume == pytest.approx(1.005**3 * ellipsoid_volume_mm3(), rel=0.01)
    half_a_grey_value_mm = 0.5 * max(ELLIPSOID_RADII_MM) / 100
    assert ellipsoid_distance(mesh, centre, reach=1.005).max() < TENTH_OF_A_VOXEL_MM + half_a_grey_value_mm


@pytest.mark.parametrize("name", geometries())
def test_left_stays_left(name):
    # a large ball at low i, a small one at high i: a mirrored mesh would have them the wrong way round
    geometry = geometries()[name]
    large, small = ((9, 18, 15), 7.0), ((34, 18, 15), 5.0)
    mesh = extract_surface(balls(geometry, large, small), 0)
    found = bodies(mesh)
    assert [body.volume for body in found] == pytest.approx([4 / 3 * np.pi * r**3 for r in (5, 7)], rel=0.04)
    for body, (centre, _) in zip(found, (small, large), strict=True):
        assert np.linalg.norm(body.center_mass - geometry.to_world(centre)) < 0.1


def test_array_order_and_flips_change_nothing():
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    usual = as_trimesh(extract_surface(volume, 0))
    c_order = Volume(np.ascontiguousarray(volume.voxels), volume.geometry)
    for other in (c_order, volume.reoriented("RAS"), volume.reoriented("SLA")):
        mesh = extract_surface(other, 0)
        assert_sound(mesh)
        found = as_trimesh(mesh)
        assert found.volume == pytest.approx(usual.volume, rel=1e-4)
        assert found.bounds == pytest.approx(usual.bounds, abs=1e-4)


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64", ">i2", ">u4", ">f4", "float16", "float64"])
def test_every_type_of_voxel_gives_the_same_surface(dtype):
    # unsigned ones wrap around in VTK, other byte orders are taken for the machine's
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    values = np.asfortranarray(np.maximum(volume.voxels + 1000, 0))
    expected, triangles = mesh_arrays(extract_surface(Volume(values, volume.geometry), 1000))
    points, same = mesh_arrays(extract_surface(Volume(values.astype(dtype), volume.geometry), 1000))
    assert np.array_equal(same, triangles)
    assert points == pytest.approx(expected, abs=1e-4)


def test_the_volume_is_not_changed():
    volume, _ = ellipsoid(geometries()["left-handed"])
    before = volume.voxels.copy()
    extract_surface(volume, 0, largest=True, smooth=3, reduce=0.5)
    assert np.array_equal(volume.voxels, before)


def test_options_do_what_they_say():
    volume = balls(Geometry.from_axes(SHAPE), ((12, 19, 15), 9.0), ((33, 19, 15), 7.0))
    plain = extract_surface(volume, 0)
    assert len(bodies(plain)) == 2
    largest = extract_surface(volume, 0, largest=True)
    assert len(bodies(largest)) == 1
    assert largest.center == pytest.approx((12, 19, 15), abs=0.1)
    smoothed = extract_surface(volume, 0, smooth=10)
    assert np.array_equal(mesh_arrays(smoothed)[1], mesh_arrays(plain)[1])
    assert not np.array_equal(smoothed.points, plain.points)
    assert extract_surface(volume, 0, reduce=0.75).n_cells == pytest.approx(plain.n_cells / 4, rel=0.02)


def test_a_level_may_come_with_its_reason():
    volume, _ = ellipsoid(geometries()["identity"])
    assert extract_surface(volume, Level(0, "here")).n_cells == extract_surface(volume, 0).n_cells


def test_nonsense_is_refused_before_any_work():
    volume, _ = ellipsoid(geometries()["identity"])
    for options in ({"smooth": -1}, {"smooth": 1.5}, {"reduce": 1.0}, {"reduce": -0.1}, {"preset": "bone"}):
        with pytest.raises(OptionError):
            extract_surface(volume, 0, **options)
    with pytest.raises(EmptySurfaceError, match=r"from -.* to .*Levels with a surface: "):
        extract_surface(volume, 5000)


def test_a_slice_has_no_open_surface():
    with pytest.raises(GeometryError, match="one slice"):
        extract_surface(Volume.from_numpy(np.eye(5, dtype=np.int16)[:, :, None]), 1, closed=False)


def test_what_only_touches_hidden_voxels_is_refused_or_found():
    values = np.asfortranarray([[[1.0, np.nan], [np.nan, 2.0]], [[3.0, 4.0], [5.0, 6.0]]])
    assert_sound(extract_surface(Volume.from_numpy(values), 2))
    with pytest.raises(EmptySurfaceError, match="no surface"):
        extract_surface(Volume.from_numpy(np.full((3, 3, 3), np.nan)), 2)
