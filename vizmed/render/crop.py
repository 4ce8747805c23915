"""What a scene leaves out of volume and surfaces in space: all outside of a box, all beyond a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.scene import Clip, Scene

HalfSpace = tuple[FloatArray, FloatArray]
"""A point of a plane, and the way to where things are shown; LPS mm."""


def box_sides(scene: Scene) -> tuple[HalfSpace, ...]:
    """Give the six planes of the crop box, or none."""
    if scene.crop is None:
        return ()
    low, high = (np.array(end, dtype=np.float64) for end in scene.crop)
    return tuple((end, sign * axis) for end, sign in ((low, 1.0), (high, -1.0)) for axis in np.eye(3))


def clip_side(clip: Clip | None) -> tuple[HalfSpace, ...]:
    """Give the clipping plane, or none."""
    if clip is None:
        return ()
    normal = np.array(clip.normal, dtype=np.float64)
    return ((np.array(clip.point, dtype=np.float64), -normal / np.linalg.norm(normal)),)


def is_shown(points: FloatArray, sides: tuple[HalfSpace, ...]) -> NDArray[np.bool_]:
    """Mark the points (n, 3), LPS mm, that lie within all sides."""
    shown = np.ones(len(points), bool)
    for point, inward in sides:
        shown &= (points - point) @ inward >= 0
    return shown


def to_planes(sides: tuple[HalfSpace, ...]) -> Any:
    """Make a `vtkPlaneCollection` that mappers clip by, in world coordinates."""
    from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPlaneCollection

    planes = vtkPlaneCollection()
    for point, inward in sides:
        plane = vtkPlane()
        plane.SetOrigin(*point)
        plane.SetNormal(*inward)
        planes.AddItem(plane)
    return planes
