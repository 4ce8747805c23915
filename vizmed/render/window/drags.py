"""What the mouse does to a scene in a pane of slices: pure functions, in pixels of the pane and LPS mm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import floor, log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.render.window.framing import box_around
from vizmed.render.window.slicing import with_slices
from vizmed.scene import Point, Scene
from vizmed.scene.layers import MOST_ZOOM
from vizmed.slices import crossing
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.page import Pane, PaneView

Face = tuple[int, Literal[0, 1]]
"""Of the cropping box: the axis that it stands across, and whether it is the lower or the upper one."""

_REACH_PIXELS = 6.0
"""How near to an edge the pointer takes hold of it."""

_THINNEST_BOX_MM = 1.0

_WIDTHS_A_PANE = 4.0
"""A drag across a whole pane makes the window so many times as wide, and one down moves it by half as many widths."""

_FINENESS = 50.0
"""A window's numbers are rounded to a power of ten of which the width holds at least so many."""


def pane_at(panes: Sequence[Pane], x: float, y: float) -> Pane | None:
    """Find the pane that a place of the window lies in, y down from the top; None outside of the window."""
    for pane in panes:
        left, top, width, height = pane.box
        if left <= x < left + width and top <= y < top + height:
            return pane
    return None


def move_crosshair(scene: Scene, volume: Volume, place: FloatArray) -> Scene:
    """Let the slices cross at a place; beside the scan, at its nearest voxel."""
    ends = np.array(volume.shape) - 1
    inside = volume.geometry.to_world(np.clip(volume.geometry.to_index(place), 0, ends))
    return with_slices(scene, at=triple(inside))


def drag_window(scene: Scene, before: Window, across: float, up: float, *, whole: bool) -> Scene:
    """Widen the window by a drag to the right, and raise its level by one up.

    Parameters
    ----------
    scene : Scene
    before : Window
        As it was when the drag began.
    across, up : float
        How far, as parts of the pane's width and height.
    whole : bool
        Whether the values are whole numbers.
    """
    width = before.width * _WIDTHS_A_PANE**across
    level = before.level + before.width * _WIDTHS_A_PANE / 2 * up
    step = 10.0 ** floor(log10(width / _FINENESS))
    if whole:
        step = max(step, 1.0)
    return with_slices(scene, window=(max(_rounded(width, step), step), _rounded(level, step)))


def _rounded(value: float, step: float) -> float:
    return float(f"{round(value / step) * step:.10g}")


def pan(scene: Scene, volume: Volume, view: PaneView, moved: FloatArray) -> Scene:
    """Move what a pane shows along with the pointer, which has gone so far in LPS mm since the view was as it is."""
    return _centered(scene, volume, view, view.middle - moved)


def zoom_at(scene: Scene, volume: Volume, view: PaneView, under: tuple[float, float], factor: float) -> Scene:
    """Zoom so that what lies under the pointer stays there; zoomed out, the slices lie in the middle again."""
    zoom = float(f"{min(scene.slices.zoom * factor, MOST_ZOOM):.6g}")
    if factor < 1 and zoom <= 1.0 + 1e-6:
        return with_slices(scene, zoom=1.0, center=None)
    away = view.to_lps(*under) - view.middle
    kept = 1 - scene.slices.zoom / zoom
    return with_slices(_centered(scene, volume, view, view.middle + kept * away), zoom=zoom)


def hold_middle(scene: Scene, volume: Volume, view: PaneView) -> Scene:
    """Let a zoomed pane stay where it is while the crosshair, which is its middle unless it has one, moves."""
    if scene.slices.zoom == 1 or scene.slices.center is not None:
        return scene
    return _centered(scene, volume, view, view.middle)


def _centered(scene: Scene, volume: Volume, view: PaneView, place: FloatArray) -> Scene:
    """Put a place of a pane into its middle; across the pane's slice, the middle of the other panes stays."""
    before = crossing(scene.slices, volume) if scene.slices.center is None else np.array(scene.slices.center)
    normal = view.one.normal
    return with_slices(scene, center=triple(place + normal * float((before - place) @ normal)))


def faces_near(view: PaneView, crop: tuple[Point, Point], x: float, y: float) -> tuple[Face, ...]:
    """Find the faces of the cropping box that the pointer can take hold of: none, one, or two at a corner."""
    return tuple(face for face, distance in _distances(view, crop, x, y) if distance <= _REACH_PIXELS)


def _distances(view: PaneView, crop: tuple[Point, Point], x: float, y: float) -> Iterator[tuple[Face, float]]:
    """Give each face that stands across the slice, beside the box's side, and how many pixels off its edge is."""
    here = view.to_lps(x, y)
    slopes = np.stack([view.to_lps(x + 1, y) - here, view.to_lps(x, y + 1) - here], axis=1)
    mm_a_pixel = np.linalg.norm(slopes, axis=1)
    reach = mm_a_pixel * _REACH_PIXELS
    low, high = np.array(crop)
    beside = (low - reach <= here) & (here <= high + reach)
    steep = mm_a_pixel > 0.2 * mm_a_pixel.max()
    for axis in range(3):
        if not steep[axis] or not all(beside[other] for other in range(3) if other != axis and steep[other]):
            continue
        off = [abs(here[axis] - crop[side][axis]) / mm_a_pixel[axis] for side in (0, 1)]
        side: Literal[0, 1] = 0 if off[0] <= off[1] else 1
        yield (axis, side), float(off[side])


def move_faces(scene: Scene, volume: Volume, faces: Sequence[Face], place: FloatArray) -> Scene:
    """Move faces of the cropping box to a place, within the scan, and never through each other."""
    if scene.crop is None:
        return scene
    ends = [list(scene.crop[0]), list(scene.crop[1])]
    around = box_around(volume)
    for axis, side in faces:
        wanted = round(float(place[axis]), 1)
        if side == 0:
            ends[0][axis] = max(min(wanted, ends[1][axis] - _THINNEST_BOX_MM), around[0][axis])
        else:
            ends[1][axis] = min(max(wanted, ends[0][axis] + _THINNEST_BOX_MM), around[1][axis])
    low, high = (triple(np.array(end)) for end in ends)
    return replace(scene, crop=(low, high)) if all(a < b for a, b in zip(low, high, strict=True)) else scene


def triple(place: FloatArray) -> Point:
    """Give a place as plain numbers, to a micrometre."""
    x, y, z = (round(float(mm), 3) for mm in place)
    return x, y, z
