"""Tables in the sheets of an XLSX. It is an archive, which is looked through before the library that reads it is asked.

What is looked for is what would take memory or time without end, or would be passed over in silence: bombs, entities,
and rows out of order.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from vizmed.errors import BudgetError, DamagedFileError, MissingExtraError, ReadError, UnknownFormatError, VizmedError
from vizmed.read.marks.columns import are_enough
from vizmed.read.marks.table import MOST_COLUMNS, Table, is_aside, table_of

MOST_BYTES = 64 << 20
"""Largest sum of what is unpacked: 100,000 rows of ten cells take half of it."""

_MOST_SHEETS = 256

_LAST_ROW = 1 << 20
"""Of a sheet; the format has no more."""

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding\s*+=\s*+["'](?!utf-8["'])""", re.IGNORECASE)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s")
_ROW = re.compile(rb"<(?:\w+:)?row(?:\s[^<>]*)?>")
_NUMBER = re.compile(rb"[0-9]{1,7}")
_ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")


def read_sheet(path: Path) -> Table:
    """Read the first sheet of an XLSX whose columns tell where marks lie; the first of all where none does.

    Of formulas the values are read that the spreadsheet has written.

    Raises
    ------
    MissingExtraError
        If openpyxl is not installed.
    UnknownFormatError
        If it is an archive of something else.
    DamagedFileError
        If it is damaged, or no XLSX that a spreadsheet would write.
    BudgetError
        If what is unpacked of it, or its rows, are too many.
    """
    data = path.read_bytes()
    _look_through(data, path)
    try:
        import openpyxl
    except ImportError as missing:
        raise MissingExtraError("openpyxl is not installed", remedy='pip install "vizmed[xlsx]"') from missing
    with _openpyxl_refusing(path):
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            return _read(book.worksheets, path)
        finally:
            book.close()


def _read(sheets: Sequence[Any], path: Path) -> Table:
    if not sheets:
        raise DamagedFileError("it has no sheet", where=path)
    for sheet in sheets:
        sheet.reset_dimensions()  # it says how large it is, and rows beyond that would be passed over
    headers = [_header(sheet) for sheet in sheets]
    chosen = next((n for n, header in enumerate(headers) if are_enough(header)), 0)
    # one more column than the header has, so that a cell beyond it is seen
    rows = sheets[chosen].iter_rows(max_col=len(headers[chosen]) + 1, values_only=True)
    numbered = ((line, _texts(cells)) for line, cells in enumerate(rows, 1))
    return table_of(path, numbered, "row", decimal_comma=True)


def _header(sheet: Any) -> list[str]:
    rows = (_texts(cells) for cells in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True))
    return next((row for row in rows if any(row) and not is_aside(row[0])), [])


def _texts(cells: tuple[Any, ...]) -> list[str]:
    """Write cells as text, whole numbers without a point, and leave out blank ones at the end."""
    texts = [_text(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts or [""]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


@contextmanager
def _openpyxl_refusing(path: Path) -> Iterator[None]:
    """Turn whatever openpyxl raises into a refusal of the file, and keep it from telling what it does without."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except VizmedError:
        raise
    except Exception as damage:
        raise DamagedFileError(f"the spreadsheet is damaged ({type(damage).__name__})", where=path) from damage


def _look_through(data: bytes, path: Path) -> None:
    """Unpack all of it once, within bounds, and refuse what is not to be given to a library."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries, path)
            _refuse_others(entries, path)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels")):
                    _refuse_odd_xml(archive.read(entry), path)
    except VizmedError:
        raise
    except Exception as damage:  # zipfile raises what it likes on damaged archives
        raise DamagedFileError(f"the archive is damaged ({type(damage).__name__})", where=path) from damage


def _refuse_others(entries: list[zipfile.ZipInfo], path: Path) -> None:
    if "xl/workbook.xml" not in {entry.filename.lower() for entry in entries}:
        raise UnknownFormatError(
            "it is an archive of other things than an XLSX", where=path, remedy="Save the table as XLSX or CSV"
        )


def _refuse_bombs(entries: list[zipfile.ZipInfo], path: Path) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise ReadError("it is encrypted", where=path, remedy="Save it without a password")
    if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in entries):
        raise DamagedFileError("it is packed as no XLSX is", where=path, remedy="Save the table as XLSX or CSV")
    unpacked = sum(entry.file_size for entry in entries)  # zipfile gives no more of each than it says
    if unpacked > MOST_BYTES:
        raise BudgetError(
            f"{unpacked:,} bytes would be unpacked of it", where=path, remedy=f"No more than {MOST_BYTES:,} are"
        )


def _refuse_odd_xml(text: bytes, path: Path) -> None:
    if _DOCTYPE.search(text) or b"\0" in text or _OTHER_ENCODING.match(text.lstrip()[:200]):
        raise DamagedFileError(
            "its XML has a DOCTYPE, or is not in UTF-8", where=path, remedy="Plain XML in UTF-8 is read"
        )
    if len(_SHEET.findall(text)) > _MOST_SHEETS:
        raise BudgetError("it has too many sheets", where=path, remedy=f"No more than {_MOST_SHEETS} are looked at")
    last = 0
    for row in _ROW.finditer(text):
        told = _ROW_NUMBER.search(row[0])
        number = last + 1 if told is None else int(told[1]) if _NUMBER.fullmatch(told[1]) else 0
        if not last < number <= _LAST_ROW:
            raise DamagedFileError("the rows of a sheet are not in order", where=path, remedy="Save it anew")
        last = number
