"""Slices through a volume: a picture's worth of voxels, where it lies, and the letters of its edges.

Slices follow the acquired grid, so that every pixel is a voxel and nothing is interpolated; an oblique scan gives the
nearest axial, coronal and sagittal planes, and its letters say so. They are laid the radiological way: seen from the
feet, from the front and from the left, with the patient's right on the left of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.presets import Window
from vizmed.presets import window as preset_window
from vizmed.scene import PLANES, Plane
from vizmed.volume import Volume, Voxels

_LAYING = {"axial": (2, 0, 1, "LPS"), "coronal": (1, 0, 2, "LPI"), "sagittal": (0, 1, 2, "LPI")}
"""Plane to: index axis across it, along its rows, down its columns, and the axis codes that lay it so."""

_DIRECTION_LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))

_RIM = 0.5 + 1e-6
"""How far outside of the outermost centres a point still lies in the scan, in voxels, and the rounding of that."""

_OBLIQUE_LETTER = 0.26
"""A second letter is worth showing where a direction leans by more than 15 degrees (its sine)."""


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice as it is laid on a page.

    Parameters
    ----------
    plane : {"axial", "coronal", "sagittal"}
    values : (rows, columns) ndarray
        Voxel values, the first row at the top; a view of the volume.
    origin : (3,) ndarray
        Centre of the pixel at the top left, LPS mm.
    along_row, down_column : (3,) ndarray
        Way from one pixel to the next to the right, and to the next below, in LPS mm.
    index : int
        Which slice of its plane, from 0, counted towards S, P or L.
    count : int
        How many there are.
    """

    plane: Plane
    values: Voxels
    origin: FloatArray
    along_row: FloatArray
    down_column: FloatArray
    index: int
    count: int

    @property
    def spacing(self) -> tuple[float, float]:
        """Distance of pixels in mm: between rows, between columns."""
        return float(np.linalg.norm(self.down_column)), float(np.linalg.norm(self.along_row))

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width in mm, out to the faces of the outermost pixels."""
        rows, columns = self.values.shape
        return rows * self.spacing[0], columns * self.spacing[1]

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Patient directions at the left, right, top and bottom edge."""
        left, right = edge_letters(-self.along_row), edge_letters(self.along_row)
        return left, right, edge_letters(-self.down_column), edge_letters(self.down_column)

    def to_pixel(self, lps_mm: FloatArray) -> tuple[float, float]:
        """Give the (row, column) where a point of the patient, projected onto the slice, lies."""
        basis = np.stack([self.down_column, self.along_row], axis=1)
        (row, column), *_ = np.linalg.lstsq(basis, np.asarray(lps_mm) - self.origin, rcond=None)
        return float(row), float(column)


def take_slice(
    volume: Volume,
    plane: Plane = "axial",
    *,
    at: Sequence[float] | None = None,
    index: int | None = None,
) -> Slice:
    """Take the slice of a plane at a point, at an index, or through the middle.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal"}
    at : (x, y, z), optional
        A point in LPS mm; the slice nearest to it is taken.
    index : int, optional
        Which slice, from 0, counted towards S (axial), P (coronal) or L (sagittal).

    Raises
    ------
    OptionError
        If there is no such plane or slice.
    """
    if plane not in _LAYING:
        raise OptionError(f"there is no plane {plane!r}", remedy=f"There are {', '.join(PLANES)}")
    across, along, down, codes = _LAYING[plane]
    laid = volume.reoriented(codes)
    count = laid.shape[across]
    if at is not None and not np.isfinite(at).all():
        raise OptionError(f"the slice is to go through {tuple(at)}", remedy="A place is three numbers in LPS mm")
    if index is None:
        point = volume.geometry.to_world((np.array(volume.shape) - 1) / 2) if at is None else np.asarray(at)
        place = float(laid.geometry.to_index(point)[across])
        if not -_RIM <= place <= count - 1 + _RIM:
            raise OptionError(
                f"the point {', '.join(f'{mm:g}' for mm in point)} lies outside of the scan, {plane} index {place:.1f}",
                remedy=f"Its {plane} slices are 0 to {count - 1}",
            )
        # halves are rounded down, so that the middle of four slices is the second in every plane
        index = int(np.clip(np.ceil(place - 0.5), 0, count - 1))
    if not 0 <= index < count:
        raise OptionError(f"there is no {plane} slice {index}", remedy=f"There are 0 to {count - 1}")
    first = [0, 0, 0]
    first[across] = index
    return Slice(
        plane=plane,
        values=_plane_of(laid.voxels, across, index),
        origin=laid.geometry.to_world(first),
        along_row=laid.geometry.affine[:3, along],
        down_column=laid.geometry.affine[:3, down],
        index=index,
        count=count,
    )


