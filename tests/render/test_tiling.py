from __future__ import annotations

from itertools import pairwise

import pytest

from vizmed.errors import BudgetError, OptionError
from vizmed.render.tiling import lay_out


@pytest.mark.parametrize("count", [1, 2, 5, 12, 24, 25, 31, 200])
@pytest.mark.parametrize("tile_mm", [(300, 200), (200, 300), (250, 250), (400, 30), (30, 400)])
def test_tiles_lie_on_the_page_beside_each_other(count, tile_mm):
    tiling = lay_out(count, tile_mm, columns=None)
    width, height = tiling.page
    assert width == 1600
    boxes = [(*tiling.corner(n), *tiling.tile) for n in range(count)]
    assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
    for one, two in pairwise(boxes):
        beside = two[0] >= one[0] + one[2] and two[1] == one[1]
        below = two[0] == boxes[0][0] and two[1] >= one[1] + one[3]
        assert beside or below
    assert tiling.columns * (tiling.rows - 1) < count <= tiling.columns * tiling.rows
    assert tiling.tile[0] / tiling.scale == pytest.approx(tile_mm[0])
    assert tiling.tile[1] == pytest.approx(tile_mm[1] * tiling.scale, abs=1)


@pytest.mark.parametrize("count", [12, 20, 24, 30])
def test_pages_are_a_little_wider_than_high_and_their_last_row_is_filled(count):
    tiling = lay_out(count, (350, 280), columns=None)
    assert 0.9 < tiling.page[0] / tiling.page[1] < 2.1
    assert tiling.columns * tiling.rows - count <= tiling.columns / 2


def test_columns_are_those_asked_for():
    assert lay_out(20, (100, 100), columns=7).columns == 7
    assert lay_out(20, (100, 100), columns=7).rows == 3
    assert lay_out(3, (100, 100), columns=7).columns == 3, "there are no empty columns"
    with_head, without = (lay_out(20, (100, 100), columns=7, with_head=head) for head in (True, False))
    assert with_head.page[1] > without.page[1]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"columns": 0}, "one at least"),
        ({"columns": 50}, "wider page"),
        ({"columns": 3, "width": 100}, "320"),
        ({"columns": 3, "width": 100_000}, "16384"),
    ],
)
def test_what_has_no_room_is_refused(options, found):
    with pytest.raises(OptionError, match=found):
        lay_out(60, (100, 100), **options)


def test_a_page_has_a_largest_size():
    with pytest.raises(BudgetError, match="1600 x"):
        lay_out(100, (100, 100), columns=1)
    with pytest.raises(BudgetError, match="16384 x"):
        lay_out(4, (100, 100), columns=2, width=16_384)
