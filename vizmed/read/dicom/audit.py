"""A series looked at with suspicion: what its headers claim against what its positions say, and who may decode it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vizmed.errors import ReadError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read.description import Audit
from vizmed.read.dicom import series_of, volume_of
from vizmed.read.dicom.describe import description_of
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.grid import arrange
from vizmed.read.dicom.pixels import READERS
from vizmed.read.dicom.series import Series, choose_series
from vizmed.read.dicom.survey import survey
from vizmed.volume import Volume

_SAME_THICKNESS_MM = 0.01
"""Decimal strings are rounded to about this."""


def audit_dicom(
    path: Path, *, series: str | int | None = None, volume: int | None = None, cross: bool = False
) -> Audit:
    """Audit one series.

    Parameters
    ----------
    path : pathlib.Path
    series : str or int, optional
    volume : int, optional
        Which of its volumes, from 1.
    cross : bool
        Read it with every decoder that may, and compare the voxels.

    Raises
    ------
    ReadError
        If there is nothing to audit, or no series is chosen where there are several.
    """
    found = survey(path)
    listed = series_of(found, path)
    chosen = choose_series(listed, series, volume)
    description = description_of(found, listed, chosen)
    findings = list(description.findings)
    if description.geometry is not None:
        findings += _claims(chosen, description.geometry)
    decoders = _objections(chosen)
    refusal = description.refusal
    try:
        scan = volume_of(found, listed, chosen)
        known = {(finding.code, finding.where) for finding in findings}
        findings += [f for f in scan.provenance.findings if (f.code, f.where) not in known]
        findings += _padding(scan)
        if cross:
            able = [name for name, objection in decoders.items() if objection is None]
            others = [name for name in able if name != scan.provenance.decoder]
            findings.append(_compared(scan, able, [volume_of(found, listed, chosen, reader=name) for name in others]))
    except ReadError as error:
        refusal = str(error)
    return Audit(description, tuple(findings), decoders, refusal)


def _claims(chosen: Series, geometry: Geometry) -> list[Finding]:
    """Hold SliceThickness and SpacingBetweenSlices against the distance of the positions."""
    if len(chosen.frames) < 2:
        return []
    spacing, findings = geometry.spacing[2], []
    for keyword in ("SliceThickness", "SpacingBetweenSlices"):
        claimed = chosen.frames[0].header.values.get(keyword)
        if claimed is not None and abs(claimed - spacing) > _SAME_THICKNESS_MM:
            message = f"{keyword} says {claimed:g} mm, the positions {spacing:.6g} mm"
            findings.append(Finding("other-spacing-claimed", "note", message, "", "positions are taken"))
    return findings


def _padding(volume: Volume) -> list[Finding]:
    if volume.padding is None:
        return []
    padded = int(np.count_nonzero(volume.voxels == volume.padding))
    share = 100 * padded / volume.voxels.size
    message = f"{padded:,} voxels ({share:.1f} %) are padding, {volume.padding:g}"
    return [Finding("padding", "note", message, "", "kept out of ranges and levels")]


def _objections(chosen: Series) -> dict[str, str | None]:
    frames = _in_order(chosen)
    return {name: decoder.objection(frames) for name, decoder in READERS.items()}


def _in_order(chosen: Series) -> tuple[Frame, ...]:
    try:
        return arrange(chosen).frames
    except ReadError:
        return chosen.frames


def _compared(scan: Volume, able: Sequence[str], others: Sequence[Volume]) -> Finding:
    if not others:
        return Finding("not-compared", "note", f"only {' and '.join(able) or 'no decoder'} may read it")
    if all(np.array_equal(scan.voxels, other.voxels) and scan.geometry == other.geometry for other in others):
        return Finding("decoders-agree", "note", f"{' and '.join(able)} give the same voxels")
    return Finding("decoders-disagree", "warning", f"{' and '.join(able)} give different voxels", "", "trust neither")
