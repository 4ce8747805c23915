"""The scene of a glTF: which mesh stands where, under which name, in which colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, CodecError, DamagedFileError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray
from vizmed.read.meshes.colors import hex_color
from vizmed.read.meshes.frame import Declared, declared
from vizmed.read.meshes.glb.accessors import Buffers
from vizmed.read.meshes.glb.document import Document, Object
from vizmed.read.meshes.meshfile import MOST_PARTS, Loose
from vizmed.read.meshes.polygons import fans, strips

TO_LPS_MM = np.array([[1000, 0, 0, 0], [0, 0, -1000, 0], [0, 1000, 0, 0], [0, 0, 0, 1]], np.float64)
"""glTF 2.0, 3.4: metres, +Y up, +Z forward, -X right. A person who looks forward has the left at +X, the back at -Z."""

_TRIANGLES, _STRIP, _FAN = 4, 5, 6


@dataclass(frozen=True, slots=True)
class _Place:
    """A node on the way down the tree."""

    node: Object
    affine: FloatArray
    said: Declared


def surfaces(document: Document, buffers: Buffers, findings: list[Finding]) -> tuple[list[Loose], Declared]:
    """Read all surfaces of the scene, in LPS mm once their affine is applied.

    Returns
    -------
    loose : list of Loose
    said : Declared
        What the first node with a frame says of its buffers.

    Raises
    ------
    DamagedFileError, CodecError, BudgetError
    """
    loose: list[Loose] = []
    said = Declared()
    left_out: set[str] = set()
    for place in _places(document, findings):
        said = place.said if said == Declared() else said
        if "mesh" in place.node:
            left_out |= _unread(document, place.node)
            loose += _primitives(document, buffers, place)
        _refuse_many(len(loose), document)
    where = document.path.name
    findings += [
        Finding("content-left-out", "warning", f"it has {what}", where, "left out") for what in sorted(left_out)
    ]
    return loose, said


def _primitives(document: Document, buffers: Buffers, place: _Place) -> list[Loose]:
    mesh = document.item("meshes", place.node["mesh"])
    name = str(place.node.get("name") or mesh.get("name") or "")
    primitives = document.objects("primitives", mesh)
    _refuse_many(len(primitives), document)
    read = [_surface(document, buffers, one) for one in primitives if _is_surface(one)]
    return [replace(one, name=name, affine=place.affine) for one in read]


def _refuse_many(parts: int, document: Document) -> None:
    if parts > MOST_PARTS:
        raise BudgetError(f"it has more than {MOST_PARTS:,} parts", where=document.path)


def _is_surface(primitive: Object) -> bool:
    return primitive.get("mode", _TRIANGLES) in (_TRIANGLES, _STRIP, _FAN)


def _unread(document: Document, node: Object) -> set[str]:
    """What a node and its mesh have that would change the surface, and is not read."""
    primitives = document.objects("primitives", document.item("meshes", node["mesh"]))
    found = {
        "a pose by a skeleton": "skin" in node,
        "copies by EXT_mesh_gpu_instancing": "EXT_mesh_gpu_instancing" in document.member("extensions", dict, node),
        "morph targets": any("targets" in one for one in primitives),
        "lines or points": not all(map(_is_surface, primitives)),
    }
    return {what for what, is_there in found.items() if is_there}


def _places(document: Document, findings: list[Finding]) -> Iterator[_Place]:
    """Walk the tree of the scene; every node stands in it once."""
    nodes = document.objects("nodes")
    waiting = [_Place({"children": _roots(document, nodes)}, TO_LPS_MM, Declared())]
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        yield place
        children = document.member("children", list, place.node)
        for number in children:
            if document.item("nodes", number) and number in seen:
                raise DamagedFileError(f"its node {number} stands in two places of the tree", where=document.path)
            seen.add(number)
        waiting += [_below(place, document.item("nodes", each), document, findings) for each in reversed(children)]


def _roots(document: Document, nodes: list[Object]) -> list[Any]:
    if "scenes" in document.root:
        return document.member("nodes", list, document.item("scenes", document.root.get("scene", 0)))
    children = {str(child) for node in nodes for child in document.member("children", list, node)}
    return [number for number in range(len(nodes)) if str(number) not in children]


def _below(place: _Place, node: Object, document: Document, findings: list[Finding]) -> _Place:
    with np.errstate(over="ignore", invalid="ignore"):
        affine = place.affine @ _transform(node, document)
    extras = node.get("extras")
    said = place.said
    if isinstance(extras, dict) and isinstance(extras.get("SPACE"), str):
        offset = extras.get("CENTERED")
        offset = offset.split(",") if isinstance(offset, str) else offset
        if not isinstance(offset, list | None):
            raise document.damaged("CENTERED", offset)
        unit = extras.get("UNIT")
        said = declared(extras["SPACE"], unit if isinstance(unit, str) else None, offset, document.path, findings)
        back = np.eye(4)
        back[:3, 3] = said.offset_mm
        affine = back @ affine
    if not np.isfinite(affine).all():
        raise DamagedFileError("a transform of its nodes is no finite one", where=document.path)
    return _Place(node, affine, said)


def _transform(node: Object, document: Document) -> FloatArray:
    if "matrix" in node:
        matrix = np.reshape(document.numbers(node, "matrix", (0.0,) * 16), (4, 4)).T
        if not np.array_equal(matrix[3], (0, 0, 0, 1)):
            raise document.damaged("matrix", node["matrix"])
        return matrix
    x, y, z, w = document.numbers(node, "rotation", (0, 0, 0, 1))
    length = float(np.linalg.norm((x, y, z, w)))
    if not 0 < length < np.inf:
        raise document.damaged("rotation", node.get("rotation"))
    x, y, z, w = x / length, y / length, z / length, w / length
    turn = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    affine = np.eye(4)
    affine[:3, :3] = turn * document.numbers(node, "scale", (1, 1, 1))
    affine[:3, 3] = document.numbers(node, "translation", (0, 0, 0))
    return affine


def _surface(document: Document, buffers: Buffers, primitive: Object) -> Loose:
    for name in document.member("extensions", dict, primitive):
        if "draco" in str(name).lower() or "compression" in str(name).lower():
            raise CodecError(f"it is packed by {str(name)[:60]!r}", where=document.path, remedy="Save it unpacked")
    points = buffers.points(document.member("attributes", dict, primitive).get("POSITION"))
    corners = buffers.indices(primitive["indices"]) if "indices" in primitive else buffers.in_order(len(points))
    triangles = _triangles(primitive.get("mode", _TRIANGLES), corners, document)
    return Loose(points, triangles, color=_color(document, primitive))


def _triangles(mode: int, corners: NDArray[np.int64], document: Document) -> NDArray[np.int64]:
    if mode == _TRIANGLES:
        if len(corners) % 3:
            raise DamagedFileError(f"{len(corners):,} corners of it make no whole triangles", where=document.path)
        return corners.reshape(-1, 3)
    split = strips if mode == _STRIP else fans
    return split(np.array([len(corners)]), corners)


def _color(document: Document, primitive: Object) -> str | None:
    if "material" not in primitive:
        return None
    material = document.item("materials", primitive["material"])
    metallic = document.member("pbrMetallicRoughness", dict, material)
    return hex_color(*(255 * _srgb(one) for one in document.numbers(metallic, "baseColorFactor", (1, 1, 1, 1))[:3]))


def _srgb(linear: float) -> float:
    """Encode a linear intensity; IEC 61966-2-1."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
