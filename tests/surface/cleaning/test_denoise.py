"""Noise goes, what is padding stays and bleeds nowhere, and the filters are those of SimpleITK."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import ellipsoid_distance
from vizmed.errors import OptionError
from vizmed.surface import extract_surface
from vizmed.surface.cleaning.denoise import gaussian, median
from vizmed.volume import Volume

TYPES = ("int8", "uint8", "int16", "uint16", "int32", "int64", "float16", "float32", "float64", ">i2")


def noise(shape=(19, 14, 40), spacing=(0.8, 1.1, 2.5), dtype="int16", **known) -> Volume:
    values = np.random.default_rng(7).normal(0, 30, shape)
    return replace(Volume.from_numpy(np.asfortranarray(values).astype(dtype, order="F"), spacing), **known)


def itk_median(volume: Volume, radius: int) -> np.ndarray:
    return SimpleITK.GetArrayFromImage(SimpleITK.Median(volume.to_sitk(), (radius,) * 3)).T


@pytest.mark.parametrize("radius", [1, 2])
def test_the_median_is_itks_up_to_the_border(radius):
    volume = noise()
    cleaned = median(volume, radius)
    np.testing.assert_array_equal(cleaned.volume.voxels, itk_median(volume, radius))
    assert cleaned.volume.voxels.dtype == np.int16
    assert cleaned.volume.voxels.flags.f_contiguous
    assert cleaned.volume.geometry == volume.geometry
    assert cleaned.level is None


@pytest.mark.parametrize("dtype", TYPES)
def test_the_median_keeps_every_type(dtype):
    volume = noise((6, 7, 5), dtype=dtype if np.dtype(dtype).kind != "u" else "int8")
    volume = replace(volume, voxels=np.abs(volume.voxels).astype(dtype))
    filtered = median(volume).volume.voxels
    assert filtered.dtype == np.dtype(dtype).newbyteorder("=")
    expected = itk_median(replace(volume, voxels=volume.voxels.astype("float64")), 1)
    np.testing.assert_array_equal(filtered.astype("float64"), expected)


def medians_one_by_one(values: np.ndarray, counts: np.ndarray, radius: int) -> np.ndarray:
    """The lower middle one of those that count in each window, the outermost voxels going on."""
    wide, wide_counts = (np.pad(each, radius, mode="edge") for each in (values, counts))
    expected = values.copy()
    for place in np.argwhere(counts):
        window = tuple(slice(n, n + 2 * radius + 1) for n in place)
        near = np.sort(wide[window][wide_counts[window]])
        expected[tuple(place)] = near[(near.size - 1) // 2]
    return expected


@pytest.mark.parametrize("radius", [1, 2])
def test_padding_and_nan_count_in_no_median(radius):
    values = noise((9, 8, 37), dtype="float32").voxels.copy()
    values[np.random.default_rng(1).random(values.shape) < 0.3] = 500
    values[2, 3, 4], values[5, 5, 5], values[6, 1, 2] = np.nan, np.inf, -np.inf
    values[:4, :4, 30:] = np.nan
    volume = replace(Volume.from_numpy(values), padding=500)
    filtered = median(volume, radius).volume.voxels
    counts = np.isfinite(values) & (values != 500)
    np.testing.assert_array_equal(filtered, medians_one_by_one(values, counts, radius))
    np.testing.assert_array_equal(filtered[~counts], values[~counts])


def test_speckles_go_and_an_edge_stays():
    voxels = np.zeros((20, 20, 20), "int16", order="F")
    voxels[10:] = 1000
    speckled = voxels.copy(order="F")
    speckled[4::5, 4::5, 4::5] = 500
    filtered = median(Volume.from_numpy(speckled)).volume.voxels
    np.testing.assert_array_equal(filtered, voxels)


@pytest.mark.parametrize("radius", [0, -1, 1.5, 6, float("nan"), float("inf")])
def test_a_radius_that_means_nothing_is_refused(radius):
    with pytest.raises(OptionError, match="radius"):
        median(noise(), radius)


def test_a_median_wider_than_the_volume_is_refused():
    with pytest.raises(OptionError, match="5 voxels is wider than the volume of 4 x 4 x 4"):
        median(noise((4, 4, 4)), 2)


@pytest.mark.parametrize("sigma_mm", [1.0, 2.5])
def test_the_gaussian_is_itks_away_from_the_border(sigma_mm):
    volume = noise((44, 40, 36), (0.8, 1.1, 1.6), dtype="float32")
    smoothed = gaussian(volume, sigma_mm).volume.voxels
    image = volume.to_sitk()
    discrete = SimpleITK.DiscreteGaussian(image, variance=sigma_mm**2, maximumError=1e-5, maximumKernelWidth=101)
    inner = tuple(slice(w, -w) for w in (14, 11, 8))
    spread = np.ptp(smoothed[inner])
    np.testing.assert_allclose(smoothed[inner], SimpleITK.GetArrayFromImage(discrete).T[inner], atol=1e-3 * spread)


@pytest.mark.parametrize("sigma_mm", [0.4, 2.5])
def test_a_parabola_is_lifted_by_the_variance(sigma_mm):
    spacing = np.array([0.9, 1.1, 1.4])
    x, y, z = np.indices((44, 38, 31)) * spacing[:, None, None, None]
    parabola = x**2 + 2 * y**2 - 0.5 * z**2
    smoothed = gaussian(Volume.from_numpy(parabola, spacing), sigma_mm).volume.voxels
    inner = tuple(slice(w, -w) for w in (14, 12, 10))
    np.testing.assert_allclose(smoothed[inner] - parabola[inner], 2.5 * sigma_mm**2, rtol=3e-3)


@pytest.mark.parametrize("sigma_mm", [0.3, 0.7, 1.5])
def test_a_point_spreads_by_sigma_along_each_axis_in_mm(sigma_mm):
    spacing = np.array([0.5, 1.0, 2.5])
    voxels = np.zeros((61, 41, 21), "float64")
    voxels[30, 20, 10] = 1e6
    spread = gaussian(Volume.from_numpy(voxels, spacing), sigma_mm).volume.voxels
    assert spread.sum() == pytest.approx(1e6, rel=1e-9)
    for axis in range(3):
        along = spread.sum(axis=tuple({0, 1, 2} - {axis}))
        place = (np.arange(along.size) - along.size // 2) * spacing[axis]
        assert (along * place**2).sum() / 1e6 == pytest.approx(sigma_mm**2, rel=2e-3)


def test_padding_and_nan_neither_bleed_nor_change():
    values = np.full((30, 20, 25), 100.0, "float32", order="F")
    hidden = np.random.default_rng(3).random(values.shape) < 0.4
    values[hidden] = -3000
    values[0], values[5, 5, 5], values[20, 2, 3] = -3000, np.nan, np.inf
    volume = replace(Volume.from_numpy(values, (1, 1, 2)), padding=-3000)
    smoothed = gaussian(volume, 2).volume.voxels
    counts = values == 100
    np.testing.assert_allclose(smoothed[counts], 100, rtol=1e-6)
    np.testing.assert_array_equal(smoothed[~counts], values[~counts])


def test_the_border_of_the_volume_does_not_bleed_either():
    smoothed = gaussian(Volume.from_numpy(np.full((9, 8, 7), 300, "int16"), (1, 1, 1)), 2).volume.voxels
    np.testing.assert_allclose(smoothed, 300, rtol=1e-6)


def test_weighing_is_that_of_the_whole_kernel():
    """Normalized convolution, voxel by voxel, against the quotient of two of SimpleITK's."""
    volume = noise((24, 22, 20), (1, 1, 1.5), dtype="float32")
    hidden = np.random.default_rng(5).random(volume.shape) < 0.3
    padded = replace(volume, voxels=np.where(hidden, -500, volume.voxels), padding=-500)

    def blurred(values: np.ndarray) -> np.ndarray:
        wide = np.pad(values, 12).astype("float64")
        image = SimpleITK.GetImageFromArray(wide.T)
        image.SetSpacing((1, 1, 1.5))
        found = SimpleITK.DiscreteGaussian(image, variance=1.44, maximumError=1e-7, maximumKernelWidth=101)
        return SimpleITK.GetArrayFromImage(found).T[12:-12, 12:-12, 12:-12]

    expected = blurred(np.where(hidden, 0, volume.voxels)) / blurred(~hidden)
    smoothed = gaussian(padded, 1.2).volume.voxels
    np.testing.assert_allclose(smoothed[~hidden], expected[~hidden], atol=0.01)


