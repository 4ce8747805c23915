"""How tiles of one size are laid on a page."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log

from vizmed.errors import BudgetError, OptionError

WIDTH = 1600
"""Of a page in pixels, where nothing else is asked for."""

_NARROWEST, _MOST_SIDE, _MOST_PIXELS = 320, 16_384, 200_000_000
_SMALLEST_TILE = 48  # pixels across

_MARGIN, _GAP, _HEAD = 18, 4, 78  # in pixels of a page of WIDTH

_LIKED_SHAPE = 1.4
"""Width by height that a page comes near to, where the number of columns is left open."""

_EMPTY_COST = 0.6
"""How much a page is disliked of which the last row is empty: as much as one 1.8 times too high."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Where tiles lie on a page, in pixels.

    Parameters
    ----------
    columns, rows : int
    tile, page : (width, height) tuple of int
    scale : float
        Pixels a mm on the tiles.
    margin, gap, head : int
        Around all tiles, between two, and above the first row.
    """

    columns: int
    rows: int
    tile: tuple[int, int]
    page: tuple[int, int]
    scale: float
    margin: int
    gap: int
    head: int

    def corner(self, number: int) -> tuple[int, int]:
        """Give the left and upper edge of a tile; they are counted from 0, row by row."""
        row, column = divmod(number, self.columns)
        return self.margin + column * (self.tile[0] + self.gap), self.head + row * (self.tile[1] + self.gap)


def lay_out(
    count: int, tile_mm: tuple[float, float], *, columns: int | None, width: int = WIDTH, with_head: bool = True
) -> Tiling:
    """Lay out so many tiles.

    Parameters
    ----------
    count : int
    tile_mm : (width, height) tuple of float
    columns : int, optional
        As many as make the page a little wider than high, its last row well filled, where left out.
    width : int
        Of the page in pixels.
    with_head : bool
        Whether there is to be room for a title.

    Raises
    ------
    OptionError
        If there is no such width, or too little of it for so many columns.
    BudgetError
        If the page would be larger than 16,384 pixels along a side or 200,000,000 in all.
    """
    if not _NARROWEST <= width <= _MOST_SIDE:
        raise OptionError(f"the page is {width} pixels wide", remedy=f"It is {_NARROWEST} to {_MOST_SIDE}")
    if columns is not None and columns < 1:
        raise OptionError(f"there are {columns} columns", remedy="There is one at least")
    numbers = range(1, count + 1) if columns is None else (min(columns, count),)
    layouts = [_in_columns(count, tile_mm, number, width, with_head=with_head) for number in numbers]
    roomy = [one for one in layouts if one.tile[0] >= _SMALLEST_TILE]
    if not roomy:
        raise OptionError(
            f"{layouts[0].columns} columns leave {layouts[0].tile[0]} pixels a tile, and it has {_SMALLEST_TILE}",
            remedy="Take fewer, or a wider page",
        )
    best = min(roomy, key=lambda one: _disliked(one, count))
    if best.page[1] > _MOST_SIDE or best.page[0] * best.page[1] > _MOST_PIXELS:
        raise BudgetError(
            f"{count} tiles make a page of {best.page[0]} x {best.page[1]} pixels",
            remedy="Take larger steps, more columns or a narrower page",
        )
    return best


def _in_columns(count: int, tile_mm: tuple[float, float], columns: int, width: int, *, with_head: bool) -> Tiling:
    margin, gap = (max(2, round(pixels * width / WIDTH)) for pixels in (_MARGIN, _GAP))
    head = round(_HEAD * width / WIDTH) if with_head else margin
    # a tile that is higher than the page is wide would be seen by no one
    across = min((width - 2 * margin - (columns - 1) * gap) // columns, floor(width * tile_mm[0] / tile_mm[1]))
    across = max(1, across)
    scale = across / tile_mm[0]
    tile = across, max(1, round(tile_mm[1] * scale))
    rows = -(-count // columns)
    height = head + rows * (tile[1] + gap) - gap + margin
    return Tiling(columns, rows, tile, (width, height), scale, margin, gap, head)


def _disliked(one: Tiling, count: int) -> float:
    empty = (one.columns * one.rows - count) / one.columns
    return abs(log(one.page[0] / one.page[1] / _LIKED_SHAPE)) + _EMPTY_COST * empty
