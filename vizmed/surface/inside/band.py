"""Which values lie inside of a surface, and at which value exactly it runs between the voxels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.parts import PLAIN_COLOR
from vizmed.volume import Voxels

LEAST_STEP = 0.01
"""How far at least the surface stays from an integer on integer voxels: vertices then stay clear of voxel centres."""


@dataclass(frozen=True, slots=True)
class Band:
    """The values that lie inside of a surface, from one to another.

    Parameters
    ----------
    low, high : float
        In the unit of the volume: HU for CT. A voxel of one of them, or between them, is inside. One end may be open:
        ``-inf`` or ``inf``.
    reason : str
        Why these, as a clause for a person to read.
    color : str
        What to show the surface in, ``"#rrggbb"``.

    Raises
    ------
    OptionError
        If low is above high, one of them is no number, or both ends are open.
    """

    low: float
    high: float
    reason: str
    color: str = PLAIN_COLOR

    def __post_init__(self) -> None:
        if not (self.low <= self.high and self.low < inf and self.high > -inf):
            raise OptionError(
                f"the range runs from {self.low:g} to {self.high:g}",
                remedy="It runs from the lower value to the higher, such as -205:-51",
            )
        if not (isfinite(self.low) or isfinite(self.high)):
            raise OptionError("the range is open at both ends", remedy="One end may be open, such as :-235")

    def __str__(self) -> str:
        return f"range {words(self.low, self.high)}"


def parse_range(text: str) -> tuple[float, float]:
    """Read ``-205:-51`` as two values, ``:-235`` and ``226:`` as one and an open end.

    Raises
    ------
    OptionError
        If it is something else.
    """
    low, colon, high = text.partition(":")
    try:
        ends = float(low or "-inf"), float(high or "inf")
    except ValueError:
        colon = ""
    if not colon:
        raise OptionError(f"{text!r} is no range", remedy="Such as -205:-51, or with one end open :-235")
    return ends


def words(low: float, high: float) -> str:
    """Say a range as people do: ``-205 to -51``, ``up to -235``, ``226 and up``."""
    if isfinite(low) and isfinite(high):
        return f"{low:g} to {high:g}"
    return f"up to {high:g}" if isfinite(high) else f"{low:g} and up"


class Limits(NamedTuple):
    """A range of values on voxels of one type.

    Parameters
    ----------
    least, most : float
        The lowest and the highest value inside, of the voxels' own type; infinity is never inside.
    below, above : float
        Where the surface runs: values next to these two, that no voxel has. Infinite where an end is open.
    """

    least: float
    most: float
    below: float
    above: float

    def hold(self, values: Voxels, out: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Tell which values lie inside; what is no number does not."""
        least, most = -inf, inf
        if values.dtype.kind in "iu":
            info = np.iinfo(values.dtype)
            least, most = info.min, info.max
        if self.most >= most:
            return np.greater_equal(values, self.least, out=out)
        if self.least <= least:
            return np.less_equal(values, self.most, out=out)
        inside = np.greater_equal(values, self.least, out=out)
        inside &= values <= self.most
        return np.asarray(inside)

    def reach(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Give how far the surface lies from one voxel on the way to another, one of them inside: 0 to 1.

        Midway where the values do not say: towards NaN, infinity, and what only padding or a region keeps out.
        """
        reach = np.full(first.shape, 0.5)
        with np.errstate(invalid="ignore"):  # what is no number is on neither side
            lower, higher = np.minimum(first, second), np.maximum(first, second)
            below = (lower < self.below) & (lower > -inf)
            above = (higher > self.above) & (higher < inf)
            np.divide(self.below - first, second - first, out=reach, where=below)
            np.divide(self.above - first, second - first, out=reach, where=above)
        return reach


def limits(voxels: Voxels, low: float, high: float = inf) -> Limits:
    """Find where the surface of the voxels from low to high runs; see `limits_of`."""
    return limits_of(voxels.dtype, lambda: along_k(voxels), low, high)


def limits_of(dtype: np.dtype[Any], parts: Callable[[], Iterable[Voxels]], low: float, high: float = inf) -> Limits:
    """Find where the surface of voxels of a type runs, which are gone through in parts where their values matter.

    Vertices must not lie on voxel centres, where those of several edges would meet. For integers, the surface runs
    half a step below an integer low and half a step above an integer high. For real numbers it runs at low and high
    themselves; only where voxels are exactly at one, it runs midway to the next value outside that there is.
    """
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        least = ceil(min(max(low, info.min), info.max + 1))  # one beyond the type's own: none is inside
        most = floor(max(min(high, info.max), info.min - 1))
        return Limits(least, most, _below_integer(low), -_below_integer(-high))
    largest = float(np.finfo(dtype).max)
    with np.errstate(over="ignore"):  # beyond the type's own it is infinite, and none is inside
        low, high = float(dtype.type(low)), float(dtype.type(high))
    return Limits(
        max(low, -largest), min(high, largest), _clear_of(parts, low, sign=1), -_clear_of(parts, -high, sign=-1)
    )


def along_k(voxels: Voxels) -> Iterator[Voxels]:
    """Go through the slices of one k each, which bounds what is held beside the voxels themselves."""
    return (voxels[..., k] for k in range(voxels.shape[2]))


def _below_integer(low: float) -> float:
    """Give a value that no integer has, with the same integers above it as low has at or above it."""
    if not isfinite(low):
        return low
    whole = floor(low)
    return whole - 0.5 if low == whole else whole + min(max(low - whole, LEAST_STEP), 1 - LEAST_STEP)


def _clear_of(parts: Callable[[], Iterable[Voxels]], low: float, *, sign: int) -> float:
    """Give a value that no voxel, times the sign, has, with the same ones above it as low has at or above it."""
    if not isfinite(low) or not any((part == sign * low).any() for part in parts()):
        return low
    signed = (part if sign > 0 else -part for part in parts())
    lower = max(float(np.max(part, where=part < low, initial=-inf)) for part in signed)
    return (lower + low) / 2 if isfinite(lower) else low
