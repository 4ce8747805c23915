"""Whether a level or a range has a surface in a volume, and which others have one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from math import inf, isfinite, isinf

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, EmptySurfaceError
from vizmed.presets import names, tissue
from vizmed.surface.inside.otsu import LEVEL_NAMES, otsu_levels
from vizmed.surface.inside.values import Values, differ
from vizmed.volume import Volume, Voxels, meaningful


def check_reached(values: Values, low: float, high: float, what: str, *, region: Voxels | None = None) -> None:
    """Refuse values that have no surface.

    Parameters
    ----------
    values : Values
        Of the volume.
    low, high : float
        Lowest and highest value inside; infinite where an end is open.
    what : str
        What they are called, and why they were chosen.
    region : (n,) ndarray, optional
        The values of where alone a voxel can be inside, as `within` gives them. All of them may be.

    Raises
    ------
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range, and three others that give a surface.
    """
    seen = _Seen(values.parts() if region is None else [region], low, high)
    if seen.some and (region is not None or not seen.all):
        return
    voxel, there = ("voxel", "") if region is None else ("voxel of the mask", " there")
    inside = "at or above it" if isinf(high) else "at or below it" if isinf(low) else "in it"
    run = f"run from {seen.least:g} to {seen.most:g}" if seen.least <= seen.most else "are padding or no numbers"
    better = _better_levels if isinf(high) else _better_ranges
    remedy = None
    with suppress(BudgetError):  # a level can be checked where none can be found
        sample = values.sample if region is None else region
        remedy = better(sample, values.unit)
    raise EmptySurfaceError(
        f"there is no surface {what}: {'every' if seen.some else 'no'} {voxel} is {inside}; the values{there} {run}",
        remedy=remedy,
    )


def _better_levels(values: Voxels, unit: str | None) -> str | None:
    """Name three levels that part values: tissues for CT, else Otsu's."""
    tissues = [tissue(name) for name in ("skin", "bone", "vessel", *names("tissues"))] if unit == "HU" else []
    found = {each.level: each.name for each in tissues if isinf(each.high) and _splits(values, each.level, inf)}
    if len(found) < 3 and differ(values):
        found = dict(sorted(zip(otsu_levels(values), LEVEL_NAMES, strict=True)))
    listed = ", ".join(f"{level:g} ({name})" for level, name in [*found.items()][:3])
    return f"Levels with a surface: {listed}" if listed else None


def _better_ranges(values: Voxels, unit: str | None) -> str | None:
    """Name three ranges that part values: tissues for CT, else those between Otsu's levels."""
    tissues = [tissue(name) for name in ("muscle", "fat", *names("tissues"))] if unit == "HU" else []
    found = {(each.level, each.high): f" ({each.name})" for each in tissues if isfinite(each.high)}
    found = {ends: name for ends, name in found.items() if _splits(values, *ends)}
    if len(found) < 3 and differ(values):
        found = dict.fromkeys(pairwise(sorted({*otsu_levels(values), float(values.max())})), "")
    listed = ", ".join(f"{_end(low)}:{_end(high)}{name}" for (low, high), name in [*found.items()][:3])
    return f"Ranges with a surface: {listed}" if listed else None


def _end(value: float) -> str:
    return f"{value:g}" if isfinite(value) else ""


def _splits(values: Voxels, low: float, high: float) -> bool:
    """Whether some of the values lie inside, and some outside."""
    inside = _hold(values, low, high)
    return bool(inside.any() and not inside.all())


def _hold(values: Voxels, low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((values >= low) & (values <= high))


def within(volume: Volume, region: NDArray[np.bool_]) -> Voxels:
    """Give the values of a region, without padding and what is no number."""
    return meaningful(volume.voxels[region], volume.padding)


class _Seen:
    """What is known of values by looking at one part after another, until some are inside and some outside.

    Then the least and the most of those that were looked at are not of all.
    """

    def __init__(self, parts: Iterable[Voxels], low: float, high: float) -> None:
        self.some, self.all = False, True
        self.least, self.most = inf, -inf
        for values in parts:
            inside = _hold(values, low, high)
            self.some |= bool(inside.any())
            self.all &= bool(inside.all())
            if self.some and not self.all:
                return
            if values.size:
                self.least, self.most = min(self.least, float(values.min())), max(self.most, float(values.max()))
