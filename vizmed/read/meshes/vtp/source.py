"""The arrays of a .vtp, stored as those of a .vti are, and never more of them than the file can hold."""

from __future__ import annotations

import re
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError
from vizmed.read.meshes.words import numbers_in
from vizmed.read.vti.data import layout_of, values_of
from vizmed.read.vti.markup import Element

_TYPES = {
    f"{sign}Int{bits}": f"{kind}{bits // 8}" for sign, kind in (("", "i"), ("U", "u")) for bits in (8, 16, 32, 64)
}
_TYPES |= {"Float32": "f4", "Float64": "f8"}

_MOST_INFLATION = 100
"""Largest ratio of all arrays to their file; VTK's own packing makes 2 to 20 of point numbers in order."""

_SMALL_BYTES = 256 << 20
"""Arrays up to this size are unpacked whatever their ratio."""

_LONGEST_TEXT, _LONGEST_TEXTS = 16, 1 << 20

_BYTES_OF_TEXT = 256
"""More than a short text takes, with the counts before it, packed and in base64."""


class Source:
    """Reads the arrays of a file.

    Parameters
    ----------
    data : mmap
    root : Element
    path : pathlib.Path
        To complain of.

    Raises
    ------
    DamagedFileError, CodecError
        For a header that contradicts itself, or other packing than ZLib.
    """

    def __init__(self, data: mmap, root: Element, path: Path):
        self.path = path
        self._data = data
        self._layout = layout_of(root, path)
        self._places = _places(root)
        self._left = max(_SMALL_BYTES, _MOST_INFLATION * len(data))

    def values(self, array: Element, count: int) -> NDArray[Any]:
        """Read the numbers of an array.

        Raises
        ------
        DamagedFileError
            If they are not there, or more or fewer than expected.
        BudgetError
            If all arrays so far are far larger than the file.
        """
        kind = _TYPES.get(array.attributes.get("type", ""))
        if kind is None:
            raise DamagedFileError(f"an array of it is of {array.attributes.get('type', '')[:40]!r}", where=self.path)
        dtype = np.dtype(kind)
        self._left -= count * dtype.itemsize
        if self._left < 0:
            raise BudgetError(f"an array of it needs {count * dtype.itemsize:,} bytes", where=self.path)
        return self._values(array, count, dtype, len(self._data))

    def text(self, array: Element) -> str | None:
        """Read a short text: its letters and a nought. None where it is none."""
        for length in range(2, _LONGEST_TEXT):
            try:
                letters = self._values(array, length, np.dtype(np.uint8), _BYTES_OF_TEXT)
            except DamagedFileError:  # of another length
                continue
            if letters[-1] == 0:
                return letters[:-1].tobytes().decode("ascii", "replace")
        return None

    def texts(self, array: Element) -> list[str]:
        """Read several texts, each with a nought behind it, where they are written as numbers; else none."""
        letters = b"".join(self._data[start:end] for start, end in array.spans)
        if array.attributes.get("format", "ascii") != "ascii" or len(letters) > _LONGEST_TEXTS:
            return []
        numbers = numbers_in(letters, self.path)
        if not ((numbers >= 0) & (numbers < 256)).all():
            return []
        return [text.decode("utf-8", "replace") for text in numbers.astype(np.uint8).tobytes().split(b"\0")[:-1]]

    def _values(self, array: Element, count: int, dtype: np.dtype[Any], most: int) -> NDArray[Any]:
        """Read numbers; of appended data only what lies before the next array is looked at, up to some bytes."""
        appended, offset = self._layout.appended, array.attributes.get("offset", "")
        if array.attributes.get("format") != "appended" or appended is None or not re.fullmatch(r"\d{1,18}", offset):
            return values_of(array, self._data, self._layout, count, dtype)
        opening, end = appended.spans[0]
        first = self._data.find(b"_", opening, opening + 256) + 1
        start = first + int(offset)
        next_ones = [first + place for place in self._places if place > int(offset)]
        piece = b"_" + self._data[start : min([*next_ones, end, start + most])]
        if not first or start >= end:
            raise DamagedFileError(f"it ends before its appended data at {offset}", where=self.path)
        layout = replace(self._layout, appended=replace(appended, spans=[(0, len(piece))]))
        return values_of(replace(array, attributes=array.attributes | {"offset": "0"}), piece, layout, count, dtype)


def _places(root: Element) -> list[int]:
    offsets = [array.attributes.get("offset", "") for array in _below(root)]
    return sorted({int(offset) for offset in offsets if re.fullmatch(r"\d{1,18}", offset)})


def _below(element: Element) -> list[Element]:
    waiting, found = [element], []
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].children
    return found
