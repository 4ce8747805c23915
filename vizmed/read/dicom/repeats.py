"""Headers of many files, each scanned where it departs from the one before.

From slice to slice a header repeats itself, byte for byte, but for a handful of elements: UIDs, numbers, positions.
Where an element begins, the same bytes are the same elements. So what was scanned in one file is compared in the next,
which takes a fifth of the time, and only the elements that a series has of its own for each slice are scanned again.
Whatever does not fit is scanned from the start.
"""

from __future__ import annotations

import struct
from itertools import pairwise

from vizmed.read.dicom.attributes import WANTED
from vizmed.read.dicom.scanner import (
    MAGIC_BEGIN,
    PIXEL_DATA,
    TRANSFER_SYNTAX,
    OutOfTheOrdinaryError,
    Passed,
    Scanned,
    end_of,
    head_of,
    scan,
    value_of,
)

_FIRST_BITE = 1 << 15
_MARGIN = 1 << 12

Run = tuple[bytes, int, bool]
"""Elements that stay the same, as they are in the file; the tag of the one behind them; whether that is explicit."""


class Repeats:
    """What the headers of the files so far have in common."""

    def __init__(self) -> None:
        self._found: Scanned | None = None
        self._tags: list[int] = []
        self._elements: list[bytes] = []
        self._own: set[int] = set()
        self._runs: list[Run] = []

    @property
    def bite(self) -> int:
        """How many bytes of the next file are likely to hold its header."""
        return self._found.pixel_offset + _MARGIN if self._found else _FIRST_BITE

    def scan(self, data: bytes, size: int) -> Scanned | None:
        """Scan the beginning of the next file: the result, and what is raised, are those of `scanner.scan`."""
        try:
            found = self._compared(data)
        except (IndexError, struct.error, OutOfTheOrdinaryError, ValueError, OverflowError):
            found = None  # `scan` says what is wrong
        if found is not None:
            return found
        passed: list[Passed] = []
        found = scan(data, size, passed)
        if found is not None:
            self._learn(data, passed, found)
        return found

    def _compared(self, data: bytes) -> Scanned | None:
        """Scan what is a file's own between the runs that it has in common; None where they differ."""
        if self._found is None:
            return None
        position, values = MAGIC_BEGIN, dict(self._found.values)
        for same, expected, explicit in self._runs:
            if not data.startswith(same, position):
                return None
            position += len(same)
            tag, length, start = head_of(data, position, explicit=explicit)
            if tag != expected:
                return None
            if tag == PIXEL_DATA:
                return Scanned(self._found.transfer_syntax, start, length, values)
            if tag in WANTED:
                form = data[position + 4 : position + 6] if explicit else None
                values[WANTED[tag][0]] = value_of(data, tag, form, start, length)
            position = end_of(data, start, length, explicit=explicit)
        return None

    def _learn(self, data: bytes, passed: list[Passed], found: Scanned) -> None:
        """Note which elements of a file differ from those of the files before, if the same ones are there."""
        tags = [tag for tag, _, _ in passed]
        bounds = [*(begin for _, begin, _ in passed), found.pixel_offset]
        elements = [data[begin:end] for begin, end in pairwise(bounds)]
        differing = {n for n, (one, other) in enumerate(zip(elements, self._elements, strict=False)) if one != other}
        same_kind = tags == self._tags and not any(tags[n] == TRANSFER_SYNTAX for n in differing)
        self._own = self._own | differing if same_kind else {len(tags) - 1}  # PixelData
        self._found, self._tags, self._elements = found, tags, elements
        self._runs = []
        begin = MAGIC_BEGIN
        for n in sorted(self._own):
            tag, end, explicit = passed[n]
            self._runs.append((data[begin:end], tag, explicit))
            begin = bounds[n + 1]
