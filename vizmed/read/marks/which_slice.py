"""Which slice each row of a table speaks of: the column that tells it, and the slices that it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np

from vizmed.errors import DamagedFileError, OptionError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray, Geometry
from vizmed.read.marks.columns import Columns, Kind
from vizmed.read.marks.counting import OPTIONS, CountedFrom, by_index, by_instance, by_place
from vizmed.read.marks.sources import by_number, file_finder, uid_finder
from vizmed.read.marks.table import Table, number_in, shown
from vizmed.volume import Volume

SlicesBy = Literal["auto", "index", "instance", "file", "uid", "mm"]

OFF_SLICE = 0.25
"""How far a z in mm may lie from a slice, as a part of their distance; midway between two it tells neither."""

_COLUMN_FOR: dict[Kind, tuple[Kind, ...]] = {
    "uid": ("uid", "index"),
    "file": ("file", "index"),
    "instance": ("instance", "index"),
    "mm": ("mm", "index"),
    "index": ("index", "instance"),
}
"""In which column it is looked for: a column ``slice`` may hold anything."""

_UID = re.compile(r"\d+(?:\.\d+){3,}")


def which_slices(
    table: Table,
    columns: Columns,
    volume: Volume,
    *,
    slices_by: SlicesBy,
    counted_from: CountedFrom | None,
    findings: list[Finding],
) -> FloatArray:
    """Find the slice of each row.

    Parameters
    ----------
    table : Table
    columns : Columns
    volume : Volume
    slices_by, counted_from
        As `vizmed.read.marks.read_marks` takes them.
    findings : list of Finding
        What is assumed is added.

    Returns
    -------
    (n,) ndarray
        Place along k in the grid as the volume was read; between whole numbers where slices were interpolated.

    Raises
    ------
    DamagedFileError
        If a row names no slice of the scan.
    OptionError
        If the option fits neither the table nor the scan.
    """
    grid = volume.provenance.grid or volume.geometry
    if slices_by == "auto" and not columns.slices:
        if grid.shape[2] == 1:
            return np.zeros(len(table))
        raise DamagedFileError(
            f"no column of it tells the slice, and the scan has {grid.shape[2]}",
            where=table.path,
            remedy="Add a column slice, instance_number, file, sop_instance_uid or z_mm",
        )
    kind, column = _chosen(table, columns, volume, slices_by, findings)
    if counted_from is not None and kind in ("uid", "mm"):
        raise OptionError(f"slices by {kind} are not counted", where=table.path, remedy="Leave counted_from out")
    if kind == "mm":
        return _by_mm(table, column, grid)
    if kind in ("uid", "file") and counted_from is None:
        return _by_name(table, column, kind, volume)
    if counted_from is not None:
        return by_place(table, column, kind, volume, counted_from)
    if kind == "instance":
        return by_instance(table, column, volume)
    return by_index(table, column, volume, findings, asked=slices_by == "index")


def _chosen(
    table: Table, columns: Columns, volume: Volume, slices_by: SlicesBy, findings: list[Finding]
) -> tuple[Kind, int]:
    """Choose what tells the slices, and the column that holds it."""
    if slices_by != "auto":
        fitting = [columns.slices[kind] for kind in _COLUMN_FOR[slices_by] if kind in columns.slices]
        if not fitting:
            raise OptionError(f"no column of it tells slices by {slices_by}", where=table.path)
        return slices_by, fitting[0]
    able: dict[Kind, bool] = {
        "uid": uid_finder(volume) is not None,
        "file": file_finder(volume) is not None,
        "instance": bool(by_number(volume)),
        "mm": _is_level(volume.provenance.grid or volume.geometry),
        "index": True,
    }
    kinds = [kind for kind in able if kind in columns.slices and able[kind]]  # the surest first
    if not kinds:
        headings = ", ".join(shown(table.header[place]) for place in columns.slices.values())
        raise DamagedFileError(
            f"its {headings} cannot tell slices of this scan", where=table.path, remedy="Add a column slice"
        )
    _say_unused(table, columns, kinds[0], findings)
    column = columns.slices[kinds[0]]
    return (_kind_of(table.cells(column)) if kinds[0] == "index" else kinds[0]), column


def _kind_of(cells: Sequence[str]) -> Kind:
    """Tell what a column that may hold anything holds; one odd cell among numbers is a mistake, and refused as such."""
    texts = [cell for cell in cells if cell and number_in(cell, decimal_comma=True) is None]
    if 2 * len(texts) <= len(cells):
        return "index"
    return "uid" if all(_UID.fullmatch(cell) for cell in texts) else "file"


def _say_unused(table: Table, columns: Columns, used: Kind, findings: list[Finding]) -> None:
    """Say what other columns might have told, and warn where one of them tells several scans apart."""
    unused = [place for kind, place in columns.slices.items() if kind != used]
    if unused:
        told = ", ".join(shown(table.header[place]) for place in unused)
        remedy = f"{shown(table.header[columns.slices[used]])} is taken"
        findings.append(Finding("slice-column", "note", f"{told} may tell the slice too", table.path.name, remedy))
    if used not in ("uid", "file") and "file" in columns.slices:
        files = len(set(table.cells(columns.slices["file"])))
        if files > 1:
            message = f"{shown(table.header[columns.slices['file']])} names {files:,} files, and the scan's are others"
            remedy = "all rows are taken as marks of this scan"
            findings.append(Finding("other-scans", "warning", message, table.path.name, remedy))


def _by_name(table: Table, column: int, kind: Kind, volume: Volume) -> FloatArray:
    find = uid_finder(volume) if kind == "uid" else file_finder(volume)
    if find is None:
        what = "SOPInstanceUID" if kind == "uid" else "file"
        raise DamagedFileError(
            f"its {shown(table.header[column])} holds no numbers, and the scan has no {what} for each slice",
            where=table.path,
            remedy="Give the slices as numbers",
        )
    found = [find(cell) for cell in table.cells(column)]
    if None in found:
        row = found.index(None)
        if kind == "uid":  # a UID is not to be told
            heading = shown(table.header[column])
            raise DamagedFileError(
                f"its {heading} is the SOPInstanceUID of no slice of the scan",
                where=table.where(row),
                remedy="Is it the right scan?",
            )
        raise DamagedFileError(  # neither is a name of a file, which may be a patient's
            f"its {shown(table.header[column])} is no file of the scan",
            where=table.where(row),
            remedy=f"Is it the right scan? Else {OPTIONS}",
        )
    return np.array(found, dtype=np.float64)


def _by_mm(table: Table, column: int, grid: Geometry) -> FloatArray:
    if not _is_level(grid):
        raise OptionError(
            "z is not the same all over a slice of this scan, and tells none",
            where=table.path,
            remedy="Give x_mm, y_mm and z_mm, or number the slices",
        )
    z = table.numbers(column)
    k = (z - grid.origin[2]) / grid.affine[2, 2]
    nearest = np.rint(k)
    low, high = sorted((grid.origin[2], grid.to_world((0, 0, grid.shape[2] - 1))[2]))
    wrong = (nearest < 0) | (nearest > grid.shape[2] - 1) | (np.abs(k - nearest) > OFF_SLICE)
    if wrong.any():
        row = int(np.argmax(wrong))
        about = f"Slices lie from {low:g} to {high:g} mm, {abs(grid.affine[2, 2]):g} mm apart"
        raise table.refused(row, column, "where no slice lies", about)
    return np.asarray(nearest)


def _is_level(grid: Geometry) -> bool:
    """Whether z grows from slice to slice, and by less than a part of that from one corner of a slice to another."""
    i, j, k = np.abs(grid.affine[2, :3])
    return bool(i * (grid.shape[0] - 1) + j * (grid.shape[1] - 1) <= OFF_SLICE * k)
