"""A scanner of the wanted tags in a plain DICOM file, which takes less time than a full parse.

It leaves alone whatever is out of the ordinary (big endian, deflated, no preamble, multi-frame, foreign characters,
anything that does not add up), and pydicom reads that. `repeats` passes over what it has scanned before.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from vizmed.read.dicom.attributes import FORMS, WANTED, text_of

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

UNDEFINED_LENGTH = 0xFFFFFFFF
MAGIC, MAGIC_BEGIN = b"DICM", 128
PIXEL_DATA = 0x7FE00010
TRANSFER_SYNTAX = 0x00020010
_NUMBER_OF_FRAMES = 0x00280008
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST_NESTING = 16

_IMPLICIT_HEAD = struct.Struct("<HHI").unpack_from
_EXPLICIT_HEAD = struct.Struct("<HH2sH").unpack_from

Passed = tuple[int, int, bool]
"""The tag of an element, where it begins, and whether it is explicit."""

_LONG_FORM = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT_FORM = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"}
    | {b"ST", b"TM", b"UI", b"UL", b"US"}
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan finds: the encoding, where the value of PixelData begins, its declared length, the wanted values."""

    transfer_syntax: str
    pixel_offset: int
    pixel_length: int
    values: dict[str, Any]


class OutOfTheOrdinaryError(Exception):
    """The scanner leaves this file to pydicom."""


def looks_like_dicom(start: bytes) -> bool:
    """Whether a file's first bytes are those of DICOM, with or without the preamble."""
    if start.startswith(MAGIC, MAGIC_BEGIN):
        return True
    # without a preamble, the first element is of group 2 or 8, with a small element number
    group, element = struct.unpack_from("<HH", start)
    plausible_form = start[4:6] in _SHORT_FORM or struct.unpack_from("<I", start, 4)[0] < 256
    return group in (0x0002, 0x0008) and element <= 0x0018 and plausible_form


def scan(data: bytes, size: int, passed: list[Passed] | None = None) -> Scanned | None:
    """Scan the beginning of a file of some size; None where it goes on to its end without pixels.

    Parameters
    ----------
    data : bytes
    size : int
    passed : list, optional
        Each element is added.

    Raises
    ------
    IndexError, struct.error
        If more of the file is needed than is given.
    OutOfTheOrdinaryError, ValueError, OverflowError
        If pydicom should read it.
    """
    if not data.startswith(MAGIC, MAGIC_BEGIN):
        raise OutOfTheOrdinaryError
    passed = [] if passed is None else passed
    syntax, position = file_meta(data, passed)
    if syntax in (DEFLATED_LITTLE, EXPLICIT_BIG):
        raise OutOfTheOrdinaryError
    explicit = syntax != IMPLICIT_LITTLE
    values: dict[str, Any] = {}
    last = 0
    while position < size:
        tag, length, start = head_of(data, position, explicit=explicit)
        if tag <= last or tag > PIXEL_DATA:
            raise OutOfTheOrdinaryError
        passed.append((tag, position, explicit))
        if tag == PIXEL_DATA:
            return Scanned(syntax, start, length, values)
        if tag in WANTED:
            form = data[position + 4 : position + 6] if explicit else None
            values[WANTED[tag][0]] = value_of(data, tag, form, start, length)
        position = end_of(data, start, length, explicit=explicit)
        last = tag
    if position > size:
        raise IndexError("the last element reaches past the end of the file")
    return None


def file_meta(data: bytes, passed: list[Passed] | None = None) -> tuple[str, int]:
    """Give the transfer syntax, and where the meta information (group 2) of a file ends; see `scan`.

    Raises
    ------
    IndexError, struct.error, ValueError, OutOfTheOrdinaryError
    """
    passed = [] if passed is None else passed
    position, syntax = MAGIC_BEGIN + len(MAGIC), ""
    while data[position : position + 2] == b"\x02\x00":
        tag, length, start = head_of(data, position, explicit=True)
        passed.append((tag, position, True))
        if tag == TRANSFER_SYNTAX:
            syntax = text_of(data[start : start + length])
        position = end_of(data, start, length, explicit=True)
    if not syntax:
        raise OutOfTheOrdinaryError
    return syntax, position


def value_of(data: bytes, tag: int, form: bytes | None, start: int, length: int) -> Any:
    """Convert the value of a wanted element; an explicit file must give it the form that the converter is for.

    Raises
    ------
    IndexError, OutOfTheOrdinaryError, ValueError, OverflowError
        As `scan` does.
    """
    convert = WANTED[tag][1]
    if form is not None and form not in FORMS[convert]:
        raise OutOfTheOrdinaryError
    if length == UNDEFINED_LENGTH:
        if b"SQ" not in FORMS[convert]:
            raise OutOfTheOrdinaryError
        return True
    if start + length > len(data):
        raise IndexError
    value = convert(data[start : start + length])
    if tag == _NUMBER_OF_FRAMES and value != 1:
        raise OutOfTheOrdinaryError
    return value


def end_of(data: bytes, start: int, length: int, *, explicit: bool) -> int:
    """Give where the element ends whose value begins at `start`."""
    return start + length if length != UNDEFINED_LENGTH else _after_sequence(data, start, explicit=explicit)


def head_of(data: bytes, position: int, *, explicit: bool) -> tuple[int, int, int]:
    """Give the tag, the length and the place of the value of the element at a position."""
    if not explicit:
        group, number, length = _IMPLICIT_HEAD(data, position)
        return group << 16 | number, length, position + 8
    group, number, form, length = _EXPLICIT_HEAD(data, position)
    if form in _SHORT_FORM:
        return group << 16 | number, length, position + 8
    if group == _ITEM >> 16:
        return group << 16 | number, struct.unpack_from("<I", data, position + 4)[0], position + 8
    if form in _LONG_FORM:
        return group << 16 | number, struct.unpack_from("<I", data, position + 8)[0], position + 12
    raise OutOfTheOrdinaryError


def _after_sequence(data: bytes, position: int, *, explicit: bool, depth: int = 0) -> int:
    """Skip a sequence of undefined length: its items, their elements, what is nested in those."""
    if depth > _DEEPEST_NESTING:
        raise OutOfTheOrdinaryError
    while True:
        tag, length, position = head_of(data, position, explicit=explicit)
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise OutOfTheOrdinaryError
        if length != UNDEFINED_LENGTH:
            position += length
            continue
        while True:
            tag, length, position = head_of(data, position, explicit=explicit)
            if tag == _ITEM_END:
                break
            if length == UNDEFINED_LENGTH:
                position = _after_sequence(data, position, explicit=explicit, depth=depth + 1)
            else:
                position += length
