"""The voxels of a MetaImage: found inside the header's own folder, measured before any memory is taken, decoded."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError, ReadError, UnsafePathError
from vizmed.findings import Finding
from vizmed.read.metaimage.header import Header

CHUNK = 1 << 20

DEFLATE_LIMIT = 1032
"""Most bytes that one byte of a deflate stream can stand for ("Maximum Compression Factor", zlib_tech.html)."""

_VTK_TYPES = {"MET_CHAR", "MET_UCHAR", "MET_SHORT", "MET_USHORT", "MET_INT", "MET_UINT", "MET_FLOAT", "MET_DOUBLE"}
_VTK_FIELDS = {
    "ObjectType", "NDims", "BinaryData", "BinaryDataByteOrderMSB", "CompressedData", "TransformMatrix", "Offset",
    "CenterOfRotation", "AnatomicalOrientation", "ElementSpacing", "DimSize", "Modality", "ElementType",
    "ElementDataFile",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes of a file that the voxels are to be read from.

    Parameters
    ----------
    path : pathlib.Path
    start, length : int
        First byte and number of bytes; they have been seen to be there.
    findings : tuple of Finding
    """

    path: Path
    start: int
    length: int
    findings: tuple[Finding, ...]


def find_source(path: Path, header: Header) -> Source:
    """Find the bytes of the voxels, and check their number against the header.

    Raises
    ------
    UnsafePathError
        If the data file lies outside the header's folder, links followed.
    DamagedFileError
        If it is missing, or shorter than the header promises.
    ReadError
        If the voxels are spread over several files.
    """
    data = path if header.is_local else _data_file(path, header.data_file)
    size = data.stat().st_size
    start = _start(path, header, size)
    available = max(size - start, 0)
    needed = header.voxel_bytes
    if header.is_compressed:
        needed = header.compressed_size if header.compressed_size is not None else available
    if needed < 0 or available < needed or header.voxel_bytes > needed * DEFLATE_LIMIT:
        ni, nj, nk = header.geometry.shape
        raise DamagedFileError(
            f"{ni} x {nj} x {nk} voxels of {header.dtype.itemsize} bytes need {header.voxel_bytes} bytes"
            f"{f', compressed to {needed}' if header.is_compressed else ''}, but {available} are there",
            where=data,
            remedy="The file is cut short, or DimSize, ElementType or CompressedDataSize is wrong",
        )
    findings: tuple[Finding, ...] = ()
    if available > needed:
        message = f"{available - needed} bytes follow after the voxels"
        findings = (Finding("bytes-left-over", "warning", message, data.name, "they are left out; check DimSize"),)
    return Source(data, start, needed, findings)


def _data_file(path: Path, name: str) -> Path:
    if re.match(r"LIST(\s|\d*D?\s*$)", name) or "%" in name:
        raise ReadError(
            f"its voxels are spread over several files (ElementDataFile is {name[:80]!r})",
            where=path,
            remedy="Write it as one .mha file with SimpleITK or 3D Slicer",
        )
    if "\0" in name:
        raise DamagedFileError(f"ElementDataFile is {name[:80]!r}", where=path)
    folder = path.parent.resolve()
    try:
        data = (folder / name).resolve()
        is_there, is_plain = data.exists(), data.is_file()
    except (OSError, RuntimeError) as refused:  # RuntimeError: Python 3.11 and 3.12 on links that go in a circle
        raise DamagedFileError(f"its data file {name[:80]!r} cannot be reached", where=path) from refused
    if not data.is_relative_to(folder):
        raise UnsafePathError(
            f"ElementDataFile is {name[:80]!r}, which lies outside of the header's folder",
            where=path,
            remedy="Put the data file beside the header and name it there without a folder",
        )
    if not is_plain:
        found = "is no plain file" if is_there else "is missing"
        raise DamagedFileError(
            f"its data file {name[:80]!r} {found}", where=path, remedy="Header and data belong in one folder"
        )
    return data


def _start(path: Path, header: Header, size: int) -> int:
    if header.skip == 0:
        return header.fields.length if header.is_local else 0
    if header.skip > 0 and not header.is_local:
        return header.skip
    if header.skip == -1 and not header.is_compressed:
        # where the file is too short for that, the start found here leaves too few bytes, and that is refused
        return max(size - header.voxel_bytes, header.fields.length if header.is_local else 0)
    raise ReadError(
        f"HeaderSize is {header.skip} where the voxels are {'compressed' if header.skip == -1 else 'LOCAL'}",
        where=path,
        remedy="Programs do not agree on what that means; write the file anew without HeaderSize",
    )


def decode_with_python(source: Source, header: Header) -> NDArray[Any]:
    """Read the voxels straight into their array, in Fortran order ``[i, j, k]`` and the machine's byte order."""
    try:
        flat = np.empty(header.voxel_bytes // header.dtype.itemsize, dtype=header.dtype)
    except MemoryError as full:
        raise BudgetError(f"its voxels need {header.voxel_bytes / 2**30:.1f} GiB", where=source.path) from full
    buffer = flat.view(np.uint8).data
    try:
        with source.path.open("rb", buffering=0) as file:
            file.seek(source.start)
            found = _inflate(file, source, buffer) if header.is_compressed else _fill(file, buffer)
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
    if not flat.dtype.isnative:
        flat = flat.byteswap(inplace=True).view(flat.dtype.newbyteorder("="))
    return flat.reshape(header.geometry.shape, order="F")


def _fill(file: FileIO, buffer: memoryview) -> int:
    filled = 0
    while filled < len(buffer):
        count = file.readinto(buffer[filled:])  # Linux gives at most 2 GiB at once
        if not count:
            break
        filled += count
    return filled


def _inflate(file: FileIO, source: Source, buffer: memoryview) -> int:
    """Inflate into the buffer and no further; the number returned tells what was found, one too many for "more"."""
    inflater = zlib.decompressobj(wbits=47)  # 15 for the window, 32 to tell zlib from gzip by itself
    filled, left, tail = 0, source.length, b""
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
