"""What a file of surfaces says of its frame and its unit, and the way from there to LPS mm."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from vizmed.errors import DamagedFileError
from vizmed.findings import Finding
from vizmed.geometry import FloatArray

MM_PER_UNIT = {"um": 0.001, "mm": 1.0, "cm": 10.0, "in": 25.4, "ft": 304.8, "m": 1000.0}
"""Lengths of the units, the international inch and foot of 1959 among them."""

_FRAMES = ("LPS", "RAS")

_SPACE = re.compile(r"\bSPACE=(\w+)")
_UNIT = re.compile(r"\bUNIT=(\w+)")
_CENTERED = re.compile(r"\bCENTERED=(\S+)")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a file says of the space that its points are in.

    Parameters
    ----------
    frame : {"LPS", "RAS"} or None
    unit : str or None
        A key of `MM_PER_UNIT`.
    offset_mm : (x, y, z) tuple of float
        What was subtracted to centre the surfaces, in LPS mm.
    """

    frame: str | None = None
    unit: str | None = None
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def to_lps_mm(self) -> FloatArray:
        """Matrix (4, 4) that sends the file's points to LPS mm; what is not said is taken for LPS and mm."""
        affine = np.eye(4) * MM_PER_UNIT[self.unit or "mm"]
        if self.frame == "RAS":
            affine[:2] = -affine[:2]
        affine[:3, 3] = self.offset_mm
        affine[3, 3] = 1
        return affine


def declared_in(lines: Iterable[str], path: Path, findings: list[Finding]) -> Declared:
    """Look for the words ``SPACE=``, ``UNIT=`` and ``CENTERED=`` in a header's or comments' lines.

    3D Slicer writes and reads the first of them. The others count in a line that has it.

    Raises
    ------
    DamagedFileError
        If two lines contradict each other, or the offset is no three numbers.
    """
    telling = [line for line in lines if _SPACE.search(line)]
    frame, unit, offset = (_only(word, telling, path) for word in (_SPACE, _UNIT, _CENTERED))
    return declared(frame, unit, offset.split(",") if offset else None, path, findings)


def _only(word: re.Pattern[str], lines: list[str], path: Path) -> str | None:
    found = {value for line in lines for value in word.findall(line)}
    if len(found) > 1:
        told = " and ".join(sorted(value[:40] for value in found)[:3])
        raise DamagedFileError(f"it says {told} of its space", where=path, remedy="They contradict each other")
    return found.pop() if found else None


def declared(
    frame: str | None, unit: str | None, offset: Iterable[object] | None, path: Path, findings: list[Finding]
) -> Declared:
    """Check what was found; an unknown frame or unit is noted, and taken for none.

    Raises
    ------
    DamagedFileError
        If the offset is no three numbers.
    """
    if frame is not None and frame not in _FRAMES:
        message = f"its frame is {frame[:20]!r}"
        findings.append(Finding("frame-unknown", "warning", message, path.name, "LPS and RAS are known"))
        frame = None
    if unit is not None and unit not in MM_PER_UNIT:
        findings.append(Finding("unit-unknown", "warning", f"its unit is {unit[:20]!r}", path.name, "taken for mm"))
        unit = None
    return Declared(frame, unit, (0.0, 0.0, 0.0) if offset is None else _offset(offset, path))


def _offset(words: Iterable[object], path: Path) -> tuple[float, float, float]:
    given = list(words)
    try:
        numbers = [float(str(word)) for word in given]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(map(isfinite, numbers)):
        found = ",".join(map(str, given))[:60]
        raise DamagedFileError(f"its CENTERED is {found!r}", where=path, remedy="It must be three numbers, in mm")
    return numbers[0], numbers[1], numbers[2]


def frame_finding(declared: Declared, path: Path) -> list[Finding]:
    """Note that a frame is taken for LPS where none is said."""
    if declared.frame is not None:
        return []
    message = "it does not say in which frame it is"
    return [Finding("frame-assumed", "note", message, path.name, "taken for LPS")]
