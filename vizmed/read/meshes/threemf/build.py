"""What a 3MF's build places: objects, and the objects that they are made of, each with its transform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vizmed.errors import BudgetError, DamagedFileError
from vizmed.geometry import FloatArray
from vizmed.read.meshes.copies import Copies
from vizmed.read.meshes.meshfile import MOST_PARTS, Loose
from vizmed.read.meshes.threemf.model import Model, Object, Placed

_MOST_STEPS = 10 * MOST_PARTS


def placed(model: Model, copies: Copies, path: Path) -> list[Loose]:
    """Give each mesh as often as it is placed, with its transform.

    Raises
    ------
    DamagedFileError
        If an object is missing, or made of itself.
    BudgetError
        If more is placed than may be.
    """
    if not model.items:
        raise DamagedFileError("its build places no object", where=path)
    loose: list[Loose] = []
    waiting: list[tuple[Placed, FloatArray, str, tuple[str, ...]]] = [
        (item, np.eye(4), "", ()) for item in reversed(model.items)
    ]
    for _ in range(_MOST_STEPS):
        if not waiting:
            return loose
        one, outer, name, inside_of = waiting.pop()
        found = _object(model.objects, one, inside_of, path)
        with np.errstate(over="ignore", invalid="ignore"):
            affine = outer @ one.affine
        name = found.name or name
        if len(found.triangles):
            copies.add(found.triangles.size)
            loose.append(Loose(found.points, found.triangles, name, found.color, affine))
        inside_of = (*inside_of, one.object_id)
        waiting += [(component, affine, name, inside_of) for component in reversed(found.components)]
    raise BudgetError(f"its build takes more than {_MOST_STEPS:,} steps", where=path, remedy="It may mean harm")


def _object(objects: Mapping[str, Object], one: Placed, inside_of: tuple[str, ...], path: Path) -> Object:
    if one.object_id in inside_of:
        raise DamagedFileError(f"its object {one.object_id[:20]!r} is a part of itself", where=path)
    if one.object_id not in objects:
        raise DamagedFileError(f"it places object {one.object_id[:20]!r}, which is not there", where=path)
    return objects[one.object_id]
