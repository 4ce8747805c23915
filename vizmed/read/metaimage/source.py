"""Where the bytes of the voxels lie: inside the header's own folder, and measured before any memory is taken."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vizmed.errors import DamagedFileError, ReadError, UnsafePathError
from vizmed.findings import Finding, counted
from vizmed.read.inflate import LARGEST_DEFLATION
from vizmed.read.metaimage.header import Header
from vizmed.read.numerals import BYTES_A_NUMBER

_LONGEST_NAME = 1024
_LONGEST_LIST = 16 << 20
_MOST_FILES = 100_000


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


def find_sources(path: Path, header: Header) -> list[Source]:
    """Find the bytes of the voxels, and check their number against the header.

    Returns
    -------
    list of Source
        One, or one for each slice.

    Raises
    ------
    UnsafePathError
        If a data file lies outside the header's folder, links followed.
    DamagedFileError
        If one is missing, or shorter than the header promises, or there are fewer or more of them than slices.
    """
    if header.is_spread:
        return _slices(path, header)
    return [_text(path, header) if header.is_text else _binary(path, header)]


def _binary(path: Path, header: Header) -> Source:
    data = path if header.is_local else _data_file(path, header.data_file)
    size = data.stat().st_size
    start = _start(path, header, size)
    available = max(size - start, 0)
    needed = header.voxel_bytes
    if header.is_compressed:
        needed = header.compressed_size if header.compressed_size is not None else available
    if needed < 0 or available < needed or header.voxel_bytes > needed * LARGEST_DEFLATION:
        ni, nj, nk = header.geometry.shape
        raise DamagedFileError(
            f"{ni} x {nj} x {nk} voxels of {header.dtype.itemsize} bytes need {header.voxel_bytes} bytes"
            f"{f', compressed to {needed}' if header.is_compressed else ''}, but {available} are there",
            where=data,
            remedy="The file is cut short, or DimSize, ElementType or CompressedDataSize is wrong",
        )
    return Source(data, start, needed, _left_over(available - needed, data))


def _left_over(count: int, data: Path) -> tuple[Finding, ...]:
    if count <= 0:
        return ()
    message = f"{count} bytes follow after the voxels"
    return (Finding("bytes-left-over", "warning", message, data.name, "they are left out; check DimSize"),)


def _text(path: Path, header: Header) -> Source:
    data = path if header.is_local else _data_file(path, header.data_file)
    start = _start(path, header, data.stat().st_size)
    length = max(data.stat().st_size - start, 0)
    count = header.voxel_bytes // header.dtype.itemsize
    if header.is_compressed or header.skip:
        raise ReadError("its voxels are text, and packed or after a header of their own", where=path)
    if not 2 * count - 1 <= length <= (count + 1) * BYTES_A_NUMBER:
        raise DamagedFileError(f"{length:,} bytes of text cannot be {count:,} numbers", where=data)
    return Source(data, start, length, ())


def _slices(path: Path, header: Header) -> list[Source]:
    """Find the files of the slices, each of them raw."""
    if header.is_compressed or header.is_text or header.skip < 0:
        raise ReadError(
            "its voxels are spread over several files that are packed, text, or of unknown start",
            where=path,
            remedy="Write it as one .mha file with SimpleITK or 3D Slicer",
        )
    nk = header.geometry.shape[2]
    names = _listed(path, header) if header.data_file.startswith("LIST") else _counted_up(path, header.data_file, nk)
    if len(names) != nk:
        raise DamagedFileError(
            f"ElementDataFile names {counted(len(names), 'file')}, and DimSize says {counted(nk, 'slice')}", where=path
        )
    needed = header.voxel_bytes // nk
    sources = []
    for name in names:
        data = _data_file(path, name)
        available = data.stat().st_size - header.skip
        if available < needed:
            raise DamagedFileError(
                f"a slice needs {needed} bytes, but {max(available, 0)} are there",
                where=data,
                remedy="The file is cut short, or DimSize, ElementType or HeaderSize is wrong",
            )
        sources.append(Source(data, header.skip, needed, _left_over(available - needed, data)))
    return sources


def _listed(path: Path, header: Header) -> list[str]:
    """Read the names that follow the header, one a line."""
    found = re.fullmatch(r"LIST\s*(?:(\d)D?)?", header.data_file)
    if found is None or found[1] not in (None, "2"):
        raise ReadError(
            f"ElementDataFile is {header.data_file[:80]!r}",
            where=path,
            remedy="Files of one slice each are read: LIST 2D",
        )
    most = min(header.geometry.shape[2] * _LONGEST_NAME + 2, _LONGEST_LIST)
    with path.open("rb") as file:
        file.seek(header.fields.length)
        lines = file.read(most).split(b"\n")
    return [os.fsdecode(line.strip()) for line in lines if line.strip()]


def _counted_up(path: Path, pattern: str, nk: int) -> list[str]:
    """Write out a pattern such as ``slice%03d.raw 1 40 1``: first and last number and step, as MetaIO reads them."""
    name, *words = pattern.split()
    found = re.fullmatch(r"([^%]*)%(0?\d?)d([^%]*)", name)
    if found is None or len(words) > 3 or not all(re.fullmatch(r"\d{1,9}", word) for word in words):
        raise DamagedFileError(
            f"ElementDataFile is {pattern[:80]!r}", where=path, remedy="It must be as slice%03d.raw 1 40 1"
        )
    numbers = [int(word) for word in words]
    first, last, step = [*numbers, *(1, nk, 1)[len(numbers) :]]
    if step < 1 or (last - first) // step >= _MOST_FILES:
        raise DamagedFileError(
            f"ElementDataFile is {pattern[:80]!r}", where=path, remedy="Its step or its end is wrong"
        )
    return [f"{found[1]}{n:{found[2]}d}{found[3]}" for n in range(first, last + 1, step)]


def _data_file(path: Path, name: str) -> Path:
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
