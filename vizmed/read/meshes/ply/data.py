"""The numbers of a PLY, taken a table at a time.

Text becomes a table of float64 before anything else, so that from here on it is binary like the rest. Rows of one
length are one array; where rows with lists differ in length, they are stepped through one by one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError
from vizmed.read.meshes.ply.header import Element, Header, Property
from vizmed.read.meshes.words import numbers_in

_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"}

_LONGEST_ROW = 2**31 - 1
"""Bytes of a row of a numpy table."""


def body_of(data: mmap, header: Header, path: Path) -> Body:
    """Take what follows the header."""
    if header.form == "ascii":
        numbers = numbers_in(data[header.length :], path)
        return Body(numbers.view(np.uint8), "=", is_text=True, path=path)
    return Body(np.frombuffer(data, np.uint8)[header.length :], header.form, is_text=False, path=path)


@dataclass(slots=True)
class Body:
    """The bytes behind the header, and how far they are read.

    Parameters
    ----------
    data : (n,) ndarray of uint8
    order : {"<", ">", "="}
        Byte order.
    is_text : bool
        Whether the bytes are float64 that stood in text: then every number is one, whatever the header says.
    path : pathlib.Path
        The file, to complain of.
    place : int
        Where the next element begins.
    """

    data: NDArray[np.uint8]
    order: str
    is_text: bool
    path: Path
    place: int = 0

    def columns(self, element: Element, names: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Read properties of an element, each (count,); the next element comes next.

        Raises
        ------
        DamagedFileError
            If the file is too short, or the element has lists of several lengths.
        """
        table = self._table(element)
        if table is None:
            raise DamagedFileError(f"each {element.name} of it has a list of another length", where=self.path)
        return {name: table[name] for name in names}

    def lists(self, element: Element, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Read a list of whole numbers from each row.

        Returns
        -------
        sizes : (count,) ndarray of int64
        values : (sum of sizes,) ndarray of int64

        Raises
        ------
        DamagedFileError
        """
        table = self._table(element)
        if table is not None:
            values = table[name] if element.count else np.empty((0, 3))
            return np.full(element.count, values.shape[1]), self._whole(values.ravel())
        starts, sizes = self._walk(element, name)
        kind = next(self._type(one) for one in element.properties if one.name == name)
        return sizes, self._whole(self._gathered(starts, sizes, np.dtype(kind)))

    def skip(self, element: Element) -> None:
        """Go on to the next element."""
        if self._table(element) is None:
            self._walk(element, "")

    def _type(self, one: Property) -> str:
        return self.order + ("f8" if self.is_text else one.type)

    def _count_type(self, one: Property) -> str:
        return self.order + ("f8" if self.is_text else one.count_type or "")

    def _table(self, element: Element) -> NDArray[Any] | None:
        """Take all rows at once; None where their lists differ in length from the first row's."""
        lengths = self._first_lengths(element)
        fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
        for n, one in enumerate(element.properties):
            if one.count_type is None:
                fields.append((one.name, self._type(one)))
            else:
                # a space stands in no name of a property
                fields += [(f"{n} count", self._count_type(one)), (one.name, self._type(one), (lengths[one.name],))]
        row = sum(np.dtype(field[1]).itemsize * (field[2][0] if len(field) == 3 else 1) for field in fields)
        if element.count == 0 or row == 0:
            return np.empty(0, np.dtype(fields) if row else None)
        left = len(self.data) - self.place
        if row * element.count > left and not lengths:
            self._refuse_short(element, row * element.count)
        if row * element.count > left or row > _LONGEST_ROW:
            return None
        table = np.frombuffer(self.data, np.dtype(fields), element.count, self.place)
        for n, one in enumerate(element.properties):
            if one.count_type is not None and (table[f"{n} count"] != lengths[one.name]).any():
                return None
        self.place += row * element.count
        return table

    def _first_lengths(self, element: Element) -> dict[str, int]:
        lengths: dict[str, int] = {}
        place = self.place
        for one in element.properties:
            if one.count_type is not None:
                lengths[one.name] = self._length_at(place, self._count_type(one)) if element.count else 0
                place += np.dtype(self._count_type(one)).itemsize
            place += np.dtype(self._type(one)).itemsize * lengths.get(one.name, 1)
        return lengths

    def _length_at(self, place: int, kind: str) -> int:
        size = np.dtype(kind).itemsize
        if place + size > len(self.data):
            self._refuse_short(None, place + size)
        return self._length(self.data[place : place + size].view(kind)[0].item())

    def _length(self, number: float) -> int:
        if not (0 <= number <= len(self.data) and number == int(number)):
            raise DamagedFileError(f"a list of it has {number} entries", where=self.path)
        return int(number)

    def _walk(self, element: Element, wanted: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Step through rows one by one, and give where the wanted list of each begins, and how long it is."""
        steps = []
        for one in element.properties:
            counts = None if one.count_type is None else self._unpacker(self._count_type(one))
            steps.append((counts, np.dtype(self._type(one)).itemsize, one.name == wanted))
        least = sum(size if counts is None else counts.size for counts, size, _ in steps)
        if least * element.count > len(self.data) - self.place:
            self._refuse_short(element, least * element.count)
        starts, sizes = array("q"), array("q")
        buffer, place, end = self.data.data, self.place, len(self.data)
        for _ in range(element.count):
            for counts, size, is_wanted in steps:
                if counts is None:
                    place += size
                    continue
                if place + counts.size > end:
                    self._refuse_short(element, place + counts.size)
                length = self._length(counts.unpack_from(buffer, place)[0])
                place += counts.size
                if is_wanted:
                    starts.append(place)
                    sizes.append(length)
                place += size * length
        if place > end:
            self._refuse_short(element, place)
        self.place = place
        return np.array(starts, dtype=np.int64), np.array(sizes, dtype=np.int64)

    def _unpacker(self, kind: str) -> Struct:
        return Struct(kind[0] + _CODES[kind[1:]])

    def _gathered(self, starts: NDArray[np.int64], sizes: NDArray[np.int64], kind: np.dtype[Any]) -> NDArray[Any]:
        """Take numbers from where the lists lie, wherever that is."""
        inner = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        places = np.repeat(starts, sizes) + inner * kind.itemsize
        found = np.empty(len(places), kind)
        for shift in range(kind.itemsize):
            shifted = self.data[shift:]
            numbers = shifted[: len(shifted) - len(shifted) % kind.itemsize].view(kind)
            chosen = places % kind.itemsize == shift
            found[chosen] = numbers[places[chosen] // kind.itemsize]
        return found

    def _whole(self, values: NDArray[Any]) -> NDArray[np.int64]:
        with np.errstate(invalid="ignore"):
            whole = values.astype(np.int64)
        if values.dtype.kind == "f" and not (whole == values).all():
            raise DamagedFileError("its faces name their points by what is no whole number", where=self.path)
        return whole

    def _refuse_short(self, element: Element | None, needed: int) -> None:
        what = f"{element.count:,} of {element.name[:40]!r}" if element else "a list"
        unit, size = ("numbers", 8) if self.is_text else ("bytes", 1)
        found = (len(self.data) - (self.place if element else 0)) // size
        raise DamagedFileError(
            f"it is cut short: {what} need at least {needed // size:,} {unit}, {found:,} are there", where=self.path
        )
