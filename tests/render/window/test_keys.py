from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from vizmed.render.window.commands import COMMANDS
from vizmed.render.window.keys import ACTS, COLUMNS, Command
from vizmed.render.window.lettered import help_sheet, strip

LINES = [line for column in COLUMNS for section in column for line in section.lines]


def test_every_key_has_one_meaning():
    assert len(ACTS) == sum(len(line.acts) for line in LINES)


def test_every_command_of_the_table_is_there_and_every_command_has_a_key():
    wanted = {act for act in ACTS.values() if isinstance(act, str)}
    assert wanted == set(COMMANDS) == set(get_args(Command))


def test_every_line_says_something_and_every_key_is_in_a_line():
    assert all(line.shown and line.words for line in LINES)
    for line in LINES:
        for key in line.acts:
            if len(key) == 1:
                assert key in line.shown, key


@pytest.mark.parametrize("room", [(900, 700), (1200, 900), (640, 480)])
def test_the_help_fits_the_window(room):
    height, width, channels = help_sheet(room).shape
    assert channels == 4
    assert width <= room[0]
    assert height <= room[1]


def test_the_help_grows_with_the_window_up_to_what_is_easily_read():
    small, middle, large = (help_sheet(room).shape for room in ((500, 400), (900, 700), (3000, 2000)))
    assert small < middle == large


def rows_with_ink(picture: np.ndarray) -> int:
    """How many lines of text there are: runs of rows with bright pixels."""
    bright = (picture[..., :3].max(axis=-1) > 110).any(axis=1)
    return int(np.count_nonzero(np.diff(bright.astype(int)) == 1))


def test_every_line_and_heading_of_a_column_is_drawn():
    picture = help_sheet((2000, 2000))
    half = picture.shape[1] * 0.45
    for column, part in zip(COLUMNS, (picture[:, : int(half)], picture[:, int(half) :]), strict=True):
        assert rows_with_ink(part) >= sum(1 + len(section.lines) for section in column)


def test_a_strip_is_as_long_as_its_words():
    assert strip("much longer words").shape[1] > strip("words").shape[1]
    assert strip("words")[..., 3].min() == 0, "its corners are round"
    assert (strip("words")[..., :3].max(axis=-1) > 200).any()
