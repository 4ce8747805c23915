"""Levels that a histogram gives of itself: Otsu's, of two groups of values and of four."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.volume import Voxels

TRIMMED_PERCENT = 0.1
"""Part of the values at either end that counts as its last bin, in percent: a metal clip or a hot pixel, which would
else stretch the histogram until the tissues share a bin."""

MOST_BINS = 4096
"""Bins of a histogram: 12 bits, which scanners deliver. Fewer distinct integers get a bin each."""

VALLEY = 0.5
"""In a valley, values are less than this times as frequent as at the median of those below. At the dark level of heads
on MR, between air and tissue, it is 0.00 to 0.03 times, at that of noisy phantoms, amid the air, 0.8 to 1.2."""

LEVEL_NAMES = ("dark", "mid", "bright")
"""What Otsu's three levels are called."""

STRIDE = 64
"""How many parts are split at a time: the root of the number of bins makes the fewest splits to look at."""


class Bins(NamedTuple):
    """Those bins of a histogram that hold a value, from dark to bright.

    Parameters
    ----------
    first, last : (n,) ndarray of float64
        Lower and upper end of each.
    amount, moment : (n + 1,) ndarray of float64
        How many values lie in the bins before each, and their sum; values are counted from the mean of all, which
        keeps the digits that a large offset would take.
    """

    first: FloatArray
    last: FloatArray
    amount: FloatArray
    moment: FloatArray


def otsu(values: Voxels) -> float:
    """Give the level that splits values into two groups, each as uniform as can be (Otsu 1979).

    Parameters
    ----------
    values : (n,) ndarray
        At least two of them different.

    Returns
    -------
    float
        For integers an integer: the lowest value of the upper group, or midway where a gap parts the two groups.
    """
    bins = _bins(values)
    splits = np.arange(1, len(bins.first))
    best = int(splits[np.argmax(_uniformity(bins, 0, splits) + _uniformity(bins, splits, len(bins.first)))])
    return _level_before(bins, best, whole=values.dtype.kind in "iu")


def otsu_levels(values: Voxels) -> tuple[float, float, float]:
    """Give the three levels that split values into four groups, each as uniform as can be (Otsu 1979).

    Exact, for the bins of the histogram: the middle level parts them into two halves, each of which Otsu's level of
    two groups splits, and every middle is tried.

    Parameters
    ----------
    values : (n,) ndarray
        At least two of them different.

    Returns
    -------
    dark, mid, bright : float
        Ascending, as `otsu` gives one. Of fewer than four different values each of the gaps has its level, and some
        are the same.
    """
    bins = _bins(values)
    n_bins = len(bins.first)
    whole = values.dtype.kind in "iu"
    if n_bins < 4:
        return _level_before(bins, 1, whole=whole), otsu(values), _level_before(bins, n_bins - 1, whole=whole)
    dark, dark_worth = _halved(bins)
    # the bright half is the dark half of the histogram turned round
    bright, bright_worth = (found[::-1] for found in _halved(_turned(bins)))
    middles = np.arange(2, n_bins - 1)
    mid = int(middles[np.argmax(dark_worth[middles] + bright_worth[middles])])
    splits = int(dark[mid]), mid, n_bins - int(bright[mid])
    low, middle, high = (_level_before(bins, split, whole=whole) for split in splits)
    return low, middle, high


def lies_in_valley(values: Voxels, level: float) -> bool:
    """Tell whether a level parts two kinds of values, few of which lie at it, and not the noise of one kind.

    Parameters
    ----------
    values : (n,) ndarray
    level : float
        Some of the values lie below it.
    """
    below = values[values < level].astype(np.float64)
    usual = np.percentile(below, 50, method="nearest")
    width = below.std() / 4
    at_level = np.count_nonzero(np.abs(values.astype(np.float64) - level) <= width)
    at_median = np.count_nonzero(np.abs(below - usual) <= width)
    return bool(at_level < VALLEY * at_median)


def _halved(bins: Bins) -> tuple[NDArray[np.intp], FloatArray]:
    """Split the first m bins in two, for every m from 2: where, and how uniform that makes the two.

    The best split never moves down as m grows (the spread of a group obeys the quadrangle inequality), so that those
    of every 64th m bracket the rest.
    """
    n_bins = len(bins.first)
    where, worth = np.zeros(n_bins + 1, np.intp), np.zeros(n_bins + 1)
    posts = np.array([*range(2, n_bins, STRIDE), n_bins])
    where[posts], worth[posts] = _best_splits(bins, posts, 1, n_bins - 1)
    for low, high in pairwise(posts):
        between = np.arange(low + 1, high)
        where[between], worth[between] = _best_splits(bins, between, where[low], where[high])
    return where, worth


def _best_splits(bins: Bins, ends: NDArray[np.intp], low: int, high: int) -> tuple[NDArray[np.intp], FloatArray]:
    """Split the bins before each end, somewhere from low to high, as `_halved` does."""
    splits = np.arange(low, high + 1)
    found = _uniformity(bins, 0, splits) + _uniformity(bins, splits, ends[:, None])
    best = np.argmax(found, axis=1)
    return splits[best], np.take_along_axis(found, best[:, None], axis=1)[:, 0]


def _uniformity(bins: Bins, begin: NDArray[np.intp] | int, end: NDArray[np.intp] | int) -> FloatArray:
    """Give how much less all values vary for having a group of their own from bin begin up to bin end.

    That is greatest where each group is most uniform, and minus infinity where the group is empty.
    """
    amount = bins.amount[end] - bins.amount[begin]
    moment = bins.moment[end] - bins.moment[begin]
    return np.where(amount > 0, moment * moment / np.maximum(amount, 1), -np.inf)


def _level_before(bins: Bins, split: int, *, whole: bool) -> float:
    """Give the level between a bin and the one before it: the middle of the gap where there is one."""
    level = float(bins.last[split - 1] + bins.first[split]) / 2
    return float(np.ceil(level)) if whole else level


def _bins(values: Voxels) -> Bins:
    """Count values, the outermost ones clipped."""
    low, high = np.percentile(values, [TRIMMED_PERCENT, 100 - TRIMMED_PERCENT], method="nearest").astype(np.float64)
    if low == high:  # a small bright thing in the dark, or the reverse, lies in the trimmed part altogether
        low, high = float(values.min()), float(values.max())
    n_bins, margin = MOST_BINS, 0.0
    if values.dtype.kind in "iu" and high - low < MOST_BINS:
        n_bins, margin = int(high - low) + 1, 0.5
    clipped = np.clip(values.astype(np.float64), low, high)
    counts, edges = np.histogram(clipped, bins=n_bins, range=(low - margin, high + margin))
    held = np.flatnonzero(counts)
    centres = (edges[held] + edges[held + 1]) / 2
    return _summed(edges[held], edges[held + 1], counts[held].astype(np.float64), centres)


def _summed(first: FloatArray, last: FloatArray, counts: FloatArray, centres: FloatArray) -> Bins:
    centres = centres - np.average(centres, weights=counts)
    sums = (np.concatenate([[0.0], np.cumsum(each)]) for each in (counts, counts * centres))
    return Bins(first, last, *sums)


def _turned(bins: Bins) -> Bins:
    """Turn bins round, so that the brightest is the first."""
    amount, moment = (each[-1] - each[::-1] for each in (bins.amount, bins.moment))
    return Bins(bins.first[::-1], bins.last[::-1], amount, moment)
