"""What a button takes hold of in a pane of slices, and what its drag then does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.window.drags import drag_window, faces_near, hold_middle, move_crosshair, move_faces, pan
from vizmed.scene import Scene
from vizmed.slices import choose_window, crossing
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.page import PaneView

Button = Literal["Left", "Middle", "Right"]

Drag = Callable[[Scene, float, float], Scene]
"""From the scene as it is and a place of the pane in pixels to the scene that the drag makes of it."""


def take_hold(button: Button, scene: Scene, volume: Volume, view: PaneView, start: tuple[float, float]) -> Drag:
    """Begin a drag.

    Parameters
    ----------
    button : {"Left", "Middle", "Right"}
        Left moves an edge of the cropping box where one is near, else the crosshair; the middle one moves what the
        pane shows; right sets the window.
    scene : Scene
    volume : Volume
    view : PaneView
        What the pane shows as the drag begins: its places are meant throughout.
    start : (x, y) tuple of float
        Where it begins, in pixels from the pane's upper left corner.
    """
    if button == "Right":
        return _window(scene, volume, view, start)
    if button == "Middle":
        return lambda now, x, y: pan(now, volume, view, view.to_lps(x, y) - view.to_lps(*start))
    faces = faces_near(view, scene.crop, *start) if scene.crop else ()
    if faces:
        return lambda now, x, y: move_faces(now, volume, faces, view.to_lps(x, y))
    return lambda now, x, y: move_crosshair(hold_middle(now, volume, view), volume, _place(now, volume, view, x, y))


def _window(scene: Scene, volume: Volume, view: PaneView, start: tuple[float, float]) -> Drag:
    before = choose_window(volume, scene.slices.window)
    whole = np.issubdtype(volume.voxels.dtype, np.integer)
    width, height = view.size

    def drag(now: Scene, x: float, y: float) -> Scene:
        return drag_window(now, before, (x - start[0]) / width, (start[1] - y) / height, whole=whole)

    return drag


def _place(scene: Scene, volume: Volume, view: PaneView, x: float, y: float) -> FloatArray:
    """Give the place on the slice; a projection has no depth, and leaves that of the crosshair."""
    place = view.to_lps(x, y)
    if view.pane.plane != "projection":
        return place
    away = crossing(scene.slices, volume) - place
    return place + view.one.normal * float(away @ view.one.normal)
