"""The model of a 3MF: its objects, what it builds of them, its colours and its unit.

The vertices and triangles of a mesh are nearly all of the text. They are taken out first and read many at a time where
they are written evenly, as programs write them; the rest is a small XML. What is not even stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError, UnknownFormatError
from vizmed.geometry import FloatArray
from vizmed.read.meshes.threemf.markup import parse_xml
from vizmed.read.meshes.threemf.tables import MARK, PAINT, Table, take_tables
from vizmed.read.meshes.words import numbers_of

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
_MATERIAL = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
_PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"

_READ_EXTENSIONS = (CORE, _MATERIAL, _PRODUCTION)

_UNITS = {"micron": "um", "millimeter": "mm", "centimeter": "cm", "inch": "in", "foot": "ft", "meter": "m"}

_MOST_EXTENSIONS, _LONGEST_ROOT = 20, 1 << 16

_LARGEST_UNEVEN = 128 << 20
"""Bytes of XML that are read element by element; each of them takes some twenty times as much memory."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An object where a build or another object has it.

    Parameters
    ----------
    object_id : str
    affine : (4, 4) ndarray
    """

    object_id: str
    affine: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """An object: a mesh, or other objects.

    Parameters
    ----------
    name : str
    points : (n, 3) ndarray of float64
    triangles : (m, 3) ndarray of int64
    components : tuple of Placed
    color : str or None
        ``"#rrggbb"``.
    """

    name: str
    points: FloatArray
    triangles: NDArray[np.int64]
    components: tuple[Placed, ...]
    color: str | None


@dataclass(slots=True)
class Model:
    """What a model holds.

    Parameters
    ----------
    unit : str
    objects : dict of str to Object
    items : list of Placed
        What is built.
    metadata : list of str
    extensions : tuple of str
        Namespaces that it asks for and that are not read.
    is_painted : bool
        Whether triangles of one object have several colours.
    """

    unit: str
    objects: dict[str, Object] = field(default_factory=dict)
    items: list[Placed] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    extensions: tuple[str, ...] = ()
    is_painted: bool = False


def parse_model(text: bytes, path: Path) -> Model:
    """Read a model.

    Raises
    ------
    DamagedFileError, BudgetError
    """
    rest, tables = take_tables(text, path)
    if len(rest) > _LARGEST_UNEVEN:
        raise BudgetError(
            f"its XML has {len(rest):,} bytes that are not plain vertices and triangles",
            where=path,
            remedy="Save it anew with another program",
        )
    root = parse_xml(rest, path)
    if root.tag != f"{{{CORE}}}model":
        raise DamagedFileError(f"its model begins with {root.tag[-60:]!r}", where=path)
    unit = root.get("unit", "millimeter")
    if unit not in _UNITS:
        raise DamagedFileError(f"its unit is {unit[:40]!r}", where=path, remedy=f"3MF has {', '.join(_UNITS)}")
    model = Model(_UNITS[unit], extensions=_extensions(root, rest))
    model.metadata += [one.text or "" for one in root.findall(_core("metadata"))]
    colors = _colors(root)
    for one in root.findall(f"{_core('resources')}/{_core('object')}"):
        number = one.get("id", "")
        if number in model.objects:
            raise DamagedFileError(f"it has two objects {number[:20]!r}", where=path)
        model.objects[number] = _object(one, model, colors, tables, path)
    model.items += [_placed(one, path) for one in root.findall(f"{_core('build')}/{_core('item')}")]
    return model


def _core(name: str) -> str:
    return f"{{{CORE}}}{name}"


def _extensions(root: ET.Element, text: bytes) -> tuple[str, ...]:
    """Namespaces that the model requires, as far as they are not read."""
    prefixes = root.get("requiredextensions", "").split()[:_MOST_EXTENSIONS]
    spaces = [_namespace(prefix, text[:_LONGEST_ROOT]) for prefix in prefixes]
    return tuple(space for space in spaces if space not in _READ_EXTENSIONS)


def _namespace(prefix: str, text: bytes) -> str:
    """Look up a prefix; ElementTree forgets them."""
    found = re.search(rf"""\bxmlns:{re.escape(prefix)}\s*=\s*["']([^"']*)""".encode(), text)
    return found[1].decode("utf-8", "replace")[:100] if found else prefix


def _colors(root: ET.Element) -> dict[tuple[str, str], str]:
    """Colours of each group by the group's id and their place in it."""
    colors = {}
    for group, member, key in (
        (_core("basematerials"), _core("base"), "displaycolor"),
        (f"{{{_MATERIAL}}}colorgroup", f"{{{_MATERIAL}}}color", "color"),
    ):
        for one in root.findall(f"{_core('resources')}/{group}"):
            for n, each in enumerate(one.findall(member)):
                if re.fullmatch(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?", each.get(key, "")):
                    colors[one.get("id", ""), str(n)] = each.get(key, "")[:7].lower()
    return colors


def _object(
    one: ET.Element, model: Model, colors: dict[tuple[str, str], str], tables: Sequence[Table], path: Path
) -> Object:
    components = one.find(_core("components"))
    placed = () if components is None else tuple(_placed(each, path) for each in components)
    mesh = one.find(_core("mesh"))
    points = _table(mesh, "vertices", ("vertex", "x", "y", "z"), tables, path)
    triangles = _table(mesh, "triangles", ("triangle", "v1", "v2", "v3"), tables, path)
    with np.errstate(invalid="ignore"):
        corners = triangles.numbers.astype(np.int64)
    if (corners != triangles.numbers).any():
        raise DamagedFileError("a triangle of it names a point by what is no whole number", where=path)
    own = (one.get("pid", ""), one.get("pindex", "0"))
    paints = {_paint(paint, own) for paint in triangles.paints} or {own}
    found = {colors.get(each) for each in paints}
    model.is_painted |= len(found) > 1
    return Object(one.get("name", ""), points.numbers, corners, placed, found.pop() if len(found) == 1 else None)


def _paint(paint: tuple[str, ...], own: tuple[str, str]) -> tuple[str, str]:
    """Group and place of a triangle's colour; one whose corners have several is of none."""
    group, first, *others = paint
    if any(other not in ("", first) for other in others):
        return ("", "")
    return (group or own[0], first) if first else own


def _table(
    mesh: ET.Element | None, name: str, keys: tuple[str, str, str, str], tables: Sequence[Table], path: Path
) -> Table:
    element = None if mesh is None else mesh.find(_core(name))
    if element is None:
        return Table(np.empty((0, 3)), set())
    if tables and MARK in element.attrib:
        return tables[int(element.attrib[MARK])]
    rows = element.findall(_core(keys[0]))
    words = [row.get(key, "?").encode() for row in rows for key in keys[1:]]
    paints = {tuple(row.get(key, "") for key in PAINT) for row in rows}
    return Table(numbers_of(words, path).reshape(-1, 3), paints)


def _placed(one: ET.Element, path: Path) -> Placed:
    if f"{{{_PRODUCTION}}}path" in one.attrib:
        raise UnknownFormatError(
            "its objects lie in further models (the production extension)",
            where=path,
            remedy="Save it as one model, or as STL",
        )
    affine = np.eye(4)
    if "transform" in one.attrib:
        words = one.get("transform", "").encode().split()
        numbers = numbers_of(words, path)
        if len(numbers) != 12 or not np.isfinite(numbers).all():
            raise DamagedFileError(f"a transform of it is {one.get('transform', '')[:60]!r}", where=path)
        affine[:3] = numbers.reshape(4, 3).T  # the file has it for rows: (x y z 1) times the matrix
    return Placed(one.get("objectid", ""), affine)
