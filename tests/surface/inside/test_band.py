from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from tests.phantoms import ELLIPSOID_RADII_MM, SPACING_MM, ellipsoid, ellipsoid_volume_mm3, geometries
from tests.surface.oracles import as_trimesh, assert_sound, ellipsoid_distance
from tests.surface.patient import band, in_patient
from vizmed.errors import OptionError
from vizmed.surface.contour import contour
from vizmed.surface.inside.band import Band, limits, parse_range
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

INF = float("inf")
TENTH_OF_A_VOXEL_MM = 0.1 * min(SPACING_MM)


def crossings(volume: Volume, low: float, high: float, region: np.ndarray | None = None) -> np.ndarray:
    """Where the surface crosses the edges between voxels, edge by edge, in plain Python; integers, closed."""
    values = {index: int(value) for index, value in np.ndenumerate(volume.voxels)}
    kept = {index for index in values if region is None or region[index]}
    inside = {index for index in kept if low <= values[index] <= high and values[index] != volume.padding}
    found = []
    for index, axis, way in product(inside, range(3), (-1, 1)):
        beyond = tuple(n + way * (axis == m) for m, n in enumerate(index))
        if beyond in inside:
            continue
        reach = 0.5
        if values.get(beyond, low) < low:
            reach = (values[index] - (low - 0.5)) / (values[index] - values[beyond])
        elif values.get(beyond, high) > high:
            reach = ((high + 0.5) - values[index]) / (values[beyond] - values[index])
        found.append([n + way * reach * (axis == m) for m, n in enumerate(index)])
    return np.array(sorted(found)).reshape(-1, 3)


def rows(points: np.ndarray) -> np.ndarray:
    """Points in an order that does not hang on how they were found; rounding does not change it."""
    points = np.asarray(points, np.float64)
    return points[np.lexsort(np.rint(points * 1e4).T)]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint16"])
@pytest.mark.parametrize("name", geometries())
def test_a_shell_comes_out_where_it_is_in_every_grid(name, dtype):
    volume, centre = ellipsoid(geometries()[name], dtype="int16" if dtype == "uint16" else dtype)
    shift = 3000 if dtype == "uint16" else 0
    volume = Volume((volume.voxels + shift).astype(dtype), volume.geometry)
    mesh = in_patient(volume, band(100 + shift, 500 + shift))
    assert_sound(mesh)
    half_step = 0 if "float" in dtype else 0.5
    outer, inner = 0.9 + half_step / 1000, 0.5 - half_step / 1000
    oracle = as_trimesh(mesh)
    assert oracle.volume == pytest.approx(ellipsoid_volume_mm3() * (outer**3 - inner**3), rel=0.01)
    assert np.linalg.norm(oracle.center_mass - centre) < TENTH_OF_A_VOXEL_MM
    distances = [ellipsoid_distance(mesh, centre, reach=reach) for reach in (outer, inner)]
    assert np.minimum(*distances).max() < TENTH_OF_A_VOXEL_MM
    assert all((distance < TENTH_OF_A_VOXEL_MM).sum() > 500 for distance in distances)


def test_eight_bits_are_enough():
    volume, centre = ellipsoid(geometries()["rotated and sheared"])
    bytes_ = np.rint(np.clip(100 + volume.voxels / 10, 0, 255)).astype(np.uint8, order="F")
    mesh = in_patient(Volume(bytes_, volume.geometry), band(110, 150))
    assert_sound(mesh)
    outer, inner = 1 - (109.5 - 100) / 100, 1 - (150.5 - 100) / 100
    assert as_trimesh(mesh).volume == pytest.approx(ellipsoid_volume_mm3() * (outer**3 - inner**3), rel=0.01)
    distances = [ellipsoid_distance(mesh, centre, reach=reach) for reach in (outer, inner)]
    assert np.minimum(*distances).max() < TENTH_OF_A_VOXEL_MM + 0.5 * max(ELLIPSOID_RADII_MM) / 100


def test_a_band_is_what_lies_between_two_levels():
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    shell, outer, inner = (
        contour(volume, each)[0] for each in (band(100, 500), 100, 501)
    )  # 500.5 is the upper limit of the one and the level of the other
    assert rows(shell) == pytest.approx(rows(np.concatenate([outer, inner])), abs=1e-4)


