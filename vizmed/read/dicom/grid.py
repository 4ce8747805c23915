"""Planes in order, and where their voxels lie: sort by position, check that the grid is regular, give the affine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray, Geometry
from vizmed.read.dicom.assumed import (
    Spacing,
    assumed_geometry,
    assumed_pixel_spacing,
    check_spacing,
    in_number_order,
    is_placed,
)
from vizmed.read.dicom.evenness import refuse_sideways, regular_places
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.mosaic import refuse_tiled
from vizmed.read.dicom.phases import SAME_POSITION_MM
from vizmed.read.dicom.series import Series

TILT_WORTH_SAYING_DEGREES = 0.1
"""Below this, tilt is the rounding of positions; no gantry tilts by less."""

UNIT_TOLERANCE = 1e-2
"""How far the length of a direction, or the cosine between row and column, may be off before it is an error."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Planes in their order along k, with the grid they make.

    Parameters
    ----------
    frames : tuple of Frame
        Sorted along the normal of the planes.
    places : (n,) ndarray
        Where the planes lie along their normal, mm.
    regular : (nk,) ndarray, optional
        Where the slices of the grid lie, if planes are missing or unevenly spaced: `resample` lays them there.
    geometry : Geometry
        i runs along a row, j down a column, k along the normal.
    sorted_by : str
    findings : tuple of Finding
    """

    frames: tuple[Frame, ...]
    places: FloatArray
    regular: FloatArray | None
    geometry: Geometry
    sorted_by: str
    findings: tuple[Finding, ...]


def arrange(series: Series, assume_spacing: Spacing | None = None) -> Stack:
    """Put the planes of a series in order and find their grid.

    Parameters
    ----------
    series : Series
    assume_spacing : (x, y, z) tuple of float, optional
        Size of a voxel in mm, for planes that do not say it or where they lie.

    Raises
    ------
    IrregularStackError
        If they make no grid, naming the places in mm.
    """
    refuse_tiled(series.frames[0])
    frames = series.frames
    findings = list({note.code: note for frame in frames for note in frame.notes}.values())
    if assume_spacing is not None and not is_placed(frames):
        return _assumed(frames, assume_spacing, findings)
    spacing = _pixel_spacing(frames[0], assume_spacing, findings)
    if len(frames) == 1 and frames[0].position is None:
        return _single_plane_without_position(frames[0], spacing, findings)
    rows, columns = _directions(frames)
    places = _places(frames, np.cross(rows, columns))
    order = _order(frames, places)
    frames = tuple(frames[n] for n in order)
    places = places[order]
    regular = regular_places(frames, places, findings)
    refuse_sideways(frames, np.cross(rows, columns), min(spacing), findings)
    affine = np.eye(4)
    affine[:3, 0] = rows * spacing[1]  # PixelSpacing is (between rows, between columns)
    affine[:3, 1] = columns * spacing[0]
    count = len(frames) if regular is None else len(regular)
    affine[:3, 2] = _step(frames, np.cross(rows, columns), count, findings)
    affine[:3, 3] = frames[0].position
    geometry = Geometry((frames[0].layout.columns, frames[0].layout.rows, count), affine)
    _note_tilt(geometry, findings)
    return Stack(frames, places, regular, geometry, "position along the normal", tuple(findings))


def _assumed(frames: Sequence[Frame], spacing: Spacing, findings: list[Finding]) -> Stack:
    check_spacing(spacing)
    ordered, sorted_by = in_number_order(frames)
    geometry, finding = assumed_geometry(ordered, spacing)
    places = np.asarray(np.arange(len(frames)) * spacing[2], dtype=np.float64)
    return Stack(ordered, places, None, geometry, sorted_by, (*findings, finding))


def _pixel_spacing(frame: Frame, assumed: Spacing | None, findings: list[Finding]) -> tuple[float, float]:
    spacing = frame.spacing
    if spacing is None and assumed is not None:
        check_spacing(assumed)
        findings.append(assumed_pixel_spacing(frame, assumed))
        return assumed[1], assumed[0]
    if spacing is None:
        imager = frame.header.values.get("ImagerPixelSpacing")
        if imager is None or len(imager) != 2:
            raise IrregularStackError(
                "there is no PixelSpacing (0028,0030), so sizes are unknown",
                where=frame.path,
                remedy="Ask for the original series, or say --spacing x,y,z; a screen capture has no sizes",
            )
        spacing = (imager[0], imager[1])
        findings.append(
            Finding(
                "imager-spacing",
                "warning",
                f"the pixel spacing is the detector's, {spacing[0]:g} x {spacing[1]:g} mm (ImagerPixelSpacing)",
                frame.path.name,
                "sizes in the body are smaller than they appear",
            )
        )
    if not all(np.isfinite(mm) and mm > 0 for mm in spacing):
        raise IrregularStackError(f"PixelSpacing (0028,0030) is {spacing}", where=frame.path)
    return spacing


def _single_plane_without_position(frame: Frame, spacing: tuple[float, float], findings: list[Finding]) -> Stack:
    findings.append(
        Finding(
            "no-position",
            "warning",
            "the picture has no ImagePositionPatient (0020,0032)",
            frame.path.name,
            "it is laid at the origin, as if it were axial",
        )
    )
    shape = (frame.layout.columns, frame.layout.rows, 1)
    geometry = Geometry.from_axes(shape, (spacing[1], spacing[0], _thickness(frame)))
    return Stack((frame,), np.zeros(1), None, geometry, "single picture", tuple(findings))


def _directions(frames: Sequence[Frame]) -> tuple[FloatArray, FloatArray]:
    for frame in frames:
        missing = (
            "ImagePositionPatient (0020,0032)" if frame.position is None else "ImageOrientationPatient (0020,0037)"
        )
        if frame.position is None or frame.orientation is None:
            raise IrregularStackError(
                f"there is no {missing}, so the order and spacing of the slices are unknown",
                where=frame.path,
                remedy="Ask for the original series, or say --spacing x,y,z",
            )
        if not np.all(np.isfinite([*frame.position, *frame.orientation])):
            raise IrregularStackError("its position or orientation is not a finite number", where=frame.path)
    mean = np.array([frame.orientation for frame in frames]).mean(axis=0).reshape(2, 3)
    lengths = np.linalg.norm(mean, axis=1)
    if np.any(np.abs(lengths - 1) > UNIT_TOLERANCE) or abs(mean[0] @ mean[1]) > UNIT_TOLERANCE:
        raise IrregularStackError(
            f"ImageOrientationPatient (0020,0037) holds no two unit vectors at a right angle: {mean.ravel().tolist()}",
            where=frames[0].path,
        )
    return mean[0] / lengths[0], mean[1] / lengths[1]


def _places(frames: Sequence[Frame], normal: FloatArray) -> FloatArray:
    """Give the places of the planes along their normal, in mm."""
    return np.asarray(np.array([frame.position for frame in frames]) @ normal)


def _order(frames: Sequence[Frame], places: FloatArray) -> list[int]:
    rounded = np.round(places / SAME_POSITION_MM)
    if len(set(rounded.tolist())) == len(frames):
        return [int(n) for n in np.argsort(places)]
    from natsort import natsort_keygen

    by_name = natsort_keygen()
    return sorted(
        range(len(frames)),
        key=lambda n: (rounded[n], frames[n].instance_number, frames[n].number, by_name(str(frames[n].path))),
    )


def _step(frames: Sequence[Frame], normal: FloatArray, count: int, findings: list[Finding]) -> FloatArray:
    """Give the way from one slice to the next in LPS mm; under a tilted gantry it is not along the normal."""
    if len(frames) > 1:
        first, last = np.array(frames[0].position), np.array(frames[-1].position)
        return np.asarray((last - first) / (count - 1))
    thickness = _thickness(frames[0])
    findings.append(
        Finding(
            "single-slice",
            "note",
            f"there is one slice, taken as {thickness:g} mm thick",
            frames[0].path.name,
        )
    )
    return normal * thickness


def _thickness(frame: Frame) -> float:
    thickness = frame.header.values.get("SliceThickness") or 0.0
    return float(thickness) if np.isfinite(thickness) and thickness > 0 else 1.0


def _note_tilt(geometry: Geometry, findings: list[Finding]) -> None:
    if geometry.shear_degrees > TILT_WORTH_SAYING_DEGREES:
        findings.append(
            Finding(
                "gantry-tilt",
                "warning",
                f"the stack is sheared by {geometry.shear_degrees:.2f} degrees (tilted gantry)",
                "",
                "kept as a sheared affine, which is exact",
            )
        )
