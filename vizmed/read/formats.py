"""The formats that are read, in one ordered table: how a file of each is told, and what reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vizmed.errors import ReadError, UnknownFormatError

if TYPE_CHECKING:
    from vizmed.chunked import Chunked
    from vizmed.volume import Volume

_ENOUGH_TO_TELL = 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What `read` was asked for; each reader takes what concerns it."""

    series: str | int | None = None
    reader: str = "auto"
    spacing: tuple[float, float, float] | None = None
    luminance: bool = False
    volume: int | None = None


ReadVolume = Callable[[Path, Asked], "Volume"]


def reader_of(path: Path) -> ReadVolume:
    """Find the reader whose format the path has, by its first bytes."""
    if path.is_dir():
        return read_folder
    try:
        with path.open("rb") as file:
            start = file.read(_ENOUGH_TO_TELL)
    except OSError as refused:
        raise ReadError(f"it cannot be opened ({refused.strerror})", where=path) from refused
    for fits, read_volume in _FORMATS:
        if fits(start):
            return read_volume
    what = "the file is empty" if not start else "it is of no format that vizmed knows"
    raise UnknownFormatError(what, where=path, remedy=f"vizmed reads {_KNOWN}")


def kind_of(file: Path) -> Literal["dicom", "picture", "volume"]:
    """Tell what kind of scan a file is: a DICOM image, a picture, or a volume of another format.

    Raises
    ------
    ReadError
        If it is none, or cannot be opened.
    """
    read_volume = reader_of(file)
    if read_volume is read_dicom_path:
        return "dicom"
    return "picture" if read_volume is _read_pictures else "volume"


def read_folder(path: Path, asked: Asked) -> Volume:
    """Read DICOM where there is any, and pictures where there are none."""
    try:
        return read_dicom_path(path, asked)
    except UnknownFormatError:
        from vizmed.read.pictures import pictures_in

        if not pictures_in(path)[0]:
            raise
    return _read_pictures(path, asked)


def read_dicom_path(path: Path, asked: Asked) -> Volume:
    """Read a DICOM file, or a folder of them."""
    from vizmed.read.dicom import read_dicom

    return read_dicom(
        path,
        series=asked.series,
        volume=asked.volume,
        reader=asked.reader,
        luminance=asked.luminance,
        assume_spacing=asked.spacing,
    )


def _read_metaimage(path: Path, asked: Asked) -> Volume:
    from vizmed.read.metaimage import read_metaimage

    reader: Literal["vtk", "auto"] = "vtk" if asked.reader == "vtk" else "auto"
    return read_metaimage(path, reader=reader, luminance=asked.luminance)


def _open_metaimage(path: Path) -> Chunked:
    from vizmed.read.metaimage import open_metaimage

    return open_metaimage(path)


def _read_nifti(path: Path, _asked: Asked) -> Volume:
    from vizmed.read.nifti import read_nifti

    return read_nifti(path)


def _open_nifti(path: Path) -> Chunked:
    from vizmed.read.nifti import open_nifti

    return open_nifti(path)


def _read_nrrd(path: Path, _asked: Asked) -> Volume:
    from vizmed.read.nrrd import read_nrrd

    return read_nrrd(path)


def _open_nrrd(path: Path) -> Chunked:
    from vizmed.read.nrrd import open_nrrd

    return open_nrrd(path)


def _read_pictures(path: Path, asked: Asked) -> Volume:
    from vizmed.read.pictures import read_pictures

    return read_pictures(path, spacing=asked.spacing, luminance=asked.luminance)


def _read_vti(path: Path, _asked: Asked) -> Volume:
    from vizmed.read.vti import read_vti

    return read_vti(path)


def _is_dicom(start: bytes) -> bool:
    from vizmed.read.dicom.scanner import looks_like_dicom

    return len(start) >= 132 and looks_like_dicom(start)


def _is_archive(start: bytes) -> bool:
    from vizmed.read.dicom.archive import is_archive

    return is_archive(start)


def _is_metaimage(start: bytes) -> bool:
    from vizmed.read.metaimage import is_metaimage

    return is_metaimage(start)


def _is_nifti(start: bytes) -> bool:
    from vizmed.read.nifti import is_nifti

    return is_nifti(start)


def _is_nrrd(start: bytes) -> bool:
    from vizmed.read.nrrd import is_nrrd

    return is_nrrd(start)


def _is_vti(start: bytes) -> bool:
    from vizmed.read.vti import is_vti

    return is_vti(start)


def _is_picture(start: bytes) -> bool:
    from vizmed.read.pictures import is_picture

    return is_picture(start)


PICTURES = ("PNG", "JPEG", "TIFF", "BMP")

_KNOWN = "DICOM, MetaImage, NIfTI, NRRD, .vti, and PNG, JPEG, TIFF and BMP pictures"

_FORMATS: tuple[tuple[Callable[[bytes], bool], ReadVolume], ...] = (
    (_is_nrrd, _read_nrrd),
    (_is_nifti, _read_nifti),
    (_is_vti, _read_vti),
    (_is_picture, _read_pictures),
    (_is_metaimage, _read_metaimage),
    (_is_archive, read_dicom_path),
    (_is_dicom, read_dicom_path),
)
"""In the order in which they are tried. All but the last are told surely; DICOM without a preamble is told by its
first element, which is a weaker sign."""

OPENERS: dict[ReadVolume, Callable[[Path], Chunked]] = {
    _read_metaimage: _open_metaimage,
    _read_nifti: _open_nifti,
    _read_nrrd: _open_nrrd,
}
"""What opens a volume that is one file, to read a few of its slices at a time."""
