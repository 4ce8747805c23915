"""The JSON of a glTF, each member of it checked to be what it must be."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from vizmed.errors import DamagedFileError

Kind = TypeVar("Kind")
Object = dict[str, Any]

_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Document:
    """A glTF's JSON.

    Parameters
    ----------
    root : dict
    path : pathlib.Path
        The file, to complain of.
    """

    root: Object
    path: Path

    def member(self, name: str, kind: type[Kind], of: Object | None = None) -> Kind:
        """Member of an object, the root if none is given; an empty one where it is missing.

        Raises
        ------
        DamagedFileError
            If it is of another kind.
        """
        found = (self.root if of is None else of).get(name, kind())
        if not isinstance(found, kind):
            raise self.damaged(name, found)
        return found

    def objects(self, name: str, of: Object | None = None) -> list[Object]:
        """All objects of a list, of the root if no object is given."""
        found = self.member(name, list, of)
        if not all(isinstance(one, dict) for one in found):
            raise self.damaged(name, found)
        return found

    def item(self, name: str, number: object) -> Object:
        """One object of a list of the root."""
        listed = self.member(name, list)
        if type(number) is not int or not 0 <= number < len(listed) or not isinstance(listed[number], dict):
            raise DamagedFileError(f"it names {name} {number!r:.40} of {len(listed):,}", where=self.path)
        found: Object = listed[number]
        return found

    def count(self, of: Object, name: str, default: int = 0) -> int:
        """Whole number of an object, not negative."""
        found = of.get(name, default)
        if type(found) is not int or not 0 <= found < _LARGEST:
            raise self.damaged(name, found)
        return found

    def numbers(self, of: Object, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Finite numbers of an object, as many as the default has."""
        found = of.get(name, default)
        is_list = isinstance(found, (list, tuple)) and len(found) == len(default)
        if not is_list or not all(type(one) in (int, float) and abs(one) < 1e300 and isfinite(one) for one in found):
            raise self.damaged(name, found)
        return tuple(float(one) for one in found)

    def damaged(self, name: str, found: object) -> DamagedFileError:
        """Make the error that names a member and what was found in it."""
        return DamagedFileError(f"its {name} is {repr(found)[:60]}", where=self.path)
