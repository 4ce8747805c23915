"""Numbers as text by numpy, without the interpreter's lock: to the letter what Python's ``%d`` and ``%.9g`` write.

A row of text is laid out with room for the longest numbers, digits are looked up in fours, and what a number does not
need of its room is left out in the end.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBER = re.compile(r"(%d|%\.9g)")

FEW = 64
"""Rows that Python alone writes in less time."""

_FOUR = 10_000
_DIGITS = np.arange(_FOUR)[:, None] // (1000, 100, 10, 1) % 10
_FOURS = (_DIGITS + ord("0")).astype(np.uint8).view("V4").ravel()
"""The four digits of each number."""

_MOST_FOURS = 3
_AHEAD = 4 * np.arange(_MOST_FOURS)[:, None]
_LENGTHS, _DECIMALS = (
    np.where(ends > 0, ends + _AHEAD, 0)
    for ends in (np.where(_DIGITS, (4, 3, 2, 1), 0).max(axis=1), np.where(_DIGITS, (1, 2, 3, 4), 0).max(axis=1))
)
"""How many digits are written because of each four: from its first one that is no 0, where 0, 1 or 2 fours are behind
it; up to its last one, where so many are before it."""

_MOST_DECIMALS = 4 * _MOST_FOURS
_SMALLEST, _LARGEST = 1e-4, 1e9
"""Between them ``%.9g`` writes no exponent, and a float32 times its power of ten has no more than 53 bits: it is exact
in float64, and rounded but once."""

_POWERS = 10.0 ** np.arange(_MOST_DECIMALS + 1)
_DECIMALS_WRITTEN = np.arange(1 + _MOST_DECIMALS) <= np.array([-1, *range(1, _MOST_DECIMALS + 1)])[:, None]
"""By their number, which of the point and the decimals are written: of none, not even the point."""


def rows_of_text(row: str, numbers: NDArray[Any]) -> bytes:
    """Write rows (n, columns) of numbers.

    Parameters
    ----------
    row : str
        How a row is written, with a ``%d`` or a ``%.9g`` for each column.
    numbers : (n, columns) ndarray
        Integers for ``%d``, reals for ``%.9g``.
    """
    columns = numbers.T.astype(np.float64)  # in float32, 0.0001 would be what is next to it
    largest = np.abs(columns).max(initial=0)
    if len(numbers) < FEW or not largest < _LARGEST or not _is_usual(columns, numbers.dtype):
        return (row * len(numbers) % tuple(numbers.ravel().tolist())).encode()
    fours = 1 + sum(bool(largest >= end) for end in (_FOUR, _FOUR**2))
    rooms = {"%d": "0000" * fours, "%.9g": "-" + "0000" * fours + "." + "0" * _MOST_DECIMALS}
    parts = [rooms.get(word, word) for word in _NUMBER.split(row)]
    letters = np.tile(np.frombuffer("".join(parts).encode(), np.uint8), (len(numbers), 1))
    written = np.ones(letters.shape, np.bool_)
    for n, column in enumerate(columns):
        start = len("".join(parts[: 2 * n + 1]))
        room = slice(start, start + len(parts[2 * n + 1]))
        lay_out = _lay_out_real if numbers.dtype.kind == "f" else _lay_out_whole
        lay_out(column, letters[:, room], written[:, room])
    return letters[written].tobytes()


def _is_usual(numbers: NDArray[np.float64], dtype: np.dtype[Any]) -> bool:
    """Whether whole numbers have no sign, and reals are float32 that are written without an exponent."""
    if dtype.kind in "iu":
        return bool(numbers.min(initial=0) >= 0)
    sizes = np.abs(numbers)
    return dtype == np.float32 and not ((sizes < _SMALLEST) & (sizes > 0)).any()


def _lay_out_real(values: NDArray[np.float64], letters: NDArray[np.uint8], written: NDArray[np.bool_]) -> None:
    """Lay out the sign, the whole part, the point and the decimals."""
    size = np.abs(values)
    exponents = np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0)).astype(np.intp)
    power = _POWERS.take(8 - exponents)
    digits = np.rint(size * power)  # nine, as a whole number; as Python does, halves go to the even one
    whole = np.floor(digits / power)
    decimals = (digits - whole * power) * _POWERS.take(_MOST_DECIMALS - 8 + exponents)
    point = -1 - _MOST_DECIMALS
    written[:, 0] = np.signbit(values)
    _lay_out_whole(whole, letters[:, 1:point], written[:, 1:point])
    fours = _in_fours(decimals, letters[:, point + 1 :])[::-1]
    count = np.maximum.reduce([lengths.take(four) for lengths, four in zip(_DECIMALS, fours, strict=True)])
    _records(written[:, point:])[:] = _records(_DECIMALS_WRITTEN).take(count)


def _lay_out_whole(values: NDArray[np.float64], letters: NDArray[np.uint8], written: NDArray[np.bool_]) -> None:
    width = letters.shape[1]
    fours = _in_fours(values, letters)
    count = np.maximum.reduce([lengths.take(four) for lengths, four in zip(_LENGTHS, fours, strict=False)])
    by_count = np.arange(width) >= width - np.maximum(np.arange(width + 1), 1)[:, None]  # 0 has a digit too
    _records(written)[:] = _records(by_count).take(count)


def _in_fours(values: NDArray[np.float64], letters: NDArray[np.uint8]) -> list[NDArray[np.intp]]:
    """Write the digits of whole numbers over the whole width, and give them in fours, the last ones first."""
    fours = []
    for end in range(letters.shape[1], 0, -4):
        rest = np.floor(values / _FOUR)
        fours.append((values - rest * _FOUR).astype(np.intp))
        _records(letters[:, end - 4 : end])[:] = _FOURS.take(fours[-1])
        values = rest
    return fours


def _records(rows: NDArray[Any]) -> NDArray[np.void]:
    """View rows of letters as what is moved in one go."""
    return rows.view(f"V{rows.shape[1]}")[:, 0]