def test_what_is_smoothed_is_real_and_exact_enough():
    for dtype, expected in (("int16", "float32"), ("uint8", "float32"), ("float16", "float32"), ("int32", "float64")):
        assert gaussian(noise((8, 8, 8), dtype="int8"), 1).volume.voxels.dtype == np.float32
        volume = noise((8, 8, 8), dtype="int8")
        volume = replace(volume, voxels=np.abs(volume.voxels).astype(dtype))
        assert gaussian(volume, 1).volume.voxels.dtype == expected
    far = Volume.from_numpy(np.full((5, 5, 5), 2_000_000_003, "int32"))
    np.testing.assert_allclose(gaussian(far, 1).volume.voxels, 2_000_000_003, rtol=1e-13)


@pytest.mark.parametrize("sigma_mm", [0, -1, float("nan"), float("inf"), 25.1])
def test_a_sigma_that_means_nothing_is_refused(sigma_mm):
    with pytest.raises(OptionError, match=r"quarter of the volume's 100 mm"):
        gaussian(noise((19, 14, 40)), sigma_mm)


@pytest.mark.parametrize("name", ["identity", "rotated and sheared"])
def test_a_noisy_surface_comes_nearer_to_the_truth(name):
    clean, centre = ellipsoid(geometries()[name])
    noisy = clean.voxels + np.random.default_rng(0).normal(0, 60, clean.shape)
    volume = replace(clean, voxels=np.asfortranarray(noisy).astype("int16", order="F"))
    apart = {}
    for label, seen in (("not", volume), ("median", median(volume).volume), ("gaussian", gaussian(volume, 1).volume)):
        apart[label] = ellipsoid_distance(extract_surface(seen, 0, largest=True), centre).mean()
    assert apart["median"] < 0.6 * apart["not"]
    assert apart["gaussian"] < 0.4 * apart["not"]


def test_what_was_done_is_said_and_kept():
    cleaned = gaussian(median(noise()).volume, 1)
    assert str(cleaned.done) == "smoothed by a Gaussian of 1 mm, which is 1.2 x 0.91 x 0.4 voxels"
    assert [found.code for found in cleaned.volume.provenance.findings] == ["median", "gaussian"]
    assert "3 x 3 x 3" in cleaned.volume.provenance.findings[0].message
