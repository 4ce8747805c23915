"""Where voxels lie in the patient: a shape, and an affine from voxel indices to LPS millimetres.

LPS is DICOM's patient frame: x grows to the patient's Left, y to the Posterior, z to the Superior. An index
``(i, j, k)`` names the *centre* of a voxel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vizmed.errors import GeometryError

FloatArray = NDArray[np.float64]

SHEAR_TOLERANCE = 1e-3
"""Largest cosine between two axes that still counts as a right angle: 0.06 degrees. DICOM positions are often rounded
to 0.1 mm, which tilts a stack of 100 mm by that much; a tilted gantry tilts it by whole degrees."""

SINGULAR_TOLERANCE = 1e-6
"""Smallest volume of a voxel over the product of its edges; below it the three axes lie in one plane."""

SAME_PLACE_MM = 1e-3
"""Two geometries are the same where no corner lies further apart than this: a micrometre, far below any scanner."""

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Turns LPS into the RAS frame of NIfTI, FreeSurfer and 3D Slicer, and back."""

_TOWARDS = (("R", "L"), ("A", "P"), ("I", "S"))


@dataclass(frozen=True, eq=False)
class Geometry:
    """A grid of voxels in patient space.

    Parameters
    ----------
    shape : (ni, nj, nk) tuple of int
        Number of voxels along each index axis, each at least 1.
    affine : (4, 4) array_like of float
        Sends ``(i, j, k, 1)``, a voxel centre, to ``(x, y, z, 1)`` in LPS mm. Shear is allowed (gantry tilt), a
        mirror too (``is_left_handed``); a singular matrix is not.

    Raises
    ------
    GeometryError
        If shape or affine do not describe a grid in space.
    """

    shape: tuple[int, int, int]
    affine: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _checked_shape(self.shape))
        object.__setattr__(self, "affine", _checked_affine(self.affine))

    @classmethod
    def from_axes(
        cls,
        shape: Sequence[int],
        spacing: ArrayLike = (1.0, 1.0, 1.0),
        origin: ArrayLike = (0.0, 0.0, 0.0),
        direction: ArrayLike | None = None,
    ) -> Geometry:
        """Make a geometry from spacing, origin and direction.

        Parameters
        ----------
        shape : (ni, nj, nk) sequence of int
        spacing : (3,) array_like
            Distance of neighbouring voxel centres along i, j and k in mm, each positive.
        origin : (3,) array_like
            Centre of voxel (0, 0, 0) in LPS mm.
        direction : (3, 3) array_like, optional
            Unit vectors of the i, j and k axes in LPS, as *columns*. The identity where left out.
        """
        spacing_mm = np.asarray(spacing, dtype=np.float64)
        if spacing_mm.shape != (3,) or not np.all(np.isfinite(spacing_mm) & (spacing_mm > 0)):
            raise GeometryError(
                f"the spacing is {spacing_mm.tolist()}",
                remedy="It needs three positive numbers in mm, along i, j and k",
            )
        affine = np.eye(4)
        affine[:3, :3] = (np.eye(3) if direction is None else np.asarray(direction, dtype=np.float64)) * spacing_mm
        affine[:3, 3] = np.asarray(origin, dtype=np.float64)
        return cls((int(shape[0]), int(shape[1]), int(shape[2])), affine)

    @property
    def spacing(self) -> FloatArray:
        """Distance of neighbouring voxel centres along i, j and k in mm, shape (3,)."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def origin(self) -> FloatArray:
        """Centre of voxel (0, 0, 0) in LPS mm, shape (3,)."""
        return self.affine[:3, 3]

    @property
    def direction(self) -> FloatArray:
        """Unit vectors of the i, j and k axes in LPS as columns, shape (3, 3)."""
        return np.asarray(self.affine[:3, :3] / self.spacing)

    @property
    def affine_ras(self) -> FloatArray:
        """The affine into RAS mm, as nibabel and NIfTI have it, shape (4, 4)."""
        return np.asarray(LPS_TO_RAS @ self.affine)

    @property
    def is_left_handed(self) -> bool:
        """Whether the index axes mirror patient space."""
        return bool(np.linalg.det(self.affine[:3, :3]) < 0)

    @property
    def is_sheared(self) -> bool:
        """Whether two index axes stand at another than a right angle, as under a tilted gantry."""
        return self.shear_degrees > float(np.degrees(np.arcsin(SHEAR_TOLERANCE)))

    @property
    def shear_degrees(self) -> float:
        """Largest departure from a right angle between two index axes, in degrees."""
        cosines = self.direction.T @ self.direction
        largest = float(np.abs(cosines[np.triu_indices(3, 1)]).max())
        return float(np.degrees(np.arcsin(min(largest, 1.0))))

    @property
    def axis_order(self) -> tuple[int, int, int]:
        """Patient axis (0 left-right, 1 front-back, 2 up-down) that i, j and k each run most nearly along."""
        cosines = np.abs(self.direction)
        i, j, k = max(permutations(range(3)), key=lambda order: prod(cosines[axis, n] for n, axis in enumerate(order)))
        return i, j, k

    @property
    def axis_codes(self) -> str:
        """Patient direction that i, j and k each point to most nearly, such as ``"LPS"``."""
        return "".join(_TOWARDS[axis][int(self.direction[axis, n] > 0)] for n, axis in enumerate(self.axis_order))

    @property
    def extent(self) -> FloatArray:
        """Box around all voxels, out to their faces: (min, max) in LPS mm along x, y and z, shape (3, 2)."""
        corners = self.to_world(_corners(self.shape, reach=0.5))
        return np.stack([corners.min(axis=0), corners.max(axis=0)], axis=1)

    def to_world(self, ijk: ArrayLike) -> FloatArray:
        """Send voxel indices, shape (..., 3), to LPS mm, shape (..., 3)."""
        return np.asarray(np.asarray(ijk, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_index(self, lps_mm: ArrayLike) -> FloatArray:
        """Send points in LPS mm, shape (..., 3), to voxel indices, not rounded, shape (..., 3)."""
        offset = np.asarray(lps_mm, dtype=np.float64) - self.affine[:3, 3]
        return np.asarray(offset @ np.linalg.inv(self.affine[:3, :3]).T)

    def reordered(self, axes: Sequence[int], flips: Sequence[bool]) -> Geometry:
        """Describe the same voxels after ``voxels.transpose(axes)`` and then a flip of the axes so marked."""
        shape = tuple(self.shape[axis] for axis in axes)
        affine = np.eye(4)
        affine[:3, :3] = self.affine[:3, list(axes)]
        affine[:3, 3] = self.affine[:3, 3]
        for n, flip in enumerate(flips):
            if flip:
                affine[:3, 3] += affine[:3, n] * (shape[n] - 1)
                affine[:3, n] *= -1
        return Geometry((shape[0], shape[1], shape[2]), affine)

    def is_close(self, other: Geometry, tolerance_mm: float = SAME_PLACE_MM) -> bool:
        """Whether both have one shape and no corner of theirs lies further apart than the tolerance."""
        if self.shape != other.shape:
            return False
        corners = _corners(self.shape, reach=0.0)
        apart = np.linalg.norm(self.to_world(corners) - other.to_world(corners), axis=1)
        return bool(apart.max() <= tolerance_mm)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Geometry):
            return NotImplemented
        return self.shape == other.shape and np.array_equal(self.affine, other.affine)

    def __hash__(self) -> int:
        return hash((self.shape, self.affine.tobytes()))


def _checked_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    if len(shape) != 3 or any(int(n) != n or n < 1 for n in shape):
        raise GeometryError(f"the shape is {tuple(shape)}", remedy="A volume has three axes of at least one voxel")
    return int(shape[0]), int(shape[1]), int(shape[2])


def _checked_affine(affine: Any) -> FloatArray:
    matrix = np.array(affine, dtype=np.float64)
    if matrix.shape != (4, 4) or not np.array_equal(matrix[3], [0, 0, 0, 1]):
        raise GeometryError(f"the affine is {matrix.tolist()}", remedy="It must be 4 x 4 with the last row 0 0 0 1")
    if not np.all(np.isfinite(matrix)):
        raise GeometryError(f"the affine holds numbers that are not finite: {matrix.tolist()}")
    edges = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.any(edges == 0) or abs(np.linalg.det(matrix[:3, :3] / edges)) < SINGULAR_TOLERANCE:
        raise GeometryError(
            f"the axes of the affine lie in one plane: {matrix[:3, :3].tolist()}",
            remedy="Spacings must be positive and directions independent of each other",
        )
    matrix.setflags(write=False)
    return matrix


def _corners(shape: tuple[int, int, int], reach: float) -> FloatArray:
    ends = [(-reach, n - 1 + reach) for n in shape]
    return np.array([(i, j, k) for i in ends[0] for j in ends[1] for k in ends[2]])
