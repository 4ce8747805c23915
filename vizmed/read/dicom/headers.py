"""The header of one DICOM file: the wanted attributes, and where the pixels lie. Pixels are not touched.

A plain file is scanned; what is out of the ordinary is handed to pydicom. `read_with_pydicom` is also the oracle that
the tests hold the scanner against.
"""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, cast

from vizmed.errors import DamagedFileError
from vizmed.read.dicom.attributes import WANTED, plain
from vizmed.read.dicom.deflated import inflated, meta_end
from vizmed.read.dicom.repeats import Repeats
from vizmed.read.dicom.scanner import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    PIXEL_DATA,
    OutOfTheOrdinaryError,
    looks_like_dicom,
)

_LARGEST_HEADER_BYTES = 1 << 22

_FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


@dataclass(frozen=True, slots=True)
class Header:
    """What one file says of its image.

    Parameters
    ----------
    path : pathlib.Path
    size : int
        Of the file, in bytes.
    transfer_syntax : str
        UID of the encoding of the pixels.
    pixel_offset : int
        Where the value of PixelData begins in the file; in what is inflated of it where it is deflated.
    pixel_length : int
        Its length in bytes as declared, `UNDEFINED_LENGTH` where the pixels are encapsulated.
    values : mapping of attribute keyword to value
        Those of `WANTED` that are there; for multi-frame files also the functional groups, as pydicom gives them.
    data : bytes, optional
        The file itself, where it was unpacked from an archive.
    """

    path: Path
    size: int
    transfer_syntax: str
    pixel_offset: int
    pixel_length: int
    values: Mapping[str, Any]

    data: bytes | None = field(default=None, repr=False)

    def open(self, *, buffered: bool = True) -> BufferedIOBase:
        """Open for reading what `pixel_offset` counts in: the file, or what is unpacked of it.

        Parameters
        ----------
        buffered : bool
            A buffer helps small reads, and is one more copy for large ones.

        Raises
        ------
        DamagedFileError
            If it is deflated, and damaged.
        """
        if self.transfer_syntax != DEFLATED_LITTLE:
            return _opened(self.path, self.data, -1 if buffered else 0)
        with _opened(self.path, self.data) as file:
            return BytesIO(inflated(file, meta_end(file) or 0, self.pixel_offset + self.pixel_length, self.path))


def _opened(path: Path, data: bytes | None, buffering: int = -1) -> BufferedIOBase:
    return cast("BufferedIOBase", open(path, "rb", buffering)) if data is None else BytesIO(data)  # noqa: PTH123


def read_header(path: Path, data: bytes | None = None, repeats: Repeats | None = None) -> Header | None:
    """Read the header of a file, or None where it is no DICOM image.

    Parameters
    ----------
    path : pathlib.Path
    data : bytes, optional
        What is in the file, where it was unpacked from an archive.
    repeats : Repeats, optional
        What is known of the headers of other files, which saves time.

    Raises
    ------
    DamagedFileError
        If it begins as a DICOM file and does not go on as one.
    OSError
        If the file cannot be read at all.
    """
    repeats = Repeats() if repeats is None else repeats
    with _opened(path, data, 0) as file:
        start = file.read(repeats.bite)
        if len(start) < 132 or not looks_like_dicom(start):
            return None
        size = file.seek(0, 2)
        try:
            try:
                found = repeats.scan(start, size)
            except (IndexError, struct.error):
                if size <= len(start):
                    raise
                file.seek(0)
                found = repeats.scan(file.read(_LARGEST_HEADER_BYTES), size)
        except (IndexError, struct.error) as cut:
            header = read_with_pydicom(path, data)
            if header is None and size <= _LARGEST_HEADER_BYTES:
                raise DamagedFileError("its header is cut short", where=path) from cut
            return header
        except (OutOfTheOrdinaryError, ValueError, OverflowError):
            return read_with_pydicom(path, data)
    if found is None:
        return None
    return Header(path, size, found.transfer_syntax, found.pixel_offset, found.pixel_length, found.values, data)


def read_with_pydicom(path: Path, data: bytes | None = None) -> Header | None:
    """Read a header with pydicom, whatever its encoding; see `read_header`.

    Raises
    ------
    DamagedFileError
        If pydicom cannot make sense of it.
    """
    import pydicom

    keywords = [keyword for keyword, _ in WANTED.values()]
    try:
        with quiet_pydicom(), _header_part(path, data) as (file, deflated):
            dataset = pydicom.dcmread(
                file, stop_before_pixels=True, force=True, specific_tags=[*keywords, *_FUNCTIONAL_GROUPS]
            )
            offset = file.tell()
            head = file.read(12)
            values = {
                keyword: plain(dataset.get(keyword), convert)
                for keyword, convert in WANTED.values()
                if keyword in dataset
            }
            values |= {keyword: dataset.get(keyword) for keyword in _FUNCTIONAL_GROUPS if keyword in dataset}
    except DamagedFileError:
        raise
    except Exception as damage:
        raise DamagedFileError(f"its DICOM header is damaged ({type(damage).__name__})", where=path) from damage
    if not values.get("Rows"):
        return None
    # a file without meta information is implicit little endian by the standard, but pydicom looks at its bytes
    explicit = not getattr(dataset, "is_implicit_VR", True)
    guess = EXPLICIT_LITTLE if explicit else IMPLICIT_LITTLE
    stated = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", "")
    syntax = DEFLATED_LITTLE if deflated else str(stated or guess)
    with _opened(path, data) as file:
        size = file.seek(0, 2)
    pixels = _pixel_data(head, syntax)
    return pixels and Header(path, size, syntax, offset + pixels[0], pixels[1], values, data)


@contextmanager
def _header_part(path: Path, data: bytes | None) -> Iterator[tuple[BufferedIOBase, bool]]:
    """Open a file, or the beginning of what is inflated of it; say whether it is deflated."""
    with _opened(path, data) as file:
        begin = meta_end(file)
        if begin is None:
            yield file, False
        else:
            yield BytesIO(inflated(file, begin, _LARGEST_HEADER_BYTES, path)), True


def _pixel_data(head: bytes, syntax: str) -> tuple[int, int] | None:
    """Read the PixelData element's own head, which pydicom stops in front of: its length and that of the value."""
    if len(head) < 8:
        return None
    order = ">" if syntax == EXPLICIT_BIG else "<"
    group, number = struct.unpack_from(f"{order}HH", head)
    if group << 16 | number != PIXEL_DATA:
        return None
    if syntax == IMPLICIT_LITTLE:
        return 8, struct.unpack_from("<I", head, 4)[0]
    return (12, struct.unpack_from(f"{order}I", head, 8)[0]) if len(head) == 12 else None


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Keep pydicom from telling of odd values: its log repeats the text of tags, which may name a patient.

    What matters of odd values is checked where they are used.
    """
    log = logging.getLogger("pydicom")
    silent = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = silent
