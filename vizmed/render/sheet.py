"""Slices on one page, with numpy and Pillow alone: no OpenGL is needed.

All panes share one scale, so that lengths compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.render.light import projection_function
from vizmed.scene import Scene, SliceLayer
from vizmed.slices import Slice, choose_window, edge_letters, take_slice, to_gray
from vizmed.volume import Volume

PLANE_COLORS = {"axial": "#ff6b5e", "coronal": "#59d185", "sagittal": "#ffd24d"}
"""3D Slicer's: red, green, yellow."""

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels of the page."""

_INK, _FAINT_INK, _GROUND = "#e8eef4", "#93a1b0", "#000000"
_LETTER_SHARE, _CAPTION_SHARE = 0.020, 0.0145  # of the page's height
_GAP_SHARE, _RIM_SHARE = 0.010, 0.036
_CROSSHAIR_ALPHA = 110
_SCALE_BARS_MM = (1, 2, 5, 10, 20, 50, 100, 200)
_SCALE_BAR_SHARE = 0.3  # of the pane's width, at most


@dataclass(frozen=True, eq=False)
class _Pane:
    """A place on a page with one slice in its middle, at ``scale`` pixels a mm."""

    page: Image.Image
    box: Box
    one: Slice
    scale: float

    @property
    def picture_box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the slice."""
        left, top, width, height = self.box
        down, across = (mm * self.scale for mm in self.one.size_mm)
        x, y = left + (width - across) / 2, top + (height - down) / 2
        return x, y, x + across, y + down

    @property
    def inset(self) -> int:
        """Way from the pane's edge to what is written in it."""
        return round(0.25 * _RIM_SHARE * self.page.height)

    def write(self, place: tuple[float, float], text: str, color: str, anchor: str = "la") -> None:
        """Write a caption with a dark rim, so that it can be read on any picture."""
        share = _LETTER_SHARE if anchor in ("lm", "rm", "mt", "mb") else _CAPTION_SHARE
        font = ImageFont.load_default(max(9, round(share * self.page.height)))
        pen = ImageDraw.Draw(self.page)
        pen.text(place, text, fill=color, font=font, anchor=anchor, stroke_width=2, stroke_fill=_GROUND)


def draw_sheet(scene: Scene, volume: Volume) -> NDArray[np.uint8]:
    """Draw a scene's slices.

    Returns
    -------
    (height, width, 3) ndarray of uint8
    """
    layer = scene.slices or SliceLayer()
    window = choose_window(volume, layer.window)
    point = _crossing(layer, volume)
    slices = [take_slice(volume, plane, at=tuple(point)) for plane in layer.planes]
    shown = [one for one in slices if min(one.values.shape) > 1] or slices[:1]
    page = Image.new("RGB", scene.size, scene.background[0])
    boxes = _boxes(len(shown) + (len(shown) > 1), scene.size)
    scale = min(_fit(one, box, page.height) for one, box in zip(shown, boxes, strict=False))
    for one, box in zip(shown, boxes, strict=False):
        pane = _Pane(page, box, one, scale)
        _draw_picture(pane, to_gray(one.values, window, inverted=volume.inverted))
        _draw_crosshair(pane, point, slices)
        title = f"{one.plane.capitalize()} {one.index + 1}/{one.count}"
        _draw_captions(pane, title, PLANE_COLORS[one.plane], _position(one, point))
    if len(shown) > 1:
        _draw_projection(page, boxes[-1], volume, scale)
    _draw_facts(_Pane(page, boxes[-1], shown[0], scale), volume, window)
    return np.asarray(page)


def _crossing(layer: SliceLayer, volume: Volume) -> FloatArray:
    if layer.at is not None:
        return np.asarray(layer.at, dtype=np.float64)
    return volume.geometry.to_world((np.array(volume.shape) - 1) / 2)


