"""The text that a MetaImage begins with: lines of ``Key = value``, the last of them ``ElementDataFile``."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vizmed.errors import DamagedFileError, ReadError, UnknownFormatError

HEADER_LIMIT = 64 * 1024
"""Longest header that is looked at, in bytes; those of ITK have less than one thousand."""

_LINE = re.compile(r"[ \t]*([A-Za-z][\w-]*)[ \t]*[=:](.*)", re.DOTALL)
_TELLING = {"NDims", "DimSize", "ElementType", "ElementDataFile"}
_OPENING = _TELLING | {
    "ObjectType", "ObjectSubType", "Comment", "TransformType", "Name", "ID", "ParentID", "BinaryData", "Color",
    "CompressedData", "HeaderSize", "Modality", "Offset", "TransformMatrix", "ElementSpacing", "ElementSize",
}  # fmt: skip

Number = TypeVar("Number", int, float)


def is_metaimage(head: bytes) -> bool:
    """Whether a file that begins with these bytes, about 1 KB of them, is a MetaImage."""
    found: dict[str, str] = {}
    for line in head.split(b"\n"):
        field = _LINE.fullmatch(os.fsdecode(line))
        if field is None:
            break
        found[field[1]] = field[2].strip()
        if field[1] == "ElementDataFile":
            break
    if not found or next(iter(found)) not in _OPENING:
        return False
    return found.get("ObjectType", "Image") == "Image" and ("ObjectType" in found or bool(_TELLING & found.keys()))


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one header, and where they were found.

    Parameters
    ----------
    path : pathlib.Path
        The file that the header stands in.
    values : dict of str to str
        In the order of the file.
    length : int
        Bytes of the header, the end of its last line included.
    is_plain : bool
        Whether it is written to the letter as ITK writes it, so that no parser can read it in another way.
    """

    path: Path
    values: dict[str, str]
    length: int
    is_plain: bool

    def text(self, *keys: str) -> str | None:
        """Value of the first of several names for one thing, None where there is none.

        Raises
        ------
        DamagedFileError
            If two of the names are given with different values.
        """
        given = {key: self.values[key] for key in keys if key in self.values}
        if len({" ".join(value.split()) for value in given.values()}) > 1:
            raise self.damaged(" and ".join(given), " and ".join(given.values()), "They contradict each other")
        return next(iter(given.values()), None)

    def required(self, key: str) -> str:
        """Value of a field that no header can do without."""
        value = self.text(key)
        if not value:
            raise DamagedFileError(f"its header has no {key}", where=self.path, remedy="Write the file anew")
        return value

    def flag(self, *keys: str, default: bool) -> bool:
        """Truth value of a field, told by its first letter as in ITK."""
        value = self.text(*keys)
        if value is None:
            return default
        if value[:1] not in tuple("TtFf01"):
            raise self.damaged(keys[0], value, "It must be True or False")
        return value[0] in "Tt1"

    def integers(self, *keys: str, count: int) -> tuple[int, ...] | None:
        """Whole numbers of a field, None where it is missing."""
        return self._numbers(keys, count, int)

    def reals(self, *keys: str, count: int) -> tuple[float, ...] | None:
        """Finite numbers of a field, None where it is missing."""
        return self._numbers(keys, count, float)

    def _numbers(self, keys: tuple[str, ...], count: int, kind: Callable[[str], Number]) -> tuple[Number, ...] | None:
        value = self.text(*keys)
        if value is None:
            return None
        try:
            numbers = tuple(kind(word) for word in value.replace("_", "?").split())  # Python alone reads 1_000
        except ValueError:
            numbers = ()
        limit = 2**63 if kind is int else math.inf
        if len(numbers) != count or not all(abs(number) < limit for number in numbers):  # NaN is not below it
            key = next(key for key in keys if key in self.values)
            what = "whole" if kind is int else "finite"
            raise self.damaged(key, value, f"It must be {count} {what} number{'s' if count > 1 else ''}")
        return numbers

    def damaged(self, key: str, value: str, remedy: str) -> DamagedFileError:
        """Make the error that names a field and the value found in it."""
        return DamagedFileError(f"{key} is {value[:80]!r}", where=self.path, remedy=remedy)


def read_fields(path: Path) -> Fields:
    """Read the text of a header up to its ElementDataFile, and nothing after it."""
    head = _read_head(path)
    if not is_metaimage(head):
        raise UnknownFormatError("it does not begin as a MetaImage does", where=path)
    values: dict[str, str] = {}
    length = 0
    while "ElementDataFile" not in values:
        line, newline, _ = head[length:].partition(b"\n")
        length += len(line) + len(newline)
        field = _LINE.fullmatch(os.fsdecode(line))
        if field is not None:
            key, value = field[1], field[2].strip()
            if values.setdefault(key, value) != value:
                raise DamagedFileError(f"its header gives {key} twice, and differently", where=path)
        elif line.strip():
            raise DamagedFileError(f"its header has the line {line[:80]!r}", where=path, remedy="Lines are Key = value")
        if not newline and "ElementDataFile" not in values:
            raise DamagedFileError(
                f"its header has no ElementDataFile in its first {len(head)} bytes",
                where=path,
                remedy="It is cut short, or no MetaImage",
            )
    written_anew = "".join(f"{key} = {value}\n" for key, value in values.items())
    return Fields(path, values, length, is_plain=os.fsencode(written_anew) == head[:length])


def _read_head(path: Path) -> bytes:
    try:
        if path.is_file():  # to open a pipe would wait for ever
            with path.open("rb") as file:
                return file.read(HEADER_LIMIT)
        found = "it is no plain file" if path.exists() else "there is no such file"
    except OSError as refused:
        raise ReadError(f"it cannot be read ({refused.strerror})", where=path) from refused
    raise ReadError(found, where=path)
