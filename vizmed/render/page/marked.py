"""Marks on a slice: boxes, contours and points, with what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.marks import Marks, Outline, Spot, outline_on_plane, spot_on_plane
from vizmed.render.lettering import CAPITAL, Line
from vizmed.render.page.colors import SHADOW, letters_of
from vizmed.render.page.shapes import lay_shape, polygons_cover
from vizmed.render.page.sizes import Sizes
from vizmed.render.page.strokes import Picture, polyline, ring, stroke
from vizmed.render.page.view import PaneView
from vizmed.slices import Slice

_SHADOW_OPACITY = 0.45

_BOX_CORNERS = 4
"""Each box is named; of contours, which have more corners, one on a slice for each name."""

_CUT_OPACITY = 0.5
"""Of what a plane cuts across, as of a label."""

_STEEPEST = 0.2
"""Sine of the angle between a plane and what it cuts, below which the cut is made no longer."""

_RING = 0.38
"""Radius of the ring around a point, as a part of the captions' size."""


def draw_marks(picture: Picture, view: PaneView, marks: Marks, sizes: Sizes) -> list[Line]:
    """Draw the marks that belong to a slice or are cut by it, and give what is written at them.

    A mark belongs to a slab where it lies within it. An outline that a plane across cuts is as high there as it is
    thick, so that the contours of one thing, slice by slice, make one shape.
    """
    drawn = _Drawn({}, {}, [])
    for mark, found in marks_on(marks, view.one):
        if isinstance(mark, Outline):
            _add_outline(drawn, mark, found, view, sizes)
        else:
            _add_spot(drawn, mark, view, sizes)
    for color, bands in drawn.bands.items():
        left, top, cover = polygons_cover(bands, view.size)
        part = picture[top : top + cover.shape[0], left : left + cover.shape[1]]
        lay_shape(part, cover, color, _CUT_OPACITY, max(1, round(1.6 * sizes.line)))
    for color, parts in drawn.segments.items():
        together = np.concatenate(parts)
        stroke(picture, together, SHADOW, 3.2 * sizes.line, _SHADOW_OPACITY)
        stroke(picture, together, color, 1.5 * sizes.line)
    return [line for line in drawn.lines if line.text and _on_picture(line, picture)]


def marks_on(marks: Marks, one: Slice) -> Iterator[tuple[Outline | Spot, list[FloatArray]]]:
    """Give the marks that belong to a slice or slab, or are cut by it, and what of them lies on it.

    Yields
    ------
    mark : Outline or Spot
    found : list of (m, 3) ndarray
        Polylines in LPS mm, as `outline_on_plane` gives them; of a point, it twice.
    """
    for outline in _near(marks, one):
        found = outline_on_plane(outline, one.origin, one.normal, _reach(one, outline.thickness_mm))
        if found:
            yield outline, found
    for spot in marks.spots:
        if spot_on_plane(spot, one.origin, one.normal, _reach(one, spot.thickness_mm)):
            yield spot, [np.stack([spot.point, spot.point])]


class _Drawn(NamedTuple):
    """What is to be drawn, by colour: lines, and polygons of what is cut across; and what is to be written."""

    segments: dict[str, list[FloatArray]]
    bands: dict[str, list[FloatArray]]
    lines: list[Line]


def _add_outline(drawn: _Drawn, outline: Outline, found: list[FloatArray], view: PaneView, sizes: Sizes) -> None:
    color = outline.color
    if len(found) == 1 and len(found[0]) >= len(outline.points):
        drawn.segments.setdefault(color, []).append(polyline(view.to_pixels(found[0])))
        ink = letters_of(color)
        named = any((line.text, line.color) == (outline.label, ink) for line in drawn.lines)
        if len(outline.points) <= _BOX_CORNERS or not named:
            left, top = view.to_pixels(outline.points).min(axis=0)
            drawn.lines.append(Line(left, top - 0.4 * sizes.caption, outline.label, sizes.caption, ink))
    elif outline.closed:
        bands = (view.to_pixels(_band(ends, outline, view.one)) for ends in found)
        drawn.bands.setdefault(color, []).extend(bands)
    else:
        drawn.segments.setdefault(color, []).extend(ring(view.to_pixels(ends[0]), sizes.line) for ends in found)


def _add_spot(drawn: _Drawn, spot: Spot, view: PaneView, sizes: Sizes) -> None:
    place, radius = view.to_pixels(spot.point), _RING * sizes.caption
    drawn.segments.setdefault(spot.color, []).append(ring(place, radius))
    base = place[1] + CAPITAL * sizes.caption / 2
    drawn.lines.append(Line(place[0] + 2 * radius, base, spot.label, sizes.caption, letters_of(spot.color)))


def _band(ends: FloatArray, outline: Outline, one: Slice) -> FloatArray:
    """Give the corners, LPS mm, of the cut through an outline that is as high as it is thick."""
    up = np.cross(one.normal, ends[1] - ends[0])
    length = float(np.linalg.norm(up))
    up = up / length if length else one.down
    around = outline.points - outline.points[0]
    across = np.cross(around[:-1], around[1:]).sum(axis=0)
    size = float(np.linalg.norm(across))
    # a plane that leans cuts a longer way through it
    leaning = max(abs(float(up @ across)) / size, _STEEPEST) if size else 1.0
    way = outline.thickness_mm / 2 / leaning * up
    return np.array([ends[0] - way, ends[1] - way, ends[1] + way, ends[0] + way])


def _near(marks: Marks, one: Slice) -> list[Outline]:
    """Find the outlines that a slice may meet; there are thousands, and it meets few."""
    if not marks.outlines:
        return []
    points, starts, thickness = _gathered(marks)
    heights = (points - one.origin) @ one.normal
    low, high = np.minimum.reduceat(heights, starts), np.maximum.reduceat(heights, starts)
    reach = np.maximum(thickness, one.thickness_mm)
    return [marks.outlines[n] for n in np.flatnonzero((low <= reach) & (high >= -reach))]


@lru_cache(maxsize=2)
def _gathered(marks: Marks) -> tuple[FloatArray, NDArray[np.intp], FloatArray]:
    """Give the corners of all outlines one after the other, where each outline starts, and how thick each is."""
    counts = [len(outline.points) for outline in marks.outlines]
    points = np.concatenate([outline.points for outline in marks.outlines])
    starts = np.cumsum([0, *counts[:-1]]).astype(np.intp)
    return points, starts, np.array([outline.thickness_mm for outline in marks.outlines])


def _reach(one: Slice, thickness_mm: float) -> float:
    return max(thickness_mm, one.thickness_mm if one.layers > 1 else 0.0) / 2


def _on_picture(line: Line, picture: Picture) -> bool:
    height, width = picture.shape[:2]
    return bool(0 <= line.x < width and line.size < line.y < height)