def _plane_of(voxels: Voxels, across: int, index: int) -> Voxels:
    chosen: list[slice | int] = [slice(None)] * 3
    chosen[across] = index
    return voxels[tuple(chosen)].T


def edge_letters(direction: FloatArray) -> str:
    """Name a patient direction: ``"L"``, or ``"LA"`` where it leans to a second axis."""
    cosines = np.asarray(direction) / np.linalg.norm(direction)
    order = np.argsort(-np.abs(cosines))
    shown = [axis for n, axis in enumerate(order) if n == 0 or abs(cosines[axis]) > _OBLIQUE_LETTER]
    return "".join(_DIRECTION_LETTERS[axis][int(cosines[axis] > 0)] for axis in shown)


SOFT_TISSUE = "soft-tissue"
"""The window for CT where the file asks for none."""

_PERCENTILES = (0.5, 99.5)
"""What is black and white where nothing is known of the scale: 3D Slicer cuts at 0.1 and 99.9, which noise fills."""

_VOXELS_LOOKED_AT = 1_000_000


def choose_window(volume: Volume, wanted: str | tuple[float, float] = "auto") -> Window:
    """Choose what is shown black and what white.

    Parameters
    ----------
    volume : Volume
    wanted : str or (width, level) tuple
        ``"auto"``: the window in the file, else soft tissue for HU, else the 0.5 and 99.5 percentiles; ``"file"``;
        ``"percentiles"``; the name of a CT window.

    Raises
    ------
    OptionError
        If there is no such window, or it does not fit the volume.
    """
    if not isinstance(wanted, str):
        width, level = wanted
        if not (width > 0 and np.isfinite([width, level]).all()):
            raise OptionError(
                f"the window is {width:g} wide around {level:g}", remedy="Width comes first, then level: 350,50"
            )
        return Window(float(width), float(level))
    if wanted == "file" and volume.window is None:
        raise OptionError("the file asks for no window", remedy="--window auto finds one")
    if wanted in ("auto", "file") and volume.window is not None:
        return Window(*volume.window)
    if wanted == "auto" and volume.unit == "HU":
        return preset_window(SOFT_TISSUE)
    if wanted in ("auto", "percentiles"):
        return _percentile_window(volume)
    window = preset_window(wanted)
    if volume.unit != "HU":
        raise OptionError(f"the window {wanted!r} is in HU, and the volume is not", remedy="Use auto or WIDTH,LEVEL")
    return window


def _percentile_window(volume: Volume) -> Window:
    values = volume.meaningful_values(at_most=_VOXELS_LOOKED_AT)
    if not values.size:
        return Window(1.0, 0.5)
    low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    return Window(max(high - low, 1e-6), (high + low) / 2)


def to_gray(values: Voxels, window: Window, *, inverted: bool = False) -> NDArray[np.uint8]:
    """Turn values into grey, 0 (black) to 255, by a window; NaN becomes black."""
    gray = (np.asarray(values, dtype=np.float32) - np.float32(window.low)) * np.float32(255 / window.width)
    if inverted:
        gray = 255 - gray
    return np.asarray(np.clip(np.nan_to_num(gray), 0, 255) + 0.5).astype(np.uint8)
