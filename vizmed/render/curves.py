"""Area, volume and number of pieces against the level, as curves, by Pillow alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from vizmed.render.lettering import FAINT_INK, text_width, write
from vizmed.render.scale import Scale, scale_of
from vizmed.surface.sweep import Candidate

GROUND = "#0b0f14"
DEFAULT_COLOR, SUGGESTED_COLOR = "#59d185", "#ffd24d"
"""Of the level that a surface lies at where nothing is asked for, and of the others that are suggested."""

CURVES: tuple[tuple[str, str, Callable[[Candidate], float]], ...] = (
    ("area, cm²", "#7fb8ea", lambda one: one.area_mm2 / 100),
    ("volume, cm³", "#f0a878", lambda one: one.volume_mm3 / 1000),
    ("pieces", "#c39bea", lambda one: float(one.pieces)),
)
"""Title, colour and values of each curve."""

_GRID, _FRAME, _DEFAULT_LINE, _SUGGESTED_LINE = "#1b232c", "#3a4653", "#2f7a4e", "#75642d"
_FINER = 3
"""Pixels along a side that become one, so that slanting lines have no steps."""

_LETTERS, _ROW, _LEFT, _LEAST_RIGHT, _PANEL, _GAP, _DOT = 14, 21, 84, 130, 116, 14, 4.5  # in pixels
_TICKS_ACROSS, _TICKS_UP = 10, 4

Point = tuple[float, float]


@dataclass(frozen=True)
class _Curve:
    """A curve in a panel of its own, in pixels of the finished picture."""

    title: str
    color: str
    values: tuple[float, ...]
    scale: Scale
    top: float

    def y(self, value: float) -> float:
        return self.top + (1 - self.scale.share(value)) * _PANEL


@dataclass(frozen=True)
class _Mark:
    """A suggested level: its words stand above the panels beside its line, in a row clear of the lines to the right."""

    x: float
    words: str
    color: str
    line_color: str
    row: int


@dataclass(frozen=True)
class _Plot:
    """All that is drawn: the levels' axis from its left end to its right one, curves, marks."""

    across: Scale
    right: float
    places: tuple[float, ...]
    dot_colors: tuple[str | None, ...]
    curves: tuple[_Curve, ...]
    marks: tuple[_Mark, ...]

    @property
    def bottom(self) -> float:
        return self.curves[-1].top + _PANEL


def mark_color(candidate: Candidate) -> str | None:
    """Give the colour that a suggested level is marked in, None for another."""
    if candidate.is_default:
        return DEFAULT_COLOR
    return SUGGESTED_COLOR if candidate.why else None


def draw_curves(candidates: Sequence[Candidate], width: int, unit: str | None) -> Image.Image:
    """Draw the three curves above each other, with the suggested levels as lines through all of them.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one, ascending.
    width : int
        Of the picture in pixels; its height follows.
    unit : str, optional
        Of the levels.
    """
    plot = _laid_out(candidates, width)
    height = round(plot.bottom) + 2 * _ROW + 8
    page = Image.new("RGB", (width * _FINER, height * _FINER), GROUND)
    _draw_lines(ImageDraw.Draw(page), plot)
    page = page.resize((width, height), Image.Resampling.LANCZOS)
    _write_words(ImageDraw.Draw(page), plot, f"level, {unit}" if unit else "level, in the scan's own values")
    return page


def _laid_out(candidates: Sequence[Candidate], width: int) -> _Plot:
    levels = [one.level for one in candidates]
    room = 0.03 * (levels[-1] - levels[0]) or max(1.0, abs(levels[0]))
    across = Scale(levels[0] - room, levels[-1] + room)
    # words of the last marks reach beyond the panels, to where the titles are
    right = width - max(_LEAST_RIGHT, *(text_width(_words(one), _LETTERS) + 2 * _DOT for one in candidates[-2:]))
    places = tuple(_LEFT + across.share(level) * (right - _LEFT) for level in levels)
    marks = _marks(candidates, places)
    first = _ROW * (1 + max((mark.row for mark in marks), default=-1)) + 8
    curves = []
    for n, (title, color, value) in enumerate(CURVES):
        values = tuple(value(one) for one in candidates)
        curves.append(_Curve(title, color, values, scale_of(values), first + n * (_PANEL + _GAP)))
    return _Plot(across, right, places, tuple(map(mark_color, candidates)), tuple(curves), marks)


