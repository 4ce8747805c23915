"""One slice as a picture's worth of values: where it lies in the patient, and the letters of its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.scene import Plane
from vizmed.slices.sampling import Raster
from vizmed.volume import Voxels

_DIRECTION_LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))

_OBLIQUE_LETTER = 0.26
"""A second letter is worth showing where a direction leans by more than 15 degrees (its sine)."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice as it is laid on a page.

    Parameters
    ----------
    plane : {"axial", "coronal", "sagittal", "oblique"}
    values : (rows, columns) ndarray
        What is shown, the first row at the top. Of one slice of the grid a view of the volume; of a slab what it
        amounts to; of an oblique plane float32, NaN outside of the scan.
    origin : (3,) ndarray
        Centre of the pixel at the top left, LPS mm.
    along_row, down_column : (3,) ndarray
        Way from one pixel to the next to the right, and to the next below, in LPS mm. They stand at a right angle
        unless the grid is sheared.
    index : int
        Which slice of its plane, from 0, counted towards S, P or L. Of an oblique plane, which step of the smallest
        spacing along its normal is nearest.
    count : int
        How many there are.
    thickness_mm : float
        How thick the slice is, or the slab: from face to face, across the plane.
    layers : int
        How many slices were projected onto it; those outside of the scan count.
    """

    plane: Plane
    values: Voxels
    origin: FloatArray
    along_row: FloatArray
    down_column: FloatArray
    index: int
    count: int
    thickness_mm: float = 0.0
    layers: int = 1

    @property
    def spacing(self) -> tuple[float, float]:
        """Distance of pixels in mm: between rows, between columns."""
        return float(np.linalg.norm(self.down_column)), float(np.linalg.norm(self.along_row))

    @property
    def raster(self) -> Raster:
        """Where the pixels lie."""
        rows, columns = self.values.shape
        return Raster(self.origin, self.along_row, self.down_column, (rows, columns))

    @property
    def right(self) -> FloatArray:
        """Unit vector to the right of the picture, LPS."""
        return self.raster.right

    @property
    def down(self) -> FloatArray:
        """Unit vector down the picture, LPS: in the plane, at a right angle to `right`."""
        return self.raster.down

    @property
    def normal(self) -> FloatArray:
        """Unit vector across the plane, LPS."""
        return np.asarray(np.cross(self.right, self.down))

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width of the picture in mm, out to the faces of the outermost pixels.

        Where the grid is sheared in this plane the picture is a parallelogram, and this is the box around it.
        """
        return self.raster.size_mm

    @property
    def middle(self) -> FloatArray:
        """Middle of the picture, LPS mm."""
        rows, columns = self.values.shape
        return self.to_lps((rows - 1) / 2, (columns - 1) / 2)

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Patient directions at the left, right, top and bottom edge."""
        left, right = edge_letters(-self.right), edge_letters(self.right)
        return left, right, edge_letters(-self.down), edge_letters(self.down)

    def to_pixel(self, lps_mm: FloatArray) -> tuple[float, float]:
        """Give the (row, column) where a point of the patient, projected onto the slice, lies."""
        row, column = self.to_pixels(lps_mm)
        return float(row), float(column)

    def to_pixels(self, lps_mm: FloatArray) -> FloatArray:
        """Give the (row, column), shape (..., 2), where points (..., 3), projected onto the slice, lie."""
        basis = np.stack([self.down_column, self.along_row], axis=1)
        return np.asarray((np.asarray(lps_mm, dtype=np.float64) - self.origin) @ np.linalg.pinv(basis).T)

    def to_lps(self, row: float, column: float) -> FloatArray:
        """Give the place of a (row, column), LPS mm, shape (3,)."""
        return np.asarray(self.origin + row * self.down_column + column * self.along_row)

    @property
    def corners(self) -> FloatArray:
        """The outer corners of its outermost pixels, LPS mm, shape (4, 3)."""
        rows, columns = self.values.shape
        return np.array([self.to_lps(row - 0.5, column - 0.5) for row in (0, rows) for column in (0, columns)])

    def away(self, lps_mm: FloatArray) -> FloatArray:
        """Give how far points (..., 3) lie from the middle of the slice, across it, in mm, shape (...)."""
        return np.abs((np.asarray(lps_mm, dtype=np.float64) - self.origin) @ self.normal)


def edge_letters(direction: FloatArray) -> str:
    """Name a patient direction: ``"L"``, or ``"LA"`` where it leans to a second axis."""
    cosines = np.asarray(direction) / np.linalg.norm(direction)
    order = np.argsort(-np.abs(cosines))
    shown = [axis for n, axis in enumerate(order) if n == 0 or abs(cosines[axis]) > _OBLIQUE_LETTER]
    return "".join(_DIRECTION_LETTERS[axis][int(cosines[axis] > 0)] for axis in shown)
