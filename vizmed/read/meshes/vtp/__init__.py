"""VTK PolyData in XML (.vtp): its polygons and strips. Its tags and arrays are those of a .vti file."""

from __future__ import annotations

from dataclasses import replace
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError, UnknownFormatError, VizmedError
from vizmed.findings import Finding, counted
from vizmed.read.meshes.colors import parts_by_color
from vizmed.read.meshes.frame import Declared, declared
from vizmed.read.meshes.meshfile import MOST_PARTS, Loose, MeshFile, assemble
from vizmed.read.meshes.polygons import fans, polygon_findings, strips
from vizmed.read.meshes.vtp.pieces import Piece, number_of, read_piece
from vizmed.read.meshes.vtp.source import Source
from vizmed.read.vti import is_vti as is_vtk_xml
from vizmed.read.vti.markup import Element, parse

__all__ = ["is_vtp", "read_vtp"]

_LEFT_OUT = {"Verts": "vertex cell", "Lines": "line"}


def is_vtp(data: mmap) -> bool:
    """Whether a file is one of VTK's XML files; which one, `read_vtp` sees."""
    return is_vtk_xml(data[:1024])


def read_vtp(data: mmap, path: Path) -> MeshFile:
    """Read a .vtp; its pieces are one surface.

    Raises
    ------
    UnknownFormatError
        For VTK's other kinds of files.
    DamagedFileError
        If the header contradicts itself or promises what the file does not hold.
    CodecError
        For other packing than ZLib.
    """
    root = parse(data, path)
    kind = root.attributes.get("type", root.name)
    surfaces = root.all("PolyData")
    if kind != "PolyData" or len(surfaces) != 1:
        raise UnknownFormatError(f"it is a VTK file of {kind[:60]!r}", where=path, remedy="PolyData are read")
    source = Source(data, root, path)
    findings: list[Finding] = []
    pieces = [read_piece(piece, source) for piece in surfaces[0].all("Piece")]
    findings += [
        *polygon_findings(_joined([piece.polygons[0] for piece in pieces]), path),
        *_left_out(surfaces[0].all("Piece"), path),
    ]
    fields = {
        one.attributes.get("Name"): one
        for parent in (root, surfaces[0])
        for each in parent.all("FieldData")
        for one in each.children
    }
    told = _declared(fields, source, findings)
    names = source.texts(fields["PARTS"]) if "PARTS" in fields else []
    loose = _parts(_whole(pieces), pieces, names, findings, path)
    return assemble("VTP", loose, told, findings, path)


def _whole(pieces: list[Piece]) -> Loose:
    starts = np.cumsum([0, *(len(piece.points) for piece in pieces)])
    triangles = [
        split(*cells) + start
        for piece, start in zip(pieces, starts, strict=False)
        for split, cells in ((fans, piece.polygons), (strips, piece.strips))
    ]
    points = [np.empty((0, 3), np.float32), *(piece.points for piece in pieces)]
    return Loose(np.concatenate(points), np.concatenate([np.empty((0, 3), np.int64), *triangles]))


def _parts(whole: Loose, pieces: list[Piece], names: list[str], findings: list[Finding], path: Path) -> list[Loose]:
    """Split a surface as vizmed's own writer joins it: by the number of each triangle's part, and by colours."""
    colors = None
    if pieces and all(piece.colors is not None for piece in pieces):
        colors = np.concatenate([piece.colors for piece in pieces if piece.colors is not None])
    numbers = _joined([piece.numbers for piece in pieces if piece.numbers is not None])
    if not names or not len(numbers) or len(numbers) != len(whole.triangles):
        return parts_by_color(whole, colors, findings, path)
    order = np.argsort(numbers, kind="stable")
    present, starts = np.unique(numbers[order], return_index=True)
    found: list[Loose] = []
    for number, chosen in zip(present.tolist(), np.split(order, starts[1:]), strict=True):
        name = names[number] if 0 <= number < len(names) else ""
        found += parts_by_color(replace(whole, triangles=whole.triangles[chosen], name=name), colors, findings, path)
        if len(found) > MOST_PARTS:
            break
    return found


def _joined(arrays: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *arrays])


def _left_out(pieces: list[Element], path: Path) -> list[Finding]:
    findings = []
    for name, noun in _LEFT_OUT.items():
        number = sum(number_of(piece, name, path) for piece in pieces)
        if number:
            findings.append(Finding("cells-left-out", "note", counted(number, noun), path.name, "left out"))
    return findings


def _declared(arrays: dict[str | None, Element], source: Source, findings: list[Finding]) -> Declared:
    """Read the frame that 3D Slicer and vizmed write into the field data."""
    path = source.path
    frame, unit = (source.text(arrays[name]) if name in arrays else None for name in ("SPACE", "UNIT"))
    if "SPACE" in arrays and frame is None:
        frame = "unreadable"
    try:
        offset = source.values(arrays["CENTERED"], 3).tolist() if "CENTERED" in arrays else None
    except VizmedError as damage:
        raise DamagedFileError("its CENTERED cannot be read", where=path, remedy=damage.found) from damage
    return declared(frame, unit, offset, path, findings)
