"""Which slices of a plane are shown one after another: every so many, or every so many mm.

Where nothing else is asked for they run from head to feet, from front to back, and from right to left.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.scene import PLANES, Plane, Point, SliceLayer, as_point
from vizmed.scene.layers import check_choices
from vizmed.slices import crossing
from vizmed.slices.laying import laid, middle, tilted
from vizmed.slices.section import grid_corners, section
from vizmed.volume import Volume

_FROM_THE_END = ("axial",)
"""Planes whose slices are counted against the order in which they are shown: towards S, and shown from S to I."""

_ROUNDING = 1e-6


def choose_steps(
    volume: Volume,
    plane: Plane,
    *,
    normal: Sequence[float] | None = None,
    every: int | None = None,
    every_mm: float | None = None,
    first: int | None = None,
    last: int | None = None,
    within: FloatArray | None = None,
    about: int = 24,
) -> tuple[int, ...]:
    """Choose slices of a plane.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal", "oblique"}
    normal : (x, y, z), optional
        Of the oblique plane.
    every : int, optional
        Each of so many slices.
    every_mm : float, optional
        The slice nearest to each of so many mm, measured across the plane from the first.
    first, last : int, optional
        Index of the slice to begin with, which is always among them, and of the one that is not passed: it is among
        them where a step meets it. Where `last` is below `first` they run that way. Left out, they are the ends of the
        scan, from S to I, A to P, or R to L.
    within : (n, 3) ndarray, optional
        Points, LPS mm, whose outermost slices are taken for the ends of the scan.
    about : int
        How many there shall be, give or take a third, where neither `every` nor `every_mm` is given.

    Returns
    -------
    tuple of int
        Indices as `take_slice` counts them, in the order in which they are shown. No slice is among them twice.

    Raises
    ------
    OptionError
        If there are no such slices or steps.
    """
    count, gap_mm = count_and_gap(volume, plane, normal)
    is_backwards = (tilted(volume, normal or ()).nearest if plane == "oblique" else plane) in _FROM_THE_END
    low, high = (0, count - 1) if within is None else _range_of(volume, plane, within, normal)
    start, stop = (high, low) if is_backwards else (low, high)
    start, stop = (end if given is None else given for end, given in ((start, first), (stop, last)))
    for index in (start, stop):
        if not 0 <= index < count:
            raise OptionError(f"there is no {plane} slice {index + 1}", remedy=f"There are 1 to {count}")
    if every is not None and every_mm is not None:
        raise OptionError("steps are given in slices and in mm", remedy="Give one of them")
    way = abs(stop - start)
    if every_mm is not None:
        steps = _steps_of_mm(every_mm, gap_mm, way)
    else:
        each = max(1, round((way + 1) / about)) if every is None else every
        if each < 1:
            raise OptionError(f"every {each} slices", remedy="It is 1 or more")
        steps = list(range(0, way + 1, each))
    return tuple(start + step if stop >= start else start - step for step in steps)


def _steps_of_mm(every_mm: float, gap_mm: float, way: int) -> list[int]:
    if not (isfinite(every_mm) and every_mm >= gap_mm * (1 - _ROUNDING)):
        raise OptionError(
            f"every {every_mm:g} mm, and the slices are {gap_mm:.4g} mm apart",
            remedy=f"It is {gap_mm:.4g}mm or more; every 1 shows all of them",
        )
    number = int(way * gap_mm / every_mm + 1) + 1
    steps = [floor(n * every_mm / gap_mm + 0.5 + _ROUNDING) for n in range(number)]
    return [step for step in steps if step <= way]


def _range_of(volume: Volume, plane: Plane, points: FloatArray, normal: Sequence[float] | None) -> tuple[int, int]:
    """Give the first and the last slice whose middles lie among points."""
    if plane == "oblique":
        tilt = tilted(volume, normal or ())
        count, places = tilt.count, (points @ tilt.normal - tilt.low) / tilt.spacing_mm
    else:
        grid = laid(volume, plane)
        count, places = grid.count, grid.geometry.to_index(points)[:, grid.across]
    low = min(max(ceil(places.min() - _ROUNDING), 0), count - 1)
    return low, max(min(floor(places.max() + _ROUNDING), count - 1), low)


def count_and_gap(volume: Volume, plane: Plane, normal: Sequence[float] | None = None) -> tuple[int, float]:
    """Give how many slices a plane has, and how far they are apart across it, in mm."""
    check_choices("planes", (plane,), PLANES)
    if plane == "oblique":
        tilt = tilted(volume, normal or ())
        return tilt.count, tilt.spacing_mm
    grid = laid(volume, plane)
    return grid.count, grid.gap_mm


def place_of(layer: SliceLayer, volume: Volume, plane: Plane, index: int) -> Point:
    """Give where the slices cross when a slice of a plane is shown, LPS mm.

    It is where they cross anyway, moved along the grid's axis; of the oblique plane, the middle of what it cuts.
    """
    if plane == "oblique":
        tilt = tilted(volume, layer.normal or ())
        height = tilt.low + index * tilt.spacing_mm
        point = tilt.anchor + (height - tilt.anchor @ tilt.normal) * tilt.normal
        outline = section(grid_corners(volume.geometry), point, tilt.normal)
        return as_point(outline.mean(axis=0) if len(outline) else point)
    grid = laid(volume, plane)
    ijk = grid.geometry.to_index(crossing(layer, volume))
    ijk[grid.across] = index
    return as_point(grid.geometry.to_world(ijk))


def index_at(volume: Volume, plane: Plane, mm: float, normal: Sequence[float] | None = None) -> int:
    """Give the slice whose middle is nearest to a coordinate.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal", "oblique"}
    mm : float
        LPS, of the patient axis that the plane is most nearly across: of axial slices, z.
    normal : (x, y, z), optional
        Of the oblique plane.

    Raises
    ------
    OptionError
        If it lies outside of the scan.
    """
    count, gap_mm = count_and_gap(volume, plane, normal)
    layer = SliceLayer(at=as_point(middle(volume.geometry)), normal=None if normal is None else as_point(normal))
    across = np.asarray(normal, dtype=np.float64) if plane == "oblique" else laid(volume, plane).normal
    axis = int(np.abs(across).argmax())
    places = np.array([place_of(layer, volume, plane, index)[axis] for index in range(count)])
    away = np.abs(places - mm)
    if not away.min() <= gap_mm:
        low, high = sorted((places[0], places[-1]))
        raise OptionError(
            f"{mm:g} mm lies outside of the scan", remedy=f"Its {plane} slices are {low:.1f} to {high:.1f} mm in LPS"
        )
    return int(away.argmin())
