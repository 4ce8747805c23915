"""Where the viewer stands, and how far: the patient fills the frame from every side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.scene import Camera, Scene, View, as_point

if TYPE_CHECKING:
    import pyvista

    from vizmed.render.canvas import Canvas

VIEW_ANGLE_DEGREES = 25.0
"""Of the frame's height. Narrower than VTK's 30, so that faces are not drawn out of shape."""

_MARGIN = 1.11
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


def stand_for(view: View, seen: FloatArray, size: tuple[int, int], *, zoom: float = 1.0) -> Camera:
    """Find where to stand so that a body fills the frame.

    Parameters
    ----------
    view : {"A", "P", "L", "R", "S", "I", "iso"}
    seen : (n, 3) ndarray
        Points that must be seen, LPS mm.
    size : (width, height) tuple of int
        Of the picture.
    zoom : float
        By how much to go nearer than that.
    """
    towards, up = (np.array(vector, dtype=np.float64) for vector in _STANDS[view])
    towards /= np.linalg.norm(towards)
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    up = np.cross(towards, right)
    across = np.stack([seen @ right, seen @ up, seen @ towards], axis=1)
    middle = (across.min(axis=0) + across.max(axis=0)) / 2
    away = across - middle
    slope = np.tan(np.radians(VIEW_ANGLE_DEGREES / 2)) / _MARGIN
    # how far off a point must be to lie inside of one edge; halfway between two edges' answers both are just met
    distances = []
    for axis, narrow in ((0, slope * size[0] / size[1]), (1, slope)):
        ends = [float((side * away[:, axis] / narrow + away[:, 2]).max()) for side in (1, -1)]
        middle[axis] += narrow * (ends[0] - ends[1]) / 2
        distances.append(sum(ends) / 2)
    focal_point = middle @ np.stack([right, up, towards])
    position = focal_point + towards * max(max(distances) / zoom, 1.0)
    return Camera(as_point(position), as_point(focal_point), as_point(up))


def stand_of(scene: Scene, seen: FloatArray, size: tuple[int, int]) -> Camera:
    """Give where a scene has its viewer, who looks at points (n, 3) in a picture of a size."""
    if isinstance(scene.camera, Camera):
        return scene.camera
    return stand_for(scene.camera, seen, size, zoom=scene.zoom)


def stand_at(plotter: pyvista.Plotter | Canvas, stand: Camera) -> None:
    """Move a plotter's camera to a place."""
    camera = plotter.camera
    camera.SetPosition(*stand.position)
    camera.SetFocalPoint(*stand.focal_point)
    camera.SetViewUp(*stand.up)
    camera.SetViewAngle(VIEW_ANGLE_DEGREES)
    plotter.camera_set = True
    plotter.renderer.ResetCameraClippingRange()
