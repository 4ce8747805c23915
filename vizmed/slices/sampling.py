"""Values of a grid of voxels at places between them, by numpy alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray, Geometry
from vizmed.volume import Volume, Voxels

RIM = 0.5 + 1e-6
"""How far outside of the outermost centres a place still lies in the scan, in voxels, and the rounding of that."""

_AT_ONCE = 1 << 17
"""Places that are looked at together: what is computed on the way to their values stays in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Raster:
    """Where the pixels of a picture lie: ``origin + row * down_column + column * along_row``, LPS mm.

    Parameters
    ----------
    origin, along_row, down_column : (3,) ndarray
    shape : (rows, columns) tuple of int
    """

    origin: FloatArray
    along_row: FloatArray
    down_column: FloatArray
    shape: tuple[int, int]

    @property
    def right(self) -> FloatArray:
        """Unit vector along the rows."""
        return np.asarray(self.along_row / np.linalg.norm(self.along_row))

    @property
    def down(self) -> FloatArray:
        """Unit vector in the plane of the picture, at a right angle to the rows, towards the last of them."""
        across = self.down_column - (self.down_column @ self.right) * self.right
        return np.asarray(across / np.linalg.norm(across))

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width of the box around the pixels, out to their faces."""
        rows, columns = self.shape
        leaning = rows * abs(float(self.down_column @ self.right))
        return rows * float(self.down_column @ self.down), columns * float(np.linalg.norm(self.along_row)) + leaning

    def moved(self, way: FloatArray) -> Raster:
        """Give the same pixels, moved by so many mm, shape (3,)."""
        return replace(self, origin=self.origin + way)

    def part(self, rows: slice, columns: slice) -> Raster:
        """Give some of the pixels; both slices have a start and a stop."""
        origin = self.origin + rows.start * self.down_column + columns.start * self.along_row
        return replace(self, origin=origin, shape=(rows.stop - rows.start, columns.stop - columns.start))


def trilinear(volume: Volume, raster: Raster) -> NDArray[np.float32]:
    """Interpolate a volume's values at the pixels of a picture.

    Returns
    -------
    (rows, columns) ndarray of float32
        NaN outside of the scan, which ends at the faces of its outermost voxels; from their centres to their faces
        their values go on as they are.
    """
    values = np.full(raster.shape, np.nan, dtype=np.float32)
    for rows, ijk in _places(volume.geometry, raster):
        inside = _inside(ijk, volume.shape)
        values[rows][inside] = _interpolated(volume.voxels, [axis[inside] for axis in ijk])
    return values


def nearest(volume: Volume, raster: Raster) -> Voxels:
    """Give the values of the voxels in which the pixels of a picture lie, 0 outside of the scan."""
    values = np.zeros(raster.shape, dtype=volume.voxels.dtype)
    for rows, ijk in _places(volume.geometry, raster):
        inside = _inside(ijk, volume.shape)
        chosen = zip((np.rint(axis[inside]).astype(np.intp) for axis in ijk), volume.shape, strict=True)
        values[rows][inside] = volume.voxels[tuple(np.clip(axis, 0, size - 1) for axis, size in chosen)]
    return values


def _places(geometry: Geometry, raster: Raster) -> Iterator[tuple[slice, list[FloatArray]]]:
    """Part the rows, and give the i, j and k of each part's pixels."""
    origin = geometry.to_index(raster.origin)
    right, below = (geometry.to_index(raster.origin + way) - origin for way in (raster.along_row, raster.down_column))
    columns = np.arange(raster.shape[1])
    height = max(1, _AT_ONCE // raster.shape[1])
    for first in range(0, raster.shape[0], height):
        rows = np.arange(first, min(first + height, raster.shape[0]))[:, None]
        yield slice(first, first + len(rows)), [origin[n] + rows * below[n] + columns * right[n] for n in range(3)]


def _inside(ijk: list[FloatArray], shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    inside = np.ones(ijk[0].shape, dtype=bool)
    for axis, size in zip(ijk, shape, strict=True):
        inside &= (axis >= -RIM) & (axis <= size - 1 + RIM)
    return inside


def _interpolated(voxels: Voxels, ijk: list[FloatArray]) -> NDArray[np.float32]:
    low, share = [], []
    for axis, size in zip(ijk, voxels.shape, strict=True):
        place = np.clip(axis, 0, size - 1)
        first = np.minimum(place.astype(np.intp), max(0, size - 2))
        low.append(first)
        share.append((place - first).astype(np.float32))
    high = [np.minimum(first + 1, size - 1) for first, size in zip(low, voxels.shape, strict=True)]
    pages = []
    for k in (low[2], high[2]):
        rows = []
        for j in (low[1], high[1]):
            one, other = (voxels[i, j, k].astype(np.float32) for i in (low[0], high[0]))
            rows.append(one + share[0] * (other - one))
        pages.append(rows[0] + share[1] * (rows[1] - rows[0]))
    return np.asarray(pages[0] + share[2] * (pages[1] - pages[0]))
