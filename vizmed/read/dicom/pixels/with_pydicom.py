"""The decoder for every series: plain pixels go from the file straight into the volume, others through a codec.

Each plane is read at the offset that the survey found. Encapsulated pixels are taken apart by pydicom and decoded by
imagecodecs, which lets go of the GIL: files are decoded side by side.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError, ReadError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.headers import Header, quiet_pydicom
from vizmed.read.dicom.pixels import colour
from vizmed.read.dicom.pixels.codecs import CODECS, decode
from vizmed.read.dicom.pixels.values import READABLE_BITS, clear_unused_bits, rescale, stored_type
from vizmed.read.dicom.scanner import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

name = "pydicom"

_ITEM = (0xFFFE, 0xE000)
"""Group and element of the tag in front of each piece of compressed pixels."""


def objection(frames: Sequence[Frame]) -> str | None:
    """Why these planes cannot be read; None where they can."""
    layout = frames[0].layout
    if layout.is_colour and (unclear := colour.objection(frames[0])):
        return unclear
    if layout.bits_allocated not in READABLE_BITS:
        return f"a pixel has {layout.bits_allocated} bits, and only 8, 16 and 32 are read"
    for syntax in {frame.layout.transfer_syntax for frame in frames}:
        if syntax not in CODECS and syntax not in (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE):
            return f"no decoder knows the transfer syntax {syntax}"
    return None


def read_values(frames: Sequence[Frame]) -> NDArray[Any]:
    """Read the planes, in their order, as values after the rescale.

    Returns
    -------
    (nk, rows, columns) ndarray

    Raises
    ------
    DamagedFileError, CodecError, BudgetError
    """
    layout = frames[0].layout
    stored = _room_for(frames)
    files: dict[Any, list[int]] = {}
    for n, frame in enumerate(frames):
        files.setdefault(frame.path, []).append(n)
    jobs = [[(stored[n], frames[n]) for n in numbers] for numbers in files.values()]
    if layout.transfer_syntax in CODECS:
        with quiet_pydicom(), ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1)) as threads:
            for _ in threads.map(_read_file, jobs):
                pass
    else:
        for job in jobs:
            _read_file(job)
    return rescale(stored, frames)


def _room_for(frames: Sequence[Frame]) -> NDArray[Any]:
    layout = frames[0].layout
    shape = (len(frames), layout.rows, layout.columns)
    try:
        return np.empty(shape, dtype=colour.value_type(frames[0]))
    except MemoryError as refused:
        raise BudgetError(
            f"{shape[2]} x {shape[1]} x {shape[0]} voxels do not fit into memory", where=frames[0].path
        ) from refused


Job = Sequence[tuple[NDArray[Any], Frame]]


def _read_file(planes: Job) -> None:
    layout = planes[0][1].layout
    if layout.tiles == 1 and not layout.is_colour:
        _read_pictures(planes)
        return
    frames = {frame.number: frame for _, frame in planes}
    pictures = {n: np.empty(colour.picture_shape(frame), dtype=stored_type(layout)) for n, frame in frames.items()}
    _read_pictures([(pictures[n], frame) for n, frame in frames.items()])
    palette = colour.read_palette(planes[0][1])
    for plane, frame in planes:
        plane[...] = _developed(pictures[frame.number], frame, palette)


def _developed(picture: NDArray[Any], frame: Frame, palette: colour.Palette | None) -> NDArray[Any]:
    """Give the plane that a picture holds: of its colours the luminance, of a mosaic the tile."""
    layout = frame.layout
    if layout.is_colour:
        picture = colour.luma(picture, frame, palette)
    row, column = divmod(frame.tile, layout.tiles)
    tiles = picture.reshape(layout.tiles, layout.rows, layout.tiles, layout.columns)
    return tiles[row, :, column]


def _read_pictures(planes: Job) -> None:
    frame = planes[0][1]
    if frame.layout.transfer_syntax in CODECS:
        _read_encapsulated(planes)
    else:
        _read_plain(planes)
    for plane, frame in planes:
        clear_unused_bits(plane, frame.layout)


def _read_plain(planes: Job) -> None:
    header = planes[0][1].header
    with header.open(buffered=False) as file:
        for plane, frame in planes:
            file.seek(header.pixel_offset + frame.number * frame.layout.frame_bytes)
            _fill(plane, file.readinto, frame)
            if frame.layout.transfer_syntax == EXPLICIT_BIG:
                plane.byteswap(inplace=True)


def _fill(plane: NDArray[Any], read_into: Callable[[memoryview], int | None], frame: Frame) -> None:
    room = plane.reshape(-1).view(np.uint8).data
    found = 0
    while found < len(room):
        more = read_into(room[found:])
        if not more:
            raise DamagedFileError(
                f"its pixels are cut short: {len(room):,} bytes expected, {found:,} found", where=frame.path
            )
        found += more


def _read_encapsulated(planes: Job) -> None:
    from pydicom.encaps import generate_frames

    header = planes[0][1].header
    count = header.values.get("NumberOfFrames") or 1
    wanted = {frame.number: (plane, frame) for plane, frame in planes}
    with header.open() as file:
        _refuse_cut_items(file, header)
        file.seek(header.pixel_offset)
        try:
            for number, encoded in enumerate(generate_frames(file, number_of_frames=count)):
                if number in wanted:
                    decode(bytes(encoded), *wanted.pop(number))
        except ReadError:
            raise
        except Exception as damage:
            raise DamagedFileError(
                f"its compressed pixels are damaged ({type(damage).__name__})", where=header.path
            ) from damage
    if wanted:
        raise DamagedFileError(
            f"its pixels are cut short: {count} frames expected, {len(wanted)} of them are missing", where=header.path
        )


def _refuse_cut_items(file: BufferedIOBase, header: Header) -> None:
    """Hold the declared lengths of the compressed items against the file: some codecs decode a cut one silently."""
    position = header.pixel_offset
    while position + 8 <= header.size:
        file.seek(position)
        group, element, length = struct.unpack("<HHI", file.read(8))
        if (group, element) != _ITEM:
            return
        position += 8 + length
    if position > header.size:
        raise DamagedFileError(
            f"its pixels are cut short: {position:,} bytes expected, {header.size:,} found", where=header.path
        )
