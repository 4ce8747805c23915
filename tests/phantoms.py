"""Volumes whose truth is known from a formula, in grids of every kind."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from vizmed.geometry import Geometry
from vizmed.volume import Volume

SHAPE = (44, 38, 31)
SPACING_MM = (0.9, 1.1, 1.4)
ORIGIN_MM = (-31.0, 17.5, 42.25)

ELLIPSOID_CENTRE_IJK = (23.3, 17.2, 15.6)
ELLIPSOID_RADII_MM = (15.0, 12.0, 10.0)


def rotation(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    """Rodrigues' rotation matrix."""
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def axis_orders() -> dict[str, np.ndarray]:
    """The 48 direction matrices whose axes run along patient axes, named by their axis codes."""
    orders = {}
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        direction = np.zeros((3, 3))
        for n, (axis, sign) in enumerate(zip(order, signs, strict=True)):
            direction[axis, n] = sign
        orders[Geometry.from_axes((2, 2, 2), direction=direction).axis_codes] = direction
    return orders


def sheared_direction(degrees: float = 15.0) -> np.ndarray:
    """Directions of a stack whose gantry is tilted: k leans towards the patient's back."""
    direction = np.eye(3)
    direction[:, 2] = [0, np.sin(np.radians(degrees)), np.cos(np.radians(degrees))]
    return direction


def geometries(shape: tuple[int, int, int] = SHAPE) -> dict[str, Geometry]:
    """One grid of each kind that a reader may meet."""
    orders = axis_orders()
    oblique = rotation((1, 2, 3), 33)
    kinds = {
        "identity": orders["LPS"],
        "permuted": orders["PSL"],
        "flipped": orders["RAS"],
        "left-handed": orders["LPI"],
        "rotated": oblique,
        "rotated left-handed": oblique @ np.diag([1, 1, -1]),
        "sheared": sheared_direction(),
        "rotated and sheared": oblique @ sheared_direction(),
    }
    return {name: Geometry.from_axes(shape, SPACING_MM, ORIGIN_MM, direction) for name, direction in kinds.items()}


def ellipsoid(geometry: Geometry, *, dtype: str = "float32") -> tuple[Volume, np.ndarray]:
    """An off-centre ellipsoid, its half axes along LPS: 1000 in its centre, 0 on its surface, negative outside.

    Returns
    -------
    volume : Volume
    centre : (3,) ndarray
        In LPS mm.
    """
    centre = geometry.to_world(ELLIPSOID_CENTRE_IJK)
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    reach = np.linalg.norm((geometry.to_world(ijk) - centre) / ELLIPSOID_RADII_MM, axis=-1)
    values = np.asfortranarray(1000 * (1 - reach))
    if np.dtype(dtype).kind in "iu":
        values = np.rint(values)
    return Volume(values.astype(dtype, order="F"), geometry, modality="CT", unit="HU"), centre


def ellipsoid_volume_mm3() -> float:
    return float(4 / 3 * np.pi * np.prod(ELLIPSOID_RADII_MM))


def asymmetric(geometry: Geometry, *, dtype: str = "int16") -> Volume:
    """No two voxels alike along any axis and no symmetry: a flip, a swap or a shift of any axis is seen."""
    i, j, k = np.meshgrid(*map(np.arange, geometry.shape), indexing="ij")
    values = 3 * i + 7 * j + 13 * k + (i * j) % 11 + (j * k) % 5 - 50
    if np.dtype(dtype).kind == "u":
        values = values - values.min()
    if np.dtype(dtype).itemsize == 1:
        values = values % 127
    return Volume(np.asfortranarray(values).astype(dtype, order="F"), geometry)
