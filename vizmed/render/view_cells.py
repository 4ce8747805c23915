"""Space before a camera, parted into cells: columns that widen with distance, as views do, in steps of depth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.scene import Camera
from vizmed.surface.threads import blocks, each

_MOST_STEPS = 256
"""Cells along the longest side of what is seen: more of them take longer than they save."""

_BLOCK = 1 << 16

Numbers = NDArray[np.intp]
Places = NDArray[np.float32]


class ViewCells(NamedTuple):
    """Cells before a camera, a free one on every side of what they were made for.

    Parameters
    ----------
    size_mm : float
        What they measure at least.
    low, step : tuple of float
        Where they begin, and how far each goes: across and up by distance, and in distance, mm.
    shape : (across, up, deep) tuple of int
    """

    size_mm: float
    low: tuple[float, ...]
    step: tuple[float, ...]
    shape: tuple[int, int, int]

    def of(self, places: Places) -> tuple[Numbers, Numbers]:
        """Give the columns of places, by number, and their steps of depth."""
        column, depth = np.empty((2, places.shape[1]), np.intp)

        def find(block: slice) -> None:
            rows = zip(places[:, block], self.low, self.step, strict=True)
            i, j, depth[block] = ((row - low) / step for row, low, step in rows)
            column[block] = i.astype(np.intp) * self.shape[1] + j.astype(np.intp)

        each(find, blocks(places.shape[1], _BLOCK))
        return column, depth

    def near(self, column: Numbers, depth: Numbers) -> NDArray[np.bool_]:
        """Mark cells, and those around them."""
        near = np.zeros(self.shape, bool)
        near.reshape(-1)[column * self.shape[2] + depth] = True
        for axis in range(3):
            along = np.moveaxis(near, axis, 0)
            along[:-1] |= along[1:]
            along[1:] |= along[:-1]
        return near

    def middles(self, stand: Camera, column: Numbers, depth: Numbers) -> FloatArray:
        """Give the middles (n, 3) of cells, LPS mm."""
        cells = np.array([*np.divmod(column, self.shape[1]), depth]) + 0.5
        across, up, far = cells * np.array(self.step)[:, None] + np.array(self.low)[:, None]
        return np.asarray(np.array(stand.position) + (np.array([across, up, np.ones(len(far))]) * far).T @ _axes(stand))


def cells_around(places: Places, least_mm: float) -> ViewCells:
    """Make cells of a size, or larger ones, around what a camera sees."""
    low, high = (np.array([end(row) for row in places], np.float64) for end in (np.min, np.max))
    nearest = float(low[2])
    askew = float(np.hypot(1, np.abs([low[:2], high[:2]]).max()))  # sides of columns that are off the middle slant
    extent_mm = (high - low) * (nearest / askew, nearest / askew, 1)
    size_mm = max(least_mm, float(extent_mm.max()) / _MOST_STEPS)
    step = size_mm * np.array([askew / nearest, askew / nearest, 1])
    i, j, k = (int(count) + 3 for count in (high - low) / step)
    return ViewCells(size_mm, tuple((low - step).tolist()), tuple(step.tolist()), (i, j, k))


def places_before(stand: Camera, points: Places) -> Places:
    """Give where points (n, 3) are seen: across and up by distance, and distance, mm."""
    axes, eye = _axes(stand).astype(np.float32), np.array(stand.position)
    places = np.empty((3, len(points)), np.float32)

    def look(block: slice) -> None:
        across, up, far = axes @ (points[block].T - eye[:, None]).astype(np.float32)
        places[:, block] = across / far, up / far, far

    each(look, blocks(len(points), _BLOCK))
    return places


def _axes(stand: Camera) -> FloatArray:
    """Give the directions to the right, up and ahead, as rows."""
    ahead = np.subtract(stand.focal_point, stand.position)
    right = np.cross(ahead, stand.up)
    axes = np.array([right, np.cross(right, ahead), ahead])
    return np.asarray(axes / np.linalg.norm(axes, axis=1, keepdims=True))
