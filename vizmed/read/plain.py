"""Plain voxels from a file straight into their place, by several threads: nothing is to be done but to copy them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.chunked import Chunked
from vizmed.errors import BudgetError
from vizmed.geometry import Geometry
from vizmed.read.inflate import refuse_less
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import cores

PIECE_BYTES = 16 << 20
"""What a thread reads in one go: few turns, and still enough of them for all threads."""

_MOST_THREADS = 8
"""More of them do not make memory faster."""


def open_plain(path: Path, start: int, dtype: np.dtype[Any], geometry: Geometry, **known: Any) -> Chunked:
    """Open a volume whose voxels lie in a file as they are, from a byte on, i fastest.

    Parameters
    ----------
    path : pathlib.Path
    start : int
    dtype : numpy.dtype
        Of the numbers in the file, in its byte order.
    geometry : Geometry
    **known
        What else is known of the volume.

    Raises
    ------
    DamagedFileError
        If the file ends before.
    """
    ni, nj, nk = geometry.shape
    refuse_less(path.stat().st_size, start + ni * nj * nk * dtype.itemsize, path)

    def fetch(first: int, last: int) -> Voxels:
        count, before = (n * ni * nj for n in (last - first, first))
        check_room(count * dtype.itemsize, path)
        flat = read_values(path, start + before * dtype.itemsize, count, dtype)
        native = flat if dtype.isnative else flat.astype(dtype.newbyteorder("="))
        return native.reshape((ni, nj, last - first), order="F")

    like = Volume(fetch(0, 1), Geometry((ni, nj, 1), geometry.affine), **known)
    return Chunked(geometry, dtype.newbyteorder("="), like, fetch)


def read_values(path: Path, start: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read so many numbers that begin at a byte of a file.

    Returns
    -------
    (count,) ndarray

    Raises
    ------
    DamagedFileError
        If the file ends before.
    BudgetError
        If there is no memory for them.
    """
    try:
        values = np.empty(count, dtype=dtype)
    except MemoryError as refused:
        raise BudgetError(f"{count * dtype.itemsize:,} bytes do not fit into memory", where=path) from refused
    refuse_less(read_into(values.view(np.uint8).data, path, start), values.nbytes, path)
    return values


def read_into(room: memoryview, path: Path, start: int) -> int:
    """Fill a room of bytes from a byte of a file on, and give how many were found: fewer where the file ends."""

    def read_piece(at: int) -> int:
        with path.open("rb", buffering=0) as file:
            file.seek(start + at)
            return _fill(room[at : at + PIECE_BYTES], file)

    pieces = range(0, len(room), PIECE_BYTES)
    if len(pieces) < 2:
        return sum(map(read_piece, pieces))
    with ThreadPoolExecutor(min(len(pieces), cores(), _MOST_THREADS)) as threads:
        return sum(threads.map(read_piece, pieces))


def _fill(room: memoryview, file: FileIO) -> int:
    filled = 0
    while filled < len(room):
        count = file.readinto(room[filled:])
        if not count:
            break
        filled += count
    return filled
