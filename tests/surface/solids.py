"""Solids whose every measure is known from a formula, sampled so that a surface can be held against them exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from tests.phantoms import ORIGIN_MM, SPACING_MM, rotation, sheared_direction
from vizmed.geometry import Geometry
from vizmed.volume import Volume

ROOM_MM = 46.0
"""Length of the sides of a grid that holds a `Solid`, in any direction and sheared."""

UNITS_PER_MM = 500
"""By how much the values of `depths` grow with each mm of depth: rounded to integers they are off by 0.001 mm."""


class Solid(Protocol):
    """A smooth solid in LPS mm of which everything is known."""

    genus: ClassVar[int]
    centre: np.ndarray

    @property
    def volume_mm3(self) -> float:
        """What it encloses."""
        ...

    @property
    def roundness_mm(self) -> float:
        """Least radius of curvature of its surface."""
        ...

    def depth(self, points: np.ndarray) -> np.ndarray:
        """Distance in mm of points (..., 3) from the surface, exact, positive inside."""
        ...

    def outward(self, points: np.ndarray) -> np.ndarray:
        """Unit normals (..., 3) of the surface where it is nearest to points."""
        ...


@dataclass(frozen=True, eq=False)
class Sphere:
    centre: np.ndarray
    radius: float = 14.0
    genus: ClassVar[int] = 0

    @property
    def volume_mm3(self) -> float:
        return 4 / 3 * np.pi * self.radius**3

    @property
    def roundness_mm(self) -> float:
        return self.radius

    def depth(self, points: np.ndarray) -> np.ndarray:
        return self.radius - np.linalg.norm(points - self.centre, axis=-1)

    def outward(self, points: np.ndarray) -> np.ndarray:
        return _unit(points - self.centre)


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid that leans, so that none of its axes runs along one of the patient's."""

    centre: np.ndarray
    radii: tuple[float, float, float] = (17.0, 14.0, 12.0)
    genus: ClassVar[int] = 0
    turn: ClassVar[np.ndarray] = rotation((3, -1, 2), 40)

    @property
    def volume_mm3(self) -> float:
        return float(4 / 3 * np.pi * np.prod(self.radii))

    @property
    def roundness_mm(self) -> float:
        return min(self.radii) ** 2 / max(self.radii)

    def depth(self, points: np.ndarray) -> np.ndarray:
        own, nearest = self._nearest(points)
        inside = np.square(own / self._column).sum(axis=0) < 1
        return (np.where(inside, 1, -1) * np.linalg.norm(own - nearest, axis=0)).reshape(points.shape[:-1])

    def outward(self, points: np.ndarray) -> np.ndarray:
        _, nearest = self._nearest(points)
        return _unit((nearest / self._column**2).T @ self.turn.T).reshape(points.shape)

    @property
    def _column(self) -> np.ndarray:
        return np.array(self.radii)[:, None]

    def _nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (3, n) in the ellipsoid's own axes, and the nearest of its surface.

        That is a² y / (t + a²) where t is the largest root of the sum of (a y / (t + a²))² - 1 (Eberly, Distance from a
        Point to an Ellipsoid). Newton's method climbs to it from below; within 3 mm of the surface six steps are exact
        to 1e-9 mm.
        """
        squares = self._column**2
        own = self.turn.T @ (points - self.centre).reshape(-1, 3).T
        root = (self._column * np.abs(own) - squares).max(axis=0) + 1e-9
        for _ in range(6):
            below = 1 / (root + squares)
            terms = np.square(self._column * own * below)
            root += (terms.sum(axis=0) - 1) / (2 * (terms * below).sum(axis=0))
        return own, own * squares / (root + squares)


@dataclass(frozen=True, eq=False)
class Torus:
    """A ring that leans, so that its axis runs along none of the patient's, nor between two of them."""

    centre: np.ndarray
    ring: float = 12.5
    tube: float = 6.0
    genus: ClassVar[int] = 1
    axis: ClassVar[np.ndarray] = np.array([1, 2, 3]) / np.sqrt(14)

    @property
    def volume_mm3(self) -> float:
        return 2 * np.pi**2 * self.ring * self.tube**2

    @property
    def roundness_mm(self) -> float:
        return min(self.tube, self.ring - self.tube)

    def depth(self, points: np.ndarray) -> np.ndarray:
        return self.tube - np.linalg.norm(self._from_ring(points), axis=-1)

    def outward(self, points: np.ndarray) -> np.ndarray:
        return _unit(self._from_ring(points))

    def _from_ring(self, points: np.ndarray) -> np.ndarray:
        """Ways (..., 3) to points from the nearest place of the circle in the middle of the tube."""
        offset = points - self.centre
        sideways = offset - (offset @ self.axis)[..., None] * self.axis
        return offset - self.ring * _unit(sideways)


