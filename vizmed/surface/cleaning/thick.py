"""Thick slices made fine along the shape of their outlines, so that a surface has no stair-steps.

Between two slices the outline is where the signed distances from theirs, interpolated, are nothing (shape-based
interpolation: Raya and Udupa 1990). Interpolated grey values would keep it where it was for most of the way, and jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, GeometryError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray, Geometry
from vizmed.stages import stage
from vizmed.surface.cleaning.cleaned import Cleaned, cleaned
from vizmed.surface.cleaning.dome import domed
from vizmed.surface.cleaning.outline import FAR_MM, Mask, outline, reach, signed_distances, spread
from vizmed.surface.inside.band import Band, Limits, limits
from vizmed.surface.inside.level import Level
from vizmed.volume import Volume

THICK = 1.5
"""How much thicker than its pixels are wide a slice must be to have steps worth taking away."""

Plane = NDArray[np.float32]


@stage("cleaning")
def fine_slices(volume: Volume, level: float | Level | Band, *, region: Mask | None = None) -> Cleaned:
    """Interpolate slices by the shape of what lies inside, where one spacing is over 1.5 times both others.

    The outlines in the slices stay where they are, within 0.1 pixel but for hairlines. Between two slices nothing is
    inside that is outside in both, nor the reverse: no bridges, no gaps. What ends between two slices closes as a dome
    does, as far from the last slice as the grey values say. The outermost slices go on straight to their outer faces.

    Distances are measured as if the axes of a slice stood at right angles; between slices, interpolation goes along
    the axis of the stack, which a sheared grid leans.

    Parameters
    ----------
    volume : Volume
    level : float, Level or Band
        What lies inside, as for `vizmed.surface.extract_surface`.
    region : (ni, nj, nk) ndarray of bool, optional
        What else a voxel must be to be inside, on the volume's own grid.

    Returns
    -------
    Cleaned
        In float32 the distance from the surface in mm within the slices, positive inside, its level 0; voxels far
        from the surface are only known to be far. An odd number of slices takes the place of each, so that the outer
        faces of the volume stay where they are. No padding, NaN and infinity lie outside. The very same volume, and no
        level, where no slices are thick.

    Raises
    ------
    BudgetError
        If memory does not hold the finer volume.
    GeometryError
        If the region has another shape than the volume.
    """
    if region is not None and region.shape != volume.shape:
        raise GeometryError(f"the region has shape {region.shape}, the volume {volume.shape}")
    spacing = volume.geometry.spacing
    axis = int(np.argmax(spacing))
    others = float(np.delete(spacing, axis).max())
    if spacing[axis] <= THICK * others or volume.shape[axis] < 2:
        message = f"no slices are thick: voxels are {' x '.join(f'{mm:.4g}' for mm in spacing)} mm"
        return Cleaned(volume, Finding("fine-slices", "note", message))
    times = max(3, 2 * round((spacing[axis] / others - 1) / 2) + 1)
    geometry = _finer(volume.geometry, axis, times)
    try:
        distances = np.empty(geometry.shape, np.float32, order="F")
    except MemoryError as full:
        needed = 4 * np.prod(geometry.shape, dtype=np.float64) / 2**30
        raise BudgetError(f"the finer slices need {needed:.1f} GiB", remedy="Cut the volume down first") from full
    low, high = (level.low, level.high) if isinstance(level, Level | Band) else (level, inf)
    stack = _Stack(volume, limits(volume.voxels, low, high), region, axis)
    _interpolate(stack, distances.transpose(stack.axes), times)
    done = Finding(
        "fine-slices",
        "note",
        f"{counted(volume.shape[axis], 'slice')} of {spacing[axis]:.4g} mm made {geometry.shape[axis]} of "
        f"{geometry.spacing[axis]:.4g} mm along the shape of their outlines",
    )
    changed = {"voxels": distances, "geometry": geometry, "unit": None, "window": None, "padding": None}
    return cleaned(volume, done, level=0.0, inverted=False, **changed)


class _Stack:
    """The slices of a volume one by one: what is inside, and distances, which are measured once and kept a while.

    Its arrays are indexed [slice, row, column], a view of the volume's in which rows lie in one piece.
    """

    def __init__(self, volume: Volume, values: Limits, region: Mask | None, axis: int):
        self.axes = (axis, *(other for other in (2, 1, 0) if other != axis))
        self.values = volume.voxels.transpose(self.axes)
        self.limits = values
        self.spacing = float(volume.geometry.spacing[self.axes[1]]), float(volume.geometry.spacing[self.axes[2]])
        self.inside = values.hold(self.values)
        if volume.padding is not None:
            self.inside &= self.values != volume.padding
        if region is not None:
            self.inside &= region.transpose(self.axes)
        self._near: dict[int, Mask] = {}
        self._distances: dict[int, Plane] = {}

    def __len__(self) -> int:
        return len(self.values)

    def near(self, k: int) -> Mask:
        """Mark the pixels between slices k and k + 1 next to which the surface may run."""
        if k not in self._near:
            first, second = self.inside[k : k + 2]
            self._near[k] = _beside(first) | _beside(second) | spread(first != second)
            self._near.pop(k - 4, None)
        return self._near[k]

    def part_of_gap(self, k: int) -> FloatArray:
        """Give which part of the way from slice k to k + 1 the grey values put the surface at; NaN where it is not."""
        parts = np.full(self.inside.shape[1:], np.nan)
        crossed = self.inside[k] != self.inside[k + 1]
        first, second = (self.values[each][crossed].astype(np.float64) for each in (k, k + 1))
        forward = self.inside[k][crossed]
        part = reach(np.where(forward, first, second), np.where(forward, second, first), self.limits)
        parts[crossed] = np.where(forward, part, 1 - part)
        return parts

    def distances(self, k: int) -> Plane:
        """Measure those pixels of slice k that interpolating before, in, and behind it asks for."""
        if k not in self._distances:
            wanted = np.logical_or.reduce([self.near(gap) for gap in range(max(0, k - 2), min(len(self) - 1, k + 2))])
            found = outline(self.values[k], self.inside[k], self.limits)
            self._distances[k] = signed_distances(found, wanted, self.spacing)
            self._distances.pop(k - 4, None)
        return self._distances[k]


def _interpolate(stack: _Stack, distances: NDArray[np.float32], times: int) -> None:
    """Fill in the distances of all fine slices, in place."""
    half, last = times // 2, len(stack) - 1
    distances[: half + 1] = stack.distances(0)
    distances[last * times + half :] = stack.distances(last)
    for k in range(last):
        middle = k * times + half
        distances[middle] = stack.distances(k)
        pixels = np.nonzero(stack.near(k))
        ends = [end[pixels] for end in _ends_of_gap(stack, k)]
        for step in range(1, times):
            distances[middle + step] = np.where(stack.inside[k], FAR_MM, -FAR_MM)
            distances[middle + step][pixels] = _cubic(ends, step / times)


def _ends_of_gap(stack: _Stack, k: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give the distances to interpolate between slices k and k + 1: of the slice before, of both, of the one behind."""
    first, second = (stack.distances(each).astype(np.float64) for each in (k, k + 1))
    part = stack.part_of_gap(k)
    to_first, to_second = first.copy(), second.copy()
    for sign in (1, -1):  # what lies inside and ends, and what lies outside and ends: a hole
        for closed, open_, end, share in ((to_second, first, second, part), (to_first, second, first, 1 - part)):
            changed = sign * domed(sign * open_, sign * end, share)
            np.copyto(closed, changed, where=changed != end)
    straight = (to_first != first) | (to_second != second)
    rise = to_second - to_first
    before = stack.distances(k - 1) if k > 0 else to_first - rise
    behind = stack.distances(k + 2) if k + 2 < len(stack) else to_second + rise
    return (
        np.where(straight, to_first - rise, before),
        to_first,
        to_second,
        np.where(straight, to_second + rise, behind),
    )


