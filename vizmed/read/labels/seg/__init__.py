"""DICOM segmentations: each frame of the file is one plane of one segment, or of all of them.

BINARY has a bit a pixel, FRACTIONAL a part of a whole, LABELMAP the number of the segment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError, IrregularStackError
from vizmed.findings import Finding, counted
from vizmed.read.dicom.frames import Frame, frames_of
from vizmed.read.dicom.headers import Header, read_with_pydicom
from vizmed.read.labels.dicom_files import pydicom_refusing, read_attributes
from vizmed.read.labels.numbers import empty_labels, numbers_in
from vizmed.read.labels.reference import Reference, geometry_of
from vizmed.read.labels.seg.cielab import cielab_color
from vizmed.read.labels.seg.grid import Planes, planes_of, planes_on
from vizmed.read.labels.seg.pixels import opened_insides, read_numbers
from vizmed.segmentation import Inside, Label, Mask, Segmentation, label_of, layered
from vizmed.volume import Provenance, Volume

_ATTRIBUTES = ("SegmentationType", "MaximumFractionalValue", "SegmentSequence", "ReferencedSeriesSequence")
_GROUPS = ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence")
_SHOWN = 6
_THINNEST_MM, _THICKEST_MM = 1e-3, 1e3


@dataclass(frozen=True, slots=True)
class _Described:
    """What a file says of its segments.

    Parameters
    ----------
    kind : str
        SegmentationType (0062,0001).
    most : int
        The fractional value that is the whole of a pixel.
    labels : dict of number to Label
    segment_of : tuple of int
        For each frame the number of its segment; empty for a label map.
    uids : tuple of str
        Series that it was drawn on.
    stated_mm, thickness_mm : float, optional
    """

    kind: str
    most: int
    labels: dict[int, Label]
    segment_of: tuple[int, ...]
    uids: tuple[str, ...]
    stated_mm: float | None
    thickness_mm: float | None


def read_dicom_seg(path: Path, reference: Reference | None = None) -> Segmentation:
    """Read a DICOM segmentation.

    Parameters
    ----------
    path : pathlib.Path
    reference : path-like, Volume or Geometry, optional
        The scan that it was drawn on, whose grid the labels shall have. Where left out, the planes of the file make
        the grid, and planes that are not in it are filled in between.

    Raises
    ------
    ReadError
        If it is damaged, or its planes make no grid or do not lie on that of the reference.
    """
    header = read_with_pydicom(path)
    if header is None:
        raise DamagedFileError("it has no pixels", where=path)
    with pydicom_refusing(path):
        frames = frames_of(header)
        described = _described(header, len(frames))
    findings: list[Finding] = []
    if reference is None:
        planes = planes_of(frames, described.stated_mm, described.thickness_mm, findings)
    else:
        planes = planes_on(geometry_of(reference, described.uids, findings), frames, findings)
    if described.kind == "FRACTIONAL":
        message = f"its pixels are parts of a whole, which is {described.most}"
        findings.append(Finding("fractional", "note", message, path.name, "half or more counts as inside"))
    if described.kind == "LABELMAP":
        layers, layer_of = _label_map(frames, planes)
    else:
        layers, layer_of = layered(planes.grid, max(described.segment_of), _masks(frames, planes, described))
    findings += _compared(described.labels, layer_of)
    return Segmentation(
        tuple(planes.on_target(layer) for layer in layers),
        tuple(described.labels.get(number) or label_of(number) for number in layer_of),
        tuple(layer_of.values()),
        Provenance("DICOM SEG", "pydicom", "position along the normal", 1, tuple(findings)),
    )


def _described(header: Header, count: int) -> _Described:
    dataset = read_attributes(header.path, _ATTRIBUTES)
    bits = header.values["BitsAllocated"]
    kind = str(dataset.get("SegmentationType") or ("BINARY" if bits == 1 else "LABELMAP"))
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise DamagedFileError(f"its SegmentationType (0062,0001) is {kind!r}", where=header.path)
    labels = [_label(item) for item in dataset.get("SegmentSequence") or ()]
    return _Described(
        kind,
        int(dataset.get("MaximumFractionalValue") or 255),
        {label.number: label for label in labels if label is not None},
        () if kind == "LABELMAP" else tuple(_segment_of(header, n) for n in range(count)),
        tuple(str(item.get("SeriesInstanceUID")) for item in dataset.get("ReferencedSeriesSequence") or ()),
        _measure(header, "SpacingBetweenSlices"),
        _measure(header, "SliceThickness"),
    )


def _label(item: Any) -> Label | None:
    number = int(item.get("SegmentNumber") or 0)
    if number == 0:  # a label map may describe its background
        return None
    meanings = item.get("SegmentedPropertyTypeCodeSequence") or [{}]
    lab = item.get("RecommendedDisplayCIELabValue")
    name = str(item.get("SegmentLabel") or meanings[0].get("CodeMeaning") or "")
    return label_of(number, name, cielab_color(*map(int, lab)) if lab is not None and len(lab) == 3 else "")


def _segment_of(header: Header, n: int) -> int:
    for group in _groups(header, n):
        if items := group.get("SegmentIdentificationSequence"):
            return int(items[0].ReferencedSegmentNumber)
    raise DamagedFileError(f"its frame {n + 1} is of no segment", where=header.path, remedy="Export it again")


def _measure(header: Header, keyword: str) -> float | None:
    for group in _groups(header, 0):
        items = group.get("PixelMeasuresSequence")
        value = items[0].get(keyword) if items else None
        if value is not None and _THINNEST_MM < float(value) < _THICKEST_MM:
            return float(value)
    return None


def _groups(header: Header, n: int) -> Iterator[Any]:
    """Give the functional groups of a frame: its own, then those of all."""
    own, shared = (header.values.get(name) or () for name in _GROUPS)
    yield from own[n : n + 1]
    yield from shared[:1]


def _label_map(frames: Sequence[Frame], planes: Planes) -> tuple[tuple[Volume, ...], dict[int, int]]:
    """Lay frames of which each has all labels of its plane."""
    _refuse_repeated(frames, range(len(frames)), planes)
    values = read_numbers(frames)
    padding = frames[0].header.values.get("PixelPaddingValue")
    try:
        layer = np.zeros(planes.grid.shape, dtype=values.dtype, order="F")
    except (MemoryError, ValueError) as refused:
        raise BudgetError(f"{planes.grid.shape} voxels do not fit into memory", where=frames[0].path) from refused
    for plane, (i, j, k) in zip(values, planes.corners, strict=True):
        rows, columns = plane.shape
        layer[i : i + columns, j : j + rows, k] = np.where(plane == padding, 0, plane).T
    numbers = numbers_in(layer, frames[0].path)
    return (Volume(layer, planes.grid, modality="SEG"),), dict.fromkeys(numbers, 0)


def _masks(frames: Sequence[Frame], planes: Planes, described: _Described) -> Iterator[Mask]:
    """Give what each segment has, in the order of their numbers; nothing for segments without a pixel."""
    frames_with: dict[int, list[int]] = {}
    for n, number in enumerate(described.segment_of):
        frames_with.setdefault(number, []).append(n)
    least = max((described.most + 1) // 2, 1) if described.kind == "FRACTIONAL" else 1
    with opened_insides(frames, least) as inside:
        for number in sorted(frames_with):
            _refuse_repeated(frames, frames_with[number], planes)
            filled = [(planes.corners[n], plane) for n in frames_with[number] if (plane := inside(n)).any()]
            if filled and number > 0:
                yield _mask(number, filled)


def _mask(number: int, filled: Sequence[tuple[NDArray[np.int64], Inside]]) -> Mask:
    corners = np.array([corner for corner, _ in filled])
    rows, columns = filled[0][1].shape
    low = corners.min(axis=0)
    high = corners.max(axis=0) + np.array([columns, rows, 1])
    inside = np.zeros(high - low, dtype=np.bool_, order="F")
    for (i, j, k), (_, plane) in zip(corners - low, filled, strict=True):
        inside[i : i + columns, j : j + rows, k] = plane.T
    i, j, k = (slice(int(start), int(end)) for start, end in zip(low, high, strict=True))
    return number, (i, j, k), inside


def _refuse_repeated(frames: Sequence[Frame], own: Sequence[int], planes: Planes) -> None:
    """Refuse two frames of one segment in one place, as a segmentation that moves in time has."""
    seen: dict[int, int] = {}
    for n in own:
        k = int(planes.corners[n][2])
        if k in seen:
            raise IrregularStackError(
                f"its frames {seen[k] + 1} and {n + 1} lie in one place and are of one segment",
                where=frames[n].path,
                remedy="A segmentation of several times is not read; export one of them",
            )
        seen[k] = n


def _compared(labels: Mapping[int, Label], numbers: Mapping[int, int]) -> list[Finding]:
    """Hold what is described against what is there."""
    findings = []
    absent = [label.name for number, label in sorted(labels.items()) if number not in numbers]
    if absent:
        findings.append(empty_labels(absent))
    untold = [number for number in numbers if number not in labels]
    if untold:
        shown = ", ".join(map(str, untold[:_SHOWN]))
        message = f"{counted(len(untold), 'segment')} not described"
        findings.append(Finding("unnamed-labels", "warning", message, shown, "named by their numbers"))
    return findings
