from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from vizmed.render.lettering import CAPITAL, Line, fitting_size, text_width, write, write_lines


def written(text: str, *, end: str = "l", size: float = 20) -> np.ndarray:
    page = Image.new("RGB", (300, 60))
    write(ImageDraw.Draw(page), (150, 40), text, size, color="#ffffff", end=end)
    return np.asarray(page)[..., 0] > 60


def columns(mask: np.ndarray) -> tuple[int, int]:
    found = np.flatnonzero(mask.any(axis=0))
    return int(found[0]), int(found[-1]) + 1


@pytest.mark.parametrize(("end", "left"), [("l", 150), ("m", 110), ("r", 70)])
def test_a_line_begins_ends_or_is_centred_at_its_place(end, left):
    text = "HHHHH"
    first, last = columns(written(text, end=end))
    width = text_width(text, 20)
    begins = {"l": 150, "m": 150 - width / 2, "r": 150 - width}[end]
    assert first == pytest.approx(begins, abs=3)
    assert last == pytest.approx(begins + width, abs=3)


@pytest.mark.parametrize(("raised", "plain"), [("cm²", "cm2"), ("cm³", "cm3")])
def test_a_raised_digit_is_smaller_and_stands_higher(raised, plain):
    """The font has none of its own, and would draw a box."""
    bare = columns(written("cm"))[1]
    small, large = (written(text)[:, bare:] for text in (raised, plain))
    rows_small, rows_large = (np.flatnonzero(mask.any(axis=1)) for mask in (small, large))
    assert len(rows_small) < 0.8 * len(rows_large)
    assert rows_small[-1] < rows_large[-1] - 4
    assert text_width("cm", 20) < text_width(raised, 20) < text_width(plain, 20)
    assert not np.array_equal(written("cm²"), written("cm³"))


def test_a_long_line_becomes_smaller_until_it_fits():
    text = "bone, near mid of Otsu's three, near vessel"
    size = fitting_size(text, 14, 200)
    assert text_width(text, size) <= 200 < text_width(text, 14)
    assert fitting_size("bone", 14, 200) == 14
    assert fitting_size(text * 9, 14, 10) >= 8 - 0.5


def test_lines_have_dark_rims_and_the_picture_stays_as_it_is():
    white = np.full((60, 300, 3), 255, np.uint8)
    page = write_lines(white, [Line(150, 40, "HH", 20, "#ff0000", "m")])
    assert (white == 255).all()
    letters, rim = (page == (255, 0, 0)).all(axis=-1), page.max(axis=-1) < 40
    rows = np.flatnonzero(letters.any(axis=1))
    assert rows[-1] + 1 == pytest.approx(40, abs=1)
    assert len(rows) == pytest.approx(CAPITAL * 20, abs=1)
    # each letter is surrounded: what lies beside it is not the picture's white
    first, last = columns(letters)
    assert rim[rows[3], first - 1]
    assert rim[rows[3], last]
    assert not rim[:, : first - 6].any()


def test_a_rim_changes_no_letters_place():
    plain, rimmed = Image.new("RGB", (100, 40)), Image.new("RGB", (100, 40))
    write(ImageDraw.Draw(plain), (10, 30), "AL", 18)
    write(ImageDraw.Draw(rimmed), (10, 30), "AL", 18, rim=2)
    assert np.array_equal(np.asarray(plain), np.asarray(rimmed))  # black on black
