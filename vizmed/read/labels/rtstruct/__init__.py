"""Structure sets of radiotherapy (RTSTRUCT): contours as they are, or filled on the grid of the scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vizmed.errors import DamagedFileError, IrregularStackError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray, Geometry
from vizmed.marks import Marks, Outline, thickness_of
from vizmed.read.labels.dicom_files import pydicom_refusing, read_attributes
from vizmed.read.labels.numbers import empty_labels
from vizmed.read.labels.reference import Reference, geometry_beside, geometry_of
from vizmed.read.labels.rtstruct.contours import Noticed, fill, in_slices, slice_axis
from vizmed.read.labels.tables import color_of
from vizmed.segmentation import Box, Inside, Label, Mask, Segmentation, label_of, layered
from vizmed.volume import Provenance, Volume, digest_of

_FARTHEST_MM = 1e6
_LARGEST_NUMBER = 65_535

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_UNFILLED = {
    "off-plane-contours": "each belongs to the nearest slice",
    "contours-outside": "what is outside of its slices is left out",
}
"""What is done with contours that are not filled, by the code of the finding."""

_ATTRIBUTES = ("StructureSetROISequence", "ROIContourSequence", "ReferencedFrameOfReferenceSequence")


@dataclass(frozen=True, slots=True)
class _Region:
    """A region of interest: what it is called, and its closed contours, each (n, 3) in LPS mm."""

    label: Label
    contours: tuple[FloatArray, ...]


def read_rtstruct(path: Path, reference: Reference | None = None) -> Segmentation:
    """Read a structure set.

    Parameters
    ----------
    path : pathlib.Path
    reference : path-like, Volume or Geometry, optional
        The scan that it was drawn on. Where left out, it is looked for among the DICOM files beside the file.

    Raises
    ------
    ReadError
        If the file is damaged, the scan is not there, or contours do not lie in its slices.
    """
    findings: list[Finding] = []
    uids, regions = _read(path, findings)
    contours = [points for region in regions for points in region.contours]
    if reference is None:
        geometry = geometry_beside(path, uids, findings)
    else:
        geometry = geometry_of(reference, uids, findings)
    axis = slice_axis([geometry.to_index(points) for points in contours])
    order = [*(n for n in range(3) if n != axis), axis]
    noticed = Noticed()
    masks = _masks(regions, geometry.reordered(order, (False, False, False)), noticed, path)
    layers, layer_of = layered(geometry, regions[-1].label.number, _in_order(masks, order))
    findings += [*noticed.findings(), *_empty(regions, layer_of)]
    if not layer_of:
        raise IrregularStackError(
            "no voxel of the scan lies within a contour", where=path, remedy="Is it the right scan?"
        )
    return Segmentation(
        layers,
        tuple(region.label for region in regions if region.label.number in layer_of),
        tuple(layer_of.values()),
        Provenance("RTSTRUCT", "pydicom", "by number", 1, tuple(findings)),
    )


def read_contours(path: Path, reference: Reference | None = None) -> Marks:
    """Read the closed contours of a structure set as they were drawn, without filling them.

    Parameters
    ----------
    path : pathlib.Path
    reference : path-like, Volume or Geometry, optional
        As of `read_rtstruct`.

    Returns
    -------
    Marks
        An outline for each contour, in LPS mm, with the name and colour of its region, as thick as the slices of the
        scan lie apart.

    Raises
    ------
    ReadError
        As `read_rtstruct`.
    """
    findings: list[Finding] = []
    uids, regions = _read(path, findings)
    if reference is None:
        geometry = geometry_beside(path, uids, findings)
    else:
        geometry = geometry_of(reference, uids, findings)
    _note_other_scan(reference, uids, findings)
    axis = slice_axis([geometry.to_index(points) for region in regions for points in region.contours])
    order = [*(n for n in range(3) if n != axis), axis]
    grid, noticed = geometry.reordered(order, (False, False, False)), Noticed()
    thickness = thickness_of(grid)
    outlines = tuple(
        Outline(points, True, region.label.name, region.label.color, thickness)
        for region in regions
        for points in _in_scan(region, grid, noticed, path)
    )
    if not outlines:
        raise IrregularStackError("no contour lies in the scan", where=path, remedy="Is it the right scan?")
    findings += [replace(one, remedy=_UNFILLED.get(one.code, one.remedy)) for one in noticed.findings()]
    return Marks(outlines, findings=tuple(findings))


def _in_scan(region: _Region, grid: Geometry, noticed: Noticed, path: Path) -> Iterator[FloatArray]:
    """Give the contours of a region that lie in slices of the grid and not beside them."""
    contours = [grid.to_index(points) for points in region.contours]
    for n, _ in in_slices(region.label.name, contours, grid, noticed, path):
        low, high = contours[n][:, :2].min(axis=0), contours[n][:, :2].max(axis=0)
        if np.all(high >= -0.5) and np.all(low <= np.array(grid.shape[:2]) - 0.5):
            yield region.contours[n]


def _note_other_scan(reference: Reference | None, uids: Sequence[str], findings: list[Finding]) -> None:
    """Say of a scan that was read what `geometry_of` says of one that was not."""
    series = reference.provenance.series if isinstance(reference, Volume) else ""
    if series and uids and series not in map(digest_of, uids):
        message = "the scan is another series than the one that the contours were drawn on"
        findings.append(Finding("other-reference", "warning", message, "", "taken as one that shares its frame"))


def _read(path: Path, findings: list[Finding]) -> tuple[tuple[str, ...], list[_Region]]:
    """Read the series that the contours were drawn on, and the regions, of which one at least has a contour."""
    dataset = read_attributes(path, _ATTRIBUTES)
    with pydicom_refusing(path):
        uids, regions = _series(dataset), _regions(dataset, path, findings)
    if not any(region.contours for region in regions):
        raise IrregularStackError("it has no closed contour", where=path, remedy="There is nothing to be filled")
    return uids, regions


def _series(dataset: Any) -> tuple[str, ...]:
    """List the series that the contours were drawn on."""
    return tuple(
        str(series.get("SeriesInstanceUID"))
        for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ()
        for study in frame.get("RTReferencedStudySequence") or ()
        for series in study.get("RTReferencedSeriesSequence") or ()
    )


def _regions(dataset: Any, path: Path, findings: list[Finding]) -> list[_Region]:
    """List the regions in the order of their numbers."""
    names = {
        int(item.ROINumber): str(item.get("ROIName") or "") for item in dataset.get("StructureSetROISequence") or ()
    }
    items = {int(item.ReferencedROINumber): item for item in dataset.get("ROIContourSequence") or ()}
    if len(items) != len(dataset.get("ROIContourSequence") or ()):
        raise DamagedFileError("two regions of it have one number", where=path, remedy="Export it again")
    numbers = {number: number for number in sorted(items)}
    if any(not 0 < number <= _LARGEST_NUMBER for number in numbers):
        numbers = {number: count for count, number in enumerate(sorted(items), 1)}
        message = f"its regions are numbered from {min(items)} to {max(items)}"
        findings.append(Finding("renumbered", "note", message, path.name, "they are counted from 1"))
    left_out: Counter[str] = Counter()
    regions = []
    for number, own in numbers.items():
        rgb = items[number].get("ROIDisplayColor")
        color = color_of(*map(float, rgb)) if rgb is not None and len(rgb) == 3 else ""
        contours = tuple(_closed(items[number], path, left_out))
        regions.append(_Region(label_of(own, names.get(number, ""), color), contours))
    for what, count in sorted(left_out.items()):
        message = f"{counted(count, 'contour')} of the kind {what}"
        findings.append(Finding("open-contours", "note" if what == "POINT" else "warning", message, "", "left out"))
    return regions


def _closed(item: Any, path: Path, left_out: Counter[str]) -> Iterator[FloatArray]:
    for contour in item.get("ContourSequence") or ():
        kind = str(contour.get("ContourGeometricType") or "")
        if kind not in _CLOSED:
            left_out[label_of(1, kind).name if kind else "unknown"] += 1
            continue
        points = _points(contour, path)
        if len(points) < 3:
            left_out["CLOSED_PLANAR with fewer than three corners"] += 1
            continue
        yield points


def _points(contour: Any, path: Path) -> FloatArray:
    """Read ContourData (3006,0050) from its bytes; pydicom would make an object of each number."""
    element = contour.get_item("ContourData")
    value = b"" if element is None else element.value
    words = value.strip(b" \0").split(b"\\") if isinstance(value, bytes) else list(value or ())
    numbers = np.array(words if words != [b""] else [], dtype=np.float64)
    stated = contour.get("NumberOfContourPoints")
    if numbers.size % 3 or (stated is not None and 3 * int(stated) != numbers.size):
        raise DamagedFileError(
            f"a contour of {stated} corners has {numbers.size} coordinates", where=path, remedy="Export it again"
        )
    if not np.all(np.abs(numbers) < _FARTHEST_MM):  # NaN neither
        raise DamagedFileError("a contour has corners that are no place in a room", where=path)
    return numbers.reshape(-1, 3)


def _masks(
    regions: Sequence[_Region], grid: Geometry, noticed: Noticed, path: Path
) -> Iterator[tuple[int, Box, Inside]]:
    for region in regions:
        contours = [grid.to_index(points) for points in region.contours]
        filled = fill(region.label.name, contours, grid, noticed, path)
        if filled is not None:
            yield region.label.number, *filled


def _in_order(masks: Iterator[Mask], order: Sequence[int]) -> Iterator[Mask]:
    """Lay masks of a grid whose axes were put in another order back onto the axes of the scan."""
    back = np.argsort(order)
    for number, box, inside in masks:
        i, j, k = (box[n] for n in back)
        yield number, (i, j, k), inside.transpose(back)


def _empty(regions: Sequence[_Region], layer_of: Mapping[int, int]) -> list[Finding]:
    names = [region.label.name for region in regions if region.label.number not in layer_of]
    return [empty_labels(names)] if names else []
