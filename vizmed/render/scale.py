"""The scale of an axis: from values to places along it, and where its ticks are."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

_STEEP = 20.0
"""Values of which the largest is more than so many times the smallest are shown on a logarithmic scale."""

_ROOM = 1.12
"""The upper end of a scale over the largest value, so that a curve keeps clear of its frame."""


class Scale(NamedTuple):
    """From values to places along an axis.

    Parameters
    ----------
    low, high : float
        The values at both ends.
    is_log : bool
        Both ends are positive then.
    """

    low: float
    high: float
    is_log: bool = False

    def share(self, value: float) -> float:
        """Give the part of the way from low to high; what is below a logarithmic scale is at its low end."""
        if not self.is_log:
            return (value - self.low) / (self.high - self.low)
        return log10(value / self.low) / log10(self.high / self.low) if value > self.low else 0.0

    def ticks(self, about: int) -> list[float]:
        """Give round values on the scale, about so many, 4 or more; of a long logarithmic one the powers of ten."""
        if self.is_log:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            tens = [10.0**power for power in powers if self.low <= 10.0**power <= self.high]
            finer = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
            finer = [value for value in finer if self.low <= value <= self.high]
            return finer if len(finer) <= about + 1 else tens[:: -(-len(tens) // (about + 1))]
        power = 10.0 ** floor(log10((self.high - self.low) / about))
        step = next(digit * power for digit in (1, 2, 5, 10) if digit * power * about >= 0.999 * (self.high - self.low))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]


def scale_of(values: Sequence[float]) -> Scale:
    """Choose the scale of a curve of values that are not negative: from 0, or logarithmic where they are steep."""
    positive = [value for value in values if value > 0]
    if not positive:
        return Scale(0.0, 1.0)
    if max(positive) > _STEEP * min(positive):
        room = (max(positive) / min(positive)) ** (_ROOM - 1)
        return Scale(min(positive) / room, max(positive) * room, is_log=True)
    return Scale(0.0, _ROOM * max(positive))
