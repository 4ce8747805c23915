"""Files to volumes: `read` looks at the content, not at the name, and hands over to the reader of that format."""

from __future__ import annotations

import os
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vizmed.errors import IrregularStackError, OptionError, ReadError, UnknownFormatError
from vizmed.read.formats import PICTURES, Asked, read_dicom_path, read_folder, reader_of
from vizmed.stages import stage

if TYPE_CHECKING:
    from vizmed.read.description import Description
    from vizmed.volume import Volume

Reader = Literal["auto", "vtk", "pydicom"]


@stage("reading")
def read(
    path: str | os.PathLike[str],
    *,
    series: str | int | None = None,
    reader: Reader = "auto",
    strict: bool = False,
    spacing: tuple[float, float, float] | None = None,
    luminance: bool = False,
    volume: int | None = None,
) -> Volume:
    """Read a volume from a folder of DICOM files or pictures, or a file of DICOM or one of the other formats.

    These are MetaImage, NIfTI, NRRD, VTK's .vti, and PNG, JPEG, TIFF and BMP pictures.

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
    spacing : (x, y, z) tuple of float, optional
        Size of a voxel along i, j and k in mm: what pictures leave out, and DICOM images that don't say where they
        lie (taken as an axial stack in the order of their InstanceNumbers, with a warning). Where the file has a
        spacing, it is replaced, and that is noted.
    luminance : bool
        Take the luminance (Rec. 601) of colours instead of refusing them.
    volume : int, optional
        For DICOM: which volume of a series, from 1, where it holds several: echoes, b-values, times.

    Returns
    -------
    Volume
        Voxels ``[i, j, k]`` in the file's own type, geometry in LPS mm, findings in ``volume.provenance``.

    Raises
    ------
    UnknownFormatError, DamagedFileError, UnsafePathError, SeriesChoiceError, IrregularStackError, CodecError
        All of them a `ReadError`.
    """
    place = place_of(path, reader, spacing)
    found = reader_of(place)(place, Asked(series, reader, spacing, luminance, volume))
    if spacing is not None and not took_spacing(found):
        found = with_spacing(found, spacing)
    if found.provenance.format != "DICOM" and (series, volume) != (None, None):
        raise OptionError(f"{found.provenance.format} files have no series", remedy="Leave series and volume out")
    if strict:
        refuse_warnings(found, place)
    return found


@stage("reading")
def describe(
    path: str | os.PathLike[str],
    *,
    series: str | int | None = None,
    volume: int | None = None,
    spacing: tuple[float, float, float] | None = None,
    luminance: bool = False,
) -> Description:
    """Say what is at a path: the series, the geometry, how voxels are stored, what was noticed.

    DICOM pixels are not read; the parameters are those of `read`.

    Raises
    ------
    ReadError
        If there is nothing that vizmed can describe.
    """
    from vizmed.read.description import Description

    place = Path(path)
    if not place.exists():
        raise ReadError("there is no such file or folder", where=place)
    if reader_of(place) in (read_dicom_path, read_folder):
        from vizmed.read.dicom.describe import describe_dicom

        try:
            return describe_dicom(place, series=series, volume=volume)
        except UnknownFormatError:
            from vizmed.read.pictures import pictures_in

            if not (place.is_dir() and pictures_in(place)[0]):
                raise
    from vizmed.read.chunks import open_chunks

    chunks = open_chunks(place, spacing=spacing, luminance=luminance)
    known = chunks.like
    return Description(
        known.provenance.format,
        geometry=chunks.geometry,
        modality=known.modality,
        unit=known.unit,
        stored=str(chunks.dtype),
        itemsize=chunks.dtype.itemsize,
        findings=known.provenance.findings,
    )


def place_of(path: str | os.PathLike[str], reader: Reader, spacing: tuple[float, float, float] | None) -> Path:
    """Check what `read` was asked for, and give the path.

    Raises
    ------
    ReadError, OptionError
    """
    place = Path(path)
    if reader not in ("auto", "vtk", "pydicom"):
        raise OptionError(f"there is no reader {reader!r}", remedy="There are auto, vtk and pydicom")
    if spacing is not None:
        _check_spacing(spacing)
    if not place.exists():
        raise ReadError("there is no such file or folder", where=place)
    return place


def _check_spacing(spacing: object) -> None:
    numbers = spacing if isinstance(spacing, (tuple, list)) else ()
    if len(numbers) != 3 or not all(isinstance(mm, (int, float)) and 0 < mm < inf for mm in numbers):
        raise OptionError(f"the spacing is {spacing!r}", remedy="Such as --spacing 0.5,0.5,2: mm along i, j and k")


def took_spacing(volume: Volume) -> bool:
    """Whether a reader needed the spacing that it was given."""
    assumed = any(finding.code == "assumed-geometry" for finding in volume.provenance.findings)
    return assumed or volume.provenance.format in PICTURES


def with_spacing(volume: Volume, spacing: tuple[float, float, float]) -> Volume:
    """Give a volume voxels of another size, which its findings say."""
    from vizmed.findings import Finding
    from vizmed.geometry import Geometry

    old = volume.geometry
    geometry = Geometry.from_axes(old.shape, spacing, old.origin, old.direction)
    now, before = (" x ".join(f"{mm:.6g}" for mm in one.spacing) for one in (geometry, old))
    finding = Finding("spacing-replaced", "note", f"spacing set to {now} mm", "", f"the file has {before} mm")
    provenance = replace(volume.provenance, findings=(*volume.provenance.findings, finding))
    return replace(volume, geometry=geometry, provenance=provenance)


def refuse_warnings(volume: Volume, path: Path) -> None:
    """Refuse where something had to be repaired, assumed or left out.

    Raises
    ------
    IrregularStackError
    """
    warnings = [finding for finding in volume.provenance.findings if finding.severity == "warning"]
    if warnings:
        raise IrregularStackError(
            "; ".join(str(finding) for finding in warnings), where=path, remedy="Without --strict it is read like this"
        )
