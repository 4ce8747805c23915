"""VTK ImageData in XML (.vti): one scalar array on the points of a grid, its frame taken as LPS mm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np

from vizmed.errors import DamagedFileError, GeometryError, IrregularStackError, ReadError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read.vti.data import layout_of, values_of
from vizmed.read.vti.markup import Element, parse
from vizmed.volume import Provenance, Volume

__all__ = ["is_vti", "read_vti"]

_TYPES = {f"{sign}{name}{bits}": f"{sign.lower()}{name.lower()}{bits}"
          for sign, name in (("", "Int"), ("U", "Int")) for bits in (8, 16, 32, 64)}  # fmt: skip
_TYPES |= {"Float32": "float32", "Float64": "float64"}

_NAMES_SHOWN = 6


def is_vti(start: bytes) -> bool:
    """Whether a file's first bytes are those of a VTK XML file."""
    return (
        re.match(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*(?:<!--.*?-->\s*)*<VTKFile\b", start, re.DOTALL)
        is not None
    )


def read_vti(path: Path) -> Volume:
    """Read a .vti file.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    DamagedFileError
        If the header contradicts itself or promises what the file does not hold.
    IrregularStackError
        For vectors, cell data and files of several pieces.
    CodecError
        For other packing than ZLib.
    """
    findings: list[Finding] = []
    data = _mapped(path)
    root = parse(data, path)
    if root.name != "VTKFile" or root.attributes.get("type") != "ImageData":
        kind = root.attributes.get("type", root.name)
        raise IrregularStackError(f"it is a VTK file of {kind[:60]!r}", where=path, remedy="ImageData is read")
    layout = layout_of(root, path)
    image = _only(root, "ImageData", path)
    piece = _only(image, "Piece", path)
    geometry = _geometry(image, piece, path)
    array = _array(piece, path, findings)
    count = int(np.prod(geometry.shape, dtype=object))
    flat = values_of(array, data, layout, count, np.dtype(_TYPES[array.attributes["type"]]))
    voxels = flat.reshape(geometry.shape, order="F")
    return Volume(voxels, geometry, provenance=Provenance("VTK", "python", "as stored", 1, tuple(findings)))


def _mapped(path: Path) -> mmap:
    try:
        with path.open("rb") as file:
            return mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError) as refused:
        raise ReadError(f"it cannot be read ({refused})", where=path) from refused


def _only(parent: Element, name: str, path: Path) -> Element:
    found = parent.all(name)
    if not found:
        raise DamagedFileError(f"its {parent.name} has no {name}", where=path)
    if len(found) > 1:
        raise IrregularStackError(f"it has {len(found)} of {name}", where=path, remedy="One is read; join them first")
    return found[0]


def _geometry(image: Element, piece: Element, path: Path) -> Geometry:
    whole = _numbers(image, "WholeExtent", None, 6, path)
    extent = _numbers(piece, "Extent", whole, 6, path)
    if extent != whole or any(n != int(n) for n in whole):
        raise IrregularStackError(f"its piece covers {extent} of {whole}", where=path, remedy="Whole images are read")
    low, high = np.array(whole[::2]), np.array(whole[1::2])
    direction = np.reshape(_numbers(image, "Direction", (1, 0, 0, 0, 1, 0, 0, 0, 1), 9, path), (3, 3))
    affine = np.eye(4)
    affine[:3, :3] = direction * _numbers(image, "Spacing", (1, 1, 1), 3, path)
    # VTK counts voxels from the origin, also where the first one that is stored has another number
    affine[:3, 3] = np.array(_numbers(image, "Origin", (0, 0, 0), 3, path)) + affine[:3, :3] @ low
    ni, nj, nk = (int(n) for n in high - low + 1)
    try:
        return Geometry((ni, nj, nk), affine)
    except GeometryError as bad:
        raise DamagedFileError(f"its {bad.found}", where=path) from bad


def _numbers(
    element: Element, name: str, otherwise: Sequence[float] | None, count: int, path: Path
) -> tuple[float, ...]:
    text = element.attributes.get(name)
    if text is None and otherwise is not None:
        return tuple(otherwise)
    try:
        numbers = tuple(float(word) for word in (text or "").split())
    except ValueError:
        numbers = ()
    if len(numbers) != count or not all(abs(n) < 2**53 for n in numbers):
        raise DamagedFileError(f"its {name} is {(text or 'missing')[:80]!r}", where=path)
    return numbers


def _array(piece: Element, path: Path, findings: list[Finding]) -> Element:
    """Choose the active scalars, else the first array of one number a point."""
    points = piece.all("PointData")
    arrays = points[0].all("DataArray") if points else []
    scalars = [array for array in arrays if _is_scalar(array)]
    if not scalars:
        what = f"its arrays are {_told(arrays)}" if arrays else "it has no data on its points"
        in_cells = any(cells.children for cells in piece.all("CellData"))
        raise IrregularStackError(
            f"{what}{', it has data on its cells' if in_cells else ''}",
            where=path,
            remedy="One array of one number a point is read" + ("; vtkCellDataToPointData" if in_cells else ""),
        )
    active = points[0].attributes.get("Scalars")
    chosen = next((array for array in scalars if array.attributes.get("Name") == active), scalars[0])
    if len(arrays) > 1:
        message = f"it holds {len(arrays)} arrays: {_told(arrays)}"
        remedy = f"{chosen.attributes.get('Name', '')[:40]!r} is read"
        findings.append(Finding("several-arrays", "warning", message, path.name, remedy))
    return chosen


def _is_scalar(array: Element) -> bool:
    return array.attributes.get("type") in _TYPES and array.attributes.get("NumberOfComponents", "1") == "1"


def _told(arrays: Sequence[Element]) -> str:
    def told(array: Element) -> str:
        count, kind = (array.attributes.get(key, "1")[:20] for key in ("NumberOfComponents", "type"))
        return f"{array.attributes.get('Name', '')[:40]!r} ({count} x {kind})"

    return ", ".join(told(array) for array in arrays[:_NAMES_SHOWN]) + (", ..." if len(arrays) > _NAMES_SHOWN else "")