SOLIDS: dict[str, type[Sphere | Ellipsoid | Torus]] = {
    "sphere": Sphere,
    "ellipsoid": Ellipsoid,
    "torus": Torus,
}


def roomy(spacing_mm: tuple[float, float, float], direction: np.ndarray | None = None) -> Geometry:
    """A grid that holds one of the solids."""
    shape = [int(np.ceil(ROOM_MM / mm)) for mm in spacing_mm]
    return Geometry.from_axes(shape, spacing_mm, ORIGIN_MM, direction)


OBLIQUE = rotation((1, 2, 3), 33)

GRIDS = {
    "isotropic": roomy((1.0, 1.0, 1.0)),
    "anisotropic": roomy((0.8, 0.8, 1.6)),
    "oblique": roomy(SPACING_MM, OBLIQUE),
    "left-handed": roomy(SPACING_MM, OBLIQUE @ np.diag([1, 1, -1])),
    "sheared": roomy(SPACING_MM, sheared_direction(20)),
    "oblique, sheared, left-handed": roomy(SPACING_MM, OBLIQUE @ sheared_direction(-20) @ np.diag([-1, 1, 1])),
}
"""One of each kind."""


def off_centre(geometry: Geometry) -> np.ndarray:
    """Where a solid's centre is put, (3,) LPS mm: off the middle of the grid along all axes, and off its voxels."""
    return geometry.to_world(np.array([0.53, 0.47, 0.49]) * (np.array(geometry.shape) - 1))


def depths(solid: Solid, geometry: Geometry, *, dtype: str = "float32") -> Volume:
    """How deep each voxel lies in a solid, `UNITS_PER_MM` for each mm: 0 on the surface, negative outside.

    Along an edge of the grid the distance from a surface bends by its curvature at most, which is why linear
    interpolation is off by `interpolation_error_mm` at most.
    """
    ijk = np.moveaxis(np.indices(geometry.shape), 0, -1)
    values = np.clip(UNITS_PER_MM * solid.depth(geometry.to_world(ijk)), -32000, 32000)
    if np.dtype(dtype).kind in "iu":
        values = np.rint(values)
    return Volume(np.asfortranarray(values.astype(dtype)), geometry, modality="CT", unit="HU")


def interpolation_error_mm(solid: Solid, step_mm: float) -> float:
    """How far linear interpolation of `depths` over a step can be off: h² / 8 times the largest second derivative.

    That is the curvature of the surfaces of equal depth. Those within a step of the solid's surface have radii that are
    smaller by a step at most.
    """
    return step_mm**2 / 8 / (solid.roundness_mm - step_mm)


def off_mm(solid: Solid, geometry: Geometry) -> float:
    """How far from a solid's surface a vertex may lie that was interpolated in `depths`, of any type.

    Integers are rounded by half a unit, and their surface runs half a unit below 0; float32 rounds 1e-5 mm off.
    """
    return interpolation_error_mm(solid, float(geometry.spacing.max())) + 1 / UNITS_PER_MM + 1e-5


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
