"""Which values the surface encloses, and why these."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from vizmed.chunked import Chunked
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.parts import PLAIN_COLOR
from vizmed.presets import tissue
from vizmed.stages import stage
from vizmed.surface.inside.band import Band, parse_range, words
from vizmed.surface.inside.otsu import LEVEL_NAMES, lies_in_valley, otsu, otsu_levels
from vizmed.surface.inside.reach import check_reached, within
from vizmed.surface.inside.values import Values
from vizmed.volume import Volume, Voxels


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

    @property
    def low(self) -> float:
        """The lowest value inside."""
        return self.value

    @property
    def high(self) -> float:
        """The highest value inside: there is none."""
        return inf

    def __str__(self) -> str:
        return f"level {self.value:g}"


@stage("choosing the level")
def choose_level(
    volume: Volume | Chunked,
    *,
    preset: str | None = None,
    level: float | str | Level | Band | None = None,
    band: str | tuple[float, float] | None = None,
    region: NDArray[np.bool_] | None = None,
) -> Level | Band:
    """Choose the values that a surface encloses, and say why.

    With neither preset, level nor band, it is bone where the values are Hounsfield units and reach it. Elsewhere it is
    the dark one of Otsu's three levels: on MR of a head that is the skin, closed, where Otsu's level of two groups
    leaves it with holes and the higher ones are fat and brain in shreds. Where the dark one lies amid the noise of the
    air it is the mid one.

    Parameters
    ----------
    volume : Volume or Chunked
        Of what is read in chunks, the level is the same; it takes no more memory, and one reading of all slices where
        a level is to be found.
    preset : str, optional
        A tissue of `vizmed.presets`, such as ``"bone"``: a level, or a band. Only where the values are Hounsfield
        units.
    level : float, "otsu", "dark", "mid", "bright", Level or Band, optional
        A value of the volume, Otsu's level of its histogram, or one of the three with which Otsu parts it in four; a
        Level or Band is only checked.
    band : "LOW:HIGH" or (low, high) tuple of float, optional
        The lowest and the highest value inside. One end may be left open: ``":-235"``, ``(-inf, -235)``.
    region : (ni, nj, nk) ndarray of bool, optional
        Where alone a voxel can be inside, of a volume in memory. It changes nothing but what is refused.

    Raises
    ------
    OptionError
        For a preset without Hounsfield units, an unknown preset, a level or band that is none, or more than one of
        them.
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range of values, and three choices that give a surface.
    """
    given = {"preset": preset, "level": level, "range": band}
    several = [f"the {name} {value!r}" for name, value in given.items() if value is not None]
    if len(several) > 1:
        raise OptionError(f"{' and '.join(several)} are given", remedy="Give one of them")
    values = Values(volume)
    if preset is not None:
        chosen = _preset(values, preset)
    elif band is not None:
        chosen = _given_band(band)
    elif level is not None:
        chosen = level if isinstance(level, Level | Band) else _level(values, level)
    else:
        chosen = _default(values)
    _check(values, chosen, None if region is None or isinstance(volume, Chunked) else within(volume, region))
    return chosen


def _default(values: Values) -> Level | Band:
    if values.unit != "HU":
        return _one_of_three(values)
    bone = _preset(values, "bone")
    try:
        _check(values, bone)
    except EmptySurfaceError:
        return _otsu(values, f"no voxel reaches bone, {tissue('bone').level:g} HU")
    return bone


def _level(values: Values, level: float | str) -> Level:
    if level == "otsu":
        return _otsu(values, "Otsu as asked for" if values.unit == "HU" else _unit_or_none(values))
    if level in LEVEL_NAMES:
        return _one_of_three(values, str(level))
    try:
        value = float(level)
    except (TypeError, ValueError):
        value = float("nan")
    if not isfinite(value):
        names = ", ".join(("otsu", *LEVEL_NAMES[:-1]))
        raise OptionError(
            f"the level {level!r} is no number",
            remedy=f"A level is a value of the volume, {names} or {LEVEL_NAMES[-1]}",
        )
    return Level(value, f"level {value:g} as given")


def _preset(values: Values, name: str) -> Level | Band:
    found = tissue(name)
    if values.unit != "HU":
        what = f"of modality {values.modality}" if values.modality else "of unknown modality"
        raise OptionError(
            f"the preset {name!r} is in Hounsfield units, and this volume is {what} without that unit",
            remedy="--level NUMBER takes a value of the volume, --level dark, mid, bright or otsu finds one",
        )
    if found.high < inf:
        reason = f"preset {name}: {words(found.level, found.high)} HU ({found.note})"
        return Band(float(found.level), float(found.high), reason, found.color)
    return Level(float(found.level), f"preset {name}: {found.level:g} HU ({found.note})", found.color)


def _given_band(band: str | tuple[float, float]) -> Band:
    low, high = parse_range(band) if isinstance(band, str) else map(float, band)
    return Band(low, high, f"range {words(low, high)} as given")


def _otsu(values: Values, why: str) -> Level:
    sample = values.sample
    unit = f" {values.unit}" if values.unit else ""
    level = otsu(sample)
    return Level(level, f"{why}: Otsu between {sample.min():g} and {sample.max():g} gives {level:.6g}{unit}")


def _one_of_three(values: Values, name: str | None = None) -> Level:
    """Take one of Otsu's three levels; if it is left open which, the darkest that does not lie amid noise."""
    levels = dict(zip(LEVEL_NAMES, otsu_levels(values.sample), strict=True))
    listed = f"one of Otsu's three levels {', '.join(f'{level:.6g}' for level in levels.values())}"
    if name is not None:
        return Level(levels[name], f"the {name} {listed}, as asked for")
    name = next((name for name, level in levels.items() if lies_in_valley(values.sample, level)), "dark")
    why = "" if name == "dark" else ", the darkest that does not lie amid noise"
    return Level(levels[name], f"{_unit_or_none(values)}: the {name} {listed}{why}")


def _unit_or_none(values: Values) -> str:
    if values.modality == "CT":
        return "this CT is not in Hounsfield units"
    return f"{values.modality} has no absolute scale" if values.modality else "unknown unit"


def _check(values: Values, chosen: Level | Band, region: Voxels | None = None) -> None:
    place = f"at {chosen.value:g}" if isinstance(chosen, Level) else f"around {words(chosen.low, chosen.high)}"
    check_reached(values, chosen.low, chosen.high, f"{place} ({chosen.reason})", region=region)
