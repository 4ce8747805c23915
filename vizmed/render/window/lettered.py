"""What the window writes over its panes, as small pictures with an alpha channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vizmed.render.lettering import FAINT_INK, INK, text_width, write
from vizmed.render.window.keys import COLUMNS, Section

Rgba = NDArray[np.uint8]
"""(height, width, 4), rows from the top."""

_GROUND = (9, 13, 19, 235)
_STRIP_GROUND = (9, 13, 19, 190)
_KEY_INK = "#8fc7ff"

_LARGEST_LETTERS, _SMALLEST_LETTERS = 15.0, 7.0
_LINE = 1.47
_HEADING = 1.75
_PAD = 1.6
_BETWEEN = 1.1
"""Heights of lines and headings, the way from the edge, and from keys to words, in sizes of letters."""


def strip(text: str, size: float = 13.0, color: str = INK) -> Rgba:
    """Draw a line, or several, on a dark strip."""
    lines = text.split("\n")
    width = round(max(text_width(line, size) for line in lines) + 1.2 * size)
    height = round((1.7 + _LINE * (len(lines) - 1)) * size)
    picture = Image.new("RGBA", (width, height))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, width - 1, height - 1), radius=0.3 * size, fill=_STRIP_GROUND)
    for n, line in enumerate(lines):
        write(pen, (0.6 * size, (1.2 + _LINE * n) * size), line, size, color=color)
    return np.asarray(picture)


def help_sheet(room: tuple[int, int]) -> Rgba:
    """Draw the help in two columns, as large as it is easily read and as the window has room for."""
    size = _LARGEST_LETTERS
    while size > _SMALLEST_LETTERS and any(ours > there for ours, there in zip(_extent(size), room, strict=True)):
        size -= 0.5
    width, height = _extent(size)
    picture = Image.new("RGBA", (width, height))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, width - 1, height - 1), radius=0.6 * size, fill=_GROUND)
    left = _PAD * size
    for column in COLUMNS:
        keys, words = _widths(column, size)
        y = _PAD * size - 0.4 * size
        for section in column:
            y += _HEADING * size
            write(pen, (left, y), section.heading, size, color=FAINT_INK)
            for line in section.lines:
                y += _LINE * size
                write(pen, (left, y), line.shown, size, color=_KEY_INK)
                write(pen, (left + keys + _BETWEEN * size, y), line.words, size)
            y += 0.5 * size
        left += keys + words + (_BETWEEN + _PAD) * size
    return np.asarray(picture)


def _extent(size: float) -> tuple[int, int]:
    widths = [sum(_widths(column, size)) + (_BETWEEN + _PAD) * size for column in COLUMNS]
    heights = [
        sum(len(section.lines) * _LINE + _HEADING + 0.5 for section in column) * size + (2 * _PAD - 0.4) * size
        for column in COLUMNS
    ]
    return round(sum(widths) + _PAD * size), round(max(heights))


def _widths(column: tuple[Section, ...], size: float) -> tuple[float, float]:
    """Give the widths of the longest keys and of the longest words."""
    lines = [line for section in column for line in section.lines]
    return max(text_width(line.shown, size) for line in lines), max(text_width(line.words, size) for line in lines)
