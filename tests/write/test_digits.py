"""Numbers as text: to the letter what Python's own ``%`` writes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vizmed.write import digits
from vizmed.write.digits import rows_of_text

REALS, WHOLE = "v %.9g %.9g %.9g\n", '<t a="%d" b="%d"/>\n'


@pytest.fixture(scope="module", autouse=True)
def few_rows_too():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits, "FEW", 0)
        yield


def written_by_python(row, numbers) -> bytes:
    return (row * len(numbers) % tuple(numbers.ravel().tolist())).encode()


def assert_as_python(row, numbers) -> None:
    assert rows_of_text(row, numbers) == written_by_python(row, numbers)


@given(arrays(np.float32, (4, 3), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_any_reals(numbers):
    assert_as_python(REALS, numbers)


@given(arrays(np.int64, (4, 2), elements=st.integers(-(10**12), 10**12)))
def test_any_whole_numbers(numbers):
    assert_as_python(WHOLE, numbers)


@pytest.fixture
def never_by_python(monkeypatch):
    """Make sure that numpy writes, and not what it falls back to."""
    usual = digits._is_usual

    def is_usual(columns, dtype):
        assert usual(columns, dtype)
        return True

    monkeypatch.setattr(digits, "_is_usual", is_usual)


@pytest.mark.usefixtures("never_by_python")
def test_every_size_of_reals():
    numbers = np.random.default_rng(1).integers(0, 2**32, 600_000, dtype=np.uint32).view(np.float32)
    with np.errstate(invalid="ignore"):  # some are no numbers
        sizes = np.abs(numbers.astype(np.float64))
    numbers = numbers[(sizes >= 1e-4) & (sizes < 1e9)]
    assert len(numbers) > 90_000
    for decade in range(-4, 9):
        some = numbers[np.floor(np.log10(np.abs(numbers.astype(np.float64)))) == decade]
        assert len(some) > 6000
        assert_as_python(REALS, some[: len(some) // 3 * 3].reshape(-1, 3))


@pytest.mark.usefixtures("never_by_python")
def test_reals_beside_powers_of_ten_and_halves_of_the_last_digit():
    tens = np.float32(10.0) ** np.arange(-3, 9, dtype=np.float32)
    beside = [np.nextafter(tens, np.float32(end)) for end in (0, np.inf)]
    halves = np.float32(0.5) ** np.arange(14) + np.arange(14, dtype=np.float32) * 1000
    numbers = np.concatenate([tens, *beside, halves, [0.0, 0.1, 999999936, 4194303.75]]).astype(np.float32)
    numbers = np.concatenate([numbers, -numbers])
    assert_as_python(REALS, np.repeat(numbers, 3).reshape(-1, 3))


@pytest.mark.usefixtures("never_by_python")
@pytest.mark.parametrize("count", range(1, 10))
def test_whole_numbers_of_every_length(count):
    numbers = np.random.default_rng(count).integers(0, 10**count, (2000, 2), dtype=np.int32)
    numbers[:2] = [[0, 10**count - 1], [10 ** (count - 1), 9]]
    assert_as_python(WHOLE, numbers)


@pytest.mark.parametrize("number", [1e-4, -1e-5, 1e-45, 1e9, 3e38, np.nan, np.inf], ids=lambda number: f"{number:.0e}")
def test_what_has_an_exponent(number):
    assert_as_python(REALS, np.array([[1, number, 2]], np.float32))


def test_reals_of_more_digits_than_float32():
    assert_as_python(REALS, np.array([[1 / 3, 1e5 / 7, 123456.7890625]]))


def test_no_rows():
    assert rows_of_text(REALS, np.empty((0, 3), np.float32)) == b""
