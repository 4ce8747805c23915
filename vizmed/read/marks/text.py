"""Tables as text: CSV with commas, semicolons or tabs, in the encodings that spreadsheets write."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from vizmed.errors import DamagedFileError, UnknownFormatError
from vizmed.read.marks.columns import count_known
from vizmed.read.marks.table import Table, is_aside, table_of

_DELIMITERS = (",", ";", "\t")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text_table(path: Path) -> Table:
    """Read a table of text; the sign between its cells is the one with which its header says most.

    Raises
    ------
    UnknownFormatError
        If it is no text.
    DamagedFileError
        If its quotes do not pair, or a line has more cells than the header.
    BudgetError
        If it has too many rows.
    """
    text = _decoded(path)
    header = next((line for line in text.splitlines() if line.strip() and not is_aside(line)), "")
    delimiter = max(_DELIMITERS, key=lambda sign: (count_known(_cells(header, sign)), header.count(sign)))
    return table_of(path, _lines(text, delimiter, path), "line", decimal_comma=delimiter != ",")


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_UTF16):
        text = data.decode("utf-16", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnknownFormatError(
            "it is no table of marks", where=path, remedy="Read are CSV, XLSX and structure sets (RTSTRUCT)"
        )
    return text


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _lines(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give each line that the CSV has with the number of the line of text in which it begins."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as damage:  # a quote that is never closed makes one cell of all that follows
        raise DamagedFileError(
            f"it is no CSV ({damage})", where=f"{path.name} line {line}", remedy="Are all quotes closed?"
        ) from damage
