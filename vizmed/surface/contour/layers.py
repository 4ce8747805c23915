"""A volume as layers of slices, each of which starts with the last slice of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.chunked import Chunked
from vizmed.surface.inside.band import along_k
from vizmed.volume import Volume, Voxels

LAYER = 1 << 23
"""Voxels in a layer: their marks stay in a processor's cache from one step to the next. Half and twice as many take
the same time."""

FEWEST = 4
"""Slices in a layer at least, since the one that it shares with the next is looked at twice."""


class Layer(NamedTuple):
    """Some slices of a volume.

    Parameters
    ----------
    first : int
        Which slice of the volume is its first.
    voxels : (ni, nj, n) ndarray
        In Fortran order. n is 1 only where the volume has but one slice.
    region : (ni, nj, n) ndarray of bool, optional
        What else a voxel must be to be inside.
    """

    first: int
    voxels: Voxels
    region: NDArray[np.bool_] | None = None


def thickness(shape: tuple[int, int, int]) -> int:
    """Give how many slices make a layer."""
    return max(LAYER // (shape[0] * shape[1]), FEWEST)


def _read_together(chunks: Chunked) -> int:
    usual = thickness(chunks.shape)
    return usual if chunks.most_slices is None else max(min(usual, chunks.most_slices), FEWEST)


def layers_read(chunks: Chunked) -> Iterator[Layer]:
    """Read a volume layer by layer. A thread reads the next one while one is worked on; what is done is let go."""
    nk = chunks.shape[2]
    step = _read_together(chunks) - 1
    firsts = range(0, max(nk - 1, 1), step)
    with ThreadPoolExecutor(1) as beside:
        reading = [beside.submit(chunks.fetch, 0, min(step + 1, nk))]
        for first in firsts:
            voxels = reading.pop().result()
            if first + step < firsts.stop:
                reading.append(beside.submit(chunks.fetch, first + step, min(first + 2 * step + 1, nk)))
            yield Layer(first, np.asfortranarray(voxels))
            del voxels


def slices_of(volume: Volume | Chunked) -> Iterator[Voxels]:
    """Go through the slices of one k each; of what is read in chunks, as many are read at a time as make a layer."""
    if isinstance(volume, Volume):
        yield from along_k(volume.voxels)
        return
    nk, step = volume.shape[2], _read_together(volume)
    for first in range(0, nk, step):
        yield from along_k(volume.fetch(first, min(first + step, nk)))


def like(volume: Volume | Chunked) -> Volume:
    """Give a volume of which the same is known: itself, or some slices of what is read in chunks."""
    return volume if isinstance(volume, Volume) else volume.like


def layers_of(voxels: Voxels, region: NDArray[np.bool_] | None = None) -> Iterator[Layer]:
    """Part a volume that is in memory. Layers are views, where its order allows that."""
    step = thickness(voxels.shape) - 1
    for first in range(0, max(voxels.shape[2] - 1, 1), step):
        slices = slice(first, first + step + 1)
        part = np.asfortranarray(voxels[..., slices])
        yield Layer(first, part, None if region is None else region[..., slices])
