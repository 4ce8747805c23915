"""vtkDICOMImageReader, for a series whose headers prove that it will be right.

What it does (vtk 9.7, measured): it reads one folder and all of it, sorts by position, gives identity direction and no
origin, flips rows and slices, knows one slope for all slices, masks no bits, and gives zeros for compressed pixels
with nothing but an error code. So the geometry is ours, the flips are undone, and the result is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import ReadError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.pixels.values import rescale, stored_range, stored_type
from vizmed.read.dicom.scanner import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from vizmed.vtk_bridge import image_values

name = "vtk"

SAME_NORMAL = 1e-3
"""Largest sine between the way from slice to slice and the normal: VTK sorts along the normal and knows no tilt."""


def objection(frames: Sequence[Frame]) -> str | None:
    """Why vtkDICOMImageReader may be wrong on these planes; None where the headers prove it right."""
    first = frames[0]
    layout = first.layout
    unlike = {(frame.layout, frame.slope, frame.intercept) for frame in frames}
    full_width = layout.bits_stored == layout.bits_allocated
    checks = (
        (not layout.is_colour, "the pixels are in colour"),
        (layout.bits_allocated == 16, "a pixel has not 16 bits"),
        (layout.high_bit == layout.bits_stored - 1, "HighBit is not BitsStored - 1"),
        (full_width or not layout.signed, "a signed value is narrower than its pixel"),
        (layout.transfer_syntax in (IMPLICIT_LITTLE, EXPLICIT_LITTLE), "the pixels are compressed or big endian"),
        (len(unlike) == 1, "slices differ in layout, slope or intercept"),
        (first.slope == 1 and first.intercept.is_integer(), "the rescale is not a whole intercept alone"),
        (len(frames) > 1, "there is one slice"),
        (all(frame.header.values.get("NumberOfFrames") in (None, 1) for frame in frames), "a file has many frames"),
        (all(frame.position and frame.orientation for frame in frames), "a position is missing"),
        (all(_has_uids(frame) for frame in frames), "a UID is blank"),
        (all(frame.header.data is None for frame in frames), "the files are in an archive"),
        (_is_whole_folder(frames), "the folder holds other files, or the series lies in several"),
    )
    for fine, reason in checks:
        if not fine:
            return reason
    return None if _steps_along_normal(frames) else "the gantry is tilted"


def read_values(frames: Sequence[Frame]) -> NDArray[Any]:
    """Read the planes, in their order, as values after the rescale.

    Returns
    -------
    (nk, rows, columns) ndarray

    Raises
    ------
    ReadError
        If VTK reports an error, or gives other sizes or values than the headers allow.
    """
    from vtkmodules.vtkIOImage import vtkDICOMImageReader

    layout = frames[0].layout
    errors: list[str] = []
    reader = vtkDICOMImageReader()
    reader.AddObserver("ErrorEvent", lambda _reader, _event: errors.append("VTK reported an error"))
    reader.SetDirectoryName(str(frames[0].path.parent))
    reader.Update()
    image = reader.GetOutput()
    found = image.GetDimensions()
    expected = (layout.columns, layout.rows, len(frames))
    if errors or reader.GetErrorCode() or found != expected:
        raise ReadError(
            f"vtkDICOMImageReader failed (error code {reader.GetErrorCode()}, size {found} instead of {expected})",
            where=frames[0].path.parent,
            remedy="--reader pydicom reads it",
        )
    values = image_values(image)
    _undo_flips(values)
    return _checked_type(values, frames)


def _undo_flips(values: NDArray[Any]) -> None:
    """Reverse slices and rows in place; a flipped view would not be in Fortran order, a copy costs the volume twice."""
    last = len(values) - 1
    for n in range(len(values) // 2):
        kept = values[n, ::-1].copy()
        values[n] = values[last - n, ::-1]
        values[last - n] = kept
    if len(values) % 2:
        values[last // 2] = values[last // 2, ::-1].copy()


def _checked_type(values: NDArray[Any], frames: Sequence[Frame]) -> NDArray[Any]:
    """Refuse values that the stored bits cannot make (garbage above HighBit), and give them our type."""
    layout, intercept = frames[0].layout, int(frames[0].intercept)
    low, high = (end + intercept for end in stored_range(layout))
    if values.min() < low or values.max() > high:
        raise ReadError(
            f"values from {values.min()} to {values.max()} where {layout.bits_stored} bits allow {low} to {high}",
            where=frames[0].path.parent,
            remedy="--reader pydicom masks the bits above HighBit",
        )
    probe = np.zeros((len(frames), 1, 1), dtype=stored_type(layout))
    probe[0] = np.clip(values.min() - intercept, *stored_range(layout))
    probe[-1] = np.clip(values.max() - intercept, *stored_range(layout))
    target = rescale(probe, frames).dtype
    return values if values.dtype == target else values.astype(target)


def _has_uids(frame: Frame) -> bool:
    values = frame.header.values
    return bool(values.get("SOPInstanceUID") and values.get("SeriesInstanceUID") and values.get("StudyInstanceUID"))


def _is_whole_folder(frames: Sequence[Frame]) -> bool:
    folder = frames[0].path.parent
    ours = {frame.path for frame in frames}
    if not folder.is_dir():
        return False
    return len(ours) == len(frames) and {path.parent for path in ours} == {folder} and set(folder.iterdir()) == ours


def _steps_along_normal(frames: Sequence[Frame]) -> bool:
    orientation = np.array(frames[0].orientation).reshape(2, 3)
    step = np.array(frames[-1].position) - np.array(frames[0].position)
    normal = np.cross(*orientation)
    return bool(np.linalg.norm(np.cross(normal, step)) <= SAME_NORMAL * np.linalg.norm(step))
