"""Voxels as the bytes of a file, some slices at a time, plain or deflated side by side.

A deflated stream is made of blocks that know nothing of each other and end at whole bytes (RFC 1951). So it is the same
whatever the number of threads, and any program inflates it as one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from vizmed.errors import WriteError
from vizmed.volume import Voxels
from vizmed.write.stream import made_ahead

BLOCK_BYTES = 16 << 20
"""What is put in file order at once where the voxels are not: slices enough to share the cache, far from all."""

DEFLATE_LEVEL = 2
"""ITK's own default, and fixed, so that a volume gives the same bytes from run to run; more takes several times as long
for a few percent."""

Bytes: TypeAlias = bytes | memoryview

_RAW = -15
"""zlib's word for the largest window, and nothing around the stream."""

_GZIP_START = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
"""Deflated; no name, no date, of no particular system."""

_ZLIB_START = b"\x78\x5e"
"""Deflated with the largest window, fast."""


def blocks_of(voxels: Voxels, at_most: int | None = None) -> Iterator[memoryview]:
    """Give the bytes in Fortran order, little-endian: a flipped or permuted view is never copied as a whole.

    Parameters
    ----------
    voxels : (ni, nj, nk) ndarray
    at_most : int, optional
        Bytes of a block, `BLOCK_BYTES` where left out; a block is one slice at least, and all but the last are of
        one size.
    """
    ni, nj, nk = voxels.shape
    step = max(1, (at_most or BLOCK_BYTES) // (ni * nj * voxels.dtype.itemsize))
    little_endian = voxels.dtype.newbyteorder("<")
    for first in range(0, nk, step):
        block = voxels[:, :, first : first + step].astype(little_endian, order="F", copy=False)
        yield block.ravel(order="F").view(np.uint8).data


def gzipped(blocks: Iterable[Bytes]) -> Iterator[bytes]:
    """Pack blocks into one gzip stream (RFC 1952), without the name and the date that gzip would put there."""
    check = _Check(zlib.crc32, 0)
    yield _GZIP_START
    yield from _deflated(check.along(blocks))
    yield struct.pack("<II", check.value, check.length & 0xFFFFFFFF)


def zlibbed(blocks: Iterable[Bytes]) -> Iterator[bytes]:
    """Pack blocks into one zlib stream (RFC 1950)."""
    check = _Check(zlib.adler32, 1)
    yield _ZLIB_START
    yield from _deflated(check.along(blocks))
    yield struct.pack(">I", check.value)


class _Check:
    """A check sum of all bytes that came along, and their number."""

    def __init__(self, function: Callable[[Bytes, int], int], value: int):
        self._function = function
        self.value = value
        self.length = 0

    def along(self, blocks: Iterable[Bytes]) -> Iterator[Bytes]:
        for block in blocks:
            self.value = self._function(block, self.value)
            self.length += len(block)
            yield block


def _deflated(blocks: Iterable[Bytes]) -> Iterator[bytes]:
    yield from made_ahead(_deflate, blocks)
    yield zlib.compressobj(wbits=_RAW).flush()  # an empty block, which says that it is the last one


def _deflate(block: Bytes) -> bytes:
    deflater = zlib.compressobj(DEFLATE_LEVEL, wbits=_RAW)
    return deflater.compress(block) + deflater.flush(zlib.Z_FULL_FLUSH)


def check_type(voxels: Voxels, names: Container[str], format_name: str, path: Path) -> None:
    """Refuse a type of number that a format does not have.

    Raises
    ------
    WriteError
    """
    if voxels.dtype.name not in names:
        raise WriteError(
            f"{format_name} has no type for {voxels.dtype}", where=path, remedy="Convert the voxels to float32"
        )
