from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from vizmed.surface.inside.otsu import MOST_BINS, STRIDE, lies_in_valley, otsu, otsu_levels


def spread(values: np.ndarray, levels: tuple[float, ...]) -> float:
    """How much the values vary within the groups that the levels part them in: a level belongs to the group above."""
    group = np.digitize(values, sorted(levels))
    return sum(part.size * part.var() for n in range(len(levels) + 1) if (part := values[group == n]).size)


def least_spread(values: np.ndarray, groups: int) -> float:
    """Try all ways to part the values, of which there may be thousands."""
    return min(spread(values, levels) for levels in combinations(np.unique(values)[1:], groups - 1))


def least_spread_of_many(values: np.ndarray) -> float:
    """The same for four groups of many different values, by dynamic programming as the textbook has it."""
    found, counts = np.unique(values, return_counts=True)
    ends = range(len(found) + 1)
    sums = [np.concatenate([[0], np.cumsum(counts * found.astype(float) ** n)]) for n in range(3)]
    amount, moment, square = (each[None, :] - each[:, None] for each in sums)
    with np.errstate(all="ignore"):
        one = np.where(np.triu(amount > 0), square - moment**2 / amount, np.inf)
    best = one[0]
    for _ in range(3):
        best = np.array([min(best[:end] + one[:end, end], default=np.inf) for end in ends])
    return float(best[-1])


@pytest.mark.parametrize("seed", range(12))
def test_no_other_levels_part_few_values_better(seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 14, 60).astype(np.int16) * rng.integers(1, 9) - 20
    if seed % 2:
        values = (values + rng.normal(0, 0.01, values.shape)).round(2).astype(np.float64)
        values = rng.choice(np.unique(values)[:12], 40)
    assert spread(values, (otsu(values),)) == pytest.approx(least_spread(values, 2))
    levels = otsu_levels(values)
    assert all(low < high for low, high in pairwise(levels))
    assert spread(values, levels) == pytest.approx(least_spread(values, 4))


@pytest.mark.parametrize("n", [3, STRIDE - 1, STRIDE, STRIDE + 1, STRIDE + 2, 3 * STRIDE, 5 * STRIDE + 7])
def test_no_other_levels_part_many_values_better(n):
    rng = np.random.default_rng(n)
    middles = rng.uniform(0, n, 5)
    values = np.concatenate([rng.normal(middle, n * rng.uniform(0.1, 0.3), 150) for middle in middles])
    values = np.append(values.clip(0, n).astype(np.uint16), np.arange(n + 1, dtype=np.uint16))  # no bin is empty
    assert spread(values, otsu_levels(values)) == pytest.approx(least_spread_of_many(values), abs=1e-6)


def test_more_values_than_bins_are_parted_to_a_bin():
    rng = np.random.default_rng(9)
    tissues = ((200, 100), (20_000, 3000), (33_000, 2000), (52_000, 4000))
    values = np.concatenate([rng.normal(mean, width, 20_000) for mean, width in tissues]).clip(0, 65_535)
    values = values.astype(np.uint16)
    rough = values // 16  # few enough to have a bin each
    levels = np.array(otsu_levels(values))
    assert np.ptp(values) > MOST_BINS
    assert levels == pytest.approx(np.array(otsu_levels(rough)) * 16, abs=3 * 16)
    assert np.array(otsu_levels(values.astype(np.float32))) == pytest.approx(levels, abs=1)
    assert np.array(otsu_levels(values.astype(np.float32) * 1e-7 + 5)) == pytest.approx(levels * 1e-7 + 5, abs=1e-5)


def test_a_valley_parts_two_kinds_of_values_and_a_peak_only_one():
    rng = np.random.default_rng(4)
    air, tissue = np.abs(rng.normal(0, 10, 9000)), rng.normal(300, 60, 3000)
    for values in (np.append(air, tissue), np.rint(np.append(air, tissue)).astype(np.int16)):
        assert lies_in_valley(values, 60)
        assert not lies_in_valley(values, 8)
        assert not lies_in_valley(values[9000:], 300)
    for dtype in ("uint8", "float32"):
        assert lies_in_valley(np.repeat(np.array([0, 10], dtype), 50), 5)
        assert lies_in_valley(np.repeat(np.array([3, 4, 10], dtype), 50), 7)  # their median is 3.5


@pytest.mark.parametrize("part", [0.5, 0.1, 0.0002])
@pytest.mark.parametrize(("dtype", "bright"), [("uint8", 1), ("uint8", 255), ("int16", 20_000), ("float32", 1.0)])
def test_the_mask_in_a_mask_is_found(part, dtype, bright):
    values = np.zeros(20_000, dtype)
    values[: int(part * 20_000)] = bright
    expected = (bright + 1) // 2 if dtype != "float32" else 0.5
    assert otsu(values) == pytest.approx(expected, rel=0.01)
    assert 0 < otsu(values) <= bright
    assert otsu_levels(values) == (otsu(values),) * 3


def test_three_values_have_two_levels():
    values = np.repeat(np.int16([10, 20, 90]), [500, 100, 200])
    assert otsu_levels(values) == (15, 55, 55)
    assert otsu_levels(-values) == (-55, -55, -15)


def test_four_values_have_a_level_in_the_middle_of_each_gap():
    values = np.repeat(np.uint8([0, 10, 101, 250]), [5000, 3, 20, 7000])
    assert otsu_levels(values) == (5, 56, 176)
    assert otsu_levels(values.astype(np.float32)) == pytest.approx((5, 55.5, 175.5), abs=0.1)


def test_a_level_is_the_lowest_integer_of_the_brighter_group():
    values = np.repeat(np.int16([-4, -3, 3, 4, 7, 8, 30, 31]), 100)
    assert otsu_levels(values) == (0, 6, 19)
    assert all(level == int(level) for level in otsu_levels(values))


def test_a_large_offset_costs_no_digits():
    values = np.random.default_rng(2).integers(0, 200, 5000)
    levels = np.array(otsu_levels(values))
    assert np.array_equal(np.array(otsu_levels(values + 2**40)) - 2**40, levels)
