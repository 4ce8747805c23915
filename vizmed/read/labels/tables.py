"""Tables of labels: what a number is called, and the colour it has.

Read are CSV with a header, the tables of 3D Slicer and FreeSurfer (``number name r g b a``), and those of ITK-SNAP
(``number r g b a visible mesh "name"``). The names of TotalSegmentator come with vizmed.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

from vizmed.errors import DamagedFileError, ReadError
from vizmed.findings import Finding, counted
from vizmed.segmentation import Label, Segmentation, label_of

TOTALSEGMENTATOR = "totalsegmentator"
"""The table of the 117 classes of TotalSegmentator v2's task ``total``. Version 1 counts otherwise."""

_LARGEST_BYTES = 1 << 22
_SHOWN = 6

_NUMBERS = ("number", "id", "value", "labelvalue", "label_value", "index", "idx", "key", "label")
_NAMES = ("name", "labelname", "label_name", "structure", "organ", "region", "label")
_COLORS = ("color", "colour", "hex", "#hex", "rgb")
_PARTS = (("r", "red", "color_r"), ("g", "green", "color_g"), ("b", "blue", "color_b"))
"""What the columns of a CSV are called, the surest first: ``label`` is the name where another column is the number."""

_SNAP = re.compile(r'(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+[\d.]+\s+\d+\s+\d+\s+"([^"]*)"')
_SLICER = re.compile(r"(\d+)\s+(\S.*?)\s+(\d+)\s+(\d+)\s+(\d+)(?:\s+\d+)?")
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")

Row = tuple[int, str, str]
"""Number, name, colour; the last two may be blank."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns of a CSV hold what."""

    delimiter: str
    count: int
    number: int
    name: int | None
    color: int | None
    parts: list[int]


def read_table(path: str | os.PathLike[str]) -> dict[int, Label]:
    """Read a table of labels.

    Parameters
    ----------
    path : path-like
        A file, or ``"totalsegmentator"``.

    Raises
    ------
    ReadError
        If there is no such file, or a line of it cannot be understood.
    """
    if str(path) == TOTALSEGMENTATOR:
        with as_file(files("vizmed.read.labels") / "totalsegmentator.csv") as own:
            return read_table(own)
    place = Path(path)
    lines = _text(place).splitlines()
    columns = next((_columns(line) for line in lines if line.strip() and not line.startswith("#")), None)
    rows = _plain_rows(lines, place) if columns is None else _csv_rows(lines, columns, place)
    table: dict[int, Label] = {}
    for where, (number, name, color) in rows:
        if number == 0:  # what has no label, which many tables name
            continue
        label = label_of(number, name, color)
        if table.setdefault(number, label) != label:
            raise DamagedFileError(f"it gives label {number} twice", where=where, remedy="Each has one name and colour")
    if not table:
        raise DamagedFileError("it names no label", where=place, remedy="CSV has a header, such as number,name,color")
    return table


def named(segmentation: Segmentation, table: Mapping[int, Label], of: str = "") -> Segmentation:
    """Give labels the names and colours that a table has for their numbers.

    Parameters
    ----------
    segmentation : Segmentation
    table : mapping of number to Label
    of : str
        What the table is, to be told of.
    """
    labels = tuple(table.get(label.number, label) for label in segmentation.labels)
    left = [label.number for label in labels if label.number not in table]
    findings = list(segmentation.provenance.findings)
    if left:
        shown = ", ".join(map(str, left[:_SHOWN])) + (", ..." if len(left) > _SHOWN else "")
        message = f"the table does not name {counted(len(left), 'label')}"
        findings.append(Finding("unnamed-labels", "warning", message, shown, "they keep the name that they had"))
    if of == TOTALSEGMENTATOR:
        message = "the names are those of TotalSegmentator v2, task total"
        remedy = "in version 1 and other tasks the numbers stand for other organs"
        findings.append(Finding("asked-names", "note", message, "", remedy))
    provenance = replace(segmentation.provenance, findings=tuple(findings))
    return replace(segmentation, labels=labels, provenance=provenance)


