"""A volume that is read a few slices at a time, for what does not fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.volume import Volume, Voxels


@dataclass(frozen=True, eq=False)
class Chunked:
    """What is known of a volume, and a way to its voxels.

    Parameters
    ----------
    geometry : Geometry
        Of all voxels, LPS mm.
    dtype : numpy.dtype
        The type that every chunk has, and that the whole volume would have.
    like : Volume
        Some of its slices: what else is known (modality, unit, padding, provenance, ...) is taken from it.
    fetch : callable
        From the first slice and the one after the last to voxels ``[i, j, k]``, in Fortran order.
    most_slices : int, optional
        How many slices may be fetched at a time where memory is short; None leaves that to who reads them.
    """

    geometry: Geometry
    dtype: np.dtype[Any]
    like: Volume
    fetch: Callable[[int, int], Voxels]
    most_slices: int | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along i, j and k."""
        return self.geometry.shape

    @property
    def nbytes(self) -> int:
        """Size of all voxels in memory."""
        ni, nj, nk = self.shape
        return ni * nj * nk * self.dtype.itemsize

    def chunk(self, first: int, last: int) -> Volume:
        """Read the slices from ``first`` up to and without ``last``, as a volume where they lie.

        Raises
        ------
        OptionError
            If there are no such slices.
        ReadError
            If the file is damaged there.
        """
        ni, nj, nk = self.shape
        if not 0 <= first < last <= nk:
            raise OptionError(f"there are no slices {first} to {last}", remedy=f"There are {nk}, from 0")
        affine = self.geometry.affine.copy()
        affine[:3, 3] += first * affine[:3, 2]
        return replace(self.like, voxels=self.fetch(first, last), geometry=Geometry((ni, nj, last - first), affine))

    def whole(self) -> Volume:
        """Read all of it."""
        return self.chunk(0, self.shape[2])

    @classmethod
    def of(cls, volume: Volume) -> Chunked:
        """Give a volume that is in memory already; nothing is copied."""
        return cls(volume.geometry, volume.voxels.dtype, volume, lambda first, last: volume.voxels[..., first:last])
