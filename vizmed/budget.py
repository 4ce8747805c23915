"""How much memory there is, how sizes are said, and a kind refusal before work that needs more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from vizmed.errors import BudgetError, OptionError
from vizmed.memory import available_bytes

_UNITS = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("kmgt", start=1)},
}
_MB = 1_000_000
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*([kmgt]?i?)b?", re.IGNORECASE | re.ASCII)


def parse_size(text: str) -> int:
    """Give the number of bytes that words such as "400MB", "1.5 GiB", "800 M" or "1048576" stand for.

    K, M, G and T count in thousands, with an i behind them in 1024s; small letters are the same.

    Raises
    ------
    OptionError
        If it is no size, or less than a byte.
    """
    found = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(found[2].lower()) if found else None
    size = 0 if found is None or unit is None else int(float(found[1]) * unit)
    if size < 1:
        raise OptionError(f"{text!r} is no amount of memory", remedy="Such as 800MB, 2GB or 1.5GiB")
    return size


def spell_size(size: float) -> str:
    """Say a number of bytes in kB, MB or GB, which count in thousands, to three digits."""
    unit, of = next(((unit, of) for unit, of in (("GB", 1e9), ("MB", 1e6)) if size >= 0.9995 * of), ("kB", 1e3))
    return f"{size / of:.3g} {unit}" if size < 999.5 * of else f"{size / of:.0f} {unit}"


@dataclass(frozen=True, slots=True)
class Need:
    """What a piece of work takes of memory.

    Parameters
    ----------
    what : str
        The work, such as "a surface of it".
    times : float
        Bytes for each byte of voxels, the voxels themselves among them.
    beyond : int
        Bytes that it takes however small the volume is: the program and its libraries.
    remedy : str
        What to do where that is not to be had.
    """

    what: str
    times: float
    beyond: int
    remedy: str = "A smaller series, fewer other programs, or a machine with more memory would do"

    def bytes_of(self, voxel_bytes: int) -> int:
        """Give what it takes all in all, for a volume of so many bytes."""
        return self.beyond + round(self.times * voxel_bytes)


READING = Need("reading it", 1.05, 65 * _MB)
"""Measured as `vizmed.cli.needs` says."""

_meant: ContextVar[tuple[Need, int | None]] = ContextVar("meant", default=(READING, None))


@contextmanager
def meant_for(need: Need, most_bytes: int | None = None) -> Iterator[None]:
    """Say what volumes that are read within are needed for, and how much memory that may take, if not all that is free.

    Without it, a volume is refused only where it cannot be held at all.
    """
    token = _meant.set((need, most_bytes))
    try:
        yield
    finally:
        _meant.reset(token)


def check_room(voxel_bytes: int, where: Path) -> None:
    """Refuse a volume of so many bytes, before it is allocated, where what it is meant for takes too much memory.

    Raises
    ------
    BudgetError
    """
    need, most = _meant.get()
    found = f"its voxels are {spell_size(voxel_bytes)}, {need.what}"
    needed = need.bytes_of(voxel_bytes)
    if most is None:
        check_left(needed, found, need.remedy, where=where, taken=need.beyond)
    elif needed > most:
        words = f"{found} takes about {spell_size(needed)} of memory, and {spell_size(most)} are allowed"
        raise BudgetError(words, where=where, remedy=need.remedy)


def check_left(needed: int, what: str, remedy: str, *, where: Path | None = None, taken: int = 0) -> None:
    """Refuse work that takes more memory than is free.

    Parameters
    ----------
    needed : int
        What it takes, bytes.
    what : str
        The work, such as "reducing 3,000,000 triangles".
    remedy : str
    where : pathlib.Path, optional
    taken : int
        How much of it is taken by now.

    Raises
    ------
    BudgetError
    """
    free = available_bytes()
    if free is not None and needed - taken > free:
        words = f"{what} takes about {spell_size(needed)} of memory, and {spell_size(free)} are free"
        raise BudgetError(words, where=where, remedy=remedy)
