"""The pixels of a DICOM segmentation, one frame after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import CodecError, DamagedFileError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.pixels import with_pydicom
from vizmed.read.dicom.scanner import EXPLICIT_BIG, UNDEFINED_LENGTH
from vizmed.read.inflate import refuse_less
from vizmed.segmentation import Inside


@contextmanager
def opened_insides(frames: Sequence[Frame], least: int) -> Iterator[Callable[[int], Inside]]:
    """Open a file for asking which pixels ``[row, column]`` of its n-th frame lie inside.

    Parameters
    ----------
    frames : sequence of Frame
        All of a file, in its order.
    least : int
        The smallest value that is inside. Where a pixel is a bit, the bit counts.

    Raises
    ------
    DamagedFileError, CodecError
    """
    if frames[0].layout.bits_allocated != 1:
        values = read_numbers(frames)
        yield lambda n: np.asarray(values[n] >= least)
        return
    _check_bits(frames)
    with frames[0].header.open() as file:
        yield lambda n: _bits(file, frames[n])


def read_numbers(frames: Sequence[Frame]) -> NDArray[Any]:
    """Read whole pixels, without rescale or palette.

    Returns
    -------
    (n, rows, columns) ndarray of an unsigned integer type

    Raises
    ------
    DamagedFileError, CodecError, BudgetError
    """
    layout = frames[0].layout
    if layout.samples != 1 or layout.signed:
        raise DamagedFileError(
            f"its pixels have {layout.samples} samples, {'signed' if layout.signed else 'unsigned'}",
            where=frames[0].path,
            remedy="A segmentation has one unsigned number a pixel",
        )
    layout = replace(layout, photometric="MONOCHROME2")  # a palette gives numbers colours, and they stay numbers
    plain = [replace(frame, layout=layout, slope=1.0, intercept=0.0) for frame in frames]
    if objection := with_pydicom.objection(plain):
        raise CodecError(objection, where=frames[0].path, remedy="Another export of it may help")
    return with_pydicom.read_values(plain)


def _check_bits(frames: Sequence[Frame]) -> None:
    header, layout = frames[0].header, frames[0].layout
    if header.pixel_length == UNDEFINED_LENGTH or header.transfer_syntax == EXPLICIT_BIG:
        raise CodecError(
            f"its pixels are bits in the transfer syntax {header.transfer_syntax}",
            where=header.path,
            remedy="Export it uncompressed, little endian",
        )
    refuse_less(header.pixel_length, (len(frames) * layout.rows * layout.columns + 7) // 8, header.path)


def _bits(file: BufferedIOBase, frame: Frame) -> Inside:
    """Read a frame of bits. They follow each other closely, so that a frame begins within a byte."""
    size = frame.layout.rows * frame.layout.columns
    start, before = divmod(frame.number * size, 8)
    file.seek(frame.header.pixel_offset + start)
    packed = file.read((before + size + 7) // 8)
    refuse_less(len(packed), (before + size + 7) // 8, frame.path)
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), bitorder="little")
    return bits[before : before + size].reshape(frame.layout.rows, frame.layout.columns).view(np.bool_)
