"""Lines on a slice: where the other planes cross it, and where the crop box does."""

from __future__ import annotations

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.page.colors import CROP_COLOR, PLANE_COLORS, SHADOW
from vizmed.render.page.sizes import Sizes
from vizmed.render.page.strokes import Picture, dashes, polyline, stroke
from vizmed.render.page.view import PaneView
from vizmed.scene import Plane, Scene
from vizmed.slices import crossing
from vizmed.slices.laying import laid, tilted
from vizmed.slices.section import box_corners, section
from vizmed.volume import Volume

_LINE_OPACITY = 110 / 255

_GAP_SHARE = 0.012
"""What is left free around the crossing, so that what lies there is seen: to either side, of the picture's height."""

_SMALLEST_GAP = 5.0

_PARALLEL = 1e-3
"""Sine of the angle between planes below which they have no line in common."""


def draw_crosshair(picture: Picture, view: PaneView, scene: Scene, volume: Volume, sizes: Sizes) -> None:
    """Mark where the scene's other planes cross this one, in their colours."""
    point = crossing(scene.slices, volume)
    start, end = (np.array(corner) for corner in _picture_box(view))
    place = view.to_pixels(point)
    if (place < start).any() or (place > end).any():
        return
    gap = max(_SMALLEST_GAP, _GAP_SHARE * scene.size[1])
    for plane in scene.slices.planes:
        normal = _normal(volume, plane, scene)
        along = np.cross(view.one.normal, normal)
        if plane != view.one.plane and np.linalg.norm(along) > _PARALLEL:
            way = np.array([along @ view.one.right, along @ view.one.down])
            segments = _through(place, way / np.linalg.norm(way), start, end, gap)
            stroke(picture, segments, PLANE_COLORS[plane], max(1.0, round(sizes.line)), _LINE_OPACITY)


def draw_crop(picture: Picture, view: PaneView, scene: Scene, sizes: Sizes) -> None:
    """Dash the outline of what the slice's plane cuts of the crop box."""
    if scene.crop is None:
        return
    low, high = (np.array(end) for end in scene.crop)
    outline = section(box_corners(low, high), view.one.origin, view.one.normal)
    if len(outline) >= 3:
        edges = dashes(polyline(view.to_pixels(outline), closed=True), 6 * sizes.line, 4 * sizes.line)
        stroke(picture, edges, SHADOW, 3 * sizes.line, 0.5)
        stroke(picture, edges, CROP_COLOR, 1.3 * sizes.line)


def _normal(volume: Volume, plane: Plane, scene: Scene) -> FloatArray:
    if plane == "oblique" and scene.slices.normal is not None:
        return tilted(volume, scene.slices.normal).normal
    return laid(volume, plane).normal


def _picture_box(view: PaneView) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give the upper left and the lower right end of the slice's picture, in pixels of the pane."""
    places = view.to_pixels(view.one.corners)
    (left, top), (right, bottom) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return (left, top), (right, bottom)


def _through(place: FloatArray, way: FloatArray, start: FloatArray, end: FloatArray, gap: float) -> FloatArray:
    """Give the two parts of a line through a place that lie in a box, on either side of a gap."""
    upright = np.abs(way) < _PARALLEL
    # a line along the pixels is drawn on one row of them, and not half on two
    place = np.where(upright, np.floor(place) + 0.5, place)
    parts = []
    for towards in (way, -way):
        room = [
            ((end if step > 0 else start)[axis] - place[axis]) / step
            for axis, step in enumerate(towards)
            if not upright[axis]
        ]
        if min(room) > gap:
            parts.append([place + gap * towards, place + min(room) * towards])
    return np.array(parts) if parts else np.empty((0, 2, 2))
