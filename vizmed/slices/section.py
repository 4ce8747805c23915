"""Where a plane cuts a box."""

from __future__ import annotations

from itertools import product

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray, Geometry

_ON_PLANE = 1e-9
"""A corner nearer to the plane than this, as a part of the box's size, lies on it."""

_COLLINEAR = 1e-6
"""Sine of the angle below which three points lie on one line."""


def box_corners(low: FloatArray, high: FloatArray) -> FloatArray:
    """Give the corners of an upright box, shape (8, 3); the last coordinate changes first."""
    return np.array(list(product(*zip(low, high, strict=True))), dtype=np.float64)


def grid_corners(geometry: Geometry, reach: float = 0.5) -> FloatArray:
    """Give the corners of a grid, LPS mm, shape (8, 3): of its voxels' faces, or with a reach of 0 of their centres."""
    shape = np.array(geometry.shape)
    return geometry.to_world(box_corners(np.full(3, -reach), shape - 1 + reach))


def section(corners: FloatArray, point: FloatArray, normal: FloatArray) -> FloatArray:
    """Give the corners of what a plane cuts of a box.

    Parameters
    ----------
    corners : (8, 3) ndarray
        Of a box, which may be sheared, as `box_corners` orders them.
    point, normal : (3,) ndarray
        Of the plane.

    Returns
    -------
    (n, 3) ndarray
        In turn around the outline: 3 to 6 corners, fewer where the plane only touches the box, none where it misses it.
    """
    height = (corners - point) @ normal
    touching = _ON_PLANE * max(float(np.abs(corners - corners.mean(axis=0)).max()), 1e-12) * np.linalg.norm(normal)
    found = [corner for corner, away in zip(corners, height, strict=True) if abs(away) <= touching]
    for one in range(8):
        for bit in (1, 2, 4):
            other = one | bit
            if (
                other != one
                and min(abs(height[one]), abs(height[other])) > touching
                and height[one] * height[other] < 0
            ):
                share = height[one] / (height[one] - height[other])
                found.append(corners[one] + share * (corners[other] - corners[one]))
    if not found:
        return np.empty((0, 3))
    return _in_turn(np.array(found), normal)


def _in_turn(points: FloatArray, normal: FloatArray) -> FloatArray:
    spokes = points - points.mean(axis=0)
    first = spokes[np.argmax((spokes**2).sum(axis=1))]
    angles = np.arctan2(spokes @ np.cross(normal, first) / np.linalg.norm(normal), spokes @ first)
    return np.asarray(points[np.argsort(angles, kind="stable")])


def plane_through(p1: FloatArray, p2: FloatArray, p3: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the plane through three points.

    Parameters
    ----------
    p1, p2, p3 : (3,) array_like
        LPS mm.

    Returns
    -------
    normal : (3,) ndarray
        A unit vector across the plane.
    at : (3,) ndarray
        The middle of the three, LPS mm.

    Raises
    ------
    OptionError
        If the points are no places, or lie on one line.
    """
    points = np.array([p1, p2, p3], dtype=np.float64)
    if points.shape != (3, 3) or not np.isfinite(points).all():
        raise OptionError(f"the points are {points.tolist()}", remedy="Give three points of three numbers in LPS mm")
    ways = points[[1, 2, 0]] - points
    across = np.cross(ways[0], ways[1])
    longest = float(np.linalg.norm(ways, axis=1).max())
    if np.linalg.norm(across) <= _COLLINEAR * longest**2:
        said = "; ".join(", ".join(f"{mm:g}" for mm in point) for point in points)
        raise OptionError(f"the points {said} lie on one line", remedy="Three corners of a triangle make a plane")
    return across / np.linalg.norm(across), points.mean(axis=0)
