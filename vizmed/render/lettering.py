"""Words on a picture, by Pillow alone, in the font that it brings with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

INK, FAINT_INK, RIM_COLOR = "#e8eef4", "#93a1b0", "#000000"

CAPITAL = 0.72
"""Height of capital letters, as a part of their size."""

_RAISED = {"²": "2", "³": "3"}
"""Pillow's font has no raised digits."""

_RAISED_SIZE, _RAISED_BY = 0.66, 0.36  # of the letters' size

_SMALLEST = 8

_RIM_SHARE = 0.12  # of the letters' size


def write(
    pen: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: float,
    *,
    color: str = INK,
    end: str = "l",
    rim: int = 0,
) -> None:
    """Write a line.

    Parameters
    ----------
    pen : ImageDraw
    place : (x, y) tuple of float
        Of one end of the base line, in pixels.
    text : str
    size : float
        Of the letters, in pixels.
    color : str
    end : {"l", "m", "r"}
        Which end lies at the place: left, middle, right.
    rim : int
        Width of a dark rim around the letters in pixels, which lets them be read on any picture.
    """
    x, y = place
    x -= {"l": 0.0, "m": 0.5, "r": 1.0}[end] * text_width(text, size)
    for run, run_size, raised in _runs(text, size):
        font = _font(run_size)
        pen.text((x, y - raised), run, fill=color, font=font, anchor="ls", stroke_width=rim, stroke_fill=RIM_COLOR)
        x += font.getlength(run)


class Line(NamedTuple):
    """A line that is to be written; its fields are those of `write`.

    Parameters
    ----------
    x, y : float
    text : str
    size : float
    color : str
    end : {"l", "m", "r"}
    """

    x: float
    y: float
    text: str
    size: float
    color: str = INK
    end: str = "l"


def write_lines(picture: NDArray[np.uint8], lines: Iterable[Line]) -> NDArray[np.uint8]:
    """Write lines with dark rims onto a picture (height, width, 3); the picture itself stays as it is."""
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for line in lines:
        rim = max(1, round(line.size * _RIM_SHARE))
        write(pen, (line.x, line.y), line.text, line.size, color=line.color, end=line.end, rim=rim)
    return np.array(image)


def text_width(text: str, size: float) -> float:
    """Give the width of a line in pixels."""
    return sum(_font(run_size).getlength(run) for run, run_size, _ in _runs(text, size))


def fitting_size(text: str, size: float, width: float) -> float:
    """Give the size, this one or smaller, at which a line is no wider than so many pixels."""
    while size > _SMALLEST and text_width(text, size) > width:
        size -= 0.5
    return size


@lru_cache(maxsize=64)
def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _runs(text: str, size: float) -> Iterator[tuple[str, float, float]]:
    """Part a line where digits are raised: letters, their size, and how far they are raised."""
    for run in re.findall("[²³]|[^²³]+", text):
        yield (_RAISED[run], _RAISED_SIZE * size, _RAISED_BY * size) if run in _RAISED else (run, size, 0.0)
