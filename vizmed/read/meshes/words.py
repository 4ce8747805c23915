"""Numbers in text whose words are known, but not yet that each of them is a number."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vizmed.errors import DamagedFileError
from vizmed.geometry import FloatArray


def numbers_of(words: Sequence[bytes], path: Path) -> FloatArray:
    """Read each word as a number.

    Parameters
    ----------
    words : sequence of bytes
        Without blanks in them.
    path : pathlib.Path
        The file, to complain of.

    Returns
    -------
    (n,) ndarray of float64

    Raises
    ------
    DamagedFileError
        If a word is no number.
    """
    numbers = numbers_in(b" ".join(words), path)
    if len(numbers) != len(words):  # "1-2" would be two
        raise DamagedFileError("its text holds what is no number", where=path)
    return numbers


def numbers_in(text: bytes, path: Path) -> FloatArray:
    """Read a text of numbers with blanks or line ends between them, however many there are; see `numbers_of`."""
    if not text.strip():
        return np.empty(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # numpy's word for text that is no number
            numbers: FloatArray = np.fromstring(text, dtype=np.float64, sep=" ")
    except (ValueError, DeprecationWarning) as damage:
        raise DamagedFileError("its text holds what is no number", where=path) from damage
    return numbers
