"""The text that a PLY begins with: which elements there are, how many, and what each has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Literal

from vizmed.errors import DamagedFileError

HEADER_LIMIT = 1 << 20
"""Longest header that is looked at, in bytes. Most of a long one is comments."""

_MOST_PROPERTIES = 1000

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
"""Names of the original description, and those that came later."""

Form = Literal["ascii", "<", ">"]

_FORMS: dict[str, Form] = {"ascii": "ascii", "binary_little_endian": "<", "binary_big_endian": ">"}

_END = re.compile(rb"^end_header[ \t]*\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an element.

    Parameters
    ----------
    name : str
    type : str
        As numpy has it, such as ``"f4"``.
    count_type : str or None
        Type of a list's length, None where it is no list.
    """

    name: str
    type: str
    count_type: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of things.

    Parameters
    ----------
    name : str
    count : int
    properties : tuple of Property
    """

    name: str
    count: int
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says.

    Parameters
    ----------
    form : {"ascii", "<", ">"}
        How numbers are written.
    elements : tuple of Element
        In the order of the file.
    comments : tuple of str
    length : int
        Bytes of the header.
    """

    form: Form
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    length: int


def is_ply(data: mmap) -> bool:
    """Whether a file begins as a PLY does."""
    return re.match(rb"ply[ \t]*\r?\n", data) is not None


def parse_header(data: mmap, path: Path) -> Header:
    """Read a header.

    Raises
    ------
    DamagedFileError
    """
    end = _END.search(data, 0, HEADER_LIMIT)
    if end is None:
        raise DamagedFileError("its header does not end", where=path, remedy="It is cut short, or no PLY")
    form: Form | None = None
    elements: list[Element] = []
    comments = []
    for line in bytes(data[: end.start()]).decode("utf-8", "replace").split("\n")[1:]:
        words = line.split()
        if not words:
            continue
        if words[0] in ("comment", "obj_info"):
            comments.append(line.strip()[len(words[0]) :].strip())
        elif words[0] == "format" and len(words) == 3 and form is None:
            form = _FORMS.get(words[1])
        elif words[0] == "element" and len(words) == 3 and re.fullmatch(r"[0-9]{1,18}", words[2]):
            elements.append(Element(words[1], int(words[2])))
        elif words[0] == "property" and elements and (one := _property(words[1:])) is not None:
            last = elements[-1]
            elements[-1] = Element(last.name, last.count, (*last.properties, one))
        else:
            raise DamagedFileError(f"its header has the line {line.strip()[:80]!r}", where=path)
    if form is None:
        raise DamagedFileError("its header names no format that there is", where=path)
    _refuse_doubles(elements, path)
    return Header(form, tuple(elements), tuple(comments), end.end())


def _property(words: list[str]) -> Property | None:
    if len(words) == 2 and words[0] in _TYPES:
        return Property(words[1], _TYPES[words[0]])
    if len(words) == 4 and words[0] == "list" and words[1] in _TYPES and words[2] in _TYPES:
        count_type = _TYPES[words[1]]
        return Property(words[3], _TYPES[words[2]], count_type) if count_type[0] != "f" else None
    return None


def _refuse_doubles(elements: list[Element], path: Path) -> None:
    groups = [[one.name for one in elements], *([one.name for one in element.properties] for element in elements)]
    for names in groups:
        if len(names) > _MOST_PROPERTIES:
            raise DamagedFileError(f"its header lists {len(names):,} things", where=path)
        twice = [name for n, name in enumerate(names) if name in names[:n]]
        if twice:
            raise DamagedFileError(f"its header gives {twice[0][:40]!r} twice", where=path)
