"""What of a scan is drawn in space: the table hides the back and takes the frame, the air hides the airways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.cleaning.body import find_body, shown_cells, with_air
from vizmed.surface.cleaning.cleaned import is_hidden
from vizmed.surface.cleaning.masks import neighbours
from vizmed.volume import Volume

_COARSE_MM = 4.0

_HALF = 0.5
"""Of a cell: where between cells within and without the border runs, so that it has no steps."""

_CELLS = 64
"""Along the longest side at least, so that small bodies are told, too."""

_RIM_CELLS = 2
"""Cells under the skin that a minimum leaves out, where voxels hold both air and skin."""


def without_table(volume: Volume) -> Volume:
    """Give the volume with air in the place of the table, or the very same volume where there is none.

    Parameters
    ----------
    volume : Volume
        Looked at only if it is in HU.
    """
    found = find_body(volume, _COARSE_MM) if volume.unit == "HU" else None
    if found is None or found.tabletop is None:
        return volume
    return replace(volume, voxels=with_air(volume, found.steps, shown_cells(found)))


def without_hidden(volume: Volume, by: float | None = None) -> Volume:
    """Give the volume with a value in the place of padding and of what is no finite number, or the same volume.

    The graphics card knows neither: NaN would be black or white, and high padding a solid wall.

    Parameters
    ----------
    volume : Volume
    by : float, optional
        The lowest value that there is otherwise, where left out.
    """
    if volume.padding is None and volume.voxels.dtype.kind != "f":
        return volume
    hidden = is_hidden(volume.voxels, volume.padding)
    if not hidden.any():
        return volume
    values = volume.voxels[~hidden]
    by = by if by is not None else float(values.min()) if values.size else 0.0
    voxels = np.array(volume.voxels, dtype=_that_holds(volume.voxels.dtype, by), order="F")
    voxels[hidden] = by
    return replace(volume, voxels=voxels)


def body_alone(volume: Volume, border: float, outside: float) -> Volume:
    """Give the volume with another value in the place of all that is not within the body, its skin included.

    Along a ray that crosses the whole scan the air around the patient is always the smallest value; with it, and with
    the skin's voxels that are half air, a minimum shows nothing else.

    Parameters
    ----------
    volume : Volume
    border : float
        The value that parts air from tissue.
    outside : float
        What to put there.
    """
    found = find_body(volume, _COARSE_MM) if volume.unit == "HU" else None
    if found is not None:
        steps, inside = found.steps, found.body
    else:
        fine = zip(volume.geometry.spacing, volume.shape, strict=True)
        cell_mm = min(_COARSE_MM, float((volume.geometry.spacing * volume.shape).max()) / _CELLS)
        i, j, k = (max(1, min(int(cell_mm / mm), n // 8)) for mm, n in fine)
        steps, inside = (i, j, k), _between(volume.voxels[::i, ::j, ::k] > border)
    inside = neighbours(inside, (_RIM_CELLS,) * 3, np.logical_and)
    voxels = np.array(volume.voxels, dtype=_that_holds(volume.voxels.dtype, outside), order="F")
    i_weights, j_weights, k_weights = (
        _weights(n, step, n_cells) for n, step, n_cells in zip(volume.shape, steps, inside.shape, strict=True)
    )
    parts = inside.astype(np.float32)
    for k, weights in enumerate(k_weights):
        near = np.flatnonzero(weights)
        part = i_weights @ (parts[..., near] @ weights[near]) @ j_weights.T
        voxels[..., k][part < _HALF] = outside
    return replace(volume, voxels=voxels)


def _weights(n: int, step: int, n_cells: int) -> NDArray[np.float32]:
    """Give the weights (n, n_cells) that interpolate cells, each looked at in its middle voxel, linearly to voxels."""
    place = np.clip((np.arange(n) - step // 2) / step, 0, n_cells - 1)
    weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(n_cells)))
    return np.asarray(weights, dtype=np.float32)


def _that_holds(kind: np.dtype[Any], value: float) -> np.dtype[Any]:
    if kind.kind == "f":
        return kind
    wider = np.result_type(kind, np.int16) if kind.itemsize == 1 else kind
    return wider if value <= np.iinfo(wider).max else np.dtype(np.float32)


def _between(dense: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark what has something dense on both sides along every axis."""
    between = np.ones_like(dense)
    for axis in range(3):
        before = np.logical_or.accumulate(dense, axis=axis)
        between &= before & np.flip(np.logical_or.accumulate(np.flip(dense, axis), axis=axis), axis)
    return between
