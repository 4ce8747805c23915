"""Whether a level or a range has a surface in a volume, and which others have one."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isfinite, isinf

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError
from vizmed.presets import names, tissue
from vizmed.surface.inside.otsu import LEVEL_NAMES, otsu_levels
from vizmed.volume import Volume, Voxels

SAMPLE_SIZE = 2_000_000
"""Values that a histogram is made of. Otsu's level of 2 million voxels lies within a bin of that of all of them."""


def sample(volume: Volume) -> Voxels:
    """Give enough of the values, without padding and what is no number, to know their histogram.

    Raises
    ------
    EmptySurfaceError
        If all of them are the same.
    """
    values = volume.meaningful_values(at_most=SAMPLE_SIZE)
    if not _differ(values):
        values = volume.meaningful_values()
    if not _differ(values):
        what = f"every voxel is {values[0]:g}" if values.size else "every voxel is padding or no number"
        raise EmptySurfaceError(f"the volume has no surface: {what}")
    return values


def check_reached(
    volume: Volume, low: float, high: float, what: str, *, region: NDArray[np.bool_] | None = None
) -> None:
    """Refuse values that have no surface.

    Parameters
    ----------
    volume : Volume
    low, high : float
        Lowest and highest value inside; infinite where an end is open.
    what : str
        What they are called, and why they were chosen.
    region : (ni, nj, nk) ndarray of bool, optional
        Where alone a voxel can be inside. All of it may be.

    Raises
    ------
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range, and three others that give a surface.
    """
    if region is None and _splits(sample(volume), low, high):
        return
    values = volume.meaningful_values() if region is None else _within(volume, region)
    some = bool(_hold(values, low, high).any())
    if some and (region is not None or _splits(values, low, high)):  # a sample has missed the rare extremes
        return
    voxel, there = ("voxel", "") if region is None else ("voxel of the mask", " there")
    inside = "at or above it" if isinf(high) else "at or below it" if isinf(low) else "in it"
    run = f"run from {values.min():g} to {values.max():g}" if values.size else "are padding or no numbers"
    better = _better_levels if isinf(high) else _better_ranges
    raise EmptySurfaceError(
        f"there is no surface {what}: {'every' if some else 'no'} {voxel} is {inside}; the values{there} {run}",
        remedy=better(sample(volume) if region is None else values, volume.unit),
    )


def _better_levels(values: Voxels, unit: str | None) -> str | None:
    """Name three levels that part values: tissues for CT, else Otsu's."""
    tissues = [tissue(name) for name in ("skin", "bone", "vessel", *names("tissues"))] if unit == "HU" else []
    found = {each.level: each.name for each in tissues if isinf(each.high) and _splits(values, each.level, inf)}
    if len(found) < 3 and _differ(values):
        found = dict(sorted(zip(otsu_levels(values), LEVEL_NAMES, strict=True)))
    listed = ", ".join(f"{level:g} ({name})" for level, name in [*found.items()][:3])
    return f"Levels with a surface: {listed}" if listed else None


def _better_ranges(values: Voxels, unit: str | None) -> str | None:
    """Name three ranges that part values: tissues for CT, else those between Otsu's levels."""
    tissues = [tissue(name) for name in ("muscle", "fat", *names("tissues"))] if unit == "HU" else []
    found = {(each.level, each.high): f" ({each.name})" for each in tissues if isfinite(each.high)}
    found = {ends: name for ends, name in found.items() if _splits(values, *ends)}
    if len(found) < 3 and _differ(values):
        found = dict.fromkeys(pairwise(sorted({*otsu_levels(values), float(values.max())})), "")
    listed = ", ".join(f"{_end(low)}:{_end(high)}{name}" for (low, high), name in [*found.items()][:3])
    return f"Ranges with a surface: {listed}" if listed else None


def _end(value: float) -> str:
    return f"{value:g}" if isfinite(value) else ""


def _differ(values: Voxels) -> bool:
    return bool(values.size and values.min() < values.max())


def _splits(values: Voxels, low: float, high: float) -> bool:
    """Whether some of the values lie inside, and some outside."""
    inside = _hold(values, low, high)
    return bool(inside.any() and not inside.all())


def _hold(values: Voxels, low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((values >= low) & (values <= high))


def _within(volume: Volume, region: NDArray[np.bool_]) -> Voxels:
    values = volume.voxels[region]
    values = values[np.isfinite(values)]
    return values if volume.padding is None else values[values != volume.padding]