def color_of(red: float, green: float, blue: float, whole: float = 255) -> str:
    """Write a colour as ``"#rrggbb"``, blank where it is none.

    Parameters
    ----------
    red, green, blue : float
    whole : float
        What full brightness is.
    """
    parts = [part / whole for part in (red, green, blue)]
    if not all(0 <= part <= 1 for part in parts):  # NaN neither
        return ""
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _text(path: Path) -> str:
    if not path.is_file():
        raise ReadError("there is no such table of labels", where=path, remedy=f"Give a file, or {TOTALSEGMENTATOR}")
    if path.stat().st_size > _LARGEST_BYTES:
        raise DamagedFileError(f"it is {path.stat().st_size:,} bytes long, and no table of labels", where=path)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise DamagedFileError("it is no text", where=path)
    return text


def _columns(line: str) -> _Columns | None:
    """Find the columns in a header; None where it is none."""
    delimiter = max(",;\t", key=line.count)
    cells = [cell.strip().strip('"').casefold() for cell in line.split(delimiter)]
    number = _place(cells, _NUMBERS)
    if number is None or len(cells) < 2:
        return None
    parts = [place for names in _PARTS if (place := _place(cells, names)) is not None]
    others = ["" if n == number else cell for n, cell in enumerate(cells)]
    return _Columns(delimiter, len(cells), number, _place(others, _NAMES), _place(cells, _COLORS), parts)


def _place(cells: Sequence[str], names: Sequence[str]) -> int | None:
    return next((cells.index(name) for name in names if name in cells), None)


def _csv_rows(lines: Sequence[str], columns: _Columns, path: Path) -> Iterator[tuple[str, Row]]:
    try:
        rows = list(csv.reader(lines, delimiter=columns.delimiter, strict=True))
    except csv.Error as damage:
        raise DamagedFileError(f"it is no CSV ({damage})", where=path) from damage
    filled = [
        (f"{path}, line {n}", [cell.strip() for cell in row] + [""] * columns.count)
        for n, row in enumerate(rows, 1)
        if any(cell.strip() for cell in row) and not row[0].startswith("#")
    ][1:]
    whole = _whole(filled, columns)
    for where, cells in filled:
        name = "" if columns.name is None else cells[columns.name]
        yield where, (_number(cells[columns.number], where), name, _told_color(cells, columns, whole, where))


def _told_color(cells: Sequence[str], columns: _Columns, whole: float, where: str) -> str:
    if len(columns.parts) == 3 and all(cells[part] for part in columns.parts):
        red, green, blue = (_real(cells[part], where) for part in columns.parts)
        return color_of(red, green, blue, whole) or _no_color(where)
    told = "" if columns.color is None else cells[columns.color]
    found = _HEX.fullmatch(told)
    return f"#{found[1]}" if found else told and _no_color(where)


def _whole(rows: Sequence[tuple[str, list[str]]], columns: _Columns) -> float:
    """Tell whether colours count to 255 or to 1: by all of the table, as black is 0 in both."""
    found = [_real(cells[part], where) for where, cells in rows for part in columns.parts if cells[part]]
    return 1.0 if found and max(found) <= 1 else 255.0


def _plain_rows(lines: Sequence[str], path: Path) -> Iterator[tuple[str, Row]]:
    for n, line in enumerate(lines, 1):
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        where = f"{path}, line {n}"
        if snap := _SNAP.fullmatch(words):
            number, red, green, blue, name = snap.groups()
        elif slicer := _SLICER.fullmatch(words):
            number, name, red, green, blue = slicer.groups()
        else:
            raise DamagedFileError(
                "the line is none of a table of labels",
                where=where,
                remedy='Read are CSV with a header, "number name r g b a", and ITK-SNAP\'s label descriptions',
            )
        color = color_of(float(red), float(green), float(blue)) or _no_color(where)
        yield where, (_number(number, where), name.strip('"'), color)


def _number(text: str, where: str) -> int:
    number = _real(text, where)
    if not number.is_integer() or number < 0:
        raise DamagedFileError(f"a label has the number {text[:40]!r}", where=where, remedy="Labels count from 1")
    return int(number)


def _real(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as damage:
        raise DamagedFileError(f"{text[:40]!r} is no number", where=where) from damage


def _no_color(where: str) -> str:
    raise DamagedFileError("a colour of it is none", where=where, remedy="Such as #d8cfc0, or 216,207,192")
