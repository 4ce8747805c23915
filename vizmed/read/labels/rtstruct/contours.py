"""Contours of one region, filled on a grid.

A voxel is inside where its centre is inside an odd number of contours in its slice, so that a contour within a contour
is a hole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray, Geometry
from vizmed.read.labels.rtstruct.polygons import inside_polygons
from vizmed.segmentation import Box, Inside

OFF_PLANE_SLICES = 0.25
"""How far a contour may lie from the slice that it is filled in, as a part of the distance of slices. One midway
between slices was drawn on another grid."""

_WORTH_SAYING_SLICES = 0.05
_SHOWN = 6


@dataclass(slots=True)
class Noticed:
    """What was noticed of contours while they were filled.

    Parameters
    ----------
    off_mm : float
        The farthest that one lies beside its slice.
    outside : Counter of name to int
        Contours that reach out of the scan, by region.
    repeated : Counter of name to int
        Contours that are there twice.
    gaps : Counter of name to int
        Slices without a contour between slices that have one.
    """

    off_mm: float = 0.0
    outside: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    gaps: Counter[str] = field(default_factory=Counter)

    def findings(self) -> list[Finding]:
        """Tell of it."""
        found = []
        if self.off_mm:
            message = f"contours lie up to {self.off_mm:.3f} mm beside the slices"
            found.append(Finding("off-plane-contours", "warning", message, "", "each is filled in the nearest slice"))
        for code, numbers, noun, what, remedy in (
            ("contours-outside", self.outside, "contour", "reach out of the scan", "what is outside is cut off"),
            ("repeated-contours", self.repeated, "contour", "are there twice", "each counts once"),
            ("contour-gaps", self.gaps, "slice", "between contours have none", "they are left empty"),
        ):
            if numbers:
                shown = ", ".join(list(numbers)[:_SHOWN]) + (", ..." if len(numbers) > _SHOWN else "")
                message = f"{counted(numbers.total(), noun)} {what}"
                found.append(Finding(code, "warning", message, shown, remedy))
        return found


def slice_axis(contours: Sequence[FloatArray]) -> int:
    """Find the axis that contours stand across: that of the slices.

    Parameters
    ----------
    contours : sequence of (n, 3) ndarray
        Corners as indices of voxels, not rounded.
    """
    return int(np.argmin(np.median([np.ptp(ijk, axis=0) for ijk in contours], axis=0)))


def fill(
    name: str, contours: Sequence[FloatArray], grid: Geometry, noticed: Noticed, where: Path
) -> tuple[Box, Inside] | None:
    """Fill the contours of a region.

    Parameters
    ----------
    name : str
        Of the region.
    contours : sequence of (n, 3) ndarray
        Corners as indices of voxels of the grid, not rounded.
    grid : Geometry
        Its slices follow each other along k.
    noticed : Noticed
        What is noticed is added.
    where : pathlib.Path
        To complain of.

    Returns
    -------
    box, inside
        Which voxels of a box of the grid are inside. None where none is.

    Raises
    ------
    IrregularStackError
        If a contour does not lie in a slice.
    """
    polygons = _by_slice(name, contours, grid, noticed, where)
    if not polygons:
        return None
    ends = np.concatenate([corners for group in polygons.values() for corners in group])
    low = np.clip(np.floor(ends.min(axis=0)), 0, grid.shape[:2]).astype(int)
    high = np.clip(np.ceil(ends.max(axis=0)) + 1, 0, grid.shape[:2]).astype(int)
    first, last = min(polygons), max(polygons)
    noticed.gaps += Counter({name: last - first + 1 - len(polygons)})
    if np.any(high <= low):
        return None
    inside = np.zeros((*(high - low), last - first + 1), dtype=np.bool_, order="F")
    for k, group in polygons.items():
        inside[:, :, k - first] = inside_polygons([corners - low for corners in group], inside.shape[:2])
    box = slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1])), slice(first, last + 1)
    return (box, inside) if inside.any() else None


def _by_slice(
    name: str, contours: Sequence[FloatArray], grid: Geometry, noticed: Noticed, where: Path
) -> dict[int, list[FloatArray]]:
    """Sort contours into slices, as polygons in pixels."""
    found: dict[int, list[FloatArray]] = {}
    for n, k in in_slices(name, contours, grid, noticed, where):
        found.setdefault(k, []).append(contours[n][:, :2])
    return found


def in_slices(
    name: str, contours: Sequence[FloatArray], grid: Geometry, noticed: Noticed, where: Path
) -> list[tuple[int, int]]:
    """Find the contours that lie in slices of the grid; the parameters are those of `fill`.

    Returns
    -------
    list of (n, k) tuple
        Which contour, and its slice. One that is there twice comes once.

    Raises
    ------
    IrregularStackError
        If a contour does not lie in a slice.
    """
    found: list[tuple[int, int]] = []
    seen: set[bytes] = set()
    for n, ijk in enumerate(contours):
        k = int(np.round(ijk[:, 2].mean()))
        off_slices = float(np.abs(ijk[:, 2] - k).max())
        if off_slices > OFF_PLANE_SLICES:
            raise _off_plane(name, ijk, off_slices * float(grid.spacing[2]), grid, where)
        if off_slices > _WORTH_SAYING_SLICES:
            noticed.off_mm = max(noticed.off_mm, off_slices * float(grid.spacing[2]))
        beyond = np.any(ijk[:, :2] < -0.5) or np.any(ijk[:, :2] > np.array(grid.shape[:2]) - 0.5)
        noticed.outside[name] += bool(beyond or not 0 <= k < grid.shape[2])
        corners = ijk.tobytes()
        noticed.repeated[name] += corners in seen
        if corners not in seen and 0 <= k < grid.shape[2]:
            found.append((n, k))
        seen.add(corners)
    noticed.outside, noticed.repeated = +noticed.outside, +noticed.repeated
    return found


def _off_plane(name: str, ijk: FloatArray, off_mm: float, grid: Geometry, where: Path) -> IrregularStackError:
    x, y, z = grid.to_world(ijk.mean(axis=0))
    return IrregularStackError(
        f"a contour of {name} around ({x:.1f}, {y:.1f}, {z:.1f}) mm lies {off_mm:.2f} mm beside the nearest slice",
        where=where,
        remedy=f"Slices are {grid.spacing[2]:.2f} mm apart. Is the reference the scan that it was drawn on?",
    )
