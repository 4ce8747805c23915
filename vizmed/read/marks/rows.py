"""Rows of a table to marks: boxes and points in pixels of a slice, and points in mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError, ReadError
from vizmed.findings import Finding
from vizmed.geometry import LPS_TO_RAS, FloatArray, Geometry
from vizmed.marks import Marks, Outline, Spot, label_colors, thickness_of
from vizmed.read.marks.columns import Columns
from vizmed.read.marks.table import Table
from vizmed.segmentation import label_of

UNNAMED = "mark"
"""What a mark without a label is called."""

_RIM = 1e-6
"""Of a pixel: what lies on the rim of the picture lies in it, however it is rounded."""

_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
"""Of a box, in parts of its width and height."""


def marks_in_pixels(table: Table, columns: Columns, k: FloatArray, grid: Geometry, findings: list[Finding]) -> Marks:
    """Make marks of rows that tell places in pixels.

    Parameters
    ----------
    table : Table
    columns : Columns
    k : (n,) ndarray
        The slice of each row.
    grid : Geometry
        As the scan was read: x counts along i, y along j.
    findings : list of Finding
        What is noticed is added.

    Raises
    ------
    DamagedFileError, ReadError
        If a row is no box or point in the scan.
    """
    x, y = table.numbers(columns.at["x"]), table.numbers(columns.at["y"])
    width = _size(table, columns, "width", "right", x)
    height = _size(table, columns, "height", "bottom", y)
    is_box = ~np.isnan(width)
    _refuse_halves(table, is_box, ~np.isnan(height))
    starts, sizes = np.stack([x, y], axis=1), np.nan_to_num(np.stack([width, height], axis=1))
    _refuse_outside(table, columns, starts, starts + sizes, is_box=is_box, grid=grid)
    _say_relative(table, starts, sizes, findings)
    corners = starts[:, None] + _CORNERS * sizes[:, None]
    # a box is told by the corners of pixels, a point by their centres, which are what an index names
    pixels = np.where(is_box[:, None, None], corners - 0.5, corners)
    slices = np.broadcast_to(k[:, None, None], (len(table), 4, 1))
    return _marks(table, columns, grid.to_world(np.concatenate([pixels, slices], axis=2)), is_box, grid)


def marks_in_mm(table: Table, columns: Columns, grid: Geometry) -> Marks:
    """Make points of rows that tell places in LPS mm.

    Raises
    ------
    DamagedFileError, ReadError
        If a row is no point in the scan.
    """
    points = np.stack([table.numbers(columns.at[axis]) for axis in ("x_mm", "y_mm", "z_mm")], axis=1)
    outside = _is_outside(points, grid)
    if outside.any():
        row = int(np.argmax(outside))
        told = ", ".join(f"{mm:g}" for mm in points[row])
        ends = "; ".join(f"{low:.1f} to {high:.1f}" for low, high in grid.extent)
        remedy = f"It is to be in LPS mm; in x, y and z the scan reaches from {ends}"
        if not _is_outside(points @ LPS_TO_RAS[:3, :3], grid).any():
            remedy += ". As RAS all would lie in it: change the signs of x and y"
        raise ReadError(f"the point {told} mm lies outside of the scan", where=table.where(row), remedy=remedy)
    corners = np.broadcast_to(points[:, None], (len(table), 4, 3))
    return _marks(table, columns, corners, np.zeros(len(table), dtype=np.bool_), grid)


def _marks(table: Table, columns: Columns, places: FloatArray, is_box: NDArray[np.bool_], grid: Geometry) -> Marks:
    """Make marks of four corners a row, of which a point has the first."""
    cells = [""] * len(table) if columns.label is None else table.cells(columns.label)
    labels = [label_of(1, cell or UNNAMED).name for cell in cells]
    colors, thickness = label_colors(labels), thickness_of(grid)
    rows = list(zip(labels, places, is_box.tolist(), strict=True))
    return Marks(
        tuple(Outline(corners, True, label, colors[label], thickness) for label, corners, box in rows if box),
        tuple(Spot(corners[0], label, colors[label], thickness) for label, corners, box in rows if not box),
    )


def _size(table: Table, columns: Columns, size: str, end: str, start: FloatArray) -> FloatArray:
    """Give the width or height of boxes, NaN for points.

    Where there are both an end and a size, as in TensorFlow's tables, the size is that of the picture.
    """
    told = end if end in columns.at else size
    if told not in columns.at:
        return np.full(len(table), np.nan)
    numbers = table.numbers(columns.at[told], blank=np.nan)
    sizes = numbers - start if told == end else numbers
    if np.any(sizes <= 0):
        why = f"which leaves no {size}" if told == end else f"which is no {size}"
        remedy = "A box has some width and height; leave both blank for a point"
        raise table.refused(int(np.argmax(sizes <= 0)), columns.at[told], why, remedy)
    return sizes


def _refuse_halves(table: Table, has_width: NDArray[np.bool_], has_height: NDArray[np.bool_]) -> None:
    half = has_width != has_height
    if half.any():
        row = int(np.argmax(half))
        there, missing = ("width", "height") if has_width[row] else ("height", "width")
        raise DamagedFileError(
            f"it has a {there} and no {missing}", where=table.where(row), remedy="A point has neither"
        )


def _refuse_outside(
    table: Table, columns: Columns, starts: FloatArray, ends: FloatArray, *, is_box: NDArray[np.bool_], grid: Geometry
) -> None:
    """Refuse what reaches out of the picture: its corners are 0 and the number of its pixels."""
    for n, axis in enumerate(("x", "y")):
        rim = np.where(is_box, 0.0, 0.5)
        outside = (starts[:, n] < -rim - _RIM) | (ends[:, n] > grid.shape[n] - rim + _RIM)
        if not outside.any():
            continue
        row = int(np.argmax(outside))
        if is_box[row]:
            why = f"and the box reaches from {starts[row, n]:g} to {ends[row, n]:g}, out of the picture"
            remedy = f"Pixels count from 0: the picture reaches from {axis} 0 to {grid.shape[n]}"
        else:
            why = "which is out of the picture"
            remedy = f"Pixels count from 0: the centre of the last has {axis} {grid.shape[n] - 1}"
        raise table.refused(row, columns.at[axis], why, remedy)


def _say_relative(table: Table, starts: FloatArray, sizes: FloatArray, findings: list[Finding]) -> None:
    """Warn where places look like parts of the picture's size, as some programs write them."""
    numbers = np.concatenate([starts, sizes])
    within = np.all((numbers >= 0) & (numbers <= 1))
    if within and np.any(numbers != np.rint(numbers)):
        message = "all places are between 0 and 1, as if they were parts of the picture's size"
        findings.append(Finding("relative-places", "warning", message, table.path.name, "taken as pixels"))


def _is_outside(points: FloatArray, grid: Geometry) -> NDArray[np.bool_]:
    index = grid.to_index(points)
    return np.asarray(((index < -0.5 - _RIM) | (index > np.array(grid.shape) - 0.5 + _RIM)).any(axis=1))
