"""Animated GIF: Pillow packs the pixels, the frames are put together here, so that one at a time is in memory."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from math import ceil, floor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.write.movie.palette import Colors, Histogram, index_of

_UNCHANGED = 255
"""Place in the palette that leaves a pixel as it was in the frame before."""

_SHORTEST = 2
"""Hundredths of a second: browsers take what is shorter for ten."""

_LEAVE_IN_PLACE = 1 << 2
_HAS_UNCHANGED = 1


def gif_fps(fps: float) -> float:
    """Give the frames a second that a GIF can have nearest to those asked for.

    Raises
    ------
    OptionError
        If they are more than 50.
    """
    return 100 / _hundredths(fps)


def write_gif(frames: Iterator[NDArray[np.uint8]], file: BinaryIO, *, fps: float, beside: Path) -> tuple[int, int]:
    """Write frames into an open file, and give their (width, height).

    Parameters
    ----------
    frames : iterator of (height, width, 3) ndarray of uint8
        One at least.
    file : binary file
    fps : float
    beside : pathlib.Path
        The folder that the frames wait in until all their colours are known.
    """
    with tempfile.TemporaryFile(dir=beside) as waiting:
        colors = Histogram()
        shape: tuple[int, ...] = ()
        for frame in frames:
            shape = frame.shape
            colors.add(frame)
            _keep(frame, waiting)
        palette, nearest = colors.palette(_UNCHANGED)
        waiting.seek(0)
        file.write(_head(shape[1], shape[0], palette))
        before = None
        for frame in _kept(waiting, shape):
            index = index_of(frame, nearest)
            file.write(_frame(index, before, _hundredths(fps)))
            before = index
        file.write(b";")
    return shape[1], shape[0]


def _hundredths(fps: float) -> int:
    """How long a frame stays: the nearest in frames a second, not in time."""
    exact = 100 / fps
    if exact < _SHORTEST:
        raise OptionError(f"{fps:g} frames a second are too many for a GIF", remedy="It has up to 50; MP4 has up to 60")
    return min((floor(exact), ceil(exact)), key=lambda time: abs(100 / time - fps))


def _keep(frame: NDArray[np.uint8], waiting: BinaryIO) -> None:
    packed = zlib.compress(np.ascontiguousarray(frame).data, 1)
    waiting.write(struct.pack("<Q", len(packed)))
    waiting.write(packed)


def _kept(waiting: BinaryIO, shape: tuple[int, ...]) -> Iterator[NDArray[np.uint8]]:
    while size := waiting.read(8):
        packed = waiting.read(struct.unpack("<Q", size)[0])
        yield np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(shape)


def _head(width: int, height: int, palette: Colors) -> bytes:
    """Begin a GIF of 256 colours that repeats for ever."""
    table = palette.tobytes().ljust(3 * 256, b"\0")
    forever = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0) + table + forever


def _frame(index: NDArray[np.uint8], before: NDArray[np.uint8] | None, hundredths: int) -> bytes:
    """Make a frame of what differs from the one before, the way that is shorter."""
    if before is None:
        return _block(index, (0, 0), hundredths, flags=_LEAVE_IN_PLACE)
    changed = index != before
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    # a frame of one pixel, where nothing differs: it has its time, too
    top, bottom = (rows[0], rows[-1] + 1) if rows.size else (0, 1)
    left, right = (columns[0], columns[-1] + 1) if columns.size else (0, 1)
    whole = index[top:bottom, left:right]
    holed = np.where(changed[top:bottom, left:right], whole, np.uint8(_UNCHANGED))
    blocks = (
        _block(whole, (left, top), hundredths, flags=_LEAVE_IN_PLACE),
        _block(holed, (left, top), hundredths, flags=_LEAVE_IN_PLACE | _HAS_UNCHANGED),
    )
    return min(blocks, key=len)


def _block(index: NDArray[np.uint8], corner: tuple[int, int], hundredths: int, *, flags: int) -> bytes:
    height, width = index.shape
    control = b"!\xf9\x04" + struct.pack("<BHB", flags, hundredths, _UNCHANGED) + b"\0"
    return control + b"," + struct.pack("<HHHHB", *corner, width, height, 0) + _packed(index)


def _packed(index: NDArray[np.uint8]) -> bytes:
    """Pack pixels as GIF does (LZW of 8 bits): those of a picture that Pillow makes of them."""
    from PIL import Image

    made = BytesIO()
    Image.fromarray(np.ascontiguousarray(index)).save(made, format="GIF", optimize=False, interlace=0)
    data = made.getbuffer()
    head, table, descriptor = 13, 3 * 256, 10
    return bytes(data[head + table + descriptor : -1])
