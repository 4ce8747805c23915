"""Names of things that lie close together, written beside each other and not over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from vizmed.render.lettering import Line, text_width

_ABOVE, _BELOW, _RIM = 0.78, 0.24, 0.12
"""How far letters reach above and below their base line, and the rim around them, as parts of their size."""

_SMOOTHED = 1.0
"""Pixels by which the edges of both may be wider."""

_MOST_LINES = 6
"""How far a name is moved: beyond, it would be taken for another thing's."""

_ROUNDING = 1e-6
"""In pixels."""


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return min(across, down) > _ROUNDING


def apart(lines: Iterable[Line], fixed: Sequence[Line], size: tuple[int, int]) -> list[Line]:
    """Move lines off each other and off those that stay where they are.

    Parameters
    ----------
    lines : iterable of Line
        Each goes to the first free place below, above or to the right of its own.
    fixed : sequence of Line
    size : (width, height) tuple of int
        Of the picture, which holds them all, unless they are longer than it.

    Returns
    -------
    list of Line
        In their order. One that finds no room stays where it was.
    """
    taken = [_box(line) for line in fixed]
    moved = []
    for line in lines:
        wanted = _within(line, size)
        free = (place for place in _places(wanted) if _within(place, size) == place)
        chosen = next((place for place in free if not any(_box(place).meets(box) for box in taken)), wanted)
        taken.append(_box(chosen))
        moved.append(chosen)
    return moved


def _places(line: Line) -> Iterator[Line]:
    box = _box(line)
    height, width = box.bottom - box.top, box.right - box.left
    yield line
    for n in range(1, _MOST_LINES + 1):
        yield line._replace(y=line.y + n * height)
        yield line._replace(y=line.y - n * height)
        yield line._replace(x=line.x + width + (n - 1) * height)


def _within(line: Line, size: tuple[int, int]) -> Line:
    """Move a line into the picture; its beginning is there in any case."""
    box = _box(line)
    right, down = max(0.0, -box.left), max(0.0, -box.top)
    right = right or max(min(0.0, size[0] - box.right), -box.left)
    down = down or max(min(0.0, size[1] - box.bottom), -box.top)
    return line._replace(x=line.x + right, y=line.y + down) if abs(right) + abs(down) > _ROUNDING else line


def _box(line: Line) -> _Box:
    """Give what letters fill, with their rim."""
    rim = max(1.0, _RIM * line.size) + _SMOOTHED / 2
    width = text_width(line.text, line.size)
    left = line.x - {"l": 0.0, "m": 0.5, "r": 1.0}[line.end] * width
    top, bottom = line.y - _ABOVE * line.size, line.y + _BELOW * line.size
    return _Box(left - rim, top - rim, left + width + rim, bottom + rim)