def _cubic(ends: Sequence[FloatArray], place: float) -> FloatArray:
    """Interpolate between two slices by a cubic that stays between both (van Leer 1977)."""
    before, first, second, behind = ends
    rise = second - first
    p, q = place, 1 - place
    slopes = _slope(first - before, rise), _slope(rise, behind - second)
    return np.asarray(
        q * q * (1 + 2 * p) * first + p * q * q * slopes[0] + p * p * (1 + 2 * q) * second - p * p * q * slopes[1]
    )


def _slope(first: FloatArray, second: FloatArray) -> FloatArray:
    """Give the mean of two rises, but at most twice the lesser one; 0 where one goes up and the other down."""
    lesser = np.minimum(np.abs(first), np.abs(second))
    return np.asarray(
        np.where(first * second > 0, np.sign(first) * np.minimum(np.abs(first + second) / 2, 2 * lesser), 0)
    )


def _beside(mask: Mask) -> Mask:
    """Mark the pixels on both sides of a mask's outline."""
    return spread(mask) & spread(~mask)


def _finer(geometry: Geometry, axis: int, times: int) -> Geometry:
    """Part each voxel into so many along an axis."""
    affine = geometry.affine.copy()
    affine[:3, axis] /= times
    affine[:3, 3] -= affine[:3, axis] * (times - 1) / 2
    shape = list(geometry.shape)
    shape[axis] *= times
    return Geometry((shape[0], shape[1], shape[2]), affine)
