"""Some hundreds of wounded files a format; `scripts/fuzz` reads as many as asked for."""

from __future__ import annotations

import pytest

from tests.fuzz import SEEDS, fuzz
from vizmed.read import read

MUTANTS = 150


@pytest.mark.parametrize("name", SEEDS)
def test_wounded_files_are_read_or_refused(name, tmp_path):
    outcomes, failures = fuzz(name, tmp_path, MUTANTS, seed=20)
    assert failures == []
    assert outcomes.total() == MUTANTS
    assert outcomes["refused"] > MUTANTS // 10


@pytest.mark.parametrize("name", SEEDS)
def test_the_sound_files_are_read(name, tmp_path):
    assert read(SEEDS[name](tmp_path / "sound")).shape[:2] == (7, 6)
