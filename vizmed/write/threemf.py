"""Surfaces as 3MF, the format that programs for printing pass on: names, colours and the unit, in a zip archive."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import WriteError
from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import PlacedPart, Placing, Surfaces, check_count, place
from vizmed.write.stream import ROWS, rows_as_text

MOST = 2**31 - 1
"""Points and triangles that the format allows in an object."""

DEFLATE_LEVEL = 2
"""Fixed, so that a surface gives the same bytes from run to run; more takes several times as long for a few percent."""

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest date that zip knows: the bytes say nothing of when they were written."""

_CORE = "http://schemas.microsoft.com/3dmanufacturing"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MODEL = "3D/3dmodel.model"

_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
</Types>
"""
_RELATIONS = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rel0" Target="/{_MODEL}" Type="{_CORE}/2013/01/3dmodel"/>
</Relationships>
"""

_BASES_ID = 1
"""Number of the list of colours; the objects follow it."""

_LONGEST_ROW = 90
"""Bytes of a point or a triangle in the text, at most."""


def write_3mf(mesh: Surfaces, path: str | Path, *, frame: Frame = "lps", overwrite: bool = False) -> None:
    """Write surfaces as 3MF, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm, their front sides outward. Each part is an object with its name and colour. The format
        demands closed surfaces, each edge between two triangles; others are written as they are, as programs for
        printing repair them. Triangles that have a point twice are left out: they cover nothing, and are forbidden.
    path : str or pathlib.Path
    frame : {"lps", "ras", "centered"}
        See `vizmed.write.write_surface`.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError, OptionError
        See `vizmed.write.write_surface`.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    placing = place(mesh, frame, target)
    for part in placing.parts:
        check_count(len(part.points), MOST, "points", "3MF", target)
        check_count(len(part.triangles), MOST, "triangles", "3MF", target)
        if not any(len(block) for block in _proper(part)):
            raise WriteError(f"all triangles of {part.name!r} have a point twice, which 3MF forbids", where=target)
    with atomic_file(target, overwrite=overwrite) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_entry("[Content_Types].xml"), _TYPES)
        archive.writestr(_entry("_rels/.rels"), _RELATIONS)
        is_large = _LONGEST_ROW * (placing.n_points + placing.n_triangles) > zipfile.ZIP64_LIMIT
        with archive.open(_entry(_MODEL), "w", force_zip64=is_large) as model:
            for text in _model(placing):
                model.write(text)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEGINNING)
    entry.compress_type = zipfile.ZIP_DEFLATED
    # Python 3.13 has this in public as compress_level; the name with the underscore works in all
    entry._compresslevel = DEFLATE_LEVEL  # type: ignore[attr-defined]  # noqa: SLF001
    entry.create_system = 0  # else it would tell the system that it was written on
    return entry


def _model(placing: Placing) -> Iterator[bytes]:
    bases = "".join(f"<base name={quoteattr(part.name)} displaycolor={_color(part)}/>\n" for part in placing.parts)
    yield (
        f'{_XML}<model unit="millimeter" xml:lang="en-US" xmlns="{_CORE}/core/2015/02">\n'
        f'<metadata name="Application">vizmed</metadata>\n'
        f'<metadata name="Description">{placing.text}</metadata>\n'
        f'<resources>\n<basematerials id="{_BASES_ID}">\n{bases}</basematerials>\n'
    ).encode()
    for number, part in enumerate(placing.parts):
        yield from _object(part, number)
    items = "".join(f'<item objectid="{_object_id(number)}"/>\n' for number in range(len(placing.parts)))
    yield f"</resources>\n<build>\n{items}</build>\n</model>\n".encode()


def _object(part: PlacedPart, number: int) -> Iterator[bytes]:
    yield (
        f'<object id="{_object_id(number)}" type="model" name={quoteattr(part.name)} '
        f'pid="{_BASES_ID}" pindex="{number}">\n<mesh>\n<vertices>\n'
    ).encode()
    yield from rows_as_text('<vertex x="%.9g" y="%.9g" z="%.9g"/>\n', part.points)
    yield b"</vertices>\n<triangles>\n"
    for block in _proper(part):
        yield from rows_as_text('<triangle v1="%d" v2="%d" v3="%d"/>\n', block)
    yield b"</triangles>\n</mesh>\n</object>\n"


def _object_id(number: int) -> int:
    return _BASES_ID + 1 + number


def _color(part: PlacedPart) -> str:
    return f'"{part.color.upper()}"'


def _proper(part: PlacedPart) -> Iterator[NDArray[np.integer]]:
    """Give the triangles in blocks, without those that have a point twice."""
    for start in range(0, len(part.triangles), ROWS):
        block = part.triangles[start : start + ROWS]
        a, b, c = block.T
        yield block[(a != b) & (b != c) & (c != a)]