def test_a_band_open_above_is_a_level():
    for dtype in ("int16", "float32"):
        volume, _ = ellipsoid(geometries()["sheared"], dtype=dtype)
        for expected, found in zip(contour(volume, 100), contour(volume, band(100, INF)), strict=True):
            assert np.array_equal(expected, found)


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_band_open_below_is_what_a_level_leaves(dtype):
    volume, _ = ellipsoid(geometries()["rotated left-handed"], dtype=dtype)
    rest = in_patient(volume, band(-INF, 99 if dtype == "int16" else np.nextafter(np.float32(100), np.float32(0))))
    assert_sound(rest)
    kept = as_trimesh(in_patient(volume, 100)).volume
    whole = as_trimesh(in_patient(volume, band(-1e6, 1e6))).volume
    assert as_trimesh(rest).volume == pytest.approx(whole - kept, rel=1e-5)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", ">i2", "float16", "float32", "float64"])
def test_noise_is_cut_where_each_edge_says(dtype, closed):
    rng = np.random.default_rng(11)
    values = np.asfortranarray(rng.integers(0, 7, (7, 6, 5)).astype(dtype))
    region = np.asfortranarray(rng.random(values.shape) < 0.8)
    for low, high in combinations_with_replacement(range(7), 2):
        for padding, kept in ((None, None), (3, None), (3, region)):
            volume = Volume(values, Volume.from_numpy(values).geometry, padding=padding)
            points, _ = contour(volume, band(low, high), closed=closed, region=kept)
            expected = crossings(volume, low, high, kept)
            if not closed:
                expected = expected[((expected >= 0) & (expected <= np.array(values.shape) - 1)).all(axis=1)]
            elif len(expected) and dtype == "int16":  # the same voxels are inside in any type
                assert_sound(in_patient(volume, band(low, high), region=kept))
            assert rows(points) == pytest.approx(rows(expected), abs=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32"])
def test_the_ends_of_a_type_do_not_overflow(dtype):
    info = np.iinfo(dtype)
    values = np.full((5, 5, 5), info.min, dtype, order="F")
    values[1:4, 1:4, 1:4] = info.max
    values[2, 2, 2] = info.min // 2 + info.max // 2
    volume = Volume.from_numpy(values)
    mid, bright = (
        as_trimesh(in_patient(volume, band(low, high))).volume
        for low, high in ((info.min + 1, info.max - 1), (info.max, info.max))
    )
    # a voxel at an end of its type reaches next to nowhere, one amid reaches to its neighbours: an octahedron
    assert mid == pytest.approx(4 / 3, rel=0.02)
    assert bright == pytest.approx(2**3 - 4 / 3, rel=0.02)
    half_a_step = 0.5 / (float(info.max) - float(info.min))
    assert contour(volume, band(info.max, info.max))[0].min() == pytest.approx(1 - half_a_step, abs=1e-6)
    assert contour(volume, band(info.min, info.min))[0].min() == -0.5
    for low, high in ((info.max + 1, INF), (-INF, info.min - 1), (2.0**70, 2.0**71)):
        assert len(contour(volume, band(low, high))[1]) == 0
    for low, high in ((-INF, info.max + 1), (info.min, INF), (-(2.0**70), 2.0**70)):
        assert as_trimesh(in_patient(volume, band(low, high))).volume == pytest.approx(125, rel=0.06)


def test_integers_that_float64_does_not_tell_apart_are_still_inside_or_not():
    for dtype in ("int64", "uint64"):
        info = np.iinfo(dtype)
        values = np.full((5, 5, 5), info.max - 1, dtype, order="F")
        values[1:4, 1:4, 1:4] = info.max
        volume = Volume.from_numpy(values)
        mesh = in_patient(volume, Band(info.max, info.max, ""))
        assert_sound(mesh)
        assert mesh.bounds == pytest.approx((0.5, 3.5) * 3)
        assert in_patient(volume, Band(info.max - 1, info.max - 1, "")).bounds == pytest.approx((-0.5, 4.5) * 3)


def test_the_ends_of_real_numbers_do_not_overflow():
    for dtype in ("float16", "float32", "float64"):
        largest = min(float(np.finfo(dtype).max), 1e300)
        values = np.zeros((5, 5, 5), dtype, order="F")
        values[1:4, 1:4, 1:4] = largest
        values[2, 2, 2] = -largest
        volume = Volume.from_numpy(values)
        for low, high in ((largest, INF), (-INF, -largest), (0, 1), (-INF, largest)):
            assert_sound(in_patient(volume, band(low, high)))
        beyond = contour(volume, band(2 * largest, 4 * largest))
        assert len(beyond[1]) == 0


def test_what_is_no_number_is_in_no_band_and_ends_midway():
    volume, _ = ellipsoid(geometries()["identity"], dtype="float32")
    for hidden in (np.nan, np.inf, -np.inf):
        values = volume.voxels.copy(order="F")
        values[:, :, 16:] = hidden
        points, _ = contour(Volume(values, volume.geometry), band(-100, 100))
        assert points[:, 2].max() == 15.5
        points, _ = contour(Volume(values, volume.geometry), band(-INF, 100))
        assert points[:, 2].max() == 15.5


@pytest.mark.parametrize(
    ("dtype", "level", "expected"),
    [("int16", 226, 225.5), ("uint8", 0.5, 0.5), ("int16", -3.4, -3.4), ("int16", 7.001, 7.01), ("int16", 7.999, 7.99)],
)
def test_the_limits_between_integers(dtype, level, expected):
    voxels = np.zeros((2, 2, 2), dtype)
    assert limits(voxels, level).below == pytest.approx(expected)
    assert limits(voxels, level).above == INF
    assert limits(voxels.astype(np.int16), -INF, -level).above == pytest.approx(-expected)
    assert limits(voxels.astype(np.int16), -INF, -level).below == -INF


def test_the_limits_between_real_numbers():
    values = np.array([0.0, 0.25, 1.0, np.nan], np.float32).reshape(1, 2, 2)
    assert [limits(values, low).below for low in (0.5, 1.0, 0.25)] == [0.5, 0.625, 0.125]
    assert [limits(values, -INF, high).above for high in (0.5, 0.0, 0.25, 1.0)] == [0.5, 0.125, 0.625, 1.0]
    # the surface is moved, what lies inside is not
    assert limits(values, 0.25, 0.25).hold(values).sum() == 1
    neighbours = np.array([1.0, np.nextafter(np.float32(1), np.float32(2))], np.float32).reshape(1, 1, 2)
    assert limits(neighbours, float(neighbours[0, 0, 1])).hold(neighbours).tolist() == [[[False, True]]]


@pytest.mark.parametrize(
    ("text", "ends", "said"),
    [
        ("-205:-51", (-205, -51), "range -205 to -51"),
        (":-235", (-INF, -235), "range up to -235"),
        ("226:", (226, INF), "range 226 and up"),
        ("1e3:1.5e3", (1000, 1500), "range 1000 to 1500"),
        ("7:7", (7, 7), "range 7 to 7"),
    ],
)
def test_a_range_in_words(text, ends, said):
    assert parse_range(text) == ends
    assert str(Band(*ends, "")) == said


@pytest.mark.parametrize("text", ["", "5", "a:b", "1:2:3", "1-2"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(OptionError, match=r"no range.*Such as"):
        parse_range(text)


@pytest.mark.parametrize("ends", [(2, 1), (float("nan"), 1), (1, float("nan")), (-INF, INF), (INF, INF), (-INF, -INF)])
def test_a_band_that_is_none_is_refused(ends):
    with pytest.raises(OptionError, match="range"):
        Band(*ends, "")


def test_the_volume_is_not_changed():
    volume, _ = ellipsoid(geometries()["left-handed"], dtype="int16")
    before = volume.voxels.copy()
    points, triangles = mesh_arrays(in_patient(volume, band(100, 500)))
    again = mesh_arrays(in_patient(volume, band(100, 500)))
    assert np.array_equal(points, again[0])
    assert np.array_equal(triangles, again[1])
    assert np.array_equal(volume.voxels, before)