def _words(candidate: Candidate) -> str:
    return f"{candidate.level:g}  {candidate.why or 'the default'}"


def _marks(candidates: Sequence[Candidate], places: Sequence[float]) -> tuple[_Mark, ...]:
    """Stack the words of neighbours: each lies below all that reach over its line."""
    reaching: list[tuple[float, int]] = []
    marks = []
    for one, x in zip(candidates, places, strict=True):
        color = mark_color(one)
        if color is None:
            continue
        row = max((row + 1 for end, row in reaching if end > x - _DOT), default=0)
        reaching.append((x + 2 * _DOT + text_width(_words(one), _LETTERS), row))
        marks.append(_Mark(x, _words(one), color, _DEFAULT_LINE if one.is_default else _SUGGESTED_LINE, row))
    return tuple(marks)


def _draw_lines(pen: ImageDraw.ImageDraw, plot: _Plot) -> None:
    upright = [_LEFT + plot.across.share(tick) * (plot.right - _LEFT) for tick in plot.across.ticks(_TICKS_ACROSS)]
    for curve in plot.curves:
        low = curve.top + _PANEL
        for x in upright:
            _line(pen, [(x, curve.top), (x, low)], _GRID, 1)
        for tick in curve.scale.ticks(_TICKS_UP):
            _line(pen, [(_LEFT, curve.y(tick)), (plot.right, curve.y(tick))], _GRID, 1)
        corners = [(_LEFT, curve.top), (plot.right, curve.top), (plot.right, low), (_LEFT, low), (_LEFT, curve.top)]
        _line(pen, corners, _FRAME, 1)
    for mark in plot.marks:
        _line(pen, [(mark.x, mark.row * _ROW + 4), (mark.x, plot.bottom)], mark.line_color, 1.6)
    for curve in plot.curves:
        points = [(x, curve.y(value)) for x, value in zip(plot.places, curve.values, strict=True)]
        _line(pen, points, curve.color, 2)
        for (x, y), color in zip(points, plot.dot_colors, strict=True):
            radius = _FINER * (_DOT if color else 0.7 * _DOT)
            pen.circle((_FINER * x, _FINER * y), radius, fill=color or curve.color, outline=GROUND, width=_FINER)


def _line(pen: ImageDraw.ImageDraw, points: Sequence[Point], color: str, width: float) -> None:
    pen.line([(_FINER * x, _FINER * y) for x, y in points], fill=color, width=round(_FINER * width), joint="curve")


def _write_words(pen: ImageDraw.ImageDraw, plot: _Plot, title: str) -> None:
    for mark in plot.marks:
        write(pen, (mark.x + _DOT, (mark.row + 1) * _ROW - 4), mark.words, _LETTERS, color=mark.color)
    beside = plot.right + 12
    for curve in plot.curves:
        write(pen, (beside, curve.top + _LETTERS), curve.title, _LETTERS + 2, color=curve.color)
        if curve.scale.is_log:
            write(pen, (beside, curve.top + 2.5 * _LETTERS), "logarithmic", _LETTERS - 1, color=FAINT_INK)
        for tick in curve.scale.ticks(_TICKS_UP):
            written = f"{tick:,.0f}" if tick >= 1 else f"{tick:g}"
            place = _LEFT - 8, curve.y(tick) + 0.35 * _LETTERS
            write(pen, place, written, _LETTERS - 1, color=FAINT_INK, end="r")
    for tick in plot.across.ticks(_TICKS_ACROSS):
        x = _LEFT + plot.across.share(tick) * (plot.right - _LEFT)
        write(pen, (x, plot.bottom + _ROW - 2), f"{tick:g}", _LETTERS - 1, color=FAINT_INK, end="m")
    middle = (_LEFT + plot.right) / 2
    write(pen, (middle, plot.bottom + 2 * _ROW), title, _LETTERS, color=FAINT_INK, end="m")
