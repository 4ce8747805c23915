"""What values a volume holds, in numbers and as a histogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.stages import stage
from vizmed.volume import Volume, Voxels

BINS = 64

PERCENTS = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)

PIECE = 1 << 18
"""Values that are looked at together: they stay in a processor's cache."""

Times = NDArray[np.int64] | None
"""How often each of some values occurs; None where each is there for itself."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The values of a volume, padding and what is no number left out.

    Parameters
    ----------
    count : int
        Values that count.
    padding, not_finite : int
        Voxels left out: padding; NaN and infinite.
    minimum, maximum, mean, deviation : float
    percentiles : tuple of (percent, value)
        The 1st, 5th, 25th, 50th, 75th, 95th and 99th.
    edges : tuple of float
        Of the histogram's bins, one more than there are bins.
    counts : tuple of int
    """

    count: int
    padding: int
    not_finite: int
    minimum: float
    maximum: float
    mean: float
    deviation: float
    percentiles: tuple[tuple[float, float], ...]
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@stage("counting")
def statistics(volume: Volume, bins: int = BINS) -> Statistics:
    """Count the values of a volume.

    Whole numbers of 8 and 16 bits are tallied, which takes no memory; others are copied once.

    Parameters
    ----------
    volume : Volume
    bins : int
        Of the histogram, equally wide from the smallest to the largest value.
    """
    voxels = volume.voxels
    tallied = voxels.dtype.kind in "iu" and voxels.dtype.itemsize <= 2
    found, times = tally(voxels) if tallied else (voxels.ravel(order="K"), None)
    values, times, padding, not_finite = _meaningful(found, times, volume.padding)
    if not values.size:
        return Statistics(0, padding, not_finite, 0.0, 0.0, 0.0, 0.0, (), (0.0, 1.0), (0,))
    mean, deviation = _mean_and_deviation(values, times)
    counts, edges = np.histogram(values, bins=bins, weights=times)
    return Statistics(
        count=int(values.size if times is None else times.sum()),
        padding=padding,
        not_finite=not_finite,
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean=mean,
        deviation=deviation,
        percentiles=tuple(zip(PERCENTS, _percentiles(values, times, spare=values is not found), strict=True)),
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
    )


def tally(voxels: Voxels) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Count how often each value of 8 or 16 bits occurs.

    Returns
    -------
    values : (n,) ndarray
        Those that occur, growing.
    times : (n,) ndarray of int64
    """
    dtype = voxels.dtype.newbyteorder("=")
    bits = np.dtype(f"u{dtype.itemsize}")
    flat, times = voxels.ravel(order="K"), np.zeros(1 << 8 * dtype.itemsize, np.int64)
    for start in range(0, flat.size, PIECE):
        piece = flat[start : start + PIECE].astype(dtype, copy=False)
        times += np.bincount(piece.view(bits), minlength=times.size)
    found = np.flatnonzero(times)
    values = found.astype(bits).view(dtype)
    order = np.argsort(values)
    return values[order], times[found[order]]


def _meaningful(values: NDArray[Any], times: Times, padding: float | None) -> tuple[NDArray[Any], Times, int, int]:
    """Give the values that are neither padding nor NaN nor infinite; count the padding, and those that are not finite.

    Where all of them count, they are given as they are, not as a copy.
    """
    wanted = np.isfinite(values)
    not_finite = _count(~wanted, times)
    if padding is not None:
        wanted &= values != padding
    padded = _count(~wanted, times) - not_finite
    if padded or not_finite:
        return values[wanted], None if times is None else times[wanted], padded, not_finite
    return values, times, 0, 0


def _count(which: NDArray[np.bool_], times: Times) -> int:
    return int(np.count_nonzero(which) if times is None else times[which].sum())


def _mean_and_deviation(values: NDArray[Any], times: Times) -> tuple[float, float]:
    """Give the mean and the standard deviation, in float64 whatever the values are, piece by piece."""
    count = values.size if times is None else times.sum()
    pieces = [slice(start, start + PIECE) for start in range(0, values.size, PIECE)]

    def total(of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        parts = ((of(values[piece].astype(np.float64)), 1 if times is None else times[piece]) for piece in pieces)
        return float(sum((part * weight).sum() for part, weight in parts))

    mean = total(lambda part: part) / count
    return float(mean), float(np.sqrt(total(lambda part: (part - mean) ** 2) / count))


def _percentiles(values: NDArray[Any], times: Times, *, spare: bool) -> list[float]:
    """Give the percentiles, linear between values next to each other in order, as numpy does.

    Whether the values are spare tells whether they may be left in another order.
    """
    if times is None:
        return [float(value) for value in np.percentile(values, PERCENTS, overwrite_input=spare)]
    ends = np.cumsum(times)
    ranks = (ends[-1] - 1) * (np.array(PERCENTS) / 100)
    low, high = (values[np.searchsorted(ends, end(ranks), side="right")].astype(float) for end in (np.floor, np.ceil))
    return [float(value) for value in low + (high - low) * (ranks % 1)]
