"""The header of one DICOM file: the wanted attributes, and where the pixels lie. Pixels are not touched.

A plain file is scanned for the wanted tags alone, which takes a tenth of what a full parse takes. Whatever is out of
the ordinary (big endian, deflated, no preamble, multi-frame, foreign characters, anything that does not add up) is
handed to pydicom. `read_with_pydicom` is also the oracle that the tests hold the scanner against.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vizmed.errors import DamagedFileError

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

UNDEFINED_LENGTH = 0xFFFFFFFF
_PIXEL_DATA = 0x7FE00010
_TRANSFER_SYNTAX = 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD

_USUAL_HEADER_BYTES = 1 << 15
_LARGEST_HEADER_BYTES = 1 << 22
_DEEPEST_NESTING = 16

_LONG_FORM = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT_FORM = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"}
    | {b"ST", b"TM", b"UI", b"UL", b"US"}
)


def _text(raw: bytes) -> str:
    text = raw.decode("ascii").strip(" \0")
    if not text.isprintable():
        raise ValueError("control characters")  # pydicom decides what they mean
    return text


def _texts(raw: bytes) -> tuple[str, ...]:
    text = _text(raw)
    return tuple(part.strip() for part in text.split("\\")) if text else ()


def _numbers(raw: bytes) -> tuple[float, ...] | None:
    text = _text(raw)
    return tuple(float(part) for part in text.split("\\")) if text else None


def _number(raw: bytes) -> float | None:
    numbers = _numbers(raw)
    return numbers[0] if numbers else None


def _integer(raw: bytes) -> int | None:
    number = _number(raw)
    return None if number is None else int(number)


def _short(raw: bytes) -> int | None:
    return int.from_bytes(raw[:2], "little") if len(raw) >= 2 else None


def _double(raw: bytes) -> float | None:
    return float(struct.unpack("<d", raw)[0]) if len(raw) == 8 else None


def _present(_raw: bytes) -> bool:
    return True


Convert = Callable[[bytes], Any]

WANTED: dict[int, tuple[str, Convert]] = {
    0x00080008: ("ImageType", _texts),
    0x00080016: ("SOPClassUID", _text),
    0x00080018: ("SOPInstanceUID", _text),
    0x00080060: ("Modality", _text),
    0x00080070: ("Manufacturer", _text),
    0x0008103E: ("SeriesDescription", _text),
    0x00180050: ("SliceThickness", _number),
    0x00180081: ("EchoTime", _number),
    0x00180088: ("SpacingBetweenSlices", _number),
    0x00181060: ("TriggerTime", _number),
    0x00181164: ("ImagerPixelSpacing", _numbers),
    0x00189087: ("DiffusionBValue", _double),
    0x0020000D: ("StudyInstanceUID", _text),
    0x0020000E: ("SeriesInstanceUID", _text),
    0x00200011: ("SeriesNumber", _integer),
    0x00200012: ("AcquisitionNumber", _integer),
    0x00200013: ("InstanceNumber", _integer),
    0x00200032: ("ImagePositionPatient", _numbers),
    0x00200037: ("ImageOrientationPatient", _numbers),
    0x00200100: ("TemporalPositionIdentifier", _integer),
    0x00280002: ("SamplesPerPixel", _short),
    0x00280004: ("PhotometricInterpretation", _text),
    0x00280006: ("PlanarConfiguration", _short),
    0x00280008: ("NumberOfFrames", _integer),
    0x00280010: ("Rows", _short),
    0x00280011: ("Columns", _short),
    0x00280030: ("PixelSpacing", _numbers),
    0x00280100: ("BitsAllocated", _short),
    0x00280101: ("BitsStored", _short),
    0x00280102: ("HighBit", _short),
    0x00280103: ("PixelRepresentation", _short),
    0x00280120: ("PixelPaddingValue", _short),
    0x00281050: ("WindowCenter", _numbers),
    0x00281051: ("WindowWidth", _numbers),
    0x00281052: ("RescaleIntercept", _number),
    0x00281053: ("RescaleSlope", _number),
    0x00281054: ("RescaleType", _text),
    0x00283000: ("ModalityLUTSequence", _present),
}
"""What reading a volume needs to know. No attribute that names a patient is ever looked at."""

_FORMS: dict[Convert, frozenset[bytes]] = {
    _text: frozenset({b"CS", b"LO", b"LT", b"SH", b"ST", b"UI"}),
    _texts: frozenset({b"CS"}),
    _number: frozenset({b"DS"}),
    _numbers: frozenset({b"DS"}),
    _integer: frozenset({b"IS"}),
    _short: frozenset({b"SS", b"US"}),
    _double: frozenset({b"FD"}),
    _present: frozenset({b"SQ"}),
}
"""What an explicit file must call a value for its converter to be the right one."""

_FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


@dataclass(frozen=True, slots=True)
class Header:
    """What one file says of its image.

    Parameters
    ----------
    path : pathlib.Path
    size : int
        Of the file, in bytes.
    transfer_syntax : str
        UID of the encoding of the pixels.
    pixel_offset : int
        Where the value of PixelData begins in the file; 0 where it can't be told without inflating the file.
    pixel_length : int
        Its length in bytes as declared, `UNDEFINED_LENGTH` where the pixels are encapsulated.
    values : mapping of attribute keyword to value
        Those of `WANTED` that are there; for multi-frame files also the functional groups, as pydicom gives them.
    """

    path: Path
    size: int
    transfer_syntax: str
    pixel_offset: int
    pixel_length: int
    values: Mapping[str, Any]


class _OutOfTheOrdinaryError(Exception):
    """The scanner leaves this file to pydicom."""


def read_header(path: Path) -> Header | None:
    """Read the header of a file, or None where it is no DICOM image.

    Raises
    ------
    DamagedFileError
        If it begins as a DICOM file and does not go on as one.
    OSError
        If the file cannot be read at all.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        start = file.read(_USUAL_HEADER_BYTES)
        if len(start) < 132 or not looks_like_dicom(start):
            return None
        try:
            try:
                return _scan(path, start, size)
            except (IndexError, struct.error):
                if size <= len(start):
                    raise
                return _scan(path, start + file.read(_LARGEST_HEADER_BYTES - len(start)), size)
        except (IndexError, struct.error) as cut:
            header = read_with_pydicom(path)
            if header is None and size <= _LARGEST_HEADER_BYTES:
                raise DamagedFileError("its header is cut short", where=path) from cut
            return header
        except (_OutOfTheOrdinaryError, ValueError, OverflowError):
            return read_with_pydicom(path)


