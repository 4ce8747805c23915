"""DICOM files inside a .zip or a .gz, unpacked into memory and never onto the disk, within bounds.

A bomb is told by what comes out of it, not by what it claims: nothing is inflated beyond the bounds.
"""

from __future__ import annotations

import gzip
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from vizmed.errors import BudgetError, DamagedFileError, ReadError, UnsafePathError
from vizmed.read.dicom.scanner import looks_like_dicom

MOST_BYTES = 4 << 30
"""Largest sum of what is unpacked of one archive: it is all held in memory."""

MOST_INFLATION = 200
"""Largest ratio of unpacked to packed; images make 2 to 20, and empty slices of a small size are let pass."""

SMALL_BYTES = 16 << 20
"""A file up to this size is unpacked whatever its ratio, and an archive up to four times this."""

_ZIP, _GZIP = (b"PK\3\4", b"PK\5\6"), b"\x1f\x8b"
_STEP = 1 << 20
_ENOUGH_TO_TELL = 1024
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, IndexError, OverflowError, RuntimeError),
)
"""What Python's own unpacking raises on damaged files."""

Member = tuple[Path, bytes | None, str]
"""Where it is, what is in it, and why it is not looked into if it isn't."""


def is_archive(start: bytes) -> bool:
    """Whether a file's first bytes are those of a zip archive or of gzip."""
    return start.startswith((*_ZIP, _GZIP))


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    with path.open("rb") as file:
        return file.read(4).startswith(_ZIP)


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


class Budget:
    """How much may still be unpacked, in bytes; shared by the files of one folder or archive."""

    def __init__(self, packed: int):
        self.left = min(MOST_BYTES, max(MOST_INFLATION * packed, 4 * SMALL_BYTES))

    def unpack(self, stream: IO[bytes] | BufferedIOBase, packed: int, where: Path) -> bytes | None:
        """Unpack one file; None where it is no DICOM.

        Raises
        ------
        BudgetError
            If more comes out of it than may.
        DamagedFileError
        """
        most = min(self.left, max(MOST_INFLATION * packed, SMALL_BYTES))
        try:
            found = bytearray(stream.read(_ENOUGH_TO_TELL))
            if len(found) < 132 or not looks_like_dicom(bytes(found)):
                return None
            while len(found) <= most and (more := stream.read(_STEP)):
                found += more
        except _DAMAGE as damage:
            raise DamagedFileError(f"it cannot be unpacked ({type(damage).__name__})", where=where) from damage
        if len(found) > most:
            raise BudgetError(
                f"more than {most:,} bytes come out of {packed:,} packed ones, which is more than vizmed unpacks",
                where=where,
                remedy="Unpack it yourself if you trust it, and give the folder",
            )
        self.left -= len(found)
        return bytes(found)


def gunzipped(path: Path, budget: Budget) -> bytes | None:
    """Unpack a .gz; None where no DICOM file is in it."""
    with path.open("rb") as file, gzip.GzipFile(fileobj=file) as stream:
        return budget.unpack(stream, path.stat().st_size, path)


def zip_members(path: Path, damaged: list[DamagedFileError]) -> Iterator[Member]:
    """Give the files in a zip, in the order of their names.

    Parameters
    ----------
    path : pathlib.Path
    damaged : list of DamagedFileError
        What is wrong with members that cannot be unpacked is added.

    Raises
    ------
    UnsafePathError
        If a name leads out of the archive.
    DamagedFileError, BudgetError, ReadError
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as damage:
        raise DamagedFileError(f"the archive is damaged ({type(damage).__name__})", where=path) from damage
    with archive:
        entries = sorted((entry for entry in archive.infolist() if not entry.is_dir()), key=lambda e: e.filename)
        for entry in entries:
            _refuse_unsafe(entry, path)
        budget = Budget(path.stat().st_size)
        for entry in entries:
            place = path / entry.filename
            if stat.S_ISLNK(entry.external_attr >> 16):
                yield place, None, "a link in an archive"
                continue
            try:
                data = _unpacked(archive, entry, budget, place)
            except DamagedFileError as damage:
                damaged.append(damage)
            else:
                yield place, data, "" if data else "no DICOM image"


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget, place: Path) -> bytes | None:
    try:
        stream = archive.open(entry)
    except _DAMAGE as damage:
        raise DamagedFileError(f"it cannot be unpacked ({type(damage).__name__})", where=place) from damage
    with stream:
        return budget.unpack(stream, entry.compress_size, place)


def _refuse_unsafe(entry: zipfile.ZipInfo, path: Path) -> None:
    names = (PurePosixPath(entry.filename), PureWindowsPath(entry.filename))
    if any(name.is_absolute() or name.drive or name.root or ".." in name.parts for name in names):
        raise UnsafePathError(
            "the archive names a file outside of itself", where=path, remedy="It may be meant to do harm"
        )
    if entry.flag_bits & 1:
        raise ReadError("the archive is encrypted", where=path, remedy="Unpack it yourself, and give the folder")
