"""The table of labels that TotalSegmentator and the Connectome Workbench put into a NIfTI header.

It is a piece of XML in one of the header's extensions. This is no XML parser: it looks for the ``Label`` elements
alone, so there are no entities that could grow.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import unescape

from vizmed.read.labels.tables import color_of
from vizmed.segmentation import Label, label_of

_HEADER_BYTES = (348, 540)
_ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
_LARGEST_BYTES = 1 << 21
_XML = b"<CaretExtension"
_LABEL = re.compile(
    r"<Label\b([^<>]{0,512})>\s{0,64}(?:<!\[CDATA\[([^\]<>]{0,256})\]\]>|([^<>]{0,256}))\s{0,64}</Label>"
)
_ATTRIBUTE = re.compile(r"""(\w+)\s?=\s?["']([^"']*)["']""")


def caret_labels(path: Path) -> dict[int, Label]:
    """Read the labels that the header of a NIfTI file names; none where it names none.

    What cannot be understood is passed over: the header is an addition, and the voxels are right without it.
    """
    return {label.number: label for content in _extensions(_start(path)) for label in _labels(content)}


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_LARGEST_BYTES)
    if not data.startswith(b"\x1f\x8b"):
        return data
    with suppress(zlib.error):
        return zlib.decompressobj(wbits=31).decompress(data, _LARGEST_BYTES)
    return b""


def _extensions(data: bytes) -> Iterator[str]:
    """Give the extensions of a header that hold such a table, whatever code they have."""
    for order in _ORDERS:
        size = int.from_bytes(data[:4], order)
        if size not in _HEADER_BYTES or not data[size : size + 1].strip(b"\0"):
            continue
        place = size + 4
        while (length := int.from_bytes(data[place : place + 4], order)) >= 8:
            content = data[place + 8 : place + length]
            if _XML in content[:256]:
                yield content.decode("utf-8", "replace")
            place += length


def _labels(content: str) -> Iterator[Label]:
    for attributes, quoted, plain in _LABEL.findall(content):
        values = dict(_ATTRIBUTE.findall(attributes))
        with suppress(KeyError, ValueError):
            number = int(values["Key"])
            red, green, blue = (float(values[name]) for name in ("Red", "Green", "Blue"))
            if number > 0:
                yield label_of(number, quoted or unescape(plain), color_of(red, green, blue, whole=1))