def _boxes(count: int, size: tuple[int, int]) -> list[Box]:
    """Lay out panes: one alone, two beside each other, up to four in a square."""
    across = 1 if count == 1 else 2
    down = 1 if count <= 2 else 2
    gap = round(_GAP_SHARE * size[1])
    width = (size[0] - gap * (across + 1)) // across
    height = (size[1] - gap * (down + 1)) // down
    return [(gap + n % across * (width + gap), gap + n // across * (height + gap), width, height) for n in range(count)]


def _fit(one: Slice, box: Box, page_height: int) -> float:
    rim = 2 * round(_RIM_SHARE * page_height)
    return min(max(box[2] - rim, 1) / one.size_mm[1], max(box[3] - rim, 1) / one.size_mm[0])


def _draw_picture(pane: _Pane, gray: NDArray[np.uint8]) -> None:
    left, top, width, height = pane.box
    ImageDraw.Draw(pane.page).rectangle((left, top, left + width - 1, top + height - 1), fill=_GROUND)
    x, y, right, bottom = (round(edge) for edge in pane.picture_box)
    size = max(1, right - x), max(1, bottom - y)
    pane.page.paste(Image.fromarray(gray).resize(size, Image.Resampling.BICUBIC), (x, y))


def _draw_captions(pane: _Pane, title: str, color: str, position: str) -> None:
    left, top, width, height = pane.box
    right, bottom = left + width - pane.inset, top + height - pane.inset
    centre = left + width / 2, top + height / 2
    places = ((left + pane.inset, centre[1]), (right, centre[1]), (centre[0], top + pane.inset), (centre[0], bottom))
    for place, letter, anchor in zip(places, pane.one.letters, ("lm", "rm", "mt", "mb"), strict=True):
        pane.write(place, letter, _INK, anchor)
    pane.write((left + pane.inset, top + pane.inset), title, color)
    below = top + pane.inset + 1.35 * _CAPTION_SHARE * pane.page.height
    pane.write((left + pane.inset, below), position, _FAINT_INK)
    fitting = [mm for mm in _SCALE_BARS_MM if mm * pane.scale <= _SCALE_BAR_SHARE * width]
    if fitting:
        bar = (right - fitting[-1] * pane.scale, bottom, right, bottom)
        ImageDraw.Draw(pane.page).line(bar, fill=_INK, width=max(2, pane.page.height // 500))
        pane.write((right, bottom - pane.inset), f"{fitting[-1]} mm", _FAINT_INK, "rb")


def _draw_crosshair(pane: _Pane, point: FloatArray, others: Sequence[Slice]) -> None:
    """Mark where the other planes cross this one, in their colours."""
    one = pane.one
    row, column = one.to_pixel(point)
    left, top, right, bottom = pane.picture_box
    x = left + (column + 0.5) * one.spacing[1] * pane.scale
    y = top + (row + 0.5) * one.spacing[0] * pane.scale
    veil = Image.new("RGBA", pane.page.size)
    pen = ImageDraw.Draw(veil)
    for other in others:
        normal = np.cross(other.along_row, other.down_column)
        upright = abs(normal @ one.along_row) > abs(normal @ one.down_column)
        inside = left <= x <= right if upright else top <= y <= bottom
        if other.plane != one.plane and inside:
            line = (x, top, x, bottom) if upright else (left, y, right, y)
            pen.line(line, fill=(*_rgb(PLANE_COLORS[other.plane]), _CROSSHAIR_ALPHA))
    pane.page.paste(veil, (0, 0), veil)


def _draw_projection(page: Image.Image, box: Box, volume: Volume, scale: float) -> None:
    """Fill a pane with the maximum intensity projection, seen from the front."""
    pane = _Pane(page, box, take_slice(volume, "coronal"), scale)
    laid = volume.reoriented("LPI").voxels
    brightest = (laid.min(axis=1) if volume.inverted else laid.max(axis=1)).T
    (low, _), (high, _) = projection_function(volume).opacity
    window = Window(high - low, (low + high) / 2)
    _draw_picture(pane, to_gray(brightest, window, inverted=volume.inverted))
    _draw_captions(pane, "Maximum intensity projection", _INK, "seen from the front")


def _draw_facts(pane: _Pane, volume: Volume, window: Window) -> None:
    left, top, _, height = pane.box
    spacing = " x ".join(f"{mm:.3g}" for mm in volume.geometry.spacing)
    size = " x ".join(map(str, volume.shape))
    lines = (
        f"window {window.width:g}, level {window.level:g}{' ' + volume.unit if volume.unit else ''}",
        f"{spacing} mm",
        f"{volume.modality or volume.provenance.format} {size}",
    )
    for n, line in enumerate(lines):
        above = top + height - pane.inset - n * 1.35 * _CAPTION_SHARE * pane.page.height
        pane.write((left + pane.inset, above), line, _FAINT_INK, "ld")


def _position(one: Slice, point: FloatArray) -> str:
    """Say where a slice lies: the coordinate across it, at the point, with the letter that it grows towards."""
    across = np.cross(one.down_column, one.along_row)
    axis = int(np.argmax(np.abs(across)))
    row, column = one.to_pixel(point)
    towards = np.eye(3)[axis]
    place = (one.origin + row * one.down_column + column * one.along_row)[axis]
    return f"{edge_letters(towards if place >= 0 else -towards)} {abs(place):.1f} mm"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
