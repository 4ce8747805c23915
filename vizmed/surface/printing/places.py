"""Where on a surface something flat can be put: looked for from one side of the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, radians
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.printing.rays import MISSED, first_hits
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista

Side = Literal["L", "R", "A", "P"]

_OUTWARD: dict[Side, tuple[int, int, int]] = {"L": (1, 0, 0), "R": (-1, 0, 0), "A": (0, -1, 0), "P": (0, 1, 0)}
_UP = np.array([0.0, 0.0, 1.0])
"""Towards the head, LPS."""

_STEEPEST_DEGREES = 40.0
"""What leans more than this is not seen from that side."""

_MOST_RAYS = 40_000


_AWRY, _DEEP, _ASIDE = 2.0, 1.0, 0.5
"""What leaning away from the side, lying further in than the outermost place, and lying off its middle count against
being uneven."""

Ball = tuple[FloatArray, float]
"""Its middle (3,) in LPS mm, and its radius."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A nearly flat place on a surface.

    Parameters
    ----------
    middle : (3,) ndarray
        Of the plane that lies best in the surface there, LPS mm.
    right, up, outward : (3,) ndarray
        Of length 1, at right angles: as one sees them who looks at it from outside, the patient's head up.
    below_mm, above_mm : float
        How far the surface departs from the plane, inwards and outwards.
    demerit : float
        The lower, the more even, the more squarely seen and the further out.
    """

    middle: FloatArray
    right: FloatArray
    up: FloatArray
    outward: FloatArray
    below_mm: float
    above_mm: float
    demerit: float

    def on_its_side(self) -> Place:
        """Give the same place for something that reads from below to above."""
        return replace(self, right=self.up, up=-self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """A surface as it is seen from one side: how far out it lies at each cell of a grid.

    Parameters
    ----------
    heights : (rows, columns) ndarray
        In mm along ``outward`` from the origin; rows go up, columns to the viewer's right. NaN where there is nothing.
    corner : (2,) ndarray
        Where the first cell lies along ``right`` and ``up``, mm.
    pitch_mm : float
        Between cells.
    axes : (3, 3) ndarray
        Right, up and outward, as rows.
    """

    heights: FloatArray
    corner: FloatArray
    pitch_mm: float
    axes: FloatArray

    @property
    def points(self) -> FloatArray:
        """The point of each cell, (rows, columns, 3) LPS mm."""
        rows, columns = np.indices(self.heights.shape)
        across = self.corner + self.pitch_mm * np.stack([columns, rows], axis=-1)
        return np.concatenate([across, self.heights[..., None]], axis=-1) @ self.axes


def relief_from(mesh: pyvista.PolyData, ground: NDArray[np.bool_], side: Side, pitch_mm: float) -> Relief:
    """Look from the patient's left, right, front or back how far out a surface lies.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm.
    ground : (m,) ndarray of bool
        The triangles that count; the others only hide what is behind them.
    side : {"L", "R", "A", "P"}
    pitch_mm : float
        Between rays; it becomes larger where there would be too many.
    """
    outward = np.array(_OUTWARD[side], np.float64)
    axes = np.stack([np.cross(_UP, outward), _UP, outward])
    seen = mesh_arrays(mesh)[0].astype(np.float64) @ axes.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    extent = high - low
    pitch = max(pitch_mm, float(np.sqrt(extent[0] * extent[1] / _MOST_RAYS)))
    columns, rows = (int(extent[n] / pitch) + 1 for n in (0, 1))
    corner = (low + high)[:2] / 2 - pitch * (np.array([columns, rows]) - 1) / 2
    outside = Relief(np.full((rows, columns), high[2] + pitch), corner, pitch, axes)
    starts = outside.points.reshape(-1, 3)
    ways = np.broadcast_to(-outward, starts.shape)
    hits = first_hits(mesh, starts, ways, float(extent[2]) + 2 * pitch)
    distances = np.where((hits.triangles != MISSED) & ground[hits.triangles], hits.distances_mm, np.nan)
    return replace(outside, heights=outside.heights - distances.reshape(rows, columns))


def find_place(
    relief: Relief, size_mm: tuple[float, float], uneven_mm: float, *, taken: Sequence[Ball] = ()
) -> Place | None:
    """Find the place for something flat: where the surface is even, faces that side, and lies far out, not at the rim.

    Parameters
    ----------
    relief : Relief
    size_mm : (width, height) tuple of float
        What must have room.
    uneven_mm : float
        By how much the surface may depart from a plane there.
    taken : sequence of (middle, radius)
        Balls that it must keep clear of.

    Returns
    -------
    Place or None
        None where nothing is even enough.
    """
    columns, rows = (max(3, ceil(side / relief.pitch_mm) + 1) for side in size_mm)
    heights = _free(relief, taken)
    if rows > heights.shape[0] or columns > heights.shape[1]:
        return None
    windows = sliding_window_view(heights, (rows, columns))
    corners = np.argwhere(np.isfinite(windows).all(axis=(2, 3)))
    if not len(corners):
        return None
    planes = _fit_planes(windows[corners[:, 0], corners[:, 1]], relief.pitch_mm)
    uneven = planes.below + planes.above
    deep = (np.nanmax(heights) - planes.height) / max(np.nanmax(heights) - np.nanmin(heights), relief.pitch_mm)
    middles = corners[:, ::-1] + np.array([columns - 1, rows - 1]) / 2
    half = (np.array(heights.shape[::-1]) - 1) / 2
    aside = np.linalg.norm(middles - half, axis=1) / np.linalg.norm(half)
    demerit = uneven / uneven_mm + _AWRY * (1 - planes.facing) + _DEEP * deep + _ASIDE * aside
    demerit[(uneven > uneven_mm) | (planes.facing < cos(radians(_STEEPEST_DEGREES)))] = np.inf
    best = int(demerit.argmin())
    if not np.isfinite(demerit[best]):
        return None
    return _place(relief, planes, best, relief.corner + relief.pitch_mm * middles[best], float(demerit[best]))


class _Planes(NamedTuple):
    """The planes that lie best in windows of a relief, (n,) each."""

    height: FloatArray
    to_right: FloatArray  # mm that it rises outward to each mm to the right
    upward: FloatArray
    facing: FloatArray  # the cosine of how far it leans away
    below: FloatArray
    above: FloatArray


def _fit_planes(windows: FloatArray, pitch_mm: float) -> _Planes:
    v, u = (pitch_mm * (np.arange(n) - (n - 1) / 2) for n in windows.shape[1:])
    height = windows.mean(axis=(1, 2))
    to_right = windows.mean(axis=1) @ u / (u @ u)
    upward = windows.mean(axis=2) @ v / (v @ v)
    facing = 1 / np.sqrt(1 + to_right**2 + upward**2)
    plane = height[:, None, None] + upward[:, None, None] * v[:, None] + to_right[:, None, None] * u
    apart = (windows - plane) * facing[:, None, None]
    return _Planes(height, to_right, upward, facing, -apart.min(axis=(1, 2)), apart.max(axis=(1, 2)))


def _place(relief: Relief, planes: _Planes, n: int, across: FloatArray, demerit: float) -> Place:
    outward = np.array([-planes.to_right[n], -planes.upward[n], 1.0]) * planes.facing[n]
    up = np.array([0.0, 1.0, 0.0]) - outward[1] * outward
    up /= np.linalg.norm(up)
    middle = np.array([*across, planes.height[n]])
    return Place(
        middle=middle @ relief.axes,
        right=np.cross(up, outward) @ relief.axes,
        up=up @ relief.axes,
        outward=outward @ relief.axes,
        below_mm=float(planes.below[n]),
        above_mm=float(planes.above[n]),
        demerit=demerit,
    )


def _free(relief: Relief, taken: Sequence[Ball]) -> FloatArray:
    heights = relief.heights.copy()
    for middle, radius in taken:
        heights[np.linalg.norm(relief.points - middle, axis=2) < radius] = np.nan
    return heights
