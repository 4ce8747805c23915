"""Words on a picture, by Pillow alone, in the font that it brings with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL import ImageDraw, ImageFont

INK, FAINT_INK = "#e8eef4", "#93a1b0"

_RAISED = {"²": "2", "³": "3"}
"""Pillow's font has no raised digits."""

_RAISED_SIZE, _RAISED_BY = 0.66, 0.36  # of the letters' size

_SMALLEST = 8


def write(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: float, *, color: str = INK, end: str = "l"
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
    """
    x, y = place
    x -= {"l": 0.0, "m": 0.5, "r": 1.0}[end] * text_width(text, size)
    for run, run_size, raised in _runs(text, size):
        font = ImageFont.load_default(run_size)
        pen.text((x, y - raised), run, fill=color, font=font, anchor="ls")
        x += font.getlength(run)


def text_width(text: str, size: float) -> float:
    """Give the width of a line in pixels."""
    return sum(ImageFont.load_default(run_size).getlength(run) for run, run_size, _ in _runs(text, size))


def fitting_size(text: str, size: float, width: float) -> float:
    """Give the size, this one or smaller, at which a line is no wider than so many pixels."""
    while size > _SMALLEST and text_width(text, size) > width:
        size -= 0.5
    return size


def _runs(text: str, size: float) -> Iterator[tuple[str, float, float]]:
    """Part a line where digits are raised: letters, their size, and how far they are raised."""
    for run in re.findall("[²³]|[^²³]+", text):
        yield (_RAISED[run], _RAISED_SIZE * size, _RAISED_BY * size) if run in _RAISED else (run, size, 0.0)
