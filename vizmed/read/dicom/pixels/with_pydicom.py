"""The decoder for every series: plain pixels go from the file straight into the volume, others through a codec.

Each plane is read at the offset that the survey found. Encapsulated pixels are taken apart by pydicom and decoded by
imagecodecs, which lets go of the GIL: files are decoded side by side.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, CodecError, DamagedFileError, ReadError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.headers import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Header
from vizmed.read.dicom.pixels.values import clear_unused_bits, rescale, stored_type

name = "pydicom"

_RLE = "1.2.840.10008.1.2.5"

_ITEM = (0xFFFE, 0xE000)
_JPEG_END = b"\xff\xd9"

_CODECS = {
    "1.2.840.10008.1.2.4.50": ("JPEG baseline", "jpeg8"),
    "1.2.840.10008.1.2.4.51": ("JPEG extended", "jpeg8"),
    "1.2.840.10008.1.2.4.57": ("JPEG lossless", "jpeg8"),
    "1.2.840.10008.1.2.4.70": ("JPEG lossless, first order", "jpeg8"),
    "1.2.840.10008.1.2.4.80": ("JPEG-LS lossless", "jpegls"),
    "1.2.840.10008.1.2.4.81": ("JPEG-LS near-lossless", "jpegls"),
    "1.2.840.10008.1.2.4.90": ("JPEG 2000 lossless", "jpeg2k"),
    "1.2.840.10008.1.2.4.91": ("JPEG 2000", "jpeg2k"),
    "1.2.840.10008.1.2.4.201": ("High-throughput JPEG 2000 lossless", "jpeg2k"),
    "1.2.840.10008.1.2.4.202": ("High-throughput JPEG 2000 lossless, RPCL", "jpeg2k"),
    "1.2.840.10008.1.2.4.203": ("High-throughput JPEG 2000", "jpeg2k"),
    _RLE: ("RLE", "dicomrle"),
}
"""Transfer syntax to its name and imagecodecs' name for the codec.

High-throughput JPEG 2000 goes through OpenJPEG too: imagecodecs' own `htj2k_decode` (2026.3.6, measured) gives half a
picture for a damaged one, with nothing but a line on stderr. JPEG lossless goes through libjpeg-turbo: `ljpeg_decode`
crashes the process on some damaged files.
"""


def objection(frames: Sequence[Frame]) -> str | None:
    """Why these planes cannot be read; None where they can."""
    layout = frames[0].layout
    if layout.samples != 1:
        return f"the pixels are in colour ({layout.photometric}), and a volume has one value a voxel"
    if layout.bits_allocated not in (8, 16, 32):
        return f"a pixel has {layout.bits_allocated} bits, and only 8, 16 and 32 are read"
    for syntax in {frame.layout.transfer_syntax for frame in frames}:
        if syntax not in _CODECS and syntax not in (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED_LITTLE):
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
    if layout.transfer_syntax in _CODECS:
        with ThreadPoolExecutor(min(len(jobs), os.cpu_count() or 1)) as threads:
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
        return np.empty(shape, dtype=stored_type(layout))
    except MemoryError as refused:
        raise BudgetError(
            f"{shape[2]} x {shape[1]} x {shape[0]} voxels do not fit into memory", where=frames[0].path
        ) from refused


Job = Sequence[tuple[NDArray[Any], Frame]]


def _read_file(planes: Job) -> None:
    frame = planes[0][1]
    if frame.layout.transfer_syntax in _CODECS:
        _read_encapsulated(planes)
    elif frame.layout.transfer_syntax == DEFLATED_LITTLE:
        _read_deflated(planes)
    else:
        _read_plain(planes)
    for plane, frame in planes:
        clear_unused_bits(plane, frame.layout)


def _read_plain(planes: Job) -> None:
    header = planes[0][1].header
    with header.path.open("rb", buffering=0) as file:
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


def _read_deflated(planes: Job) -> None:
    import pydicom

    frame = planes[0][1]
    try:
        data = bytes(pydicom.dcmread(frame.path).PixelData)
    except Exception as damage:
        raise DamagedFileError(f"it cannot be inflated ({type(damage).__name__})", where=frame.path) from damage
    for plane, frame in planes:
        size = frame.layout.frame_bytes
        part = data[frame.number * size : (frame.number + 1) * size]
        if len(part) < size:
            raise DamagedFileError(
                f"its pixels are cut short: {size:,} bytes expected, {len(part):,} found", where=frame.path
            )
        plane[...] = np.frombuffer(part, dtype=plane.dtype.newbyteorder("<")).reshape(plane.shape)


def _read_encapsulated(planes: Job) -> None:
    from pydicom.encaps import generate_frames

    header = planes[0][1].header
    count = header.values.get("NumberOfFrames") or 1
    wanted = {frame.number: (plane, frame) for plane, frame in planes}
    with header.path.open("rb") as file:
        _refuse_cut_items(file, header)
        file.seek(header.pixel_offset)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pydicom's warnings of odd padding; sizes are checked below
                for number, encoded in enumerate(generate_frames(file, number_of_frames=count)):
                    if number in wanted:
                        _decode(bytes(encoded), *wanted.pop(number))
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


def _refuse_cut_items(file: BinaryIO, header: Header) -> None:
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


def _decode(encoded: bytes, plane: NDArray[Any], frame: Frame) -> None:
    title, codec = _CODECS[frame.layout.transfer_syntax]
    try:
        decoded = _decoded(codec, encoded, plane)
    except Exception as failure:
        raise CodecError(
            f"its {title} pixels cannot be decoded ({type(failure).__name__})",
            where=frame.path,
            remedy="The file may be damaged; another export of it may help",
        ) from failure
    if decoded.shape != plane.shape:
        raise DamagedFileError(
            f"its {title} picture is {decoded.shape}, its header says {plane.shape} (rows, columns)", where=frame.path
        )
    # a codec may give a narrower type, or unsigned for signed: bits count, and clear_unused_bits reads their sign
    plane.view(f"u{plane.itemsize}")[...] = decoded.view(f"u{decoded.itemsize}")


def _decoded(codec: str, encoded: bytes, plane: NDArray[Any]) -> NDArray[Any]:
    import imagecodecs

    if codec == "dicomrle":
        _check_rle_header(encoded, plane.itemsize)
        flat = imagecodecs.dicomrle_decode(encoded, plane.dtype.newbyteorder("<"))
        return np.frombuffer(flat, dtype=plane.dtype.newbyteorder("<")).reshape(plane.shape)
    if codec == "jpeg8" and _JPEG_END not in encoded[-16:]:
        raise ValueError("the JPEG has no end")  # libjpeg-turbo fills up a cut picture and says nothing
    decode: Callable[[bytes], NDArray[Any]] = getattr(imagecodecs, f"{codec}_decode")
    return decode(encoded)


def _check_rle_header(encoded: bytes, segments: int) -> None:
    """Refuse offsets that leave the data: imagecodecs (2026.3.6) would follow them and crash the process."""
    count, *offsets = struct.unpack_from("<16I", encoded)
    bounds = [*offsets[:segments], len(encoded)]
    if count != segments or bounds[0] != 64 or any(start >= end for start, end in pairwise(bounds)):
        raise ValueError("the RLE header does not fit the data")
