"""The limits that readers are held against: programs that make nothing of the bytes."""

from __future__ import annotations

import sys

import pytest
from benchmarks import reading
from benchmarks.contest import UnavailableError
from benchmarks.contests import CONTESTS


@pytest.fixture
def series(tmp_path):
    for n, size in enumerate((1, 70_000, 3)):
        (tmp_path / f"IM{n}.dcm").write_bytes(bytes(size))
    return tmp_path


def test_cat_is_the_systems_own_and_is_given_every_file(series, monkeypatch):
    monkeypatch.setattr(reading.shutil, "which", lambda _name: sys.executable)
    work, look = reading.with_cat(series)
    assert work.func is reading.subprocess.run
    assert work.args[0][0] == sys.executable
    assert sorted(work.args[0][1:]) == sorted(map(str, series.iterdir()))
    assert look(None) == {}


def test_without_cat_it_is_skipped(series, monkeypatch):
    monkeypatch.setattr(reading.shutil, "which", lambda _name: None)
    with pytest.raises(UnavailableError, match="no cat"):
        reading.with_cat(series)


def test_every_byte_goes_into_one_buffer(series):
    assert reading.into_one_buffer(series)[0]() == 70_004


def test_both_limits_are_in_the_table_and_the_process_is_the_goal():
    contestants = CONTESTS["read"].contestants
    assert contestants["cat"].prepare is reading.with_cat
    assert contestants["bytes into one buffer"].prepare is reading.into_one_buffer
