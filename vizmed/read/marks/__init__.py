"""Files to marks that are drawn on slices: `read_marks` looks at the content, and reads tables and structure sets."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import get_args

from vizmed.errors import BudgetError, OptionError, ReadError, UnknownFormatError
from vizmed.findings import Finding
from vizmed.marks import Marks
from vizmed.read.labels.dicom_files import kind_of_labels, start_of
from vizmed.read.labels.rtstruct import read_contours
from vizmed.read.marks.columns import find_columns
from vizmed.read.marks.counting import CountedFrom
from vizmed.read.marks.rows import marks_in_mm, marks_in_pixels
from vizmed.read.marks.table import Table, number_in
from vizmed.read.marks.text import read_text_table
from vizmed.read.marks.which_slice import SlicesBy, which_slices
from vizmed.read.marks.xlsx import read_sheet
from vizmed.stages import stage
from vizmed.volume import Volume

MOST_BYTES = 16 << 20
"""Largest table that is read: 100,000 rows have 10 MB."""

_ZIP = b"PK\3\4"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@stage("reading")
def read_marks(
    path: str | os.PathLike[str],
    volume: Volume,
    *,
    counted_from: CountedFrom | None = None,
    slices_by: SlicesBy = "auto",
) -> Marks:
    """Read boxes, points and contours that were drawn on the slices of a scan.

    Read are tables, as CSV (with commas, semicolons or tabs) or XLSX, and structure sets of radiotherapy (RTSTRUCT).
    A table has a header. Its columns, of which there may be others, whatever the case of their names:

    ==================  =============================================================================================
    ``x, y``            In pixels of the image as it is stored: x along a row, y down the rows, from 0 at its first
                        corner. Of a box, the corner nearest to 0.
    ``width, height``   Of a box, in pixels; or ``xmax, ymax``, the corner farthest from 0, which goes first where
                        both are there. Blank for a point.
    ``slice``           Which slice: see below. Also ``instance_number``, ``file``, ``sop_instance_uid``, ``z_mm``.
    ``label``           What it shows; or ``class``, ``category``, ``name``. The same word has the same colour.
    ``x_mm, y_mm,       Instead of x and y: points in LPS mm.
    z_mm``
    ==================  =============================================================================================

    Boxes count corners of pixels, as annotation tools do: x 10 and width 5 are the pixels 10 to 14. Points count
    their centres: x 10 is the middle of pixel 10.

    Parameters
    ----------
    path : path-like
        A file, of any name.
    volume : Volume
        The scan, as `vizmed.read` gave it; also with its axes in another order since.
    counted_from : {0, 1}, optional
        Whether numbers of slices are places counted from 0 or from 1. Where left out, a column ``slice`` is taken as
        what it proves to be: there is a slice 0, or one as large as the number of slices. Where it proves nothing,
        slices count from 0, and a warning says so.
    slices_by : {"auto", "index", "instance", "file", "uid", "mm"}
        What tells the slices: their place along the normal of the slices, from the first (the index k of the volume);
        InstanceNumbers (0020,0013), or frames of a multi-frame file; names of files; SOPInstanceUIDs; z in LPS mm.
        ``"auto"`` goes by the name of the column, the surest first where there are several, and takes numbers in a
        column such as ``slice`` as places. Together with `counted_from`, ``"instance"`` and ``"file"`` count the
        slices in the order of those.

    Returns
    -------
    Marks
        In LPS mm; what was assumed is in its findings.

    Raises
    ------
    ReadError
        One of its kinds: if it is no such file, or a row of it is no mark in the scan, with its line.
    BudgetError
        If it is too large.
    OptionError
        If an option fits neither the file nor the scan.
    MissingExtraError
        For an XLSX, if openpyxl is not installed.
    """
    place = Path(path)
    _check_options(counted_from, slices_by)
    if not place.is_file():
        raise ReadError("there is no such file", where=place, remedy="Name a table, or a structure set (RTSTRUCT)")
    kind = kind_of_labels(start_of(place))
    if kind == "SEG":
        raise UnknownFormatError("it is a segmentation", where=place, remedy="vizmed labels reads it")
    if kind == "RTSTRUCT":
        _refuse_options(counted_from, slices_by, place)
        return read_contours(place, volume)
    return _of_table(_table(place), volume, counted_from, slices_by)


def _check_options(counted_from: object, slices_by: object) -> None:
    if slices_by not in get_args(SlicesBy):
        raise OptionError(
            f"slices are not told by {slices_by!r}", remedy=f"They are by {', '.join(get_args(SlicesBy))}"
        )
    if counted_from not in (None, *get_args(CountedFrom)):
        raise OptionError(f"slices are not counted from {counted_from!r}", remedy="They are from 0 or from 1")


def _refuse_options(counted_from: CountedFrom | None, slices_by: SlicesBy, path: Path) -> None:
    if counted_from is not None or slices_by != "auto":
        raise OptionError("its marks lie in mm, and no slices are counted", where=path, remedy="Leave the options out")


def _table(path: Path) -> Table:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise BudgetError(f"it is {size:,} bytes long", where=path, remedy=f"No more than {MOST_BYTES:,} are read")
    start = start_of(path)
    if start.startswith(_ZIP):
        return read_sheet(path)
    if start.startswith(_OLD_EXCEL):
        raise UnknownFormatError(
            "it is an old or an encrypted spreadsheet", where=path, remedy="Save it as XLSX or CSV, without a password"
        )
    return read_text_table(path)


def _of_table(table: Table, volume: Volume, counted_from: CountedFrom | None, slices_by: SlicesBy) -> Marks:
    columns = find_columns(table)
    grid = volume.provenance.grid or volume.geometry
    findings: list[Finding] = []
    if columns.in_pixels:
        k = which_slices(table, columns, volume, slices_by=slices_by, counted_from=counted_from, findings=findings)
        marks = marks_in_pixels(table, columns, k, grid, findings)
    else:
        _refuse_options(counted_from, slices_by, table.path)
        marks = marks_in_mm(table, columns, grid)
    _say_what_was_read(table, marks, findings)
    return replace(marks, findings=tuple(findings))


def _say_what_was_read(table: Table, marks: Marks, findings: list[Finding]) -> None:
    if not marks:
        findings.append(Finding("no-marks", "warning", "the table has no rows", table.path.name))
    comma = next((cell for row in table.rows for cell in row if _has_decimal_comma(cell)), None)
    if table.decimal_comma and comma is not None:
        message = f"numbers such as {comma} have a decimal comma"
        findings.append(Finding("decimal-comma", "note", message, table.path.name))


def _has_decimal_comma(cell: str) -> bool:
    return "," in cell and number_in(cell, decimal_comma=True) is not None
