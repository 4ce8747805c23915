"""A Siemens mosaic taken apart: one picture that holds the slices of a volume as tiles becomes a plane for each.

What the standard's attributes say of a mosaic is of the big picture; how many tiles there are, and which way the
slices run, stands in private attributes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil, isfinite, sqrt
from typing import Any

import numpy as np

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray
from vizmed.read.dicom.csa import csa_values
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.headers import Header, quiet_pydicom

_COUNT, _NORMAL, _SPACING = "NumberOfImagesInMosaic", "SliceNormalVector", "SpacingBetweenSlices"

ALONG_NORMAL = 0.99
"""Least cosine between the normal that the CSA header names and that of the picture."""


@dataclass(frozen=True, slots=True)
class _Tiling:
    """What a mosaic's header says of its slices; None where it doesn't."""

    count: int | None
    normal: FloatArray | None
    spacing: float | None


def take_apart(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Give the planes of mosaics, and other frames as they are.

    A mosaic that doesn't say how many slices it holds stays whole; `refuse_tiled` refuses it.
    """
    for frame in frames:
        if not _is_mosaic(frame):
            yield frame
            continue
        tiling = _tiling(frame.header)
        tiles = ceil(sqrt(tiling.count or 1))
        fits = frame.layout.rows % tiles == 0 and frame.layout.columns % tiles == 0
        yield from _planes(frame, tiling, tiles) if tiles > 1 and fits else [frame]


def refuse_tiled(frame: Frame) -> None:
    """Refuse a picture of many slices that could not be taken apart.

    Raises
    ------
    IrregularStackError
    """
    if _is_mosaic(frame) and frame.layout.tiles == 1:
        raise IrregularStackError(
            "it is a Siemens mosaic, many slices tiled in one picture, and does not say how many they are: "
            f"{_COUNT} is missing or does not fit (private tags 0019,100A and 0029,1010)",
            where=frame.path,
            remedy="Ask for the series as it came from the scanner; anonymised files often lack private tags",
        )
    if _is_uih_grid(frame):
        raise IrregularStackError(
            "it is a UIH grid: many slices tiled in one picture",
            where=frame.path,
            remedy="dcm2niix takes it apart; vizmed does not yet",
        )


def _is_mosaic(frame: Frame) -> bool:
    return "MOSAIC" in (frame.header.values.get("ImageType") or ())


def _is_uih_grid(frame: Frame) -> bool:
    values = frame.header.values
    if not str(values.get("Manufacturer") or "").startswith("UIH") or values.get("Modality") != "MR":
        return False
    return _private_item(frame.header, 0x0065, "Image Private Header", 0x50) is not None


def _planes(frame: Frame, tiling: _Tiling, tiles: int) -> Iterator[Frame]:
    layout = replace(frame.layout, rows=frame.layout.rows // tiles, columns=frame.layout.columns // tiles, tiles=tiles)
    first, step, notes = _place(frame, tiling, tiles)
    for n in range(tiling.count or 0):
        position = None if first is None else tuple((first + n * step).tolist())
        yield replace(frame, layout=layout, tile=n, position=position, notes=(*frame.notes, *notes))


def _place(frame: Frame, tiling: _Tiling, tiles: int) -> tuple[FloatArray | None, Any, tuple[Finding, ...]]:
    """Give the position of the first slice, and the way from one slice to the next.

    The scanner computes ImagePositionPatient as if the big picture were one slice about the same centre: its corner
    lies further out than that of a slice by half of what it is larger.
    """
    if frame.position is None or frame.orientation is None or frame.spacing is None:
        return None, None, ()
    rows, columns = np.array(frame.orientation).reshape(2, 3)
    larger_columns = frame.layout.columns * (tiles - 1) / tiles
    larger_rows = frame.layout.rows * (tiles - 1) / tiles
    corner = rows * (larger_columns / 2 * frame.spacing[1]) + columns * (larger_rows / 2 * frame.spacing[0])
    normal, notes = _normal(frame, tiling, np.cross(rows, columns))
    spacing, more = _slice_spacing(frame, tiling)
    return np.array(frame.position) + corner, normal * spacing, (*notes, *more)


def _normal(frame: Frame, tiling: _Tiling, normal: FloatArray) -> tuple[FloatArray, tuple[Finding, ...]]:
    """Turn the normal of the picture to the way in which the slices run."""
    cosine = 0.0 if tiling.normal is None else float(tiling.normal @ normal)
    if abs(cosine) >= ALONG_NORMAL:
        return np.asarray(np.sign(cosine) * normal), ()
    message = f"the mosaic does not say which way its slices run ({_NORMAL} of its CSA header)"
    return normal, (
        Finding("mosaic-direction", "warning", message, frame.path.name, "taken along the normal of the picture"),
    )


def _slice_spacing(frame: Frame, tiling: _Tiling) -> tuple[float, tuple[Finding, ...]]:
    values = frame.header.values
    for spacing in (values.get("SpacingBetweenSlices"), tiling.spacing):
        if spacing is not None and isfinite(spacing) and spacing != 0:
            return abs(spacing), ()
    thickness = values.get("SliceThickness") or 0.0
    spacing = float(thickness) if isfinite(thickness) and thickness > 0 else 1.0
    message = "the mosaic has no SpacingBetweenSlices (0018,0088)"
    remedy = f"slices are taken to lie {spacing:g} mm apart, as thick as they are, without gaps"
    return spacing, (Finding("mosaic-spacing", "warning", message, frame.path.name, remedy),)


def _tiling(header: Header) -> _Tiling:
    stated = _private_item(header, 0x0019, "SIEMENS MR HEADER", 0x0A)
    data = _private_item(header, 0x0029, "SIEMENS CSA HEADER", 0x10)
    values: dict[str, tuple[str, ...]] = {}
    if isinstance(data, bytes):
        with suppress(ValueError):  # damaged: what it would have said counts as not said
            values = csa_values(data, (_COUNT, _NORMAL, _SPACING))
    if isinstance(stated, bytes):
        stated = int.from_bytes(stated[:2], "little")
    told = (stated if isinstance(stated, int) else None, *(_floats(values, _COUNT, 1) or ()))
    counts = {int(count) for count in told if count is not None and count > 0}
    normal = _floats(values, _NORMAL, 3)
    spacing = _floats(values, _SPACING, 1)
    return _Tiling(
        counts.pop() if len(counts) == 1 else None,  # two that disagree are none
        None if normal is None else np.array(normal),
        spacing[0] if spacing else None,
    )


def _floats(values: dict[str, tuple[str, ...]], name: str, count: int) -> list[float] | None:
    try:
        numbers = [float(text) for text in values.get(name, ())[:count]]
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(isfinite, numbers)) else None


def _private_item(header: Header, group: int, creator: str, element: int) -> Any:
    """Give a private value, or None where it isn't there; the scanner passes over private groups."""
    import pydicom

    try:
        with quiet_pydicom(), header.open() as file:
            dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
            return dataset.private_block(group, creator)[element].value
    except Exception:  # noqa: BLE001 (pydicom raises what it likes on damaged values)
        return None
