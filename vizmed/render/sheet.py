"""Slices on one page, with numpy and Pillow alone: no OpenGL is needed.

All panes share one scale, so that lengths compare; the sagittal and the coronal pane stand side by side under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.scene import Scene, SliceLayer
from vizmed.slices import Slice, choose_window, take_slice, to_gray
from vizmed.volume import Volume

PLANE_COLORS = {"axial": "#ff6b5e", "coronal": "#59d185", "sagittal": "#ffd24d"}
"""3D Slicer's: red, green, yellow."""

_INK, _FAINT_INK, _PANE = "#e8eef4", "#93a1b0", "#000000"
_LETTER_SHARE, _CAPTION_SHARE = 0.020, 0.0145  # of the page's height
_GAP_SHARE, _RIM_SHARE = 0.010, 0.036
_CROSSHAIR_ALPHA = 110
_SCALE_BARS_MM = (1, 2, 5, 10, 20, 50, 100, 200)
_SCALE_BAR_SHARE = 0.3  # of the pane's width, at most


@dataclass(frozen=True, slots=True)
class _Pane:
    """A picture with its place on the page: left, top, width, height in pixels."""

    image: Image.Image
    box: tuple[int, int, int, int]


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
    scale = min(_fit(one.size_mm, box, scene.size) for one, box in zip(shown, boxes, strict=False))
    for one, box in zip(shown, boxes, strict=False):
        gray = to_gray(one.values, window, inverted=volume.inverted)
        title = f"{one.plane.capitalize()} {one.index + 1}/{one.count}"
        _draw_pane(page, box, one, gray, scale, (title, PLANE_COLORS[one.plane], _position(one, point)))
        _draw_crosshair(page, box, one, point, scale, slices)
    if len(shown) > 1:
        _draw_projection(page, boxes[len(shown)], volume, scale)
    _draw_facts(page, boxes[-1], volume, window)
    return np.asarray(page)


def _crossing(layer: SliceLayer, volume: Volume) -> FloatArray:
    if layer.at is not None:
        return np.asarray(layer.at, dtype=np.float64)
    return volume.geometry.to_world((np.array(volume.shape) - 1) / 2)


