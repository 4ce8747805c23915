"""Acts on the whole: where the viewer stands, which panes there are, the cropping box, measures, all as at first."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from vizmed.render.window.desk import Act, Desk
from vizmed.render.window.slicing import following, with_slices
from vizmed.scene import Layout, Plane, Point, Scene, View
from vizmed.volume import Volume

_LAYOUTS: tuple[Layout, ...] = ("four", "3d", "slices")
"""In the order of the key."""


def look_from(view: View) -> Act:
    """Make the act that looks from a side, as near as at first."""

    def act(scene: Scene, desk: Desk) -> Scene:
        return replace(scene, camera=view, zoom=desk.first.zoom)

    return act


def reset(scene: Scene, desk: Desk) -> Scene:
    """Go back to the first scene, in the window as large as it is now."""
    return replace(desk.first, size=scene.size)


def change_layout(scene: Scene, _desk: Desk) -> Scene:
    """Go from four panes to 3D alone, to the slices alone, and back."""
    return replace(scene, layout=following(_LAYOUTS, scene.layout, 1))


def alone(scene: Scene, pane: Plane | Literal["3d"]) -> Scene:
    """Give the scene with one pane."""
    if pane == "3d":
        return replace(scene, layout="3d")
    return with_slices(replace(scene, layout="slices"), planes=(pane,))


def together(scene: Scene, before: Scene) -> Scene:
    """Give the scene with the panes of another."""
    return with_slices(replace(scene, layout=before.layout), planes=before.slices.planes)


def turn_crop(scene: Scene, desk: Desk) -> Scene:
    """Lay the cropping box around the whole scan, or take it away."""
    return replace(scene, crop=None if scene.crop is not None else box_around(desk.study.volume))


def box_around(volume: Volume) -> tuple[Point, Point]:
    """Give the box in LPS mm that reaches to the faces of the outermost voxels, as (low, high)."""
    (x, y, z) = volume.geometry.extent
    return (float(x[0]), float(y[0]), float(z[0])), (float(x[1]), float(y[1]), float(z[1]))


def take_back(scene: Scene, _desk: Desk) -> Scene:
    """Take the last measure back."""
    return replace(scene, measures=scene.measures[:-1]) if scene.measures else scene
