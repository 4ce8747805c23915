"""The levels of a sweep on one page, a small picture of each surface above the curves of what they amount to.

Numpy and Pillow draw it; the small pictures are `vizmed.render.level_pictures`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vizmed.render.curves import DEFAULT_COLOR, GROUND, SUGGESTED_COLOR, draw_curves, mark_color
from vizmed.render.lettering import FAINT_INK, INK, fitting_size, text_width, write
from vizmed.stages import stage
from vizmed.surface.sweep import Candidate

WIDTH = 1600
"""Of the page in pixels."""

MOST_ACROSS = 6

_MARGIN, _GAP, _HEAD, _CAPTION = 20, 12, 92, 98  # in pixels
_PANE, _PLAIN_FRAME = "#131a22", "#2b3642"
_TITLE, _LARGE, _LETTERS = 24, 20, 14


@stage("drawing")
def draw_contact_sheet(
    candidates: Sequence[Candidate],
    pictures: Sequence[NDArray[np.uint8]],
    *,
    unit: str | None,
    notes: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """Lay out a sweep on a page.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one, ascending.
    pictures : sequence of (height, width, 3) ndarray of uint8
        One for each candidate, all of one size and as wide as `pane_width` says; or none at all.
    unit : str, optional
        Of the levels.
    notes : sequence of str
        Up to two lines below the title.

    Returns
    -------
    (height, WIDTH, 3) ndarray of uint8
    """
    inner = WIDTH - 2 * _MARGIN
    curves = draw_curves(candidates, inner, unit)
    columns, height = _columns(len(candidates)), (pictures[0].shape[0] + _CAPTION) if pictures else 0
    rows = -(-len(candidates) // columns) if pictures else 0
    below = _HEAD + rows * (height + _GAP) + _GAP
    page = Image.new("RGB", (WIDTH, below + curves.height + _MARGIN), GROUND)
    pen = ImageDraw.Draw(page)
    _write_head(pen, len(candidates), notes)
    for n, (one, picture) in enumerate(zip(candidates, pictures, strict=bool(pictures))):
        place = _MARGIN + n % columns * (picture.shape[1] + _GAP), _HEAD + n // columns * (height + _GAP)
        page.paste(Image.fromarray(picture), place)
        _write_caption(pen, one, (*place, picture.shape[1], picture.shape[0]), unit)
    page.paste(curves, (_MARGIN, below))
    return np.asarray(page)


def pane_width(count: int) -> int:
    """Give the width in pixels of each of so many pictures."""
    columns = _columns(count)
    return (WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns


def _columns(count: int) -> int:
    """Part the pictures into rows as long as each other, of six at most and four at least."""
    rows = -(-count // MOST_ACROSS)
    return max(4, -(-count // rows))


def _write_head(pen: ImageDraw.ImageDraw, count: int, notes: Sequence[str]) -> None:
    write(pen, (_MARGIN, 36), f"{count} levels and the surfaces that they give", _TITLE)
    x: float = WIDTH - _MARGIN
    for words, color in (("suggested", SUGGESTED_COLOR), ("taken by default", DEFAULT_COLOR)):
        write(pen, (x, 36), words, _LETTERS + 1, color=color, end="r")
        x -= text_width(words, _LETTERS + 1) + 8
        pen.rectangle((x - 16, 24, x, 36), outline=color, width=3)
        x -= 40
    for n, note in enumerate(notes):
        size = fitting_size(note, _LETTERS + 1, WIDTH - 2 * _MARGIN)
        write(pen, (_MARGIN, 60 + 20 * n), note, size, color=FAINT_INK)


def _write_caption(pen: ImageDraw.ImageDraw, one: Candidate, box: tuple[int, int, int, int], unit: str | None) -> None:
    """Write what the surface amounts to below its picture, and frame both."""
    left, top, width, height = box
    right, below, inset = left + width - 1, top + height, 10
    color = mark_color(one)
    pen.rectangle((left, below, right, below + _CAPTION - 1), fill=_PANE)
    write(pen, (left + inset, below + 25), " ".join(filter(None, [f"{one.level:g}", unit])), _LARGE, color=color or INK)
    if one.why:
        size = fitting_size(one.why, _LETTERS, width - 2 * inset)
        write(pen, (left + inset, below + 46), one.why, size, color=color or INK)
    pieces = f"{one.pieces:,} piece{'' if one.pieces == 1 else 's'}"
    facts = (
        (f"volume {_amount(one.volume_mm3 / 1000)} cm³", pieces),
        (f"area {_amount(one.area_mm2 / 100)} cm²", f"largest piece {one.largest_share:.0%}" if one.pieces else ""),
    )
    for n, (first, last) in enumerate(facts):
        size = fitting_size(f"{first}   {last}", _LETTERS, width - 2 * inset)
        write(pen, (left + inset, below + 68 + 19 * n), first, size, color=FAINT_INK)
        write(pen, (right - inset, below + 68 + 19 * n), last, size, color=FAINT_INK, end="r")
    pen.rectangle((left, top, right, below + _CAPTION - 1), outline=color or _PLAIN_FRAME, width=4 if color else 1)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"
