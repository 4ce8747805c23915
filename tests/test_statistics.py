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
