"""Where the viewer stands, and how far: the patient fills the frame from every side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.scene import View

VIEW_ANGLE_DEGREES = 25.0
"""Of the frame's height. Narrower than VTK's 30, so that faces are not drawn out of shape."""

_MARGIN = 1.14
"""Room around the body, where the letters are."""

_STANDS: dict[View, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "A": ((0, -1, 0), (0, 0, 1)),
    "P": ((0, 1, 0), (0, 0, 1)),
    "L": ((1, 0, 0), (0, 0, 1)),
    "R": ((-1, 0, 0), (0, 0, 1)),
    "S": ((0, 0, 1), (0, -1, 0)),
    "I": ((0, 0, -1), (0, -1, 0)),
    "iso": ((0.62, -1.0, 0.48), (0, 0, 1)),
}
"""View to: the way from the patient to the viewer, and what is up, in LPS."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the camera stands.

    Parameters
    ----------
    position, focal_point : (x, y, z) tuple of float
        LPS mm.
    up : (x, y, z) tuple of float
    """

    position: tuple[float, float, float]
    focal_point: tuple[float, float, float]
    up: tuple[float, float, float]


def stand_for(view: View, seen: FloatArray, size: tuple[int, int]) -> Stand:
    """Find where to stand so that a body fills the frame.

    Parameters
    ----------
    view : {"A", "P", "L", "R", "S", "I", "iso"}
    seen : (n, 3) ndarray
        Points that must be seen, LPS mm.
    size : (width, height) tuple of int
        Of the picture.
    """
    towards, up = (np.array(vector, dtype=np.float64) for vector in _STANDS[view])
    towards /= np.linalg.norm(towards)
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    up = np.cross(towards, right)
    across = np.stack([seen @ right, seen @ up, seen @ towards], axis=1)
    middle = (across.min(axis=0) + across.max(axis=0)) / 2
    slope = np.tan(np.radians(VIEW_ANGLE_DEGREES / 2)) / _MARGIN
    around = np.abs(across[:, :2] - middle[:2]) / (slope * size[0] / size[1], slope)
    distance = float((around.max(axis=1) + across[:, 2] - middle[2]).max())
    focal_point = middle @ np.stack([right, up, towards])
    position = focal_point + towards * max(distance, 1.0)
    return Stand(_triple(position), _triple(focal_point), _triple(up))


def _triple(vector: FloatArray) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])
