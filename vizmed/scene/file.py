"""Scenes as TOML files: what was arranged in the window, for a script. Fields that are as they begin are left out."""

from __future__ import annotations

import os
import tomllib
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from vizmed.errors import DamagedFileError, OptionError, ReadError
from vizmed.scene.scene import Scene
from vizmed.scene.sources import Sources

ENDING = ".toml"

_VERSION = 1
_HEAD = "# A scene of vizmed: vizmed render THIS.toml -o PICTURE.png draws it, vizmed view THIS.toml opens it.\n"
_LARGEST_FILE = 1_000_000
_PATHS = ("path", "overlay", "names", "marks")

KNOWN_TABLES = ("totalsegmentator",)
"""Names of labels that are no file."""


def scene_text(scene: Scene, sources: Sources | None = None, *, folder: Path | None = None) -> str:
    """Write a scene as TOML.

    Parameters
    ----------
    scene : Scene
    sources : Sources, optional
        What it was made of; without it, the scene fits any scan.
    folder : Path, optional
        The folder that paths are written from; as they are where left out.
    """
    import tomli_w

    table: dict[str, Any] = {"vizmed": _VERSION}
    if sources is not None:
        table["scan"] = _plain(_moved(sources, folder, _path_from) if folder else sources)
    table["scene"] = _plain(scene)
    return _HEAD + tomli_w.dumps(table)


def read_scene(path: str | os.PathLike[str]) -> tuple[Scene, Sources | None]:
    """Read a scene, and what it was made of where the file says it.

    Returns
    -------
    scene : Scene
    sources : Sources or None
        With paths as seen from here.

    Raises
    ------
    ReadError
        If it is no scene, or a field of it is not what it should be; the message names the field.
    """
    place = Path(path)
    table = _table(place)
    if table.get("vizmed") != _VERSION or not isinstance(table.get("scene"), dict):
        raise DamagedFileError(
            "it is no scene of vizmed",
            where=place,
            remedy=f"One begins with 'vizmed = {_VERSION}' and has a part [scene]; render --save-scene writes one",
        )
    unknown = table.keys() - {"vizmed", "scan", "scene"}
    if unknown:
        raise DamagedFileError(f"it has a part {min(unknown)!r}", where=place, remedy="There are scan and scene")
    scene = _built(Scene, table["scene"], place, "scene")
    sources = _built(Sources, table["scan"], place, "scan") if "scan" in table else None
    return scene, None if sources is None else _moved(sources, place.parent, _path_to)


def _table(place: Path) -> dict[str, Any]:
    try:
        if place.stat().st_size > _LARGEST_FILE:
            raise DamagedFileError("it is larger than a scene can be", where=place)
        return tomllib.loads(place.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedFileError(f"it is not TOML: {error}", where=place) from error
    except OSError as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(f"it cannot be read: {error.strerror}", where=place) from error


def _moved(sources: Sources, folder: Path, along: Any) -> Sources:
    """Give the sources with their paths seen from somewhere else."""
    changes = {name: along(path, folder) for name in _PATHS if (path := getattr(sources, name)) is not None}
    if sources.names in KNOWN_TABLES:
        del changes["names"]
    return replace(sources, **changes)


def _path_from(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive on Windows
        return str(Path(path).resolve())


def _path_to(path: str, folder: Path) -> str:
    return str(folder / path)


def _plain(thing: Any) -> Any:
    """Turn frozen data into what TOML holds, without what is as it begins."""
    if is_dataclass(thing):
        named = ((field, getattr(thing, field.name)) for field in fields(thing))
        return {field.name: _plain(value) for field, value in named if value is not None and value != _default(field)}
    if isinstance(thing, tuple):
        return [_plain(part) for part in thing]
    return thing


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _built(kind: Any, value: Any, place: Path, name: str) -> Any:
    """Build a value of a type from what TOML holds; `name` is where in the file it stands."""
    choices = _choices(kind)
    for choice in choices:
        if is_dataclass(choice) and isinstance(value, dict) and value.keys() <= _names(choice):
            return _built_data(choice, value, place, name)
    for choice in choices:
        built = _built_plain(choice, value, place, name)
        if built is not None:
            return built
    data = [choice for choice in choices if is_dataclass(choice)]
    if isinstance(value, dict) and data:
        unknown = min(value.keys() - _names(data[0]))
        there_are = ", ".join(sorted(_names(data[0])))
        raise DamagedFileError(f"{name} has no field {unknown!r}", where=place, remedy=f"There are {there_are}")
    raise DamagedFileError(f"{name} is {value!r}", where=place, remedy=f"It is {_words(choices)}")


def _built_data(kind: Any, table: dict[str, Any], place: Path, name: str) -> Any:
    hints = get_type_hints(kind)
    given = {field: _built(hints[field], value, place, f"{name}.{field}") for field, value in table.items()}
    missing = [
        field.name
        for field in fields(kind)
        if field.name not in given and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise DamagedFileError(f"{name} has no {missing[0]!r}", where=place, remedy="It is needed")
    try:
        return kind(**given)
    except OptionError as error:
        raise DamagedFileError(f"{name}: {error.found}", where=place, remedy=error.remedy) from error


def _built_plain(kind: Any, value: Any, place: Path, name: str) -> Any:
    """Give the value as a number, word or tuple; None where it is none of that type."""
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis and isinstance(value, list) else parts
        if not isinstance(value, list) or len(value) != len(kinds):
            return None
        return tuple(
            _built(part, one, place, f"{name}[{n}]") for n, (part, one) in enumerate(zip(kinds, value, strict=True))
        )
    if get_origin(kind) is Literal:
        return value if value in get_args(kind) else None
    if kind is float:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and isfinite(value) else None
    return value if type(value) is kind else None


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) in (Union, UnionType):
        return tuple(choice for choice in get_args(kind) if choice is not NoneType)
    return (kind,)


def _names(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)}


def _words(choices: tuple[Any, ...]) -> str:
    """Say what a field may hold."""
    said = []
    for choice in choices:
        if get_origin(choice) is Literal:
            said.append(" or ".join(map(repr, get_args(choice))))
        elif get_origin(choice) is tuple:
            said.append("a list of " + ", ".join(_words((part,)) for part in get_args(choice) if part is not Ellipsis))
        else:
            said.append(
                {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}.get(choice, "a table")
            )
    return " or ".join(said)
