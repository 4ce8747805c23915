"""Statistics against numpy on values that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vizmed.statistics import statistics
from vizmed.volume import Volume


def test_plain_values():
    found = statistics(Volume.from_numpy(np.arange(1000, dtype="int16").reshape(10, 10, 10)), bins=10)
    assert (found.count, found.minimum, found.maximum, found.mean) == (1000, 0, 999, 499.5)
    assert found.deviation == pytest.approx(np.arange(1000).std())
    assert dict(found.percentiles)[50.0] == 499.5
    assert found.counts == (100,) * 10
    assert found.edges[0] == 0
    assert found.edges[-1] == 999


def test_padding_and_what_is_no_number_are_counted_apart():
    voxels = np.zeros((4, 4, 4), "float32")
    voxels[0] = -2000
    voxels[1, 0] = np.nan
    voxels[1, 1, 0] = np.inf
    voxels[2] = 7
    found = statistics(replace(Volume.from_numpy(voxels), padding=-2000.0))
    assert (found.count, found.padding, found.not_finite) == (64 - 16 - 5, 16, 5)
    assert (found.minimum, found.maximum) == (0, 7)
    assert sum(found.counts) == found.count


def test_nothing_but_padding():
    found = statistics(replace(Volume.from_numpy(np.full((2, 2, 2), -5, "int16")), padding=-5.0))
    assert (found.count, found.padding, found.counts) == (0, 8, (0,))


def test_large_sums_do_not_overflow():
    found = statistics(Volume.from_numpy(np.full((64, 64, 64), 32767, "int16")))
    assert (found.mean, found.deviation) == (32767, 0)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", ">i2", "uint16", "int32", "float32"])
@pytest.mark.parametrize("padding", [None, 7.0])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_type_has_the_statistics_that_numpy_gives(dtype, padding, order, monkeypatch):
    monkeypatch.setattr("vizmed.statistics.PIECE", 100)
    rng = np.random.default_rng(5)
    low, high = (-128, 127) if dtype == "int8" else (0, 255) if dtype == "uint8" else (0, 60_000)
    voxels = np.array(rng.integers(low, high, (11, 7, 5)) - (30_000 if "i2" in dtype or dtype == "int16" else 0))
    voxels[rng.random(voxels.shape) < 0.1] = 7
    voxels = np.array(voxels.astype(dtype), order=order)
    if dtype == "float32":
        voxels[3] = np.nan
    kept = voxels.copy()
    found = statistics(replace(Volume.from_numpy(voxels), padding=padding), bins=9)
    values = voxels[np.isfinite(voxels) & (voxels != padding if padding else True)]
    counts, edges = np.histogram(values, bins=9)
    assert (found.count, found.minimum, found.maximum) == (values.size, values.min(), values.max())
    assert found.padding == (np.count_nonzero(voxels == padding) if padding else 0)
    assert found.not_finite == np.count_nonzero(~np.isfinite(voxels))
    assert (found.counts, found.edges) == (tuple(counts), tuple(edges))
    assert found.mean == pytest.approx(values.mean(dtype=float), rel=1e-14)
    assert found.deviation == pytest.approx(values.std(dtype=float), rel=1e-12)
    percents, percentiles = zip(*found.percentiles, strict=True)
    assert percentiles == pytest.approx(np.percentile(values.astype(float), percents), rel=1e-6)
    np.testing.assert_array_equal(voxels, kept)
