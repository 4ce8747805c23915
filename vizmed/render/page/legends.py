"""What the colours over a slice stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vizmed.presets import Window
from vizmed.render.lettering import CAPITAL, FAINT_INK, INK, Line, fitting_size
from vizmed.render.page.colors import SHADOW, ramp, rgb
from vizmed.render.page.sizes import Sizes
from vizmed.render.page.strokes import Picture
from vizmed.segmentation import Label

_MOST_NAMES = 8

_NAME_SHARE, _BAR_SHARE = 0.4, 0.28
"""Room for a name, of the pane's width; length of a colour bar, of the pane's height."""


def label_names(picture: Picture, labels: Sequence[Label], sizes: Sizes) -> list[Line]:
    """Draw patches of the labels' colours below each other in the upper right corner, and give their names.

    Where there are more than eight of them, how many there are is all that is said.
    """
    height, width = picture.shape[:2]
    if not labels:
        return []
    first = sizes.inset + CAPITAL * sizes.caption
    if len(labels) > _MOST_NAMES:
        return [Line(width - sizes.inset, first, f"{len(labels)} labels", sizes.caption, FAINT_INK, "r")]
    side = round(CAPITAL * sizes.caption)
    lines = []
    for n, label in enumerate(labels):
        base = first + n * sizes.leading
        if base > height / 2 - 1.5 * sizes.letter:
            break
        right, bottom = width - sizes.inset, round(base)
        picture[bottom - side - 1 : bottom + 1, right - side - 1 : right + 1] = rgb(SHADOW)
        picture[bottom - side : bottom, right - side : right] = rgb(label.color)
        size = fitting_size(label.name, sizes.caption, _NAME_SHARE * width)
        lines.append(Line(right - side - 0.5 * sizes.caption, base, label.name, size, INK, "r"))
    return lines


def color_bar(picture: Picture, colors: str, window: Window, unit: str | None, sizes: Sizes) -> list[Line]:
    """Draw a ramp of colours at the right edge, above its middle, and give the values of its ends."""
    height, width = picture.shape[:2]
    length, thick = round(_BAR_SHARE * height), max(4, round(0.6 * sizes.caption))
    if length < 4 * sizes.caption:
        return []
    right, top = width - sizes.inset, sizes.inset + round(0.5 * sizes.caption)
    picture[top - 1 : top + length + 1, right - thick - 1 : right + 1] = rgb(SHADOW)
    places = np.rint(np.linspace(255, 0, length)).astype(int)
    picture[top : top + length, right - thick : right] = ramp(colors)[places][:, None]
    beside = right - thick - 0.5 * sizes.caption
    low, high = (f"{value:.4g}" for value in (window.low, window.high))
    return [
        Line(beside, top + CAPITAL * sizes.caption, f"{high} {unit or ''}".rstrip(), sizes.caption, FAINT_INK, "r"),
        Line(beside, top + length, low, sizes.caption, FAINT_INK, "r"),
    ]
