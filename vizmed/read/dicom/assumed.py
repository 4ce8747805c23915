"""Images that don't say where they lie: an axial stack in the order of their numbers, on request alone."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read.dicom.frames import Frame

Spacing = tuple[float, float, float]


def check_spacing(spacing: Spacing) -> None:
    """Refuse a spacing that is none.

    Raises
    ------
    OptionError
    """
    if len(spacing) != 3 or not all(isfinite(mm) and mm > 0 for mm in spacing):
        raise OptionError(f"{spacing!r} is no spacing", remedy="Such as --spacing 0.5,0.5,2: x, y and z in mm")


def is_placed(frames: Sequence[Frame]) -> bool:
    """Whether images say where they lie, each in a place of its own."""
    known = all(frame.position is not None and frame.orientation is not None for frame in frames)
    return known and (len(frames) == 1 or len({frame.position for frame in frames}) > 1)


def in_number_order(frames: Sequence[Frame]) -> tuple[tuple[Frame, ...], str]:
    """Sort by InstanceNumber, then by the number of the frame in its file, then by name; say which decided."""
    from natsort import natsort_keygen

    by_name = natsort_keygen()
    ordered = sorted(
        frames, key=lambda frame: (frame.instance_number, by_name(str(frame.path)), frame.number, frame.tile)
    )
    told_apart = len({(frame.instance_number, frame.number, frame.tile) for frame in frames}) == len(frames)
    return tuple(ordered), "InstanceNumber" if told_apart else "file name"


def assumed_geometry(frames: Sequence[Frame], spacing: Spacing) -> tuple[Geometry, Finding]:
    """Give the grid of an axial stack at the origin."""
    layout = frames[0].layout
    finding = Finding(
        "assumed-geometry",
        "warning",
        "the images do not say where they lie (ImagePositionPatient (0020,0032) and ImageOrientationPatient)",
        frames[0].path.name,
        f"taken as axial, from the origin, with voxels of {_shown(spacing)} mm: "
        "left and right, head and foot may be wrong",
    )
    return Geometry.from_axes((layout.columns, layout.rows, len(frames)), spacing, np.zeros(3)), finding


def assumed_pixel_spacing(frame: Frame, spacing: Spacing) -> Finding:
    """Say that the size of a pixel is what was asked for."""
    message = "there is no PixelSpacing (0028,0030)"
    return Finding("assumed-geometry", "warning", message, frame.path.name, f"taken as {_shown(spacing[:2])} mm")


def _shown(spacing: Sequence[float]) -> str:
    return " x ".join(f"{mm:g}" for mm in spacing)
