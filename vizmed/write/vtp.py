"""Surfaces as VTK's XML polygons (.vtp): an XML text, and the arrays as they are in an appendix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import Placing, Surfaces, check_count, place
from vizmed.write.stream import write_blocks

MOST_POINTS = 2**31 - 1
"""Points are counted in ``Int32``, 32 bits with a sign."""

MOST_TRIANGLES = (2**31 - 1) // 3
"""So are the corners of all triangles."""

BLOCK = 1 << 15
"""Points or triangles that are laid out at a time: some hundred kilobytes, which a processor's cache holds."""

_XML = """<?xml version="1.0"?>
<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">
  <PolyData>
    <FieldData>
{fields}
    </FieldData>
    <Piece NumberOfPoints="{points}" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" NumberOfPolys="{triangles}">
{arrays}
    </Piece>
  </PolyData>
  <AppendedData encoding="raw">
_"""

_COUNT_BYTES = 8
"""Each array of the appendix begins with how many bytes it has."""

_END = b"\n  </AppendedData>\n</VTKFile>\n"


class _Array(NamedTuple):
    """An array of the appendix: the element of XML that holds it, its name and type, and its bytes."""

    place: str
    name: str
    dtype: str
    columns: int
    n_bytes: int
    blocks: Iterator[NDArray[Any]]


def write_vtp(mesh: Surfaces, path: str | Path, *, frame: Frame = "lps", overwrite: bool = False) -> None:
    """Write surfaces as VTK polygons, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm. Of several, the cell array ``part`` says to which one a triangle belongs, and the field
        ``PARTS`` what they are called; the point array ``color`` is there where their colours differ.
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
    check_count(placing.n_points, MOST_POINTS, "points", "VTK", target)
    check_count(placing.n_triangles, MOST_TRIANGLES, "triangles", "VTK", target)
    with atomic_file(target, overwrite=overwrite) as file:
        write_blocks(file, _blocks(placing))


def _blocks(placing: Placing) -> Iterator[bytes | memoryview]:
    arrays = _arrays(placing)
    yield _XML.format(
        fields="\n".join(_fields(placing)),
        points=placing.n_points,
        triangles=placing.n_triangles,
        arrays="\n".join(_elements(arrays)),
    ).encode()
    for array in arrays:
        yield np.array(array.n_bytes, f"<u{_COUNT_BYTES}").tobytes()
        yield from (block.data for block in array.blocks)
    yield _END


def _fields(placing: Placing) -> Iterator[str]:
    yield _strings("SPACE", placing.space)
    yield _strings("UNIT", "mm")
    if placing.centre is not None:
        numbers = " ".join(repr(value) for value in placing.centre)
        yield f'      <DataArray type="Float64" Name="CENTERED" NumberOfTuples="3" format="ascii">{numbers}</DataArray>'
    if len(placing.parts) > 1:
        yield _strings("PARTS", *(part.name for part in placing.parts))


def _strings(name: str, *texts: str) -> str:
    # VTK's XML has a text as the numbers of its bytes, and a nought
    numbers = " ".join(str(number) for text in texts for number in (*text.encode(), 0))
    return f'      <Array type="String" Name="{name}" NumberOfTuples="{len(texts)}" format="ascii">{numbers}</Array>'


def _arrays(placing: Placing) -> list[_Array]:
    points, triangles = placing.n_points, placing.n_triangles
    arrays = [
        _Array("Points", "Points", "Float32", 3, 12 * points, (part.points for part in placing.parts)),
        _Array("Polys", "connectivity", "Int32", 1, 12 * triangles, _connectivity(placing)),
        _Array("Polys", "offsets", "Int32", 1, 4 * triangles, _offsets(triangles)),
    ]
    if placing.has_colors:
        colors = ((np.array(part.rgb, np.uint8), len(part.points)) for part in placing.parts)
        arrays.insert(0, _Array("PointData", "color", "UInt8", 3, 3 * points, _repeated(colors)))
    if len(placing.parts) > 1:
        numbers = ((np.array([n], "<i4"), len(part.triangles)) for n, part in enumerate(placing.parts))
        arrays.insert(-3, _Array("CellData", "part", "Int32", 1, 4 * triangles, _repeated(numbers)))
    return arrays


def _elements(arrays: list[_Array]) -> Iterator[str]:
    offset = 0
    for place_of, group in groupby(arrays, key=attrgetter("place")):
        yield f"      <{place_of}>"
        for array in group:
            yield (
                f'        <DataArray type="{array.dtype}" Name="{array.name}" NumberOfComponents="{array.columns}" '
                f'format="appended" offset="{offset}"/>'
            )
            offset += _COUNT_BYTES + array.n_bytes
        yield f"      </{place_of}>"


def _connectivity(placing: Placing) -> Iterator[NDArray[np.int32]]:
    for part, first in placing.numbered():
        for start in range(0, len(part.triangles), BLOCK):
            yield (part.triangles[start : start + BLOCK] + first).astype("<i4")


def _offsets(triangles: int) -> Iterator[NDArray[np.int32]]:
    """Give where each triangle's corners end in the connectivity: 3, 6, 9, ..."""
    for start in range(0, triangles, BLOCK):
        yield 3 * np.arange(start + 1, min(start + BLOCK, triangles) + 1, dtype="<i4")


def _repeated(rows: Iterable[tuple[NDArray[Any], int]]) -> Iterator[NDArray[Any]]:
    for row, count in rows:
        for start in range(0, count, BLOCK):
            yield np.tile(row, min(BLOCK, count - start))
