"""Planes onto the slices of a regular grid, where some are missing or their spacing varies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray

NEAR_ENOUGH = 1e-3
"""A plane within this part of the slice spacing of a slice is taken as it is."""


def resample(planes: NDArray[Any], places: FloatArray, regular: FloatArray) -> NDArray[Any]:
    """Interpolate planes linearly, along the stack alone.

    Under a tilted gantry this follows the shear, since the grid's columns do.

    Parameters
    ----------
    planes : (n, rows, columns) ndarray
    places : (n,) ndarray
        Where they lie along the stack, mm, growing.
    regular : (nk,) ndarray
        Where the slices of the grid lie, none of them outside of the planes.

    Returns
    -------
    (nk, rows, columns) ndarray
        Of the same type; integers are rounded.
    """
    slices = np.empty((len(regular), *planes.shape[1:]), dtype=planes.dtype)
    for out, place in zip(slices, regular, strict=True):
        after = _next(places, place)
        share = (place - places[after - 1]) / (places[after] - places[after - 1])
        if share < NEAR_ENOUGH:
            out[...] = planes[after - 1]
        elif share > 1 - NEAR_ENOUGH:
            out[...] = planes[after]
        else:
            between = planes[after - 1] * (1 - share) + planes[after] * share
            out[...] = np.rint(between) if planes.dtype.kind in "iu" else between
    return slices


def planes_around(places: FloatArray, regular: FloatArray) -> tuple[int, int]:
    """Give the first plane that some slices of the grid are interpolated from, and the one after the last."""
    return _next(places, regular[0]) - 1, _next(places, regular[-1]) + 1


def _next(places: FloatArray, place: float) -> int:
    return int(np.clip(np.searchsorted(places, place), 1, len(places) - 1))
