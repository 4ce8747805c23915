"""The bytes of one array of a .vti file, in each of the ways that VTK writes them, and never more than expected."""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, pairwise
from mmap import mmap
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.errors import BudgetError, CodecError, DamagedFileError
from vizmed.read.inflate import LARGEST_DEFLATION, inflate_at_once
from vizmed.read.numerals import numbers_in_text
from vizmed.read.vti.markup import Element
from vizmed.vtk_bridge import cores

_COMPRESSORS = ("", "vtkZLibDataCompressor")

_TOGETHER_BYTES = 4 << 20
"""What a thread inflates in one go; VTK's blocks have 32 KB."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file lays out its arrays.

    Parameters
    ----------
    path : pathlib.Path
    order : {"<", ">"}
    count_type : numpy.dtype
        Type of the counts before an array: header_type.
    is_packed : bool
    appended : Element or None
        Where appended arrays lie.
    """

    path: Path
    order: Literal["<", ">"]
    count_type: np.dtype[Any]
    is_packed: bool
    appended: Element | None


def layout_of(root: Element, path: Path) -> Layout:
    """Read the attributes of the file.

    Raises
    ------
    DamagedFileError, CodecError
    """
    given = root.attributes
    orders: dict[str, Literal["<", ">"]] = {"LittleEndian": "<", "BigEndian": ">"}
    order = orders.get(given.get("byte_order", ""))
    # header_type came with version 1.0; before it, counts had 32 bits
    count_type = {"UInt32": "u4", "UInt64": "u8"}.get(given.get("header_type", "UInt32"))
    compressor = given.get("compressor", "")
    if order is None or count_type is None:
        found = f"byte_order {given.get('byte_order')!r:.40}, header_type {given.get('header_type')!r:.40}"
        raise DamagedFileError(f"its header has {found}", where=path)
    if compressor not in _COMPRESSORS:
        raise CodecError(f"it is packed by {compressor[:60]!r}", where=path, remedy="Write it with ZLib, or unpacked")
    appended = root.all("AppendedData")
    return Layout(path, order, np.dtype(order + count_type), bool(compressor), appended[0] if appended else None)


