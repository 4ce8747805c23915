"""DICOM: survey the files, group them into series, put one in order, decode its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vizmed.errors import UnknownFormatError
from vizmed.findings import Finding, counted
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.grid import Stack, arrange
from vizmed.read.dicom.pixels import read_values
from vizmed.read.dicom.resample import resample
from vizmed.read.dicom.series import SEGMENTATION, Series, choose_series, list_series
from vizmed.read.dicom.survey import Survey, survey
from vizmed.volume import Provenance, SliceSource, Volume, Voxels, digest_of


def read_dicom(
    path: Path,
    *,
    series: str | int | None = None,
    volume: int | None = None,
    reader: str = "auto",
    luminance: bool = False,
    assume_spacing: tuple[float, float, float] | None = None,
) -> Volume:
    """Read one volume from a folder of DICOM files, or from one file.

    Parameters
    ----------
    path : pathlib.Path
    series : str or int, optional
        Which one; see `choose_series`.
    volume : int, optional
        Which of its volumes, from 1.
    reader : {"auto", "vtk", "pydicom"}
    luminance : bool
        Make one value of the colours of a pixel.
    assume_spacing : (x, y, z) tuple of float, optional
        Size of a voxel in mm where the images do not say it.

    Raises
    ------
    ReadError
        One of its kinds; see `vizmed.errors`.
    """
    found, listed, chosen = surveyed(path, series, volume)
    return volume_of(found, listed, chosen, reader=reader, luminance=luminance, assume_spacing=assume_spacing)


def surveyed(path: Path, series: str | int | None, volume: int | None) -> tuple[Survey, list[Series], Series]:
    """Look through a folder, list its series, and take the one that is meant; see `read_dicom`."""
    found = survey(path)
    listed = series_of(found, path)
    _refuse_labels(listed)
    return found, listed, choose_series(listed, series, volume)


def volume_of(
    found: Survey,
    listed: Sequence[Series],
    chosen: Series,
    *,
    reader: str = "auto",
    luminance: bool = False,
    assume_spacing: tuple[float, float, float] | None = None,
) -> Volume:
    """Read the chosen one of the series that a survey found; see `read_dicom`."""
    stack = stack_of(found, chosen, assume_spacing)
    planes, decoder = read_values(stack.frames, reader, luminance=luminance)
    values = planes if stack.regular is None else resample(planes, stack.places, stack.regular)
    return as_volume(values.T, stack, chosen, decoder, noticed(found, listed, chosen))


def stack_of(found: Survey, chosen: Series, assume_spacing: tuple[float, float, float] | None = None) -> Stack:
    """Put the planes of the chosen one of the series that a survey found in order.

    Raises
    ------
    ReadError
        If they are labels, may be damaged, or make no grid.
    """
    _refuse_labels([chosen])
    _refuse_damaged(found, chosen)
    return arrange(chosen, assume_spacing)


def series_of(found: Survey, path: Path) -> list[Series]:
    """List the series of a survey.

    Raises
    ------
    UnknownFormatError
        If there is none; the message counts what was passed over.
    DamagedFileError
        If all there is, is damaged.
    """
    if found.frames:
        return list_series(found.frames)
    if found.damaged:
        raise found.damaged[0]
    passed_over = "; ".join(f"{finding.message} ({finding.where})" for finding in found.findings)
    raise UnknownFormatError(
        f"there are no DICOM images in it{': ' + passed_over if passed_over else ''}",
        where=path,
        remedy="Give the file itself where it is MetaImage, NIfTI or NRRD; vizmed labels reads RTSTRUCT",
    )


def _refuse_labels(listed: Sequence[Series]) -> None:
    """Refuse where there are labels alone."""
    if all(series.modality == SEGMENTATION for series in listed):
        where = listed[0].frames[0].path
        raise UnknownFormatError("it is a segmentation, no scan", where=where, remedy="vizmed labels reads it")


def _refuse_damaged(found: Survey, chosen: Series) -> None:
    """Refuse where a damaged file may belong to the series: one that lies in a folder of its planes."""
    folders = {frame.path.parent for frame in chosen.frames}
    for damage in found.damaged:
        if Path(damage.where or "").parent in folders:
            raise damage


def noticed(found: Survey, listed: Sequence[Series], chosen: Series) -> list[Finding]:
    """List what a survey found and what the choice of a series leaves out."""
    findings = list(found.findings)
    strays = [series for series in listed if _may_belong(series, chosen)]
    others = [series for series in listed if series is not chosen and series not in strays]
    if strays:
        slices = counted(sum(len(series.frames) for series in strays), "slice")
        message = f"{slices} of the same series and size do not fit the stack"
        findings.append(Finding("stray-slices", "warning", message, _shown(strays), "left out"))
    if others:
        message = f"{len(others)} other series in the folder"
        findings.append(Finding("other-series", "note", message, _shown(others), "left out; --series takes another"))
    return findings


def _may_belong(series: Series, chosen: Series) -> bool:
    """Whether planes were parted from the chosen ones by a small difference, so that a slice may be missing."""
    alike = series.uid == chosen.uid and series.size[:2] == chosen.size[:2] and not series.part and not chosen.part
    return alike and series is not chosen and not series.frames[0].is_localizer


def _shown(listed: Sequence[Series]) -> str:
    return "; ".join(str(series) for series in listed[:3]) + ("; ..." if len(listed) > 3 else "")


def as_volume(voxels: Voxels, stack: Stack, chosen: Series, decoder: str, before: Sequence[Finding] = ()) -> Volume:
    """Say what is known of the voxels of a stack, and what was noticed before it was put in order."""
    middle = stack.frames[len(stack.frames) // 2]
    findings = (*before, *stack.findings)
    uid, slices = digest_of(chosen.uid), _sources(stack)
    return Volume(
        voxels,
        stack.geometry,
        modality=chosen.modality or None,
        unit=unit_of(middle),
        window=window_of(middle),
        padding=middle.padding,
        inverted=middle.layout.photometric == "MONOCHROME1",
        description=" ".join(filter(None, [chosen.description, chosen.part])),
        provenance=Provenance("DICOM", decoder, stack.sorted_by, _files(stack), findings, uid, slices),
    )


def unit_of(frame: Frame) -> str | None:
    """Give ``"HU"`` where the values are Hounsfield units: CT, unless RescaleType (0028,1054) says otherwise."""
    values = frame.header.values
    return "HU" if values.get("Modality") == "CT" and values.get("RescaleType") in (None, "", "HU") else None


def window_of(frame: Frame) -> tuple[float, float] | None:
    """Give the first window (width, level) that a file asks for."""
    centers, widths = frame.header.values.get("WindowCenter"), frame.header.values.get("WindowWidth")
    if not centers or not widths or not widths[0] > 0:
        return None
    return float(widths[0]), float(centers[0])


def _files(stack: Stack) -> int:
    return len({frame.path for frame in stack.frames})


def _sources(stack: Stack) -> tuple[SliceSource, ...]:
    """Say which file each slice came from; a mosaic is one picture, whose pixels are not those of the slices."""
    if stack.frames[0].layout.tiles > 1:
        return ()
    places: Sequence[float] = range(len(stack.frames))
    if stack.regular is not None:
        places = ((stack.places - stack.regular[0]) / (stack.regular[1] - stack.regular[0])).tolist()
    return tuple(_source(frame, float(k)) for frame, k in zip(stack.frames, places, strict=True))


def _source(frame: Frame, k: float) -> SliceSource:
    values = frame.header.values
    number = frame.number + 1 if (values.get("NumberOfFrames") or 1) > 1 else values.get("InstanceNumber")
    return SliceSource(k, frame.path.name, number, digest_of(values.get("SOPInstanceUID") or ""))
