"""What values a volume holds, in numbers and as a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vizmed.stages import stage
from vizmed.volume import Volume

BINS = 64


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

    Parameters
    ----------
    volume : Volume
    bins : int
        Of the histogram, equally wide from the smallest to the largest value.
    """
    values = volume.meaningful_values()
    voxels = volume.voxels
    padding = 0 if volume.padding is None else int(np.count_nonzero(voxels == volume.padding))
    not_finite = int(voxels.size - np.count_nonzero(np.isfinite(voxels))) if voxels.dtype.kind == "f" else 0
    if not values.size:
        return Statistics(0, padding, not_finite, 0.0, 0.0, 0.0, 0.0, (), (0.0, 1.0), (0,))
    percents = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
    counts, edges = np.histogram(values, bins=bins)
    return Statistics(
        count=int(values.size),
        padding=padding,
        not_finite=not_finite,
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean=float(values.mean(dtype=np.float64)),
        deviation=float(values.std(dtype=np.float64)),
        percentiles=tuple(zip(percents, map(float, np.percentile(values, percents)), strict=True)),
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
    )
