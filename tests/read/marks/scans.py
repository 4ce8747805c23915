"""Scans with one bright voxel, written as DICOM with pydicom, and tables that mark it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.dicom_files import write_series
from tests.phantoms import geometries
from vizmed.geometry import FloatArray, Geometry
from vizmed.read import read
from vizmed.volume import Volume

SHAPE = (20, 16, 9)
GRIDS = geometries(SHAPE)
BRIGHT = (12, 5, 6)
"""Column and row in the file, and how many-th along the normal of the slices."""


def bright_series(
    folder: Path,
    grid: Geometry = GRIDS["identity"],
    *,
    number: Callable[[int], int | None] = lambda k: k + 1,
    per_slice: Callable[[int], Mapping[str, Any]] = lambda _k: {},
    **options: Any,
) -> Volume:
    """Write a series whose slice k has the InstanceNumber that `number` gives, and read it."""
    stored = np.zeros(grid.shape, dtype="int16")
    stored[BRIGHT] = 1000
    numbered = {"per_slice": lambda k: {"InstanceNumber": number(k), **per_slice(k)}}
    write_series(folder, stored, grid, **numbered, **options)
    return read(folder)


def bright_place(volume: Volume) -> FloatArray:
    """Where the bright voxel lies, told by the voxels alone, in LPS mm."""
    (where,) = np.argwhere(volume.voxels == volume.voxels.max())
    return volume.geometry.to_world(where)


def write_table(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
