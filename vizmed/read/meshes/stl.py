"""STL, binary and as text: facets that repeat their points, which are welded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError
from vizmed.findings import Finding, counted
from vizmed.read.meshes.frame import declared_in
from vizmed.read.meshes.meshfile import MOST_PARTS, Loose, MeshFile, assemble, refuse_infinite
from vizmed.read.meshes.weld import BLOCK, facet_blocks, weld
from vizmed.read.meshes.words import numbers_of

_HEAD, _FACET = 84, 50
"""Bytes before the facets, and of each of them."""

_FACETS_LOOKED_AT = 16

_TEXT_BLOCK, _SHORT_SOLID = 1 << 20, 1 << 12

_SOLID = re.compile(rb"\s*+solid\b([^\r\n]*+)", re.IGNORECASE)
_FIRST_FACET = re.compile(rb"\s*+solid\b[^\r\n]*+\s++(?:facet\s++normal|endsolid)\b", re.IGNORECASE)
_END = b"endsolid"
_END_LINE = re.compile(rb"endsolid\b[^\r\n]*+", re.IGNORECASE)
_FRAME_WORDS = re.compile(r"\bvizmed\b|\b(?:SPACE|UNIT|CENTERED)=\S+")

_WORDS = 21
_KEYWORDS = {0: b"facet", 1: b"normal", 5: b"outer", 6: b"loop", 7: b"vertex", 11: b"vertex", 15: b"vertex",
             19: b"endloop", 20: b"endfacet"}  # fmt: skip
"""Which words of a facet's 21 are fixed; the normal's numbers are not read: the order of the corners says the front."""

_COORDINATES = (8, 9, 10, 12, 13, 14, 16, 17, 18)


def is_stl_text(data: mmap) -> bool:
    """Whether a file begins as an STL of text does. A binary one may too, but has just the length that it says."""
    return _FIRST_FACET.match(data) is not None and not _has_its_length(data)


def is_stl_binary(data: mmap) -> bool:
    """Whether a file is as long as its count of facets says, or its first facets look like facets.

    A binary STL has no sign of its own: its first 80 bytes may be anything.
    """
    if len(data) < _HEAD or _has_its_length(data):
        return len(data) >= _HEAD
    looked_at = min(_count(data), (len(data) - _HEAD) // _FACET, _FACETS_LOOKED_AT)
    if looked_at == 0:
        return False
    table = np.frombuffer(data, np.dtype([("numbers", "<f4", 12), ("attribute", "<u2")]), looked_at, _HEAD)
    with np.errstate(invalid="ignore"):
        facets = table["numbers"].astype(np.float64)
        lengths = np.linalg.norm(facets[:, :3], axis=1)
        is_unit = (np.abs(lengths - 1) < 0.01) | (lengths == 0)
        return bool(is_unit.all() and (np.abs(facets) < 1e6).all() and facets[:, 3:].any())


def read_stl(data: mmap, path: Path) -> MeshFile:
    """Read a binary STL.

    Raises
    ------
    DamagedFileError
        If it is shorter than its count of facets says, or a coordinate is no finite number.
    """
    findings: list[Finding] = []
    declared = declared_in([data[:80].replace(b"\0", b" ").decode("latin-1")], path, findings)
    count = _count(data)
    end = _HEAD + _FACET * count
    if len(data) < end:
        raise DamagedFileError(
            f"it is cut short: {count:,} facets need {end:,} bytes, {len(data):,} are there", where=path
        )
    if len(data) > end:
        message = f"{counted(len(data) - end, 'byte')} behind its {counted(count, 'facet')}"
        findings.append(Finding("bytes-left-over", "warning", message, path.name, "not read"))
    points, triangles = weld(_binary_facets(data, count, path))
    return assemble("STL", [Loose(points, triangles)], declared, findings, path)


def _has_its_length(data: mmap) -> bool:
    return len(data) == _HEAD + _FACET * _count(data)


def _count(data: mmap) -> int:
    return int.from_bytes(data[80:84], "little")


def _binary_facets(data: mmap, count: int, path: Path) -> Iterator[NDArray[np.float32]]:
    rows = np.frombuffer(data, np.uint8, _FACET * count, _HEAD).reshape(count, _FACET)
    for start in range(0, count, BLOCK):
        # as bytes the corners go in one move each
        block = rows[start : start + BLOCK, 12:48].copy().view("<f4").reshape(-1, 3, 3)
        refuse_infinite(block, path)
        yield block.astype(np.float32, copy=False)


def read_stl_text(data: mmap, path: Path) -> MeshFile:
    """Read an STL of text; each of its solids is a part.

    Raises
    ------
    DamagedFileError
        If a solid does not end, or holds another thing than facets of three vertices.
    """
    findings: list[Finding] = []
    loose: list[Loose] = []
    titles: list[str] = []
    place = 0
    while (opening := _SOLID.match(data, place)) is not None and len(loose) <= MOST_PARTS:
        end = _END_LINE.match(data, _end_of_solid(data, opening.end(), path))
        if end is None:
            raise DamagedFileError("it holds a word that begins with endsolid", where=path)
        titles.append(opening[1].decode("utf-8", "replace"))
        read = _text_facets(data, opening.end(), end.start(), path)
        points, triangles = weld(block for facets in read for block in facet_blocks(facets))
        loose.append(Loose(points, triangles, name=_FRAME_WORDS.sub("", titles[-1])))
        place = end.end()
    if len(loose) <= MOST_PARTS and data[place : place + 4096].strip():
        raise DamagedFileError(f"it holds {data[place : place + 40].strip()[:20]!r} behind a solid", where=path)
    return assemble("STL", loose, declared_in(titles, path, findings), findings, path)


def _end_of_solid(data: mmap, start: int, path: Path) -> int:
    place, step = start, _SHORT_SOLID
    while place < len(data):
        found = data[place : place + step + len(_END)].lower().find(_END)
        if found >= 0:
            return place + found
        place += step
        step = min(2 * step, _TEXT_BLOCK)
    raise DamagedFileError("it is cut short: a solid of it has no endsolid", where=path)


def _text_facets(data: mmap, start: int, end: int, path: Path) -> Iterator[NDArray[np.float32]]:
    words: list[bytes] = []
    while start < end:
        stop = _blank_before(data, start, min(start + _TEXT_BLOCK, end), end, path)
        words += data[start:stop].lower().split()
        whole = len(words) - len(words) % _WORDS
        yield _facets_of(words[:whole], path)
        del words[:whole]
        start = stop
    if words:
        raise DamagedFileError(f"it ends within a facet, at {b' '.join(words)[:60]!r}", where=path)


def _blank_before(data: mmap, start: int, stop: int, end: int, path: Path) -> int:
    """Where to cut text so that no word is cut."""
    if stop == end:
        return end
    cut = max(data.rfind(b" ", start, stop), data.rfind(b"\n", start, stop))
    if cut <= start:
        raise DamagedFileError(f"a word of it is longer than {stop - start:,} letters", where=path)
    return cut


def _facets_of(words: list[bytes], path: Path) -> NDArray[np.float32]:
    count = len(words) // _WORDS
    for place, keyword in _KEYWORDS.items():
        column = words[place::_WORDS]
        if column.count(keyword) != count:
            found = next(word for word in column if word != keyword)
            raise DamagedFileError(f"a facet of it has {found[:40]!r} in the place of {keyword.decode()!r}", where=path)
    coordinates = [b""] * (9 * count)
    for n, place in enumerate(_COORDINATES):
        coordinates[n::9] = words[place::_WORDS]
    with np.errstate(over="ignore"):
        facets = numbers_of(coordinates, path).astype(np.float32).reshape(-1, 3, 3)
    refuse_infinite(facets, path)
    return facets
