"""Medical constants: windows, tissue levels, transfer functions. The TOML files hold the numbers and their sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Any

from vizmed.errors import OptionError


@dataclass(frozen=True, slots=True)
class Window:
    """The values that a picture shows from black to white: ``level - width / 2`` to ``level + width / 2``."""

    width: float
    level: float

    @property
    def low(self) -> float:
        """The value that is shown black."""
        return self.level - self.width / 2

    @property
    def high(self) -> float:
        """The value that is shown white."""
        return self.level + self.width / 2


@dataclass(frozen=True, slots=True)
class Tissue:
    """Where the surface of a tissue lies on CT.

    Parameters
    ----------
    name : str
    level : float
        The lowest value inside, in HU; minus infinity where the tissue has no lower end.
    note : str
        Where the values come from, and what else has them.
    color : str
        What to show the tissue in, ``"#rrggbb"``.
    high : float
        The highest value inside, in HU; infinity where the tissue is all from its level up.
    """

    name: str
    level: float
    note: str
    color: str
    high: float = inf


@dataclass(frozen=True, slots=True)
class TransferFunction:
    """How volume rendering turns values into light.

    Parameters
    ----------
    name : str
    opacity : tuple of (value, opacity) pairs
        Opacity from 0 to 1 for each mm of the way.
    color : tuple of (value, "#rrggbb") pairs
    gradient_opacity : tuple of (gradient magnitude, factor) pairs
    shade : bool
    ambient, diffuse, specular, specular_power : float
        Phong lighting.
    """

    name: str
    opacity: tuple[tuple[float, float], ...]
    color: tuple[tuple[float, str], ...]
    gradient_opacity: tuple[tuple[float, float], ...]
    shade: bool
    ambient: float
    diffuse: float
    specular: float
    specular_power: float


def window(name: str) -> Window:
    """Give the CT window of that name, in HU."""
    width, level = _named("windows", name)
    return Window(float(width), float(level))


def tissue(name: str) -> Tissue:
    """Give the CT tissue of that name, its level, or its range, in HU."""
    values = dict(_named("tissues", name))
    if "range" in values:
        values["level"], values["high"] = values.pop("range")
    return Tissue(name=name, **values)


def transfer_function(name: str) -> TransferFunction:
    """Give the transfer function of that name, in its own scale (HU for ``ct-...``)."""
    values = _named("transfer_functions", name)
    frozen: dict[str, Any] = {
        key: tuple(map(tuple, value)) if isinstance(value, list) else value for key, value in values.items()
    }
    return TransferFunction(name=name, **frozen)


def names(kind: str) -> tuple[str, ...]:
    """List the names of a kind: ``"windows"``, ``"tissues"`` or ``"transfer_functions"``."""
    return tuple(_table(kind))


def _named(kind: str, name: str) -> Any:
    table = _table(kind)
    if name not in table:
        what = kind.replace("_", " ").removesuffix("s")
        raise OptionError(f"there is no {what} {name!r}", remedy=f"There are {', '.join(table)}")
    return table[name]


@cache
def _table(kind: str) -> dict[str, Any]:
    return tomllib.loads((files("vizmed.presets") / f"{kind}.toml").read_text(encoding="utf-8"))