def _boxes(count: int, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Lay out panes: one alone, two beside each other, up to four in a square."""
    across = 1 if count == 1 else 2
    down = 1 if count <= 2 else 2
    gap = round(_GAP_SHARE * size[1])
    width = (size[0] - gap * (across + 1)) // across
    height = (size[1] - gap * (down + 1)) // down
    return [(gap + n % across * (width + gap), gap + n // across * (height + gap), width, height) for n in range(count)]


def _fit(size_mm: tuple[float, float], box: tuple[int, int, int, int], page: tuple[int, int]) -> float:
    rim = 2 * round(_RIM_SHARE * page[1])
    return min((box[2] - rim) / size_mm[1], (box[3] - rim) / size_mm[0])


def _draw_pane(
    page: Image.Image,
    box: tuple[int, int, int, int],
    one: Slice,
    gray: NDArray[np.uint8],
    scale: float,
    caption: tuple[str, str, str],
) -> None:
    left, top, width, height = box
    pane = ImageDraw.Draw(page)
    pane.rectangle((left, top, left + width - 1, top + height - 1), fill=_PANE)
    size = max(1, round(one.size_mm[1] * scale)), max(1, round(one.size_mm[0] * scale))
    picture = Image.fromarray(gray).resize(size, Image.Resampling.BICUBIC)
    page.paste(picture, (left + (width - size[0]) // 2, top + (height - size[1]) // 2))
    letters, captions = _font(page, _LETTER_SHARE), _font(page, _CAPTION_SHARE)
    inset = round(0.25 * _RIM_SHARE * page.height)
    middle = left + width / 2, top + height / 2
    xs, ys = (left + inset, left + width - inset, *middle[:1] * 2), (*middle[1:] * 2, top + inset, top + height - inset)
    for letter, x, y, anchor in zip(one.letters, xs, ys, ("lm", "rm", "mt", "mb"), strict=True):
        pane.text((x, y), letter, fill=_INK, font=letters, anchor=anchor, stroke_width=2, stroke_fill=_PANE)
    title, color, position = caption
    pane.text((left + inset, top + inset), title, fill=color, font=captions, stroke_width=2, stroke_fill=_PANE)
    below = top + inset + round(1.35 * _CAPTION_SHARE * page.height)
    pane.text((left + inset, below), position, fill=_FAINT_INK, font=captions, stroke_width=2, stroke_fill=_PANE)
    _draw_scale_bar(page, box, scale, inset)


def _draw_scale_bar(page: Image.Image, box: tuple[int, int, int, int], scale: float, inset: int) -> None:
    left, top, width, height = box
    fitting = [mm for mm in _SCALE_BARS_MM if mm * scale <= _SCALE_BAR_SHARE * width]
    if not fitting:
        return
    length = round(fitting[-1] * scale)
    end, base = left + width - inset, top + height - inset
    pen = ImageDraw.Draw(page)
    pen.line((end - length, base, end, base), fill=_INK, width=max(2, page.height // 500))
    text = f"{fitting[-1]} mm"
    place = (end, base - inset)
    pen.text(
        place, text, fill=_FAINT_INK, font=_font(page, _CAPTION_SHARE), anchor="rb", stroke_width=2, stroke_fill=_PANE
    )


def _draw_crosshair(
    page: Image.Image,
    box: tuple[int, int, int, int],
    one: Slice,
    point: FloatArray,
    scale: float,
    others: Sequence[Slice],
) -> None:
    """Mark where the other planes cross this one, in their colours."""
    left, top, width, height = box
    row, column = one.to_pixel(point)
    rows, columns = one.size_mm
    start = left + (width - columns * scale) / 2, top + (height - rows * scale) / 2
    x = start[0] + (column + 0.5) * one.spacing[1] * scale
    y = start[1] + (row + 0.5) * one.spacing[0] * scale
    veil = Image.new("RGBA", page.size)
    pen = ImageDraw.Draw(veil)
    for other in others:
        if other.plane == one.plane:
            continue
        normal = np.cross(other.along_row, other.down_column)
        upright = abs(normal @ one.along_row) > abs(normal @ one.down_column)
        line = (x, start[1], x, start[1] + rows * scale) if upright else (start[0], y, start[0] + columns * scale, y)
        pen.line(line, fill=(*_rgb(PLANE_COLORS[other.plane]), _CROSSHAIR_ALPHA))
    page.paste(veil, (0, 0), veil)


def _draw_projection(page: Image.Image, box: tuple[int, int, int, int], volume: Volume, scale: float) -> None:
    """Fill a pane with the maximum intensity projection, seen from the front."""
    front = take_slice(volume, "coronal")
    laid = volume.reoriented("LPI").voxels
    brightest = laid.max(axis=1).T
    low, high = (float(value) for value in np.nanpercentile(brightest, (25, 99.8)))
    gray = to_gray(brightest, Window(max(high - low, 1e-6), (low + high) / 2))
    _draw_pane(page, box, front, gray, scale, ("Maximum intensity projection", _INK, "seen from the front"))


def _draw_facts(page: Image.Image, box: tuple[int, int, int, int], volume: Volume, window: Window) -> None:
    left, top, _, height = box
    inset = round(0.25 * _RIM_SHARE * page.height)
    spacing = " x ".join(f"{mm:.3g}" for mm in volume.geometry.spacing)
    size = " x ".join(map(str, volume.shape))
    unit = f" {volume.unit}" if volume.unit else ""
    lines = (
        f"window {window.width:g}, level {window.level:g}{unit}",
        f"{volume.modality or volume.provenance.format}  {size}  {spacing} mm",
    )
    font = _font(page, _CAPTION_SHARE)
    ImageDraw.Draw(page).multiline_text(
        (left + inset, top + height - inset),
        "\n".join(lines),
        fill=_FAINT_INK,
        font=font,
        anchor="ld",
        stroke_width=2,
        stroke_fill=_PANE,
    )


def _position(one: Slice, point: FloatArray) -> str:
    normal = np.cross(one.down_column, one.along_row)
    axis = int(np.argmax(np.abs(normal)))
    at = one.origin[axis] + (one.to_pixel(point) @ np.stack([one.down_column, one.along_row]))[axis]
    return f"{('left', 'back', 'up')[axis]} {at:.1f} mm"


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _font(page: Image.Image, share: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(9, round(share * page.height)))