def values_of(array: Element, data: mmap | bytes, layout: Layout, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read the numbers of one array, in the machine's byte order.

    Raises
    ------
    DamagedFileError
    """
    form = array.attributes.get("format", "ascii")
    if form == "ascii":
        return numbers_in_text(_text(array, data), count, dtype, layout.path)
    if form == "binary":
        stream = _from_base64(_text(array, data), layout.path)
    elif form == "appended":
        stream = _appended(array, data, layout)
    else:
        raise DamagedFileError(f"an array of it has the format {form[:40]!r}", where=layout.path)
    size = count * dtype.itemsize
    packed = _unpacked(stream, size, layout) if layout.is_packed else _plain(stream, size, layout)
    check_room(size, layout.path)
    try:
        values = np.frombuffer(packed, dtype=dtype.newbyteorder(layout.order))
        return values.astype(dtype, copy=not layout.is_packed)  # what was unpacked lies in memory of its own
    except MemoryError as full:
        raise BudgetError(f"its voxels need {size / 2**30:.1f} GiB", where=layout.path) from full


def _text(array: Element, data: mmap | bytes) -> bytes:
    return b"".join(data[start:end] for start, end in array.spans).strip()


def _from_base64(text: bytes, path: Path) -> memoryview:
    """Decode what may be several streams after one another, each padded to its own end."""
    try:
        streams = re.findall(rb"[^=]+=*", b"".join(text.split()))
        return memoryview(b"".join(binascii.a2b_base64(stream, strict_mode=True) for stream in streams))
    except binascii.Error as damage:
        raise DamagedFileError("its base64 is damaged or cut short", where=path) from damage


def _appended(array: Element, data: mmap | bytes, layout: Layout) -> memoryview:
    offset = array.attributes.get("offset", "")
    if layout.appended is None or not re.fullmatch(r"\d{1,18}", offset):
        raise DamagedFileError(f"an array of it lies at {offset[:40]!r} of its appended data", where=layout.path)
    opening, end = layout.appended.spans[0]
    underscore = data.find(b"_", opening, opening + 256)
    start = underscore + 1 + int(offset)
    if underscore < 0 or start >= end or data[opening:underscore].strip():
        raise DamagedFileError(f"it ends before its appended data at {offset}", where=layout.path)
    encoding = layout.appended.attributes.get("encoding", "")
    if encoding == "raw":
        return memoryview(data)[start:end]
    if encoding != "base64":
        raise DamagedFileError(f"its appended data have the encoding {encoding[:40]!r}", where=layout.path)
    close = data.find(b"<", start)
    return _from_base64(data[start : close if close >= 0 else end], layout.path)


def _counts(stream: memoryview, first: int, number: int, layout: Layout) -> list[int]:
    width = layout.count_type.itemsize
    part = stream[first * width : (first + number) * width]
    if len(part) != number * width:
        raise DamagedFileError("it is cut short: the counts before its voxels are missing", where=layout.path)
    return [int(n) for n in np.frombuffer(part, dtype=layout.count_type)]


def _plain(stream: memoryview, size: int, layout: Layout) -> memoryview:
    (said,) = _counts(stream, 0, 1, layout)
    start = layout.count_type.itemsize
    if said != size or len(stream) < start + size:
        raise DamagedFileError(
            f"its voxels need {size:,} bytes, its array says {said:,}, and {max(len(stream) - start, 0):,} are there",
            where=layout.path,
        )
    return stream[start : start + size]


def _unpacked(stream: memoryview, size: int, layout: Layout) -> NDArray[np.uint8]:
    blocks, block, last = _counts(stream, 0, 3, layout)
    full = blocks - (last > 0)
    if full * block + last != size or blocks > len(stream) // layout.count_type.itemsize:
        raise DamagedFileError(
            f"its voxels need {size:,} bytes, its array says {blocks:,} blocks of {block:,}", where=layout.path
        )
    lengths = _counts(stream, 3, blocks, layout)
    if sum(lengths) > len(stream) or size > sum(lengths) * LARGEST_DEFLATION:
        raise DamagedFileError(f"it is cut short: its blocks of {sum(lengths):,} bytes", where=layout.path)
    place = (3 + blocks) * layout.count_type.itemsize
    check_room(size, layout.path)
    try:
        found = np.empty(size, np.uint8)
    except MemoryError as full_memory:
        raise BudgetError(f"its voxels need {size / 2**30:.1f} GiB", where=layout.path) from full_memory
    ends = accumulate(lengths, initial=place)
    packed = [stream[start:end] for start, end in pairwise(ends)]
    rooms = [found[n * block : n * block + (block if n < full else last)] for n in range(blocks)]
    together = max(1, _TOGETHER_BYTES // max(block, 1))

    def inflate(first: int) -> None:
        _inflate(packed[first : first + together], rooms[first : first + together], layout)

    with ThreadPoolExecutor(cores()) as threads:
        for _ in threads.map(inflate, range(0, blocks, together)):
            pass
    return found


def _inflate(packed: Sequence[memoryview], rooms: Sequence[NDArray[np.uint8]], layout: Layout) -> None:
    for block, room in zip(packed, rooms, strict=True):
        if not inflate_at_once(block, room):
            room[:] = np.frombuffer(_inflated(block, len(room), layout), np.uint8)


def _inflated(packed: memoryview, wanted: int, layout: Layout) -> bytes:
    """Inflate a block step by step, which tells damage from what zlib alone takes."""
    inflater = zlib.decompressobj()
    try:
        piece = inflater.decompress(packed, wanted + 1)
    except zlib.error as damage:
        raise DamagedFileError("a packed block of it is damaged", where=layout.path) from damage
    if len(piece) != wanted or not inflater.eof:
        raise DamagedFileError(f"a packed block of it does not hold {wanted:,} bytes", where=layout.path)
    return piece
