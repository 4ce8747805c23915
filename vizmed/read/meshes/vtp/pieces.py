"""The pieces of a .vtp: points, polygons and strips, and what vizmed's own writer says of each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError
from vizmed.read.meshes.vtp.source import Source
from vizmed.read.vti.markup import Element

Cells = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Corners of each cell, and the point numbers of all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of a surface.

    Parameters
    ----------
    points : (n, 3) ndarray
    polygons, strips : Cells
    colors : (n, 3) ndarray of uint8, or None
    numbers : (number of polygons,) ndarray of int64, or None
        To which part a polygon belongs.
    """

    points: NDArray[Any]
    polygons: Cells
    strips: Cells
    colors: NDArray[np.uint8] | None
    numbers: NDArray[np.int64] | None


def read_piece(piece: Element, source: Source) -> Piece:
    """Read a piece.

    Raises
    ------
    DamagedFileError, BudgetError
    """
    path = source.path
    count = number_of(piece, "Points", path)
    arrays = [array for points in piece.all("Points") for array in points.all("DataArray")]
    if count == 0:
        points = np.empty((0, 3), np.float32)
    elif len(arrays) != 1 or arrays[0].attributes.get("NumberOfComponents", "3") != "3":
        raise DamagedFileError(f"a piece of it has {len(arrays)} arrays of points, or no three coordinates", where=path)
    else:
        points = source.values(arrays[0], 3 * count).reshape(-1, 3)
    polygons, striped = _cells(piece, "Polys", source), _cells(piece, "Strips", source)
    for _, corners in (polygons, striped):
        if corners.size and not 0 <= corners.min() <= corners.max() < count:
            found = f"{corners.min()} to {corners.max()} of {count:,}"
            raise DamagedFileError(f"its cells name points from {found}, from 0", where=path)
    colors = _named(piece, "PointData", "color", ("UInt8", "3"))
    numbers = _named(piece, "CellData", "part", ("Int32", "1"))
    is_plain = (
        (polygons[0] == 3).all()
        and not len(striped[0])
        and not any(number_of(piece, name, path) for name in ("Verts", "Lines"))
    )
    return Piece(
        points,
        polygons,
        striped,
        source.values(colors, 3 * count).reshape(-1, 3) if colors and count else None,
        source.values(numbers, len(polygons[0])).astype(np.int64) if numbers and is_plain else None,
    )


def _named(piece: Element, data: str, name: str, kind: tuple[str, str]) -> Element | None:
    """Find an array of a name, if it is of the type and width that vizmed's own writer gives it."""
    for array in (array for each in piece.all(data) for array in each.all("DataArray")):
        given = array.attributes
        if given.get("Name") == name and (given.get("type"), given.get("NumberOfComponents", "1")) == kind:
            return array
    return None


def _cells(piece: Element, name: str, source: Source) -> Cells:
    path = source.path
    count = number_of(piece, name, path)
    if count == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    arrays = {one.attributes.get("Name"): one for cells in piece.all(name) for one in cells.all("DataArray")}
    if "offsets" not in arrays or "connectivity" not in arrays:
        raise DamagedFileError(f"its {name} have no offsets or no connectivity", where=path)
    ends = _integers(source.values(arrays["offsets"], count), path)
    sizes = np.diff(ends, prepend=0)
    if (sizes < 0).any():
        raise DamagedFileError(f"the offsets of its {name} do not rise", where=path)
    if ends[-1] == 0:
        return sizes, np.empty(0, np.int64)
    return sizes, _integers(source.values(arrays["connectivity"], int(ends[-1])), path)


def _integers(values: NDArray[Any], path: Path) -> NDArray[np.int64]:
    if values.dtype.kind == "f" or (values.dtype == np.uint64 and (values > np.iinfo(np.int64).max).any()):
        raise DamagedFileError(f"its cells name points by numbers of {values.dtype.name}", where=path)
    return values.astype(np.int64, copy=False)


def number_of(piece: Element, name: str, path: Path) -> int:
    """How many points or cells of a kind a piece says to have.

    Raises
    ------
    DamagedFileError
    """
    text = piece.attributes.get(f"NumberOf{name}", "0").strip()
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise DamagedFileError(f"its NumberOf{name} is {text[:40]!r}", where=path)
    return int(text)
