"""The decoder for every series: plain pixels go from the file straight into the volume, others through a codec.

Each plane is read at the offset that the survey found. Encapsulated pixels are taken apart by pydicom and decoded by
imagecodecs. Reading, decoding and computing let go of the GIL: files are read side by side.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BufferedIOBase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.headers import Header, quiet_pydicom
from vizmed.read.dicom.pixels import colour
from vizmed.read.dicom.pixels.codecs import CODECS, decode_all
from vizmed.read.dicom.pixels.values import (
    READABLE_BITS,
    clear_unused_bits,
    known_type,
    occurring,
    occurring_type,
    rescale,
    rescale_plane,
    stored_type,
)
from vizmed.read.dicom.scanner import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from vizmed.vtk_bridge import cores

name = "pydicom"

_ITEM = (0xFFFE, 0xE000)
"""Group and element of the tag in front of each piece of compressed pixels."""

Job = Sequence[tuple[NDArray[Any], Frame]]
"""Planes that are read together, and where each is to go."""

_BLOCK_BYTES = 1 << 23
"""What a thread reads in one go: less costs turns, more leaves threads without work."""


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


def read_values(frames: Sequence[Frame], dtype: np.dtype[Any] | None = None) -> NDArray[Any]:
    """Read the planes, in their order, as values after the rescale.

    Where the headers tell the type of the values, each plane is rescaled while it is still in the processor's cache.

    Parameters
    ----------
    frames : sequence of nk Frame
    dtype : numpy.dtype, optional
        The type of the values, where it is known already: that of the stack which these planes are a part of.

    Returns
    -------
    (nk, rows, columns) ndarray

    Raises
    ------
    DamagedFileError, CodecError, BudgetError
    """
    stored = colour.value_type(frames[0])
    known = dtype or known_type(stored, frames)
    if known is None:
        return rescale(_read(frames, stored), frames)
    return _read(frames, stored, known)


def type_of_values(frames: Sequence[Frame]) -> np.dtype[Any]:
    """Give the type that `read_values` would; where the headers do not tell it, all planes are read, a few at a time.

    Raises
    ------
    DamagedFileError, CodecError
    """
    stored = colour.value_type(frames[0])
    known = known_type(stored, frames)
    if known is not None:
        return known
    together = _planes_together(frames[0])
    parts = (frames[n : n + together] for n in range(0, len(frames), together))
    return occurring_type(stored, frames, (occurring(plane) for part in parts for plane in _read(part, stored)))


def _read(frames: Sequence[Frame], stored: np.dtype[Any], known: np.dtype[Any] | None = None) -> NDArray[Any]:
    """Read planes: the values of a known type, or else the stored ones."""
    values = _room_for(frames, known or stored)
    jobs = _jobs(frames, values)
    together = 1 if frames[0].layout.transfer_syntax in CODECS else _planes_together(frames[0])
    blocks = [jobs[n : n + together] for n in range(0, len(jobs), together)]
    read_block = partial(_read_block, stored=stored, rescaled=known is not None)
    with quiet_pydicom(), ThreadPoolExecutor(min(len(blocks), cores())) as threads:
        for _ in threads.map(read_block, blocks):
            pass
    return values


def _planes_together(frame: Frame) -> int:
    return max(_BLOCK_BYTES // frame.layout.frame_bytes, 1)


def _jobs(frames: Sequence[Frame], values: NDArray[Any]) -> list[Job]:
    """Part planes into jobs: each of a picture, or of a file that is read from its beginning."""
    jobs: dict[tuple[int, int], list[tuple[NDArray[Any], Frame]]] = {}
    for plane, frame in zip(values, frames, strict=True):
        syntax = frame.layout.transfer_syntax
        whole = syntax in CODECS or syntax == DEFLATED_LITTLE or frame.layout.is_colour
        jobs.setdefault((id(frame.header), 0 if whole else frame.number), []).append((plane, frame))
    return list(jobs.values())


def _room_for(frames: Sequence[Frame], dtype: np.dtype[Any]) -> NDArray[Any]:
    layout = frames[0].layout
    shape = (len(frames), layout.rows, layout.columns)
    try:
        return np.empty(shape, dtype=dtype)
    except MemoryError as refused:
        raise BudgetError(
            f"{shape[2]} x {shape[1]} x {shape[0]} voxels do not fit into memory", where=frames[0].path
        ) from refused


def _read_block(jobs: Sequence[Job], stored: np.dtype[Any], *, rescaled: bool) -> None:
    """Read planes into place, one job after the other; rescale them if that is to be done here."""
    for job in jobs:
        rooms = [
            plane.view(stored) if plane.itemsize == stored.itemsize else np.empty(plane.shape, stored)
            for plane, _ in job
        ]
        _read_file([(room, frame) for room, (_, frame) in zip(rooms, job, strict=True)])
        if rescaled:
            for room, (plane, frame) in zip(rooms, job, strict=True):
                rescale_plane(room, frame, plane)


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
    header = planes[0][1].header
    count = header.values.get("NumberOfFrames") or 1
    wanted = {frame.number: (plane, frame) for plane, frame in planes}
    with header.open() as file:
        items = _items(file, header, count + 2)
        pictures = []
        for number, encoded in _encoded(file, header, items, count, sorted(wanted)):
            pictures.append((encoded, *wanted.pop(number)))
    if wanted:
        raise DamagedFileError(
            f"its pixels are cut short: {count} frames expected, {len(wanted)} of them are missing", where=header.path
        )
    decode_all(pictures)


def _encoded(
    file: BufferedIOBase, header: Header, items: Sequence[slice], count: int, wanted: Sequence[int]
) -> Iterator[tuple[int, bytes]]:
    """Read those of so many compressed frames that are wanted, by number, as far as they are there."""
    if len(items) == count + 1:  # a table of offsets, and an item for each frame (PS3.5 A.4)
        for number in wanted:
            item = items[number + 1]
            file.seek(item.start)
            yield number, file.read(item.stop - item.start)
        return
    from pydicom.encaps import generate_frames

    file.seek(header.pixel_offset)
    try:
        for number, encoded in enumerate(generate_frames(file, number_of_frames=count)):
            if number in wanted:
                yield number, bytes(encoded)
    except Exception as damage:
        raise DamagedFileError(
            f"its compressed pixels are damaged ({type(damage).__name__})", where=header.path
        ) from damage


def _items(file: BufferedIOBase, header: Header, most: int) -> list[slice]:
    """Find where the first compressed items lie in the file; refuse a cut one: some codecs decode it silently."""
    items: list[slice] = []
    position = header.pixel_offset
    while position + 8 <= header.size:
        file.seek(position)
        group, element, length = struct.unpack("<HHI", file.read(8))
        if (group, element) != _ITEM:
            return items
        if len(items) < most:  # a wounded file may have millions of empty ones
            items.append(slice(position + 8, position + 8 + length))
        position += 8 + length
    if position > header.size:
        raise DamagedFileError(
            f"its pixels are cut short: {position:,} bytes expected, {header.size:,} found", where=header.path
        )
    return items