def looks_like_dicom(start: bytes) -> bool:
    """Whether a file's first bytes are those of DICOM, with or without the preamble."""
    if start[128:132] == b"DICM":
        return True
    # without a preamble, the first element is of group 2 or 8, with a small element number
    group, element = struct.unpack_from("<HH", start)
    plausible_form = start[4:6] in _SHORT_FORM or struct.unpack_from("<I", start, 4)[0] < 256
    return group in (0x0002, 0x0008) and element <= 0x0018 and plausible_form


def _scan(path: Path, data: bytes, size: int) -> Header | None:
    if data[128:132] != b"DICM":
        raise _OutOfTheOrdinaryError
    syntax, position = _scan_file_meta(data)
    if syntax in (DEFLATED_LITTLE, EXPLICIT_BIG):
        raise _OutOfTheOrdinaryError
    explicit = syntax != IMPLICIT_LITTLE
    values: dict[str, Any] = {}
    last = 0
    while position < size:
        tag, length, value = _element(data, position, explicit=explicit)
        if tag <= last or tag > _PIXEL_DATA:
            raise _OutOfTheOrdinaryError
        if tag == _PIXEL_DATA:
            return Header(path, size, syntax, value, length, values)
        if tag in WANTED:
            form = data[position + 4 : position + 6] if explicit else None
            values[WANTED[tag][0]] = _converted(data, tag, form, value, length)
        position = value + length if length != UNDEFINED_LENGTH else _after_sequence(data, value, explicit=explicit)
        last = tag
        if values.get("NumberOfFrames", 1) != 1:
            raise _OutOfTheOrdinaryError
    if position > size:
        raise IndexError("the last element reaches past the end of the file")
    return None


def _converted(data: bytes, tag: int, form: bytes | None, start: int, length: int) -> Any:
    """Convert the value of a wanted element; an explicit file must give it the form that the converter is for."""
    convert = WANTED[tag][1]
    if form is not None and form not in _FORMS[convert]:
        raise _OutOfTheOrdinaryError
    if length == UNDEFINED_LENGTH:
        return True
    if start + length > len(data):
        raise IndexError
    return convert(data[start : start + length])


def _scan_file_meta(data: bytes) -> tuple[str, int]:
    position, syntax = 132, ""
    while data[position : position + 2] == b"\x02\x00":
        tag, length, value = _element(data, position, explicit=True)
        if tag == _TRANSFER_SYNTAX:
            syntax = _text(data[value : value + length])
        position = value + length
    if not syntax:
        raise _OutOfTheOrdinaryError
    return syntax, position


