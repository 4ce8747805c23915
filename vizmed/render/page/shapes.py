"""Filled shapes over a picture: thinly inside, so that anatomy stays visible, and with an outline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from vizmed.geometry import FloatArray
from vizmed.render.page.colors import rgb
from vizmed.render.page.strokes import Mask, Picture, blend

_FILL_SHARE = 0.6
"""Shapes are filled so much more thinly than their opacity says, as their outlines show them, too."""

_OUTLINE_SHARE = 2.0
"""Outlines are solid from an opacity of a half on."""

_FINER = 3
"""Polygons are drawn so many times larger, and made small again: that smooths their edges."""


def lay_shape(part: Picture, cover: Mask, color: str, opacity: float, line: int) -> None:
    """Lay a shape over a part of a picture.

    Parameters
    ----------
    part : (height, width, 3) ndarray of uint8
    cover : (height, width) ndarray of float32
        How much of each pixel belongs to the shape, 0 to 1.
    color : str
        ``"#rrggbb"``.
    opacity : float
    line : int
        Width of the outline in pixels; it lies within the shape. Where the shape is cut off by the part's edge there is
        none.
    """
    if not cover.size:
        return
    outline = (cover - _worn(cover, line)) * np.float32(min(1.0, _OUTLINE_SHARE * opacity))
    blend(part, rgb(color), np.maximum(cover * np.float32(opacity * _FILL_SHARE), outline))


def polygons_cover(polygons: Sequence[FloatArray], size: tuple[int, int]) -> tuple[int, int, Mask]:
    """Give what polygons cover together.

    Parameters
    ----------
    polygons : sequence of (n, 2) ndarray
        Corners as x and y in pixels.
    size : (width, height) tuple of int
        Of the picture.

    Returns
    -------
    left, top : int
        Of the part that is covered, with a rim.
    cover : (rows, columns) ndarray of float32
    """
    corners = np.concatenate(polygons)
    low = np.clip(np.floor(corners.min(axis=0)) - 3, 0, size).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 3, 0, size).astype(int)
    if (high <= low).any():
        return 0, 0, np.empty((0, 0), dtype=np.float32)
    width, height = (high - low).tolist()
    image = Image.new("L", (_FINER * width, _FINER * height))
    pen = ImageDraw.Draw(image)
    for polygon in polygons:
        # Pillow's places are the middles of pixels
        pen.polygon([(x, y) for x, y in ((polygon - low) * _FINER - 0.5).tolist()], fill=255)
    return int(low[0]), int(low[1]), np.asarray(image.reduce(_FINER), dtype=np.float32) / np.float32(255)


def _worn(cover: Mask, width: int) -> Mask:
    """Wear a shape off at its edges."""
    padded = np.pad(cover, width, mode="edge")
    rows, columns = cover.shape
    worn = cover
    for down, right in ((0, width), (2 * width, width), (width, 0), (width, 2 * width)):
        worn = np.minimum(worn, padded[down : down + rows, right : right + columns])
    return worn
