"""Options that say which slices of a plane are shown one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from vizmed.errors import OptionError
from vizmed.scene import Plane, SliceLayer
from vizmed.scene.parse import parse_mm, parse_numbers

if TYPE_CHECKING:
    from vizmed.volume import Volume

_MM = "mm"


@Parameter(name="*", group="Which slices")
@dataclass(frozen=True)
class Stepping:
    """Every so many slices or mm, from one to another."""

    every: Annotated[
        str | None, Parameter(help="Each of so many slices, such as 10, or the nearest to each of so many mm: 5mm.")
    ] = None
    first: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="Where they begin: a slice's number, or its place in LPS, such as -120mm (of axial slices S is +).",
        ),
    ] = None
    last: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Where they end. If left out: from S to I, A to P, R to L."),
    ] = None

    def __post_init__(self) -> None:
        for text in (self.every, self.first, self.last):
            if text is not None:
                _slices_or_mm(text)

    def on(self, volume: Volume, plane: Plane, layer: SliceLayer) -> dict[str, Any]:
        """Give ``every``, ``every_mm``, ``first`` and ``last`` as functions take them: ends are indices, from 0.

        Raises
        ------
        OptionError
            If a place lies outside of the scan.
        """
        from vizmed.render.steps import index_at

        chosen: dict[str, Any] = {}
        if self.every is not None:
            chosen["every_mm" if _is_mm(self.every) else "every"] = _slices_or_mm(self.every)
        for name, text in (("first", self.first), ("last", self.last)):
            if text is not None:
                number = _slices_or_mm(text)
                chosen[name] = index_at(volume, plane, number, layer.normal) if _is_mm(text) else int(number) - 1
        return chosen


def _is_mm(text: str) -> bool:
    return text.lower().endswith(_MM)


def _slices_or_mm(text: str) -> float:
    if _is_mm(text):
        return parse_mm(text)
    try:
        return int(parse_numbers(text, 1, whole=True)[0])
    except OptionError:
        raise OptionError(f"{text!r} is neither a number of slices nor of mm", remedy="Such as 10, or 5mm") from None
