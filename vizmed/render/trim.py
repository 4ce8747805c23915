"""Where in a scan there is tissue, so that pictures can leave the black around it out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.slices import to_gray
from vizmed.slices.section import box_corners
from vizmed.surface.cleaning.body import find_body
from vizmed.volume import Volume

_CELL_MM = 4.0
_MARGIN_MM = 6.0
"""More than a cell, so that nothing between those that were looked at is lost."""

_NEARLY_BLACK = 26
"""Grey, of 255, below which nothing is told from the ground."""


def tissue_corners(volume: Volume, window: Window) -> FloatArray | None:
    """Give the corners of the box around all that is not air, LPS mm, shape (8, 3), with a margin.

    In Hounsfield units that is what is denser than air, but for a table that the patient lies on; else what the window
    shows brighter than nearly black.

    Returns
    -------
    (8, 3) ndarray or None
        None where that is not to be told, or there is nothing.
    """
    steps, mask = _dense(volume) if volume.unit == "HU" else _bright(volume, window)
    if not mask.any():
        return None
    along = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    margin = _MARGIN_MM / volume.geometry.spacing
    low = np.array([places[0] for places in along]) * steps - 0.5 - margin
    high = (np.array([places[-1] for places in along]) + 1) * steps - 0.5 + margin
    # the last cell may be cut short, or the voxels behind it belong to none
    high = np.where([places[-1] == n - 1 for places, n in zip(along, mask.shape, strict=True)], np.inf, high)
    last = np.array(volume.shape) - 0.5
    return volume.geometry.to_world(box_corners(np.clip(low, -0.5, last), np.clip(high, -0.5, last)))


def _dense(volume: Volume) -> tuple[tuple[int, int, int], NDArray[np.bool_]]:
    found = find_body(volume, _CELL_MM)
    if found is None:
        return (1, 1, 1), np.zeros((1, 1, 1), bool)
    rest = found.rest
    if found.tabletop is not None:
        rest = rest & ~(found.tabletop.past(rest.shape[found.tabletop.front]) >= 0)
    return found.steps, found.body | rest


def _bright(volume: Volume, window: Window) -> tuple[tuple[int, int, int], NDArray[np.bool_]]:
    i, j, k = (max(1, int(_CELL_MM / mm)) for mm in volume.geometry.spacing)
    gray = to_gray(volume.voxels[::i, ::j, ::k], window, inverted=volume.inverted)
    return (i, j, k), gray >= _NEARLY_BLACK
