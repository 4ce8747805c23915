"""The values of a volume as choosing a level asks for them: a sample of them, or all, a few slices at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from vizmed.chunked import Chunked
from vizmed.errors import BudgetError, EmptySurfaceError
from vizmed.volume import Volume, Voxels, meaningful, stride

SAMPLE_SIZE = 2_000_000
"""Values that a histogram is made of. Otsu's level of 2 million voxels lies within a bin of that of all of them."""

CHUNK = 1 << 23
"""Voxels that are looked at together."""


class Values:
    """The values of a volume without padding and what is no number.

    Parameters
    ----------
    volume : Volume or Chunked
        Of what is read in chunks, each call goes through the files once.
    """

    def __init__(self, volume: Volume | Chunked):
        self._volume = volume
        self._chunks = volume if isinstance(volume, Chunked) else Chunked.of(volume)
        self.unit = self._chunks.like.unit
        self.modality = self._chunks.like.modality

    @cached_property
    def sample(self) -> Voxels:
        """Enough of the values to know their histogram, the same ones whether they are in memory or read in chunks.

        Raises
        ------
        EmptySurfaceError
            If all values are the same.
        BudgetError
            If all that were sampled are, and the rest is not in memory.
        """
        whole = None if isinstance(self._volume, Chunked) else self._volume
        some = self._every_nth() if whole is None else whole.meaningful_values(at_most=SAMPLE_SIZE)
        values = np.ascontiguousarray(some)  # every 67th value is as far from the next as from all between them
        if differ(values):
            return values
        if whole is None:
            raise BudgetError(
                "of the values, those that were looked at for a level are all the same",
                remedy="--level NUMBER asks for none to be found",
            )
        values = whole.meaningful_values()
        if not differ(values):
            what = f"every voxel is {values[0]:g}" if values.size else "every voxel is padding or no number"
            raise EmptySurfaceError(f"the volume has no surface: {what}")
        return values

    def parts(self) -> Iterator[Voxels]:
        """Go through all values; those of the slice in the middle come first, and once more later."""
        middle = self._chunks.shape[2] // 2
        yield self._chunks.chunk(middle, middle + 1).meaningful_values()
        for chunk in self._in_turn():
            yield chunk.meaningful_values()

    def _every_nth(self) -> Voxels:
        """Give the values that `Volume.meaningful_values` gives of the whole volume."""
        ni, nj, nk = self._chunks.shape
        step = stride(ni * nj * nk, SAMPLE_SIZE)
        found, before = [], 0
        for chunk in self._in_turn():
            found.append(meaningful(chunk.voxels.ravel(order="F")[-before % step :: step], chunk.padding))
            before += chunk.voxels.size
        return np.concatenate(found)

    def _in_turn(self) -> Iterator[Volume]:
        ni, nj, nk = self._chunks.shape
        step = min(max(CHUNK // (ni * nj), 1), self._chunks.most_slices or nk)
        return (self._chunks.chunk(first, min(first + step, nk)) for first in range(0, nk, step))


def differ(values: Voxels) -> bool:
    """Tell whether there are different values."""
    return bool(values.size and values.min() < values.max())
