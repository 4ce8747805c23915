"""Packed bytes unpacked, and never more of them than are expected."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.errors import BudgetError, DamagedFileError

Bytes = NDArray[np.uint8]

LARGEST_DEFLATION = 1032
"""Deflate makes no more than 1032 bytes of one (zlib's documentation)."""

_GZIP = b"\x1f\x8b"

_STEP = 1 << 20

_MOST_SURPLUS = 1 << 20
"""Bytes behind the voxels that are let pass; extensions are shorter, and bombs are longer."""


def gunzip(packed: bytes, size: int, where: Path) -> Bytes:
    """Unpack the first bytes of a gzip stream.

    Parameters
    ----------
    packed : bytes
    size : int
        How many bytes are expected. More of them are not unpacked.
    where : pathlib.Path
        The file, to complain of.

    Returns
    -------
    (size,) ndarray of uint8

    Raises
    ------
    DamagedFileError
        If the stream is damaged, or holds less.
    """
    refuse_less(len(packed) * LARGEST_DEFLATION, size, where)
    check_room(size, where)
    room = _room(size, where)
    if inflate_at_once(packed, room):
        return room
    del room
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:  # more members, more bytes than expected, or damage
        return _by_steps(stream, size, where)


def bunzip2(packed: bytes, size: int, where: Path) -> Bytes:
    """Unpack the first bytes of a bzip2 stream; see `gunzip`."""
    with bz2.BZ2File(io.BytesIO(packed)) as stream:
        return _by_steps(stream, size, where)


def refuse_less(found: int, expected: int, where: Path) -> None:
    """Refuse a file that holds less than its header promises.

    Raises
    ------
    DamagedFileError
    """
    if found < expected:
        raise DamagedFileError(f"it is cut short: {expected:,} bytes expected, {found:,} found", where=where)


def inflate_at_once(packed: bytes | memoryview, room: Bytes) -> bool:
    """Unpack a zlib or a gzip stream by libdeflate, in a third of zlib's time and without the GIL.

    Parameters
    ----------
    packed : bytes or memoryview
    room : (n,) ndarray of uint8
        Is filled.

    Returns
    -------
    bool
        Whether the stream, up to its check sum, fills the room. Where it does not, or is damaged, or of several
        members, zlib must tell which, step by step.
    """
    import imagecodecs

    # `zlib_decode` and `zlibng_decode` take twice as long
    decode: Callable[..., Any] = imagecodecs.gzip_decode if packed[:2] == _GZIP else imagecodecs.deflate_decode
    try:
        return len(decode(packed, out=room)) == len(room)
    except Exception:  # noqa: BLE001 (decoders raise what they like)
        return False


def _by_steps(stream: BinaryIO | gzip.GzipFile | bz2.BZ2File, size: int, where: Path) -> Bytes:
    """Read a stream up to a size, into room that grows with it: what is not there takes none."""
    found = bytearray()
    try:
        while len(found) < size and (more := stream.read(min(_STEP, size - len(found)))):
            found += more
        surplus = len(stream.read(_MOST_SURPLUS + 1))  # the check sum stands at the end
    except (EOFError, OSError, zlib.error, ValueError) as damage:
        raise DamagedFileError(
            f"it cannot be unpacked ({type(damage).__name__} after {len(found):,} bytes)", where=where
        ) from damage
    refuse_less(len(found), size, where)
    if surplus > _MOST_SURPLUS:
        raise DamagedFileError(f"it holds far more than the {size:,} bytes that its header says", where=where)
    return np.frombuffer(found, dtype=np.uint8)


def _room(size: int, where: Path) -> Bytes:
    try:
        return np.empty(size, dtype=np.uint8)
    except MemoryError as refused:
        raise BudgetError(f"{size:,} bytes do not fit into memory", where=where) from refused
