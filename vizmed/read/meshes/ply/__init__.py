"""PLY (Stanford polygons), as text or binary of either byte order: vertices, faces, and one colour a part."""

from __future__ import annotations

from collections.abc import Iterable
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError, UnknownFormatError
from vizmed.findings import Finding
from vizmed.read.meshes.colors import parts_by_color
from vizmed.read.meshes.frame import declared_in
from vizmed.read.meshes.meshfile import Loose, MeshFile, assemble
from vizmed.read.meshes.ply.data import Body, body_of
from vizmed.read.meshes.ply.header import Element, is_ply, parse_header
from vizmed.read.meshes.polygons import fans, polygon_findings

__all__ = ["is_ply", "read_ply"]

_CORNERS = ("vertex_indices", "vertex_index")
_COLORS = ("red", "green", "blue")


def read_ply(data: mmap, path: Path) -> MeshFile:
    """Read a PLY; other elements and properties than points, colours and faces are stepped over.

    Raises
    ------
    DamagedFileError
        If the header contradicts itself or promises what the file does not hold.
    UnknownFormatError
        If it holds no faces.
    """
    findings: list[Finding] = []
    header = parse_header(data, path)
    declared = declared_in(header.comments, path, findings)
    elements = {element.name: element for element in header.elements}
    if "vertex" not in elements or "face" not in elements:
        raise UnknownFormatError(f"it holds {_told(elements)}, no surface", where=path, remedy="PLY with faces is read")
    body = body_of(data, header, path)
    points, colors = np.empty((0, 3)), None
    sizes, corners = np.empty(0, np.int64), np.empty(0, np.int64)
    wanted = {"vertex", "face"}
    for element in header.elements:
        if element.name == "vertex":
            points, colors = _vertices(element, body, path, findings)
        elif element.name == "face":
            sizes, corners = _faces(element, body, path)
        else:
            body.skip(element)
        wanted.discard(element.name)
        if not wanted:
            break
    findings += polygon_findings(sizes, path)
    loose = parts_by_color(Loose(points, fans(sizes, corners)), colors, findings, path)
    return assemble("PLY", loose, declared, findings, path)


def _vertices(
    element: Element, body: Body, path: Path, findings: list[Finding]
) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    types = {one.name: one.type for one in element.properties if one.count_type is None}
    if any(axis not in types for axis in "xyz"):
        raise DamagedFileError(f"its vertices have {_told(types)}, not x, y and z", where=path)
    columns = body.columns(element, ("x", "y", "z", *(name for name in _COLORS if name in types)))
    # the types of the file say how exact the numbers are, also where they are written as text
    kind = np.float64 if any(np.dtype(types[axis]).itemsize > 4 for axis in "xyz") else np.float32
    with np.errstate(over="ignore", invalid="ignore"):
        points = np.stack([columns[axis].astype(kind) for axis in "xyz"], axis=1)
    if any(name not in types for name in _COLORS):
        return points, None
    if any(types[name] != "u1" for name in _COLORS):
        findings.append(Finding("colors-left-out", "note", "its colours are no bytes", path.name, "left out"))
        return points, None
    with np.errstate(invalid="ignore"):
        return points, np.stack([columns[name].astype(np.uint8) for name in _COLORS], axis=1)


def _faces(element: Element, body: Body, path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lists = [one for one in element.properties if one.name in _CORNERS and one.count_type is not None]
    if len(lists) != 1:
        held = _told(one.name for one in element.properties)
        raise DamagedFileError(f"its faces have {held}, no vertex_indices", where=path)
    if lists[0].type[0] == "f":
        raise DamagedFileError("its faces name their points by real numbers", where=path)
    return body.lists(element, lists[0].name)


def _told(names: Iterable[str]) -> str:
    return ", ".join(repr(name[:20]) for name in names)[:120] or "nothing"
