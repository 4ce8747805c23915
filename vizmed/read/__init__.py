"""Files to volumes: `read` looks at the content, not at the name, and hands over to the reader of that format."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vizmed.errors import IrregularStackError, OptionError, ReadError, UnknownFormatError

if TYPE_CHECKING:
    from vizmed.read.description import Description
    from vizmed.volume import Volume

Reader = Literal["auto", "vtk", "pydicom"]

_ENOUGH_TO_TELL = 1024


def read(
    path: str | os.PathLike[str],
    *,
    series: str | int | None = None,
    reader: Reader = "auto",
    strict: bool = False,
) -> Volume:
    """Read a volume from a folder of DICOM files, or a file of DICOM, MetaImage, NIfTI or NRRD.

    Parameters
    ----------
    path : path-like
        A folder (looked through with all below it) or a file, of any name.
    series : str or int, optional
        Which DICOM series, where there are several: its number, ``"#2"`` for its place in the list, the beginning of
        its UID, or a part of its description.
    reader : {"auto", "vtk", "pydicom"}
        What decodes the pixels. ``"auto"`` takes the fastest that the headers prove right; ``"vtk"`` takes VTK's
        reader or refuses; ``"pydicom"`` reads everything.
    strict : bool
        Refuse where something had to be repaired, assumed or left out.

    Returns
    -------
    Volume
        Voxels ``[i, j, k]`` in the file's own type, geometry in LPS mm, findings in ``volume.provenance``.

    Raises
    ------
    UnknownFormatError, DamagedFileError, UnsafePathError, SeriesChoiceError, IrregularStackError, CodecError
        All of them a `ReadError`.
    """
    place = Path(path)
    if reader not in ("auto", "vtk", "pydicom"):
        raise OptionError(f"there is no reader {reader!r}", remedy="There are auto, vtk and pydicom")
    if not place.exists():
        raise ReadError("there is no such file or folder", where=place)
    volume = _reader_of(place)(place, series, reader)
    if strict:
        _refuse_warnings(volume, place)
    return volume


ReadVolume = Callable[[Path, str | int | None, str], "Volume"]


def _reader_of(path: Path) -> ReadVolume:
    """Find the reader whose format the path has, by its first bytes."""
    if path.is_dir():
        return _read_dicom
    try:
        with path.open("rb") as file:
            start = file.read(_ENOUGH_TO_TELL)
    except OSError as refused:
        raise ReadError(f"it cannot be opened ({refused.strerror})", where=path) from refused
    for fits, read_volume in _FORMATS:
        if fits(start):
            return read_volume
    what = "the file is empty" if not start else "it is of no format that vizmed knows"
    raise UnknownFormatError(what, where=path, remedy="vizmed reads DICOM, MetaImage, NIfTI and NRRD")


def _read_dicom(path: Path, series: str | int | None, reader: str) -> Volume:
    from vizmed.read.dicom import read_dicom

    return read_dicom(path, series=series, reader=reader)


def _read_metaimage(path: Path, _series: str | int | None, reader: str) -> Volume:
    from vizmed.read.metaimage import read_metaimage

    return read_metaimage(path, reader="vtk" if reader == "vtk" else "auto")


def _read_nifti(path: Path, _series: str | int | None, _reader: str) -> Volume:
    from vizmed.read.nifti import read_nifti

    return read_nifti(path)


def _read_nrrd(path: Path, _series: str | int | None, _reader: str) -> Volume:
    from vizmed.read.nrrd import read_nrrd

    return read_nrrd(path)


def _is_dicom(start: bytes) -> bool:
    from vizmed.read.dicom.scanner import looks_like_dicom

    return len(start) >= 132 and looks_like_dicom(start)


def _is_metaimage(start: bytes) -> bool:
    from vizmed.read.metaimage import is_metaimage

    return is_metaimage(start)


def _is_nifti(start: bytes) -> bool:
    from vizmed.read.nifti import is_nifti

    return is_nifti(start)


def _is_nrrd(start: bytes) -> bool:
    from vizmed.read.nrrd import is_nrrd

    return is_nrrd(start)


_FORMATS: tuple[tuple[Callable[[bytes], bool], ReadVolume], ...] = (
    (_is_nrrd, _read_nrrd),
    (_is_nifti, _read_nifti),
    (_is_metaimage, _read_metaimage),
    (_is_dicom, _read_dicom),
)
"""In the order in which they are tried. The first three are told surely; DICOM without a preamble is told by its
first element, which is a weaker sign."""


def describe(path: str | os.PathLike[str], *, series: str | int | None = None) -> Description:
    """Say what is at a path: the series, the geometry, how voxels are stored, what was noticed.

    DICOM pixels are not read.

    Raises
    ------
    ReadError
        If there is nothing that vizmed can describe.
    """
    from vizmed.read.description import Description

    place = Path(path)
    if not place.exists():
        raise ReadError("there is no such file or folder", where=place)
    if _reader_of(place) is _read_dicom:
        from vizmed.read.dicom.describe import describe_dicom

        return describe_dicom(place, series=series)
    volume = read(place)
    return Description(
        volume.provenance.format,
        geometry=volume.geometry,
        modality=volume.modality,
        unit=volume.unit,
        stored=str(volume.voxels.dtype),
        findings=volume.provenance.findings,
    )


def _refuse_warnings(volume: Volume, path: Path) -> None:
    warnings = [finding for finding in volume.provenance.findings if finding.severity == "warning"]
    if warnings:
        raise IrregularStackError(
            "; ".join(str(finding) for finding in warnings), where=path, remedy="Without --strict it is read like this"
        )
