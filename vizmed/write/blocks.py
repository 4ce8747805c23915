"""Voxels as the bytes of a file, some slices at a time, plain or gzipped."""

from __future__ import annotations

import gzip
from collections.abc import Container, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from vizmed.errors import WriteError
from vizmed.volume import Voxels

BLOCK_BYTES = 16 << 20
"""What is put in file order at once where the voxels are not: slices enough to share the cache, far from all."""

GZIP_LEVEL = 2
"""Fixed, so that a volume gives the same bytes from run to run; more takes several times as long for a few percent."""


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


def gzipped(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Open a gzip stream into a file, without the name and the date that gzip would put there."""
    stream = gzip.GzipFile(filename="", mode="wb", compresslevel=GZIP_LEVEL, fileobj=file, mtime=0)
    return cast("AbstractContextManager[BinaryIO]", stream)


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