def _element(data: bytes, position: int, *, explicit: bool) -> tuple[int, int, int]:
    """Give the tag, the length and the place of the value of the element at a position."""
    group, number = struct.unpack_from("<HH", data, position)
    tag = group << 16 | number
    if not explicit or group == 0xFFFE:
        return tag, struct.unpack_from("<I", data, position + 4)[0], position + 8
    form = data[position + 4 : position + 6]
    if form in _SHORT_FORM:
        return tag, struct.unpack_from("<H", data, position + 6)[0], position + 8
    if form in _LONG_FORM:
        return tag, struct.unpack_from("<I", data, position + 8)[0], position + 12
    if len(form) < 2:
        raise IndexError
    raise _OutOfTheOrdinaryError


def _after_sequence(data: bytes, position: int, *, explicit: bool, depth: int = 0) -> int:
    """Skip a sequence of undefined length: its items, their elements, what is nested in those."""
    if depth > _DEEPEST_NESTING:
        raise _OutOfTheOrdinaryError
    while True:
        tag, length, position = _element(data, position, explicit=explicit)
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise _OutOfTheOrdinaryError
        if length != UNDEFINED_LENGTH:
            position += length
            continue
        while True:
            tag, length, position = _element(data, position, explicit=explicit)
            if tag == _ITEM_END:
                break
            if length == UNDEFINED_LENGTH:
                position = _after_sequence(data, position, explicit=explicit, depth=depth + 1)
            else:
                position += length


def read_with_pydicom(path: Path) -> Header | None:
    """Read a header with pydicom, whatever its encoding.

    Raises
    ------
    DamagedFileError
        If pydicom cannot make sense of it.
    """
    import pydicom

    keywords = [keyword for keyword, _ in WANTED.values()]
    try:
        # pydicom warns of values outside the standard's rules; what matters of them is checked where it is used
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(
                file, stop_before_pixels=True, force=True, specific_tags=[*keywords, *_FUNCTIONAL_GROUPS]
            )
            offset = file.tell()
            values = {
                keyword: _plain(dataset.get(keyword), convert)
                for keyword, convert in WANTED.values()
                if keyword in dataset
            }
            values |= {keyword: dataset.get(keyword) for keyword in _FUNCTIONAL_GROUPS if keyword in dataset}
    except Exception as damage:
        raise DamagedFileError(f"its DICOM header is damaged ({type(damage).__name__})", where=path) from damage
    if not values.get("Rows"):
        return None
    # a file without meta information is implicit little endian by the standard, but pydicom looks at its bytes
    explicit = not getattr(dataset, "is_implicit_VR", True)
    guess = EXPLICIT_LITTLE if explicit else IMPLICIT_LITTLE
    syntax = str(getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", "") or guess)
    size = path.stat().st_size
    if syntax == DEFLATED_LITTLE:
        return Header(path, size, syntax, 0, 0, values)
    return _with_pixels(path, size, syntax, offset, values)


def _with_pixels(path: Path, size: int, syntax: str, offset: int, values: Mapping[str, Any]) -> Header | None:
    """Read the PixelData element's own head, which pydicom stops in front of."""
    with path.open("rb") as file:
        file.seek(offset)
        head = file.read(12)
    if len(head) < 8:
        return None
    order = ">" if syntax == EXPLICIT_BIG else "<"
    group, number = struct.unpack_from(f"{order}HH", head)
    if group << 16 | number != _PIXEL_DATA:
        return None
    if syntax == IMPLICIT_LITTLE:
        return Header(path, size, syntax, offset + 8, struct.unpack_from("<I", head, 4)[0], values)
    return Header(path, size, syntax, offset + 12, struct.unpack_from(f"{order}I", head, 8)[0], values)


def _plain(value: Any, convert: Convert) -> Any:
    """Turn pydicom's value types into the plain ones that the scanner's converter gives."""
    from pydicom.multival import MultiValue

    parts = tuple(value) if isinstance(value, (MultiValue, list, tuple)) else () if value in (None, "") else (value,)
    if convert is _present:
        return True
    if convert is _texts:
        return tuple(str(part).strip(" \0") for part in parts)
    if convert is _numbers:
        return tuple(float(part) for part in parts) or None
    if convert is _text:
        text = "\\".join(str(part) for part in parts).strip(" \0")
        return "".join(letter if letter.isprintable() else " " for letter in text)  # no escape codes to a terminal
    if not parts:
        return None
    if convert is _short:
        return int(parts[0]) & 0xFFFF  # pydicom gives PixelPaddingValue its sign; the pixels' sign decides later
    return int(parts[0]) if convert is _integer else float(parts[0])
