from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageColor

from tests.render.page.pages import words_of
from tests.render.page.test_drawn_over import BLACK, BOX, box, moved
from vizmed.marks import Marks, Spot
from vizmed.render.lettering import Line, write_lines
from vizmed.render.page.apart import apart
from vizmed.render.page.colors import letters_of
from vizmed.segmentation import LABEL_COLORS

SIZE = (400, 300)


def inked(line: Line) -> np.ndarray:
    """Where a line and its rim are seen on grey."""
    gray = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    return (write_lines(gray, [line]) != gray).any(axis=-1)


def test_what_is_apart_stays_where_it_is():
    lines = [Line(20, 50, "one", 14), Line(200, 50, "other", 14, end="m"), Line(390, 250, "third", 14, end="r")]
    assert apart(lines, [], SIZE) == lines


@pytest.mark.parametrize("size", [10, 14.5, 30])
def test_of_two_in_one_place_the_second_is_below_and_the_third_above(size):
    lines = apart([Line(150, 150, word, size) for word in ("nodule", "jaw", "gypsum")], [], SIZE)
    assert lines[0] == Line(150, 150, "nodule", size)
    assert lines[1].y > 150 > lines[2].y
    assert lines[1].x == lines[2].x == 150
    for one, other in combinations(lines, 2):
        assert not (inked(one) & inked(other)).any()


def test_one_that_lies_on_what_stays_is_moved():
    fixed = Line(0, 20, "Axial 161/275", 14)
    (line,) = apart([Line(30, 22, "nodule", 14)], [fixed], SIZE)
    assert not (inked(line) & inked(fixed)).any()


def test_at_the_bottom_there_is_no_room_below():
    lines = apart([Line(150, 294, word, 14) for word in ("one", "two")], [], SIZE)
    assert lines[1].y < lines[0].y


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            Line,
            st.floats(0, 400),
            st.floats(0, 300),
            st.sampled_from(["a", "nodule", "lymph node, left"]),
            st.just(12.0),
            st.just("#ffffff"),
            st.sampled_from("lmr"),
        ),
        max_size=6,
    )
)
def test_all_lie_within_the_picture_and_on_no_other(lines):
    found = apart(lines, [], SIZE)
    assert [line.text for line in found] == [line.text for line in lines]
    masks = [inked(line) for line in found]
    for one, other in combinations(masks, 2):
        assert not (one & other).any()
    for mask, line in zip(masks, found, strict=True):
        # all of its ink is there: nothing is cut off
        alone = inked(line._replace(x=200, y=150, end="m"))
        assert mask.sum() == pytest.approx(alone.sum(), rel=0.12)


def test_the_names_of_marks_that_are_close_lie_beside_each_other(monkeypatch):
    marks = Marks(
        tuple(box(points=moved(BOX, n, n / 2, 0), label=f"nodule {n}") for n in range(4)),
        tuple(Spot(np.array([5.0, 5 + n, 4]), f"stone {n}", "#00ffff", 2.0) for n in range(3)),
    )
    said = words_of(monkeypatch, BLACK, marks=marks, at=(0, 0, 4), planes=("axial",), window=(100.0, 50.0))
    named = [word for word, _ in said if word.split()[0] in ("nodule", "stone")]
    assert len(named) == 7
    for (a, b, c, d), (left, top, right, bottom) in combinations([place for _, place in said], 2):
        assert right <= a or c <= left or bottom <= b or d <= top


def test_letters_of_a_colour_are_lighter_and_of_its_hue():
    for color in LABEL_COLORS:
        before, after = (np.array(ImageColor.getrgb(one)) for one in (color, letters_of(color)))
        assert (after >= before).all()
        assert after @ [0.2126, 0.7152, 0.0722] >= 120
        assert (np.argsort(before, kind="stable") == np.argsort(after, kind="stable")).all()
