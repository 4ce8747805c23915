"""Which 8 or 16 bits, slope and intercept hold values exactly: DICOM's pixels have no other numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import WriteError
from vizmed.volume import Voxels

_AS_THEY_ARE = ("int8", "uint8", "int16", "uint16")
_STEPS = 1 << 16
_LOWEST, _HIGHEST = -(2**31), 2**32 - 1
_LONGEST = 16
"""Characters of a decimal string, as which slope and intercept are written."""

_INTERCEPT_DIGITS = 10
"""With sign, point and exponent these are no longer."""

_NEIGHBOURS = 1000
_REMEDY = "Round them to whole numbers first, or take .nrrd, .nii.gz or .mha, which hold them as they are"


@dataclass(frozen=True, slots=True)
class Stored:
    """How values are stored: value = slope x stored + intercept."""

    dtype: np.dtype[Any]
    slope: float = 1.0
    intercept: float = 0.0

    def encode(self, values: Voxels) -> NDArray[Any]:
        """Give the stored numbers of values, which they hold exactly."""
        if (self.slope, self.intercept) == (1.0, 0.0):
            return values.astype(self.dtype)
        return np.rint((values.astype(np.float64) - self.intercept) / self.slope).astype(self.dtype)

    def holds(self, values: NDArray[np.float64]) -> bool:
        """Whether the values come back bit by bit, as float32 where the slope is no whole number."""
        limits = np.iinfo(self.dtype)
        stored = np.rint((values - self.intercept) / self.slope)
        if stored.min() < limits.min or stored.max() > limits.max:
            return False
        back = (stored * self.slope + self.intercept).astype(np.float32)
        return bool(np.array_equal(back.astype(np.float64), values))


def choose_stored(voxels: Voxels, path: Path) -> Stored:
    """Find numbers of at most 16 bits, a slope and an intercept that hold voxels exactly.

    Raises
    ------
    WriteError
        If there are none that this search finds.
    """
    if voxels.dtype.name in _AS_THEY_ARE:
        return Stored(voxels.dtype.newbyteorder("="))
    if voxels.dtype.kind in "iu":
        found = _of_whole_numbers(voxels)
    else:
        found = _of_real_numbers(_distinct(voxels, path))
    if found is None:
        raise WriteError(
            f"the {voxels.dtype} values from {voxels.min():g} to {voxels.max():g} are not exact in the 16 bits of "
            "DICOM pixels",
            where=path,
            remedy=_REMEDY,
        )
    return found


def _of_whole_numbers(values: Voxels) -> Stored | None:
    low, high = int(values.min()), int(values.max())
    for name in ("int16", "uint16"):
        if np.iinfo(name).min <= low and high <= np.iinfo(name).max:
            return Stored(np.dtype(name))
    # readers compute in 32 bits, or in floats that hold those exactly
    if low < _LOWEST or high > _HIGHEST or (low < 0 and high > 2**31 - 1):
        return None
    step = 1 if high - low < _STEPS else int(np.gcd.reduce(values.astype(np.int64) - low, axis=None))
    if (high - low) // step >= _STEPS:
        return None
    return Stored(np.dtype("uint16"), float(step), float(low))


def _distinct(voxels: Voxels, path: Path) -> NDArray[np.float64] | None:
    """Give the distinct values, growing; None where they are more than 16 bits can number."""
    distinct = np.empty(0, voxels.dtype)
    for k in range(voxels.shape[2]):
        distinct = np.union1d(distinct, voxels[:, :, k])
        if not np.isfinite(distinct[[0, -1]]).all():  # sorting puts NaN last
            raise WriteError("there are values that are no finite numbers", where=path, remedy="DICOM holds none")
        if len(distinct) > _STEPS:
            return None
    return distinct.astype(np.float64)


def _of_real_numbers(values: NDArray[np.float64] | None) -> Stored | None:
    if values is None:
        return None
    if np.array_equal(values, np.rint(values)):
        return _of_whole_numbers(values)
    for intercept in dict.fromkeys((0.0, float(f"{values[0]:.{_INTERCEPT_DIGITS}g}"))):
        slope = _shortest_slope(values - intercept, values)
        for name in ("int16", "uint16"):
            stored = Stored(np.dtype(name), slope, intercept)
            if slope and stored.holds(values):
                return stored
    return None


def _shortest_slope(above: NDArray[np.float64], values: NDArray[np.float64]) -> float:
    """Find the shortest decimal number whose multiples, rounded to float32, are the values; 0 if there is none.

    Each value tells between which ends the slope lies, half of a step of float32 to either side.
    """
    steps = np.rint(above / _step(values))
    half = np.spacing(np.abs(values).astype(np.float32)).astype(np.float64) / 2
    told = steps != 0
    ends = np.sort(np.stack([above - half, above + half])[:, told] / steps[told], axis=0)
    low, high = float(ends[0].max()), float(ends[1].min())
    texts = (f"{(low + high) / 2:.{digits}g}" for digits in range(1, _LONGEST))
    return next((float(text) for text in texts if low <= float(text) <= high and len(text) <= _LONGEST), 0.0)


def _step(values: NDArray[np.float64]) -> float:
    """Guess the step between values of a scan that was rescaled once and rounded to float32.

    Such a scan has steps of a short decimal number. One difference of neighbours shows it roughly; ever wider spans,
    divided by the number of steps in them, show it to more and more digits.
    """
    if len(values) == 1:
        return abs(float(values[0]))
    step = float(np.diff(values[:_NEIGHBOURS]).min())
    reach = 1
    while reach * step < values[-1] - values[0]:
        reach *= 2
        span = float(values[np.searchsorted(values, values[0] + reach * step, side="right") - 1] - values[0])
        step = span / max(round(span / step), 1) or step
    return step
