"""The series that labels were drawn on, of which only the grid is wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from vizmed.errors import IrregularStackError, ReadError, UnknownFormatError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read import describe
from vizmed.read.dicom import series_of
from vizmed.read.dicom.grid import arrange
from vizmed.read.dicom.series import Series, choose_series, list_series
from vizmed.read.dicom.survey import Survey, survey
from vizmed.read.formats import read_dicom_path, read_folder, reader_of
from vizmed.volume import Volume

Reference = str | os.PathLike[str] | Volume | Geometry
"""Where a scan is, a scan, or its geometry."""

_NO_IMAGES = ("SEG", "RTDOSE")


def geometry_of(reference: Reference, uids: Sequence[str], findings: list[Finding]) -> Geometry:
    """Find the grid of a reference. Pixels of DICOM are not read.

    Parameters
    ----------
    reference : path-like, Volume or Geometry
        Of a folder of several series the one that is named is taken, or the only volume.
    uids : sequence of str
        SeriesInstanceUIDs (0020,000E) of the series that the labels were drawn on; empty where they are not known.
    findings : list of Finding
        What is found is added.

    Raises
    ------
    ReadError
        If it cannot be read, or there are several.
    """
    if isinstance(reference, Volume):
        return reference.geometry
    if isinstance(reference, Geometry):
        return reference
    path = Path(reference)
    if not path.exists():
        raise ReadError("there is no such file or folder", where=path)
    if reader_of(path) not in (read_dicom_path, read_folder):
        described = describe(path)
        findings.extend(described.findings)
        if described.geometry is None:
            raise IrregularStackError(str(described.refusal), where=path)
        return described.geometry
    found = survey(path)
    listed = [series for series in series_of(found, path) if series.modality not in _NO_IMAGES]
    if not listed:
        raise UnknownFormatError("there is no scan in it", where=path, remedy="Labels and doses are none")
    named = [series for series in listed if series.uid in uids]
    chosen = choose_series(named or listed, None)
    if uids and not named:
        message = "the reference is another series than the one that the labels were drawn on"
        findings.append(Finding("other-reference", "warning", message, "", "taken as one that shares its frame"))
    return _arranged(found, chosen, findings)


def geometry_beside(path: Path, uids: Sequence[str], findings: list[Finding]) -> Geometry:
    """Find the grid of a series among the DICOM files beside and below a file.

    Parameters
    ----------
    path : pathlib.Path
        The file that names the series.
    uids : sequence of str
    findings : list of Finding
        What is found is added.

    Raises
    ------
    ReadError
        If none or more than one of them is there.
    """
    found = survey(path.parent)
    named = [series for series in list_series(found.frames) if series.uid in uids]
    if not named:
        raise ReadError(
            "the series that its contours were drawn on is not beside it",
            where=path,
            remedy="Say where the scan is (reference), or put the file into the folder of the scan",
        )
    return _arranged(found, choose_series(named, None), findings)


def _arranged(found: Survey, chosen: Series, findings: list[Finding]) -> Geometry:
    folders = {frame.path.parent for frame in chosen.frames}
    for damage in found.damaged:  # a damaged file may be a slice, without which the grid is another
        if Path(damage.where or "").parent in folders:
            raise damage
    stack = arrange(chosen)
    findings.extend(stack.findings)
    return stack.geometry
