"""The attributes that reading a volume needs, and what their values become: plain numbers, texts, tuples."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any


def text_of(raw: bytes) -> str:
    """Turn a plain ASCII value into text without its padding."""
    text = raw.decode("ascii").strip(" \0")
    if not text.isprintable():
        raise ValueError("control characters")  # pydicom decides what they mean
    return text


def _texts(raw: bytes) -> tuple[str, ...]:
    text = text_of(raw)
    return tuple(part.strip() for part in text.split("\\")) if text else ()


def _numbers(raw: bytes) -> tuple[float, ...] | None:
    text = text_of(raw)
    return tuple(map(float, text.split("\\"))) if text else None


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
    0x00080016: ("SOPClassUID", text_of),
    0x00080018: ("SOPInstanceUID", text_of),
    0x00080060: ("Modality", text_of),
    0x00080070: ("Manufacturer", text_of),
    0x0008103E: ("SeriesDescription", text_of),
    0x00180050: ("SliceThickness", _number),
    0x00180081: ("EchoTime", _number),
    0x00180082: ("InversionTime", _number),
    0x00180086: ("EchoNumbers", _integer),
    0x00180088: ("SpacingBetweenSlices", _number),
    0x00181060: ("TriggerTime", _number),
    0x00181164: ("ImagerPixelSpacing", _numbers),
    0x00181314: ("FlipAngle", _number),
    0x00189087: ("DiffusionBValue", _double),
    0x0020000D: ("StudyInstanceUID", text_of),
    0x0020000E: ("SeriesInstanceUID", text_of),
    0x00200011: ("SeriesNumber", _integer),
    0x00200012: ("AcquisitionNumber", _integer),
    0x00200013: ("InstanceNumber", _integer),
    0x00200032: ("ImagePositionPatient", _numbers),
    0x00200037: ("ImageOrientationPatient", _numbers),
    0x00200100: ("TemporalPositionIdentifier", _integer),
    0x00209153: ("NominalCardiacTriggerDelayTime", _double),
    0x00280002: ("SamplesPerPixel", _short),
    0x00280004: ("PhotometricInterpretation", text_of),
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
    0x00281054: ("RescaleType", text_of),
    0x00283000: ("ModalityLUTSequence", _present),
}
"""What reading a volume needs to know. No attribute that names a patient is ever looked at."""

FORMS: dict[Convert, frozenset[bytes]] = {
    text_of: frozenset({b"CS", b"LO", b"LT", b"SH", b"ST", b"UI"}),
    _texts: frozenset({b"CS"}),
    _number: frozenset({b"DS"}),
    _numbers: frozenset({b"DS"}),
    _integer: frozenset({b"IS"}),
    _short: frozenset({b"SS", b"US"}),
    _double: frozenset({b"FD"}),
    _present: frozenset({b"SQ"}),
}
"""What an explicit file must call a value for its converter to be the right one."""


def plain(value: Any, convert: Convert) -> Any:
    """Turn pydicom's value types into the plain ones that a converter gives."""
    from pydicom.multival import MultiValue

    parts = tuple(value) if isinstance(value, (MultiValue, list, tuple)) else () if value in (None, "") else (value,)
    if convert is _present:
        return True
    if convert is _texts:
        return tuple(str(part).strip(" \0") for part in parts)
    if convert is _numbers:
        return tuple(float(part) for part in parts) or None
    if convert is text_of:
        text = "\\".join(str(part) for part in parts).strip(" \0")
        return "".join(letter if letter.isprintable() else " " for letter in text)  # no escape codes to a terminal
    if not parts:
        return None
    if convert is _short:
        return int(parts[0]) & 0xFFFF  # pydicom gives PixelPaddingValue its sign; the pixels' sign decides later
    return int(parts[0]) if convert is _integer else float(parts[0])
