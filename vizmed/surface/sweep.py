"""What each of several levels would give, area, volume and pieces, so that one of them can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor, log10

import numpy as np

from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import Geometry
from vizmed.presets import names
from vizmed.stages import stage
from vizmed.surface.extract import iso_surface
from vizmed.surface.facets import facets
from vizmed.surface.inside.level import Level, choose_level
from vizmed.surface.inside.otsu import LEVEL_NAMES
from vizmed.surface.inside.values import Values
from vizmed.surface.pieces import label_pieces
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import mesh_arrays

COUNT = 10
"""Levels that a sweep has where no count is given."""

FEWEST, MOST = 8, 12
"""How many levels can be asked for: fewer show no course, more are not overlooked."""

MOST_VOXELS = 20_000_000
"""A scan of more voxels is thinned first: a CT of 512 x 512 x 300 to every second voxel along rows and columns."""

BRIGHT_PERCENT = 99.0
"""Of the values at or above the lowest suggested level; what is brighter is little but vessels, metal, noise."""

SAME_PLACE = 0.02
"""Part of the way from the lowest to the highest suggested level within which two levels are told as one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A level, and what its surface amounts to.

    Parameters
    ----------
    level : float
        In the unit of the volume. A voxel of this value or more is inside.
    area_mm2 : float
    volume_mm3 : float
        What the surface encloses, cavities taken off.
    pieces : int
        Connected pieces of the surface; a cavity is one, too.
    largest_share : float
        Part of what all pieces enclose, cavities left out of it, that the largest one does: from 0 to 1.
    why : str, optional
        Who suggests the level, such as ``"bone"`` or ``"dark of Otsu's three"``; None for one in between.
    is_default : bool
        Whether `choose_level` takes it where nothing is asked for.
    """

    level: float
    area_mm2: float
    volume_mm3: float
    pieces: int
    largest_share: float
    why: str | None = None
    is_default: bool = False


@stage("measuring")
def sweep(volume: Volume, count: int = COUNT) -> tuple[Candidate, ...]:
    """Measure the surfaces of several levels: those that vizmed suggests, and others evenly between and beside them.

    Suggested are Otsu's level of two groups and the three of four, and where the values are Hounsfield units, the
    tissues of `vizmed.presets` that are a level. Two that lie within 2 % of the way between the lowest and the
    highest are one. The levels come from the whole volume, what they amount to from `thinned`; surfaces are closed at
    the border.

    Parameters
    ----------
    volume : Volume
    count : int
        How many levels, from 8 to 12. They are more where more are suggested, and fewer where the volume has too few
        values between them.

    Returns
    -------
    tuple of Candidate
        Ascending; the volumes descend. A surface that the thinned copy has lost altogether has no pieces.

    Raises
    ------
    OptionError
        For another count.
    EmptySurfaceError
        If the volume has no surface at all: every voxel is the same.
    """
    check_count(count)
    chosen = choose_level(volume)
    default = chosen.value if isinstance(chosen, Level) else chosen.low
    whys = _merged(_suggested(volume), default)
    levels = _spread(sorted(whys), default, Values(volume).sample, count)
    measured = thinned(volume)
    return tuple(_candidate(measured, level, whys.get(level), default) for level in levels)


def check_count(count: int) -> None:
    """Refuse a number of levels that `sweep` does not take.

    Raises
    ------
    OptionError
    """
    if not FEWEST <= count <= MOST:
        raise OptionError(f"{count} levels are asked for", remedy=f"Take {FEWEST} to {MOST}")


def thinned(volume: Volume, most_voxels: int = MOST_VOXELS) -> Volume:
    """Take every n-th voxel, the finest axis first, until so many are left at most.

    Means of blocks would be softer: on CT and MR they were twice as far from the area of the whole volume, and took
    thin bone away.

    Parameters
    ----------
    volume : Volume
    most_voxels : int

    Returns
    -------
    Volume
        The very same where it has no more.
    """
    steps = np.ones(3, int)
    while np.prod(-(-np.array(volume.shape) // steps)) > most_voxels:
        spacing_mm = np.where(steps < volume.shape, volume.geometry.spacing * steps, np.inf)
        steps[np.argmin(spacing_mm)] += 1
    if not (steps > 1).any():
        return volume
    i, j, k = map(int, steps)
    voxels = np.asfortranarray(volume.voxels[::i, ::j, ::k])
    affine = volume.geometry.affine @ np.diag([i, j, k, 1])
    return replace(volume, voxels=voxels, geometry=Geometry(voxels.shape, affine))


def _suggested(volume: Volume) -> Iterator[tuple[float, str]]:
    """Go through the levels that have a name and a surface, those with a meaning first."""
    tissues = names("tissues") if volume.unit == "HU" else ()
    wanted: list[tuple[str, str | None, str | None]] = [(name, name, None) for name in tissues]
    wanted += [(f"{name} of Otsu's three", None, name) for name in LEVEL_NAMES]
    wanted.append(("Otsu's", None, "otsu"))
    for why, preset, level in wanted:
        with suppress(EmptySurfaceError):
            chosen = choose_level(volume, preset=preset, level=level)
            if isinstance(chosen, Level):  # a band has two ends, which a sweep of one does not show
                yield chosen.value, why


def _merged(suggested: Iterator[tuple[float, str]], default: float) -> dict[float, str]:
    """Make one of those levels that lie at one place: level to who suggests it; the default level stays itself."""
    ranked = sorted(suggested, key=lambda one: one[0] != default)
    values = [value for value, _ in ranked]
    reach = SAME_PLACE * (max(values) - min(values))
    whys: dict[float, str] = {}
    for value, why in ranked:
        at = min(whys, key=lambda other: abs(other - value), default=value)
        if at not in whys or abs(at - value) > reach:
            whys[value] = why
        else:
            whys[at] += f", {'' if at == value else 'near '}{why}"
    return whys


def _spread(suggested: list[float], default: float, values: Voxels, count: int) -> list[float]:
    """Give the levels that are suggested, one or two beyond them, and others that part the widest gaps evenly.

    All but those suggested are as round as may be.
    """
    reach = SAME_PLACE * (suggested[-1] - suggested[0])
    if reach == 0:
        return suggested
    whole = values.dtype.kind in "iu"
    least = max(2 * reach, 1.0) if whole else 2 * reach
    digits = min(-floor(log10(reach)), 0 if whole else 99)
    marks = sorted([*suggested, *(round(end, digits) for end in _beyond(suggested, default, values, least))])
    widths, parts = np.diff(marks), np.ones(len(marks) - 1, int)
    for _ in range(count - len(marks)):
        widest = np.argmax(widths / parts)
        if widths[widest] / (parts[widest] + 1) < least:
            break
        parts[widest] += 1
    gaps = [np.linspace(low, high, n + 1)[1:-1] for (low, high), n in zip(pairwise(marks), parts, strict=True)]
    return sorted([*marks, *(round(float(level), digits) for gap in gaps for level in gap)])


def _beyond(suggested: list[float], default: float, values: Voxels, least: float) -> Iterator[float]:
    """Give a level above those suggested, and where the lowest of them is the default one below, so that both show."""
    lowest, highest = suggested[0], suggested[-1]
    low = (float(np.median(values[values < lowest])) + lowest) / 2
    if lowest == default and lowest - low >= least:
        yield low
    high = float(np.percentile(values[values >= lowest], BRIGHT_PERCENT))
    if high - highest >= least and high < values.max():
        yield high


def _candidate(volume: Volume, level: float, why: str | None, default: float) -> Candidate:
    is_default = level == default
    try:
        points, triangles = mesh_arrays(iso_surface(volume, Level(level, why or "in between")))
    except EmptySurfaceError:
        return Candidate(level, 0.0, 0.0, 0, 0.0, why, is_default)
    labels = label_pieces(triangles, len(points))
    area, six_volumes = 0.0, np.empty(len(triangles))
    for part in facets(points, triangles):
        area += float(np.sqrt((part.area_vector**2).sum(axis=0)).sum()) / 2
        six_volumes[part.where] = part.six_volumes
    # closed pieces enclose the same from wherever they are seen
    piece = labels[triangles[:, 0]]
    enclosed = np.bincount(piece, six_volumes) / 6
    pieces = int(np.count_nonzero(np.bincount(piece)))
    solid = enclosed[enclosed > 0]
    share = float(solid.max() / solid.sum()) if solid.size else 0.0
    return Candidate(level, area, float(enclosed.sum()), pieces, share, why, is_default)
