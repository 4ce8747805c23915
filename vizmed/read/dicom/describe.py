"""A DICOM folder described from its headers alone, and the tags of one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vizmed.errors import ReadError, SeriesChoiceError
from vizmed.read.description import Description, ListedSeries
from vizmed.read.dicom import series_of, unit_of, window_of
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.grid import arrange
from vizmed.read.dicom.headers import quiet_pydicom
from vizmed.read.dicom.pixels import with_pydicom
from vizmed.read.dicom.pixels.values import READABLE_BITS, stored_type
from vizmed.read.dicom.scanner import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from vizmed.read.dicom.series import Series, choose_series
from vizmed.read.dicom.survey import Survey, survey

_IDENTIFYING_FORMS = frozenset({"PN", "DA", "TM", "DT", "AS", "LT", "ST", "UT", "UR"})
_IDENTIFYING_GROUPS = frozenset({0x0010, 0x0012, 0x0032, 0x0038, 0x0040, 0x4008})
_IDENTIFYING = frozenset(
    {
        "AccessionNumber",
        "DeviceSerialNumber",
        "InstitutionAddress",
        "InstitutionName",
        "InstitutionalDepartmentName",
        "IssuerOfPatientID",
        "RequestingService",
        "SourceApplicationEntityTitle",
        "StationName",
        "StudyDescription",
        "StudyID",
    }
)
"""After DICOM PS3.15, table E.1-1, the basic confidentiality profile: names, numbers, dates and places of people."""

MASKED = "(masked)"

_PLAIN_NAMES = {
    IMPLICIT_LITTLE: "Implicit VR Little Endian",
    EXPLICIT_LITTLE: "Explicit VR Little Endian",
}
"""As DICOM PS3.6, table A-1, names the encodings without compression."""


def describe_dicom(path: Path, *, series: str | int | None = None, volume: int | None = None) -> Description:
    """Describe a folder or file of DICOM images. Pixels are not read.

    Raises
    ------
    ReadError
        If there is nothing to describe, or the choice fits no series.
    """
    found = survey(path)
    all_series = series_of(found, path)
    try:
        chosen = choose_series(all_series, series, volume)
    except SeriesChoiceError:
        if series is not None or volume is not None:
            raise
        return Description("DICOM", tuple(map(_listed, all_series)), findings=found.findings)
    return description_of(found, all_series, chosen)


def description_of(found: Survey, all_series: Sequence[Series], chosen: Series) -> Description:
    """Describe the chosen one of the series that a survey found."""
    frame = chosen.frames[len(chosen.frames) // 2]
    findings = found.findings
    geometry, sorted_by, refusal = None, "", str(found.damaged[0]) if found.damaged else None
    try:
        stack = arrange(chosen)
        geometry, sorted_by, findings = stack.geometry, stack.sorted_by, (*findings, *stack.findings)
        refusal = refusal or _objection(stack.frames)
    except ReadError as irregular:
        refusal = str(irregular)
    return Description(
        "DICOM",
        tuple(map(_listed, all_series)),
        chosen.index,
        geometry,
        modality=chosen.modality or None,
        unit=unit_of(frame),
        stored=_stored(frame),
        itemsize=stored_type(frame.layout).itemsize if frame.layout.bits_allocated in READABLE_BITS else None,
        encoding=_encoding(frame),
        window=window_of(frame),
        sorted_by=sorted_by,
        findings=findings,
        refusal=refusal,
    )


def _objection(frames: Sequence[Frame]) -> str | None:
    """Say why the pixels cannot be read, or only on request."""
    if frames[0].layout.is_colour:
        return f"the pixels are in colour ({frames[0].layout.photometric}): --luminance makes one value of each"
    return with_pydicom.objection(frames)


def _listed(one: Series) -> ListedSeries:
    words = " ".join(filter(None, [one.description, one.part]))
    return ListedSeries(one.index, one.number, one.modality, words, *one.size)


def _stored(frame: Frame) -> str:
    layout = frame.layout
    readable = layout.bits_allocated in READABLE_BITS
    kind = str(stored_type(layout)) if readable else f"pixels of {layout.bits_allocated} bits"
    words = [kind, f"{layout.bits_stored} bits"]
    if layout.is_colour:
        words.append(layout.photometric)
    if frame.slope != 1:
        words.append(f"slope {frame.slope:g}")
    if frame.intercept != 0:
        words.append(f"intercept {frame.intercept:g}")
    return ", ".join(words)


def _encoding(frame: Frame) -> str:
    if frame.layout.transfer_syntax in _PLAIN_NAMES:  # pydicom knows them too; its import takes longer than 512 headers
        return _PLAIN_NAMES[frame.layout.transfer_syntax]
    from pydicom.uid import UID

    with quiet_pydicom():  # it warns of what is no UID
        return str(UID(frame.layout.transfer_syntax).name)


def read_tags(
    path: Path, *, series: str | int | None = None, volume: int | None = None, identity: bool = False
) -> list[tuple[str, str, str]]:
    """List all tags of the first slice of a series: number, name, value.

    Parameters
    ----------
    path : pathlib.Path
    series : str or int, optional
    volume : int, optional
    identity : bool
        Show also what may tell who the patient is; else it is masked.
    """
    import pydicom

    chosen = choose_series(series_of(survey(path), path), series, volume)
    with quiet_pydicom(), chosen.frames[0].header.open() as file:
        dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        return [
            (f"{element.tag.group:04X},{element.tag.element:04X}", element.name, _shown(element, identity=identity))
            for element in (*getattr(dataset, "file_meta", ()), *dataset)
        ]


def _shown(element: Any, *, identity: bool) -> str:
    if element.VR == "SQ":
        return f"{len(element.value)} items"
    if not identity and _is_identifying(element):
        return MASKED
    if isinstance(element.value, bytes):
        return f"{len(element.value)} bytes"
    return str(element.value)


def _is_identifying(element: Any) -> bool:
    if element.VR == "UI":  # the standard's own UIDs have names; all others are of one study
        return element.value in (None, "") or getattr(element.value, "name", "") == element.value
    return (
        element.tag.is_private
        or element.VR in _IDENTIFYING_FORMS
        or element.tag.group in _IDENTIFYING_GROUPS
        or element.keyword in _IDENTIFYING
    )
