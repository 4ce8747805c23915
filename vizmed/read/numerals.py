"""Voxels that are written as text."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError

BYTES_A_NUMBER = 32
"""Most bytes of text that one number takes; a float64 with its blank needs 25."""


def numbers_in_text(text: bytes, count: int, dtype: np.dtype[Any], where: Path) -> NDArray[Any]:
    """Read numbers with blanks or line ends between them.

    Parameters
    ----------
    text : bytes
    count : int
        How many there must be.
    dtype : numpy.dtype
    where : pathlib.Path
        The file, to complain of.

    Raises
    ------
    DamagedFileError
        If there are more or fewer, or others than the type holds.
    """
    if not 2 * count - 1 <= len(text) <= (count + 1) * BYTES_A_NUMBER:
        raise DamagedFileError(f"{len(text):,} bytes of text cannot be {count:,} numbers", where=where)
    try:
        numbers = _parsed(text, dtype)
    except (ValueError, OverflowError, DeprecationWarning) as damage:
        raise DamagedFileError(f"its text holds what is no {dtype.name} number", where=where) from damage
    if numbers.size != count:
        raise DamagedFileError(f"its text holds {numbers.size:,} numbers, not {count:,}", where=where)
    return numbers


def _parsed(text: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return np.array([int(word) for word in text.split()], dtype=dtype)
    wide = np.float64 if dtype.kind == "f" else np.int64
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
        numbers: NDArray[Any] = np.fromstring(text, dtype=wide, sep=" ")
    if dtype.kind in "iu" and numbers.size:
        ends = np.iinfo(dtype)
        if numbers.min() < ends.min or numbers.max() > ends.max:
            raise OverflowError
    with np.errstate(over="ignore"):
        return numbers.astype(dtype)
