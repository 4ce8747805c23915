"""The voxels of a MetaImage, decoded from bytes that have been found and measured."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError, ReadError
from vizmed.read.inflate import inflate_at_once
from vizmed.read.luminance import luminance
from vizmed.read.metaimage.header import Header
from vizmed.read.metaimage.source import Source
from vizmed.read.numerals import numbers_in_text
from vizmed.read.plain import read_into

CHUNK = 1 << 20

_VTK_TYPES = {"MET_CHAR", "MET_UCHAR", "MET_SHORT", "MET_USHORT", "MET_INT", "MET_UINT", "MET_FLOAT", "MET_DOUBLE"}
_VTK_FIELDS = {
    "ObjectType", "NDims", "BinaryData", "BinaryDataByteOrderMSB", "CompressedData", "TransformMatrix", "Offset",
    "CenterOfRotation", "AnatomicalOrientation", "ElementSpacing", "DimSize", "Modality", "ElementType",
    "ElementDataFile",
}  # fmt: skip


def decode_with_python(sources: Sequence[Source], header: Header) -> NDArray[Any]:
    """Read the voxels straight into their array, in Fortran order ``[i, j, k]`` and the machine's byte order."""
    count = header.voxel_bytes // header.dtype.itemsize
    first = sources[0].path
    if header.is_text:
        native = header.dtype.newbyteorder("=")
        flat = numbers_in_text(_bytes(sources[0]), count, native, first)
        return _one_value(flat, header)
    try:
        flat = np.empty(count, dtype=header.dtype)
    except MemoryError as full:
        raise BudgetError(f"its voxels need {header.voxel_bytes / 2**30:.1f} GiB", where=first) from full
    buffer = flat.view(np.uint8).data
    step = len(buffer) // len(sources)
    for n, source in enumerate(sources):
        _read_into(buffer[n * step : (n + 1) * step], source, header)
    if not flat.dtype.isnative:
        flat = flat.byteswap(inplace=True).view(flat.dtype.newbyteorder("="))
    return _one_value(flat, header)


def _one_value(flat: NDArray[Any], header: Header) -> NDArray[Any]:
    """Shape the voxels, and weigh the colours of each into one value where there are any."""
    ni, nj, nk = header.geometry.shape
    if header.channels == 1:
        return flat.reshape((ni, nj, nk), order="F")
    voxels = np.empty((ni, nj, nk), dtype=flat.dtype, order="F")
    for k, colours in enumerate(flat.reshape(nk, nj, ni, header.channels)):
        voxels[:, :, k] = luminance(colours[..., :3]).T
    return voxels


def _bytes(source: Source) -> bytes:
    try:
        with source.path.open("rb") as file:
            file.seek(source.start)
            return file.read(source.length)
    except OSError as refused:
        raise ReadError(f"it cannot be read ({refused.strerror})", where=source.path) from refused


def _read_into(buffer: memoryview, source: Source, header: Header) -> None:
    try:
        found = _inflate(source, buffer) if header.is_compressed else read_into(buffer, source.path, source.start)
    except zlib.error as broken:
        raise DamagedFileError(f"its compressed voxels are damaged ({broken})", where=source.path) from broken
    except OSError as refused:
        raise ReadError(f"it cannot be read ({refused.strerror})", where=source.path) from refused
    if found != len(buffer):
        more = "more" if found > len(buffer) else found
        raise DamagedFileError(
            f"the header promises {len(buffer)} bytes of voxels, and {more} were found",
            where=source.path,
            remedy="The file is cut short, or its header belongs to another one",
        )


def _inflate(source: Source, buffer: memoryview) -> int:
    """Inflate into the buffer and no further; the number returned tells what was found, one too many for "more"."""
    with source.path.open("rb") as file:
        file.seek(source.start)
        if inflate_at_once(file.read(source.length), np.frombuffer(buffer, dtype=np.uint8)):
            return len(buffer)
        file.seek(source.start)
        return _inflate_by_steps(file, source.length, buffer)


def _inflate_by_steps(file: BinaryIO, left: int, buffer: memoryview) -> int:
    inflater = zlib.decompressobj(wbits=47)  # 15 for the window, 32 to tell zlib from gzip by itself
    filled, tail = 0, b""
    while not inflater.eof and filled <= len(buffer):
        if not tail:
            tail = file.read(min(CHUNK, left))
            left -= len(tail)
        room = len(buffer) - filled
        piece = inflater.decompress(tail, min(CHUNK, room + 1))
        if not piece and not tail:
            raise zlib.error(f"the stream breaks off after {filled} of {len(buffer)} bytes")
        tail = inflater.unconsumed_tail
        buffer[filled : filled + len(piece)] = piece[:room]
        filled += len(piece)
    return filled


def why_not_vtk(header: Header) -> str:
    """Say why vtkMetaImageReader cannot be trusted with a file; empty where it can.

    It gives zeros where bytes are missing or a stream is damaged, eight bytes to a MET_LONG, memory of other size
    than it wrote to for MET_LONG_LONG, and follows what it takes ElementDataFile to be. So it is trusted with what is
    written to the letter as ITK writes it, and of a type for which both agree.
    """
    values = header.fields.values
    strange = ", ".join(sorted(values.keys() - _VTK_FIELDS))
    missing = ", ".join(sorted({"BinaryData", "BinaryDataByteOrderMSB"} - values.keys()))
    is_usual = header.fields.is_plain and list(values)[:2] == ["ObjectType", "NDims"]
    doubts = (
        (header.is_text, "its voxels are written as text"),
        (header.is_spread, "its voxels are spread over several files"),
        (header.is_compressed, "it does not notice damaged compressed voxels"),
        (strange, f"the header has {strange}"),
        (missing, f"the header has no {missing}"),
        (not is_usual, "the header is not laid out as ITK writes it"),
        (values["NDims"] != "3", "the picture is 2D"),
        (values["ElementType"] not in _VTK_TYPES, f"it takes {values['ElementType']} for another type"),
        (not re.fullmatch(r"[\w.-]+", header.data_file), "the name of the data file is unusual"),
    )
    return next((reason for doubt, reason in doubts if doubt), "")


def decode_with_vtk(path: Path, header: Header) -> NDArray[Any]:
    """Let vtkMetaImageReader read a file whose size has been checked, as ``[i, j, k]`` in Fortran order."""
    from vtkmodules.vtkIOImage import vtkMetaImageReader

    from vizmed.vtk_bridge import image_values

    complaints: list[str] = []
    reader = vtkMetaImageReader()
    for event in ("ErrorEvent", "WarningEvent"):  # with an observer, VTK does not print
        reader.AddObserver(event, lambda _, name: complaints.append(name))
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    if complaints or reader.GetErrorCode() or image.GetDimensions() != header.geometry.shape:
        raise ReadError("VTK failed to read it", where=path, remedy="Take the reader python")
    voxels = image_values(image).T
    if voxels.dtype != header.dtype.newbyteorder("="):
        raise ReadError(f"VTK read {voxels.dtype}, not {header.dtype}", where=path, remedy="Take the reader python")
    return voxels
