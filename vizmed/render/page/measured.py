"""Lengths and angles on the slices that they lie on."""

from __future__ import annotations

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.lettering import CAPITAL, Line
from vizmed.render.page.colors import MEASURE_COLOR, SHADOW
from vizmed.render.page.sizes import Sizes
from vizmed.render.page.strokes import Picture, polyline, stroke
from vizmed.render.page.view import PaneView
from vizmed.scene import Angle, Ruler, Scene
from vizmed.slices import Slice

_ROUNDING_MM = 1e-3

_TICK = 0.45
"""Half the length of a ruler's end ticks, as a part of the captions' size."""

_ARC = 2.4
"""Radius of an angle's arc, as a part of the captions' size; of a short arm, not beyond its end."""


def draw_measures(picture: Picture, view: PaneView, scene: Scene, sizes: Sizes) -> list[Line]:
    """Draw the rulers and angles all of whose points lie in a slice or slab, and give what is written at them."""
    lines = []
    for measure in scene.measures:
        if not lies_on(measure, view.one):
            continue
        places = view.to_pixels(np.array(measure.points))
        if isinstance(measure, Ruler):
            segments, line = _ruler(measure, places, sizes)
        else:
            segments, line = _angle(measure, places, sizes)
        stroke(picture, segments, SHADOW, 3.2 * sizes.line, 0.5)
        stroke(picture, segments, MEASURE_COLOR, 1.5 * sizes.line)
        lines.append(line)
    return lines


def lies_on(measure: Ruler | Angle, one: Slice) -> bool:
    """Tell whether all points of a measure lie in a slice or slab."""
    return bool(one.away(np.array(measure.points)).max() <= one.thickness_mm / 2 + _ROUNDING_MM)


def words_of(measure: Ruler | Angle) -> str:
    """Say how long or how wide a measure is."""
    return f"{measure.mm:.1f} mm" if isinstance(measure, Ruler) else f"{measure.degrees:.1f}°"


def _ruler(ruler: Ruler, places: FloatArray, sizes: Sizes) -> tuple[FloatArray, Line]:
    start, end = places
    across = _unit(np.array([start[1] - end[1], end[0] - start[0]]))
    tick = _TICK * sizes.caption * across
    segments = np.array([[start, end], [start - tick, start + tick], [end - tick, end + tick]])
    # beside the middle: to the right of a steep line, above a flat one
    side = across if across[0] - across[1] > 0 else -across
    return segments, _beside((start + end) / 2, side, words_of(ruler), sizes)


def _angle(angle: Angle, places: FloatArray, sizes: Sizes) -> tuple[FloatArray, Line]:
    start, corner, end = places
    one, other = _unit(start - corner), _unit(end - corner)
    radius = min(_ARC * sizes.caption, 0.8 * min(np.hypot(*(start - corner)), np.hypot(*(end - corner))))
    turn = np.arctan2(one[0] * other[1] - one[1] * other[0], one @ other)
    ways = np.arctan2(one[1], one[0]) + np.linspace(0, turn, 25)
    arc = corner + radius * np.stack([np.cos(ways), np.sin(ways)], axis=1)
    segments = np.concatenate([polyline(places), polyline(arc)])
    middle = np.array([np.cos(ways[12]), np.sin(ways[12])])
    return segments, _beside(corner + radius * middle, middle, words_of(angle), sizes)


def _beside(place: FloatArray, side: FloatArray, text: str, sizes: Sizes) -> Line:
    x, y = place + 0.7 * sizes.caption * side
    end = "l" if side[0] > 0.35 else "r" if side[0] < -0.35 else "m"
    base = y + CAPITAL * sizes.caption * (1 + side[1]) / 2
    return Line(float(x), float(base), text, sizes.caption, MEASURE_COLOR, end)


def _unit(way: FloatArray) -> FloatArray:
    length = float(np.hypot(*way))
    return way / length if length else np.array([1.0, 0.0])
