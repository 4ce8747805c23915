"""At which value the surface lies, and why there."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.presets import names, tissue
from vizmed.volume import Volume, Voxels

SAMPLE_SIZE = 2_000_000
"""Values that a histogram is made of. Otsu's level of 2 million voxels lies within a bin of that of all of them."""

TRIMMED_PERCENT = 0.1
"""Part of the values at either end that counts as its last bin, in percent: a metal clip or a hot pixel, which would
else stretch the histogram until the tissues share a bin."""

MOST_BINS = 4096
"""Bins of a histogram: 12 bits, which scanners deliver. Fewer distinct integers get a bin each."""

PLAIN_COLOR = "#d8cfc0"
"""Colour of a surface whose tissue is not known."""


@dataclass(frozen=True, slots=True)
class Level:
    """The value that a surface lies at.

    Parameters
    ----------
    value : float
        In the unit of the volume: HU for CT. A voxel of this value or more is inside.
    reason : str
        Why there, as a clause for a person to read.
    color : str
        What to show the surface in, ``"#rrggbb"``.
    """

    value: float
    reason: str
    color: str = PLAIN_COLOR


def choose_level(volume: Volume, *, preset: str | None = None, level: float | str | Level | None = None) -> Level:
    """Choose the level of a surface, and say why.

    Parameters
    ----------
    volume : Volume
    preset : str, optional
        A tissue of `vizmed.presets`, such as ``"bone"``. Only where the values are Hounsfield units.
    level : float, "otsu" or Level, optional
        A value of the volume, or Otsu's level of its histogram; a Level is only checked. With neither preset nor
        level, it is bone where the values are Hounsfield units and reach it, and Otsu's level elsewhere.

    Raises
    ------
    OptionError
        For a preset without Hounsfield units, an unknown preset, a level that is no number, or both.
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range, and three levels that give a surface.
    """
    if preset is not None and level is not None:
        raise OptionError(f"both the preset {preset!r} and the level {level!r} are given", remedy="Give one of them")
    if preset is None and level is None:
        chosen = _default_level(volume)
    elif preset is not None:
        chosen = _preset_level(volume, preset)
    elif isinstance(level, Level):
        chosen = level
    elif level == "otsu":
        chosen = _otsu_level(volume)
    else:
        chosen = _given_level(level)
    _check_reached(volume, chosen)
    return chosen


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
    counts, edges = _histogram(values)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    moment = np.cumsum(counts * centres)
    split = below > 0
    split &= above > 0
    mean_below = moment[:-1] / np.maximum(below, 1)
    mean_above = (moment[-1] - moment[:-1]) / np.maximum(above, 1)
    between = np.where(split, below * above * (mean_above - mean_below) ** 2, 0.0)
    # a gap between the groups gives one long plateau; its middle is the level furthest from both
    best = np.flatnonzero(between >= between.max() * (1 - 1e-12))
    level = (edges[best[0] + 1] + edges[best[-1] + 1]) / 2
    return float(np.ceil(level)) if values.dtype.kind in "iu" else float(level)


def _default_level(volume: Volume) -> Level:
    if volume.unit != "HU":
        return _otsu_level(volume)
    bone = _preset_level(volume, "bone")
    try:
        _check_reached(volume, bone)
    except EmptySurfaceError:
        return _otsu_level(volume, f"no voxel reaches bone, {bone.value:g} HU")
    return bone


def _preset_level(volume: Volume, name: str) -> Level:
    found = tissue(name)
    if volume.unit != "HU":
        what = f"of modality {volume.modality}" if volume.modality else "of unknown modality"
        raise OptionError(
            f"the preset {name!r} is a level in Hounsfield units, and this volume is {what} without that unit",
            remedy="--level NUMBER takes a value of the volume, --level otsu finds one",
        )
    return Level(float(found.level), f"preset {name}: {found.level:g} HU ({found.note})", found.color)


def _otsu_level(volume: Volume, why: str = "") -> Level:
    values = _sample(volume)
    low, high = _ends(values)
    value = otsu(values)
    unit = f" {volume.unit}" if volume.unit else ""
    return Level(value, f"{why or _why_otsu(volume)}: Otsu between {low:g} and {high:g} gives {value:.6g}{unit}")


def _why_otsu(volume: Volume) -> str:
    if volume.unit == "HU":
        return "Otsu as asked for"
    if volume.modality == "CT":
        return "this CT is not in Hounsfield units"
    return f"{volume.modality} has no absolute scale" if volume.modality else "unknown unit"


def _given_level(level: float | str | None) -> Level:
    try:
        value = float(level)  # type: ignore[arg-type]  # what is no number is told so
    except (TypeError, ValueError):
        value = float("nan")
    if not isfinite(value):
        raise OptionError(f"the level {level!r} is no number", remedy="A level is a value of the volume, or otsu")
    return Level(value, f"level {value:g} as given")


def _check_reached(volume: Volume, level: Level) -> None:
    low, high = _ends(_sample(volume))
    if not low < level.value <= high:  # a sample has missed the rare extremes, maybe
        low, high = volume.value_range
    if not low < level.value <= high:
        which = "no voxel is" if level.value > high else "every voxel is"
        raise EmptySurfaceError(
            f"there is no surface at {level.value:g} ({level.reason}): {which} at or above it; "
            f"the values run from {low:g} to {high:g}",
            remedy=f"Levels with a surface: {', '.join(_better_levels(volume))}",
        )


def _better_levels(volume: Volume) -> list[str]:
    """Name three levels that have a surface: tissues for CT, else Otsu's of the whole, of the dark, of the bright."""
    low, high = volume.value_range
    if volume.unit == "HU":
        tissues = [tissue(name) for name in ("skin", "bone", "vessel", *names("tissues"))]
        reached = {found.name: found.level for found in tissues if low < found.level <= high}
        if len(reached) >= 3:
            return [f"{level:g} ({name})" for name, level in list(reached.items())[:3]]
    values = _sample(volume)
    middle = otsu(values)
    parts = (values[values < middle], values, values[values >= middle])
    return [f"{level:g}" for level in sorted({otsu(part) for part in parts if part.size and part.min() < part.max()})]


def _sample(volume: Volume) -> Voxels:
    values = volume.meaningful_values(at_most=SAMPLE_SIZE)
    if values.size == 0 or values.min() == values.max():
        values = volume.meaningful_values()
    if values.size == 0 or values.min() == values.max():
        what = f"every voxel is {values[0]:g}" if values.size else "every voxel is padding or no number"
        raise EmptySurfaceError(f"the volume has no surface: {what}")
    return values


def _ends(values: Voxels) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _histogram(values: Voxels) -> tuple[Voxels, Voxels]:
    """Count values, the outermost ones clipped: counts (n,) and edges (n + 1,)."""
    low, high = np.percentile(values, [TRIMMED_PERCENT, 100 - TRIMMED_PERCENT], method="nearest").astype(np.float64)
    if low == high:  # a small bright thing in the dark, or the reverse, lies in the trimmed part altogether
        low, high = _ends(values)
    if values.dtype.kind in "iu" and high - low < MOST_BINS:
        edges = np.arange(low, high + 2) - 0.5
    else:
        edges = np.linspace(low, high, MOST_BINS + 1)
    counts, _ = np.histogram(np.clip(values.astype(np.float64), low, high), bins=edges)
    return counts.astype(np.float64), edges
