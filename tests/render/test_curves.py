from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vizmed.render import curves
from vizmed.render.curves import CURVES, DEFAULT_COLOR, SUGGESTED_COLOR, draw_curves
from vizmed.render.lettering import text_width
from vizmed.surface.sweep import Candidate

WIDTH = 1000


def color(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def near(page: np.ndarray, wanted: str) -> np.ndarray:
    return np.abs(page.astype(int) - color(wanted)).max(axis=-1) < 40


def candidate(level: float, amount: float, why: str | None = "bone", *, default: bool = False) -> Candidate:
    return Candidate(level, 100 * amount, 1000 * amount, round(amount), 0.5, why, default)


def panels(page: np.ndarray, found: list[Candidate]) -> list[np.ndarray]:
    """Cut the panels of a picture, without the words above and beside them."""
    plot = curves._laid_out(found, page.shape[1])
    cut = slice(curves._LEFT, round(plot.right))
    return [page[round(one.top) : round(one.top) + curves._PANEL, cut] for one in plot.curves]


def dots(panel: np.ndarray, wanted: str, count: int) -> list[tuple[float, float]]:
    """Find the middles (x, y) of so many dots, from left to right."""
    mask = near(panel, wanted)
    filled = np.flatnonzero(mask.any(axis=0))
    groups = np.split(filled, np.flatnonzero(np.diff(filled) > 3) + 1)
    assert len(groups) == count
    return [(float(group.mean()), float(np.nonzero(mask[:, group])[0].mean())) for group in groups]


def test_dots_lie_where_level_and_value_say():
    found = [candidate(0, 800), candidate(100, 600), candidate(300, 200)]
    page = np.asarray(draw_curves(found, WIDTH, "HU"))
    for panel in panels(page, found):
        (x0, y0), (x1, y1), (x2, y2) = dots(panel, SUGGESTED_COLOR, 3)
        assert (x2 - x1) / (x1 - x0) == pytest.approx(2, abs=0.02)
        assert (y2 - y1) / (y1 - y0) == pytest.approx(2, abs=0.05)
        assert y0 < y1 < y2


def test_on_a_logarithmic_scale_factors_are_as_long_as_each_other():
    found = [candidate(0, 90_000), candidate(1, 900), candidate(2, 9)]
    page = np.asarray(draw_curves(found, WIDTH, None))
    for panel in panels(page, found):
        (_, y0), (_, y1), (_, y2) = dots(panel, SUGGESTED_COLOR, 3)
        assert y1 - y0 == pytest.approx(y2 - y1, abs=1)
        assert y1 - y0 > 20


def test_the_default_is_green_and_an_unnamed_level_is_not_marked():
    found = [candidate(0, 900, None), candidate(5, 500, default=True), candidate(9, 300, "skin")]
    page = np.asarray(draw_curves(found, WIDTH, None))
    for panel in panels(page, found):
        ((x, _),) = dots(panel, DEFAULT_COLOR, 1)
        ((y, _),) = dots(panel, SUGGESTED_COLOR, 1)
        assert x < y
    assert [mark.words.split() for mark in curves._laid_out(found, WIDTH).marks] == [["5", "bone"], ["9", "skin"]]


def test_each_curve_is_drawn_in_its_panel_and_its_title_beside_it():
    found = [candidate(0, 900, None), candidate(5, 500), candidate(9, 300, None)]
    page = np.asarray(draw_curves(found, WIDTH, None))
    plot = curves._laid_out(found, WIDTH)
    for n, panel in enumerate(panels(page, found)):
        for other, (_, wanted, _) in enumerate(CURVES):
            drawn = near(panel, wanted).any(axis=0).mean()
            assert (drawn > 0.8) == (n == other), "a line from end to end, and no other"
        beside = page[round(plot.curves[n].top) :][: curves._PANEL, round(plot.right) :]
        assert near(beside, CURVES[n][1]).sum() > 50


def test_one_level_alone_is_drawn():
    (one,) = found = [candidate(7, 3, default=True)]
    page = np.asarray(draw_curves(found, WIDTH, None))
    for panel in panels(page, found):
        ((x, _),) = dots(panel, DEFAULT_COLOR, 1)
        assert x == pytest.approx(panel.shape[1] / 2, abs=2)
    assert one.why in curves._laid_out(found, WIDTH).marks[0].words


def test_a_surface_that_is_lost_lies_at_the_foot():
    found = [candidate(0, 900), candidate(5, 0)]
    for panel in panels(np.asarray(draw_curves(found, WIDTH, None)), found):
        below = near(panel[-curves._PANEL // 20 :], SUGGESTED_COLOR)
        assert below[:, panel.shape[1] // 2 :].any()


@settings(max_examples=60, deadline=None)
@given(
    levels=st.lists(st.integers(-1000, 3000), min_size=1, max_size=12, unique=True),
    why=st.sampled_from(["bone", "Otsu's", "skin, near mid of Otsu's three"]),
)
def test_no_word_lies_on_another_or_on_a_line_and_none_is_cut(levels, why):
    found = [candidate(level, 5, why) for level in sorted(levels)]
    plot = curves._laid_out(found, 1560)
    boxes = [(mark.x, mark.x + curves._DOT + text_width(mark.words, curves._LETTERS), mark.row) for mark in plot.marks]
    assert len(boxes) == len(found)
    for n, (left, right, row) in enumerate(boxes):
        assert right <= 1560
        for other_left, other_right, other_row in boxes[n + 1 :]:
            reaches_down = other_row <= row  # its line crosses this one's row
            assert not (reaches_down and left < other_left < right)
            assert not (other_row == row and other_left < right and left < other_right)
    assert all(low.x < high.x for low, high in pairwise(plot.marks))
