"""The vertices and triangles of a 3MF's meshes, read many at a time where they are written evenly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.read.meshes.words import numbers_of

_BLOCK = 1 << 22

_OPENING = re.compile(rb"<(vertices|triangles)\s*>")
_FIRST = re.compile(rb"""\s*+<(vertex|triangle)((?:\s++\w++=("[^"<>&]*+"))++)\s*+/>""")
_NAME = re.compile(rb"""(\w++)=["]""")

_NUMBERS = {b"vertex": (b"x", b"y", b"z"), b"triangle": (b"v1", b"v2", b"v3")}
PAINT = ("pid", "p1", "p2", "p3")
"""Attributes that give a triangle, or each of its corners, a colour of its own."""

MARK = "vizmed_table"
"""Attribute of an element whose content was taken out, with the number of its table."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All vertices, or all triangles, of a mesh.

    Parameters
    ----------
    numbers : (n, 3) ndarray of float64
    paints : set of (pid, p1, p2, p3) tuple of str
        Each way in which a triangle has its colour; empty where it is not said.
    """

    numbers: FloatArray
    paints: set[tuple[str, ...]]


def take_tables(text: bytes, path: Path) -> tuple[bytes, list[Table]]:
    """Read what is even, and leave it out of the text: `MARK` then says which one stood there.

    Returns
    -------
    rest : bytes
        XML.
    tables : list of Table

    Raises
    ------
    DamagedFileError
        If a number in an even table is none.
    """
    tables: list[Table] = []
    if b"<!" in text or MARK.encode() in text:  # within a comment a tag is none
        return text, tables
    rest: list[bytes] = []
    place = 0
    while (opening := _OPENING.search(text, place)) is not None:
        end = text.find(b"</%s>" % opening[1], opening.end())
        if end < 0:
            break
        table = _even_table(text, opening.end(), end, path)
        if table is None:
            rest.append(text[place:end])
            place = end
            continue
        rest += (text[place : opening.start()], b'<%s %s="%d"/>' % (opening[1], MARK.encode(), len(tables)))
        tables.append(table)
        place = end + len(b"</%s>" % opening[1])
    return b"".join((*rest, text[place:])), tables


def _even_table(text: bytes, start: int, end: int, path: Path) -> Table | None:
    """Read elements that all have the first one's attributes, in its order; None where one has not."""
    first = _FIRST.match(text, start, end)
    if first is None:
        return None
    names = _NAME.findall(first[2])
    numbered = _NUMBERS[first[1]]
    others = tuple(name for name in names if name not in numbered)
    if (
        sorted(names) != sorted(numbered + others)
        or not set(others) <= {key.encode() for key in PAINT}
        or len(set(names)) != len(names)
    ):
        return None
    found: list[FloatArray] = []
    paints: set[tuple[str, ...]] = set()
    for block in _blocks(text, start, end):
        columns = _columns(block, first[1], names)
        if columns is None:
            return None
        found.append(np.stack([numbers_of(columns[name], path) for name in numbered], axis=1))
        paints |= _paints(columns)
    return Table(np.concatenate(found), paints)


def _paints(columns: dict[bytes, list[bytes]]) -> set[tuple[str, ...]]:
    count = len(next(iter(columns.values())))
    given = [columns.get(key.encode(), [b""] * count) for key in PAINT]
    return {tuple(value.decode("utf-8", "replace") for value in row) for row in set(zip(*given, strict=True))}


def _blocks(text: bytes, start: int, end: int) -> Iterator[bytes]:
    """Cut text behind elements."""
    while start < end:
        stop = text.rfind(b"/>", start, start + _BLOCK) + 2 if end - start > _BLOCK else end
        stop = stop if stop > start + 2 else end
        yield text[start:stop]
        start = stop


def _columns(block: bytes, element: bytes, names: list[bytes]) -> dict[bytes, list[bytes]] | None:
    """Give the values of each attribute; None where the text between them is not always the same, blanks aside."""
    pieces = block.split(b'"')
    period = 2 * len(names)
    if len(pieces) % period != 1 or b"&" in block:  # a letter may be written as its number
        return None
    start = b"<%s %s=" % (element, names[0])
    between = [{start}, *({b"%s=" % name} for name in names[1:])]
    between[0] |= {b"/>" + start, b"/> " + start}
    for n, expected in enumerate(between):
        if not {b" ".join(piece.split()) for piece in set(pieces[2 * n : -1 : period])} <= expected:
            return None
    is_whole = b" ".join(pieces[0].split()) == start and pieces[-1].strip() == b"/>"
    return {name: pieces[2 * n + 1 :: period] for n, name in enumerate(names)} if is_whole else None
