"""A block of points in patient space, and the windows of it that small things lie in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Block:
    """Points of a regular grid: coordinates in LPS mm that broadcast to ``shape``, float32.

    Where an index axis runs along a patient axis the coordinate varies along that axis alone, and most of the
    arithmetic is done on a line instead of on a block.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    inverse: NDArray[np.float64]
    xyz: tuple[Floats, Floats, Floats]

    @classmethod
    def on_grid(cls, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> Block:
        """Lay out the points of a grid with the affine of a `Geometry`."""
        steps = [
            np.arange(n, dtype=np.float64).reshape([-1 if m == axis else 1 for m in range(3)])
            for axis, n in enumerate(shape)
        ]
        xyz = []
        for row in affine[:3]:
            line: NDArray[np.float64] = np.full((1, 1, 1), row[3])
            for n in np.flatnonzero(row[:3]):
                line = line + row[n] * steps[n]
            xyz.append(line.astype(np.float32))
        return cls(shape, affine, np.asarray(np.linalg.inv(affine), dtype=np.float64), (xyz[0], xyz[1], xyz[2]))

    @property
    def voxel_mm(self) -> float:
        """Edge of a cube as large as a voxel."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) ** (1 / 3))

    def window(self, low: Point, high: Point, margin: float) -> tuple[slice, slice, slice] | None:
        """Give the index ranges that hold a box with a margin around it, or None where they hold nothing."""
        sides = [(a - margin, b + margin) for a, b in zip(low, high, strict=True)]
        corners = np.array([(*corner, 1.0) for corner in product(*sides)])
        index = corners @ self.inverse[:3].T
        starts = np.maximum(np.floor(index.min(axis=0)).astype(int), 0)
        stops = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, self.shape)
        if np.any(stops <= starts):
            return None
        i, j, k = (slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True))
        return i, j, k

    def at(self, window: tuple[slice, slice, slice]) -> tuple[Floats, Floats, Floats]:
        """Give the coordinates inside a window."""
        x, y, z = (
            c[tuple(w if n > 1 else slice(None) for w, n in zip(window, c.shape, strict=True))] for c in self.xyz
        )
        return x, y, z
