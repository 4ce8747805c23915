"""Slabs: what several slices amount to when they are projected onto one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.scene import Projection
from vizmed.volume import Voxels

_ROUNDING = 1e-6
"""Of a slab's thickness, in slices."""


class Slab(NamedTuple):
    """What is projected onto a slice.

    Parameters
    ----------
    mm : float
        How thick it is; 0 for one slice.
    projection : {"mip", "minip", "mean"}
    inverted : bool
        Whether the lowest value is shown brightest.
    """

    mm: float
    projection: Projection
    inverted: bool

    def around(self, gap_mm: float) -> int:
        """Give how many slices belong to it on either side of the middle one."""
        return int(self.mm / 2 / gap_mm + _ROUNDING)

    def projected(self, layers: Iterable[Voxels]) -> Voxels:
        """Project layers of one shape onto each other, one by one, so that memory holds few of them."""
        if self.projection == "mean":
            return _mean(layers)
        shows_largest = (self.projection == "mip") != self.inverted
        return np.asarray(reduce(np.fmax if shows_largest else np.fmin, layers))


def _mean(layers: Iterable[Voxels]) -> NDArray[np.float32]:
    """Average layers without what is no number, added up in double precision."""
    total: Any = 0.0
    count: Any = 0
    for layer in layers:
        numbers = ~np.isnan(layer)
        total = total + np.where(numbers, layer, 0).astype(np.float64)
        count = count + numbers
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
