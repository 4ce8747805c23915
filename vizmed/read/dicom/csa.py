"""The Siemens CSA header (0029,1010): named values in a private table, which alone knows how a mosaic is laid out.

The format is not published; it is read as nibabel documents it (nibabel.org, "Siemens format DICOM with CSA header").
"""

from __future__ import annotations

import struct
from collections.abc import Collection

MOST_TAGS = 1024
MOST_ITEMS = 1024
"""Bounds against rubbish; real headers have about a hundred tags of a few items."""

_TAG = struct.Struct("<64si4siii")
_ITEM = struct.Struct("<iiii")
_MAGIC = b"SV10"
_CHECKS = (77, 205)
"""What stands behind the head of every tag."""


def csa_values(data: bytes, wanted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Give the values of the wanted names, as the texts that they are stored as.

    Parameters
    ----------
    data : bytes
        Value of (0029,1010), of the first or the second version of the format.
    wanted : collection of str

    Raises
    ------
    ValueError
        If it is no CSA header, or a damaged one.
    """
    second = data[:4] == _MAGIC
    position = 8 if second else 0
    try:
        count, _ = struct.unpack_from("<Ii", data, position)
        if not 0 < count <= MOST_TAGS:
            raise ValueError(f"{count} tags")
        position += 8
        found: dict[str, tuple[str, ...]] = {}
        offset = None if second else _TAG.unpack_from(data, position)[4]
        for _ in range(count):
            name, values, position = _tag(data, position, offset)
            if name in wanted:
                found[name] = values
    except struct.error as cut:
        raise ValueError("it is cut short") from cut
    return found


def _tag(data: bytes, position: int, offset: int | None) -> tuple[str, tuple[str, ...], int]:
    """Give the name and values of the tag at a position, and where the next one begins.

    In the first version of the format, `offset` is what the lengths of the items are too large by.
    """
    name, _, _, _, count, check = _TAG.unpack_from(data, position)
    if not 0 <= count <= MOST_ITEMS or check not in _CHECKS:
        raise ValueError(f"a tag of {count} items")
    position += _TAG.size
    values = []
    for _ in range(count):
        lengths = _ITEM.unpack_from(data, position)
        position += _ITEM.size
        length = lengths[1] if offset is None else lengths[0] - offset
        if length < 0 or position + length > len(data):
            raise ValueError(f"an item of {length} bytes")
        values.append(_text(data[position : position + length]))
        position += length + -length % 4
    return _text(name), tuple(value for value in values if value), position


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1").strip()
