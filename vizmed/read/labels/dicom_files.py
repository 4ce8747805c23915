"""DICOM files that hold labels and no image: segmentations (SEG) and structure sets (RTSTRUCT)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import Any, Literal

from vizmed.errors import DamagedFileError, ReadError, VizmedError
from vizmed.read.dicom.deflated import inflated, meta_end
from vizmed.read.dicom.headers import quiet_pydicom
from vizmed.read.dicom.scanner import looks_like_dicom

Kind = Literal["SEG", "RTSTRUCT"]

_KINDS: dict[bytes, Kind] = {
    b"1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    b"1.2.840.10008.5.1.4.1.1.66.7": "SEG",  # Label Map Segmentation
    b"1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
}
"""SOPClassUID (0008,0016), which stands near the beginning of a file, in its meta information or after it."""

_STORAGE_CLASS = re.compile(rb"1\.2\.840\.10008\.5\.1\.4\.1\.1\.[0-9.]+")
_ENOUGH_TO_TELL = 1024
_LARGEST_INFLATED_BYTES = 1 << 28


def kind_of_labels(start: bytes) -> Kind | None:
    """Tell by a file's first bytes which of them it is, if any."""
    if len(start) < 132 or not looks_like_dicom(start):
        return None
    first = _STORAGE_CLASS.search(start)
    return _KINDS.get(first[0]) if first else None


def start_of(path: Path) -> bytes:
    """Read as much of a file as tells what it is.

    Raises
    ------
    ReadError
        If it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(_ENOUGH_TO_TELL)
    except OSError as refused:
        raise ReadError(f"it cannot be opened ({refused.strerror})", where=path) from refused


def label_files(folder: Path) -> list[Path]:
    """List such files in a folder and all below it; links are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        files = (Path(place, name) for name in sorted(names))
        found += [file for file in files if file.is_file() and not file.is_symlink() and _has_labels(file)]
    return found


def _has_labels(file: Path) -> bool:
    try:
        return kind_of_labels(start_of(file)) is not None
    except ReadError:
        return False


def read_attributes(path: Path, keywords: Sequence[str]) -> Any:
    """Read some attributes of a file with pydicom, and no pixels.

    Returns
    -------
    pydicom.Dataset

    Raises
    ------
    DamagedFileError
    """
    import pydicom

    with pydicom_refusing(path), path.open("rb") as file:
        return pydicom.dcmread(_plain(file, path), stop_before_pixels=True, force=True, specific_tags=list(keywords))


@contextmanager
def pydicom_refusing(path: Path) -> Iterator[None]:
    """Turn whatever pydicom raises, when it reads or when a value is asked for, into a refusal of the file."""
    try:
        with quiet_pydicom():
            yield
    except VizmedError:
        raise
    except Exception as damage:
        raise DamagedFileError(f"its attributes are damaged ({type(damage).__name__})", where=path) from damage


def _plain(file: BufferedIOBase, path: Path) -> BufferedIOBase:
    begin = meta_end(file)
    return file if begin is None else BytesIO(inflated(file, begin, _LARGEST_INFLATED_BYTES, path))
