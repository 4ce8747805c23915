"""Deflated files (1.2.840.10008.1.2.1.99): what follows their meta information, inflated as far as is needed."""

from __future__ import annotations

import zlib
from io import BufferedIOBase
from pathlib import Path

from vizmed.errors import DamagedFileError
from vizmed.read.dicom.scanner import DEFLATED_LITTLE, EXPLICIT_LITTLE, file_meta

_LARGEST_META_BYTES = 1 << 15

_SYNTAX = EXPLICIT_LITTLE.encode() + b"\0"  # of even length
_PLAIN_META = bytes(128) + b"DICM\2\0\x10\0UI" + len(_SYNTAX).to_bytes(2, "little") + _SYNTAX
"""Takes the place of the file's own meta information in front of what is inflated."""


def meta_end(file: BufferedIOBase) -> int | None:
    """Find where the deflated part of a file begins; None where nothing is. The file goes back to its start."""
    start = file.read(_LARGEST_META_BYTES)
    file.seek(0)
    if start[128:132] != b"DICM":
        return None
    try:
        syntax, position = file_meta(start)
    except Exception:  # noqa: BLE001 (a start that is out of the ordinary is not ours)
        return None
    return position if syntax == DEFLATED_LITTLE else None


def inflated(file: BufferedIOBase, begin: int, most: int, path: Path) -> bytes:
    """Give the file as if it were not deflated, up to a size.

    Parameters
    ----------
    file : binary file
    begin : int
        Where its deflated part begins.
    most : int
        Bytes wanted. More are not inflated; there may be less.
    path : pathlib.Path
        To complain of.

    Raises
    ------
    DamagedFileError
        If it cannot be inflated.
    """
    file.seek(begin)
    try:
        return _PLAIN_META + zlib.decompressobj(-zlib.MAX_WBITS).decompress(
            file.read(), max(most - len(_PLAIN_META), 1)
        )
    except zlib.error as damage:
        raise DamagedFileError("it cannot be inflated", where=path) from damage
