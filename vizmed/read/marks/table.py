"""Rows and columns of text, wherever they came from, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from pathlib import Path

import numpy as np

from vizmed.errors import BudgetError, DamagedFileError
from vizmed.geometry import FloatArray

MOST_ROWS = 100_000
"""Nobody looks at more marks, and each of them is drawn."""

MOST_COLUMNS = 256

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SHOWN_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a header.

    Parameters
    ----------
    path : pathlib.Path
        The file, to complain of.
    line_word : str
        What its lines are called: ``"line"`` or ``"row"``.
    header : tuple of str
    lines : tuple of int
        The line of the file in which each row begins, from 1.
    rows : tuple of tuple of str
        Cells without blanks around them, as many in each row as in the header.
    decimal_comma : bool
        Whether a comma may stand for the decimal point.
    """

    path: Path
    line_word: str
    header: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    decimal_comma: bool

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, row: int) -> str:
        """Say where a row is."""
        return f"{self.path.name} {self.line_word} {self.lines[row]}"

    def cells(self, column: int) -> list[str]:
        """List what a column holds."""
        return [row[column] for row in self.rows]

    def numbers(self, column: int, *, blank: float | None = None) -> FloatArray:
        """Read a column of numbers.

        Parameters
        ----------
        column : int
        blank : float, optional
            What a blank cell stands for; blank cells are refused where left out.

        Returns
        -------
        (n,) ndarray

        Raises
        ------
        DamagedFileError
            If a cell holds what is no finite number.
        """
        found = [self._number(cell, blank) for cell in self.cells(column)]
        wrong = next((row for row, number in enumerate(found) if number == inf), None)
        if wrong is not None:
            raise self.refused(wrong, column, "which is no number", self._about_numbers())
        return np.array(found, dtype=np.float64)

    def refused(self, row: int, column: int, why: str, remedy: str) -> DamagedFileError:
        """Make the refusal of a cell, which says what it holds."""
        cell = self.rows[row][column]
        holds = f"holds {shown(cell)}" if cell else "is blank"
        return DamagedFileError(
            f"its {shown(self.header[column])} {holds}, {why}", where=self.where(row), remedy=remedy
        )

    def _number(self, cell: str, blank: float | None) -> float:
        """Read a number; infinite where it is none."""
        if not cell:
            return inf if blank is None else blank
        number = number_in(cell, decimal_comma=self.decimal_comma)
        return inf if number is None else number

    def _about_numbers(self) -> str:
        comma = "or comma " if self.decimal_comma else ""
        return f"Write it in digits, with a decimal point {comma}and no sign between thousands"


def number_in(text: str, *, decimal_comma: bool = False) -> float | None:
    """Read a finite number in plain digits; None where it is none.

    Python's own `float` takes also ``nan``, ``1_000`` and the digits of other scripts.
    """
    if decimal_comma and "." not in text and text.count(",") == 1:
        text = text.replace(",", ".")
    number = float(text) if _NUMBER.fullmatch(text) else nan
    return number if isfinite(number) else None


def shown(text: str) -> str:
    """Write a cell or a heading so that it may be told: printable, not too long, between quotes."""
    return repr(text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}...")


def is_aside(line: str) -> bool:
    """Whether a line before the header is a remark, or Excel's word on the sign between cells."""
    return line.startswith(("#", "sep="))


def table_of(
    path: Path, numbered: Iterable[tuple[int, Sequence[str]]], line_word: str, *, decimal_comma: bool
) -> Table:
    """Make a table of numbered lines, the first of which is the header. Blank lines are passed over.

    Raises
    ------
    DamagedFileError
        If a line has more cells than the header.
    BudgetError
        If there are more than `MOST_ROWS`.
    """
    header: tuple[str, ...] = ()
    lines: list[int] = []
    rows: list[tuple[str, ...]] = []
    for line, cells in numbered:
        row = tuple(cell.strip() for cell in cells)
        if not any(row) or (not header and is_aside(row[0])):
            continue
        if not header:
            header = row
            continue
        if any(row[len(header) :]):
            raise DamagedFileError(
                f"it has {len(row)} cells, and the header {len(header)}",
                where=f"{path.name} {line_word} {line}",
                remedy="Put quotes around cells with a comma in them; numbers there have a decimal point",
            )
        if len(rows) == MOST_ROWS:
            raise BudgetError(f"it has more than {MOST_ROWS:,} rows", where=path, remedy="Give it in parts")
        lines.append(line)
        rows.append((row + ("",) * len(header))[: len(header)])
    return Table(path, line_word, header, tuple(lines), tuple(rows), decimal_comma)
