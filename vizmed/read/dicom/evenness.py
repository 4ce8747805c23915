"""Whether slices lie evenly in a straight line, and where a regular grid would have them where they do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.phases import SAME_POSITION_MM

UNEVEN_TOLERANCE = 0.1
"""How far a slice may lie from its place in the regular grid, as a part of the slice spacing. Positions rounded to
0.1 mm in a stack of 0.5 mm slices are off by up to this much and are no gap."""

SIDEWAYS_TOLERANCE = 0.5
"""How far a slice may lie beside the straight line through the stack, as a part of a pixel."""

UNEVEN_WORTH_SAYING_MM = 0.02
"""Below this, unevenness is the rounding of decimal strings."""

MOST_INTERPOLATED = 4
"""A grid of more than so many times the slices that are there would be invented for the most part."""

_GAPS_NAMED = 3
_FINEST_PERCENT = 10


def regular_places(frames: Sequence[Frame], places: FloatArray, findings: list[Finding]) -> FloatArray | None:
    """Give the places of a regular grid's slices where the slices that are there do not lie evenly.

    Parameters
    ----------
    frames : sequence of n Frame
        In order.
    places : (n,) ndarray
        Where they lie along their normal, mm, growing.
    findings : list of Finding
        What is found is added.

    Returns
    -------
    (m,) ndarray or None
        Evenly spaced, from the first place to the last, at the finest spacing that the stack has for more than a
        tenth of it. None where the slices lie evenly.

    Raises
    ------
    IrregularStackError
        If two slices lie in one place, or most of the stack is missing.
    """
    gaps = np.diff(places)
    _refuse_repeated(frames, places, gaps)
    even = np.linspace(places[0], places[-1], len(places))
    if len(gaps) < 2:
        return None
    usual = _median(gaps)
    off = np.abs(places - even)
    if off.max() <= UNEVEN_TOLERANCE * usual:
        _note_rounding(frames, off, usual, findings)
        return None
    finest = float(np.percentile(gaps, _FINEST_PERCENT, method="lower"))
    count = round((places[-1] - places[0]) / finest) + 1
    if count > MOST_INTERPOLATED * len(places):
        raise IrregularStackError(
            f"most of the stack is missing: {len(places)} slices where {count} would lie, "
            f"{finest:.3f} mm apart from {places[0]:.2f} to {places[-1]:.2f} mm",
            where=frames[0].path,
            remedy="Look for the missing files",
        )
    findings.append(_uneven(frames, places, usual))
    return np.linspace(places[0], places[-1], max(count, 2))


def _median(numbers: FloatArray) -> float:
    """Give what np.median does, which imports numpy.ma first: that takes longer than all else here."""
    ordered = np.sort(numbers)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _refuse_repeated(frames: Sequence[Frame], places: FloatArray, gaps: FloatArray) -> None:
    repeated = int(np.sum(gaps <= SAME_POSITION_MM))
    if repeated:
        n = int(np.argmin(gaps))
        raise IrregularStackError(
            f"{counted(repeated, 'slice')} too many: two lie at {places[n]:.2f} mm",
            where=f"{frames[n].path} and {frames[n + 1].path.name}",
            remedy="The series holds more than one volume, and no attribute that vizmed knows tells them apart",
        )


def _note_rounding(frames: Sequence[Frame], off: FloatArray, usual: float, findings: list[Finding]) -> None:
    if off.max() > UNEVEN_WORTH_SAYING_MM:
        findings.append(
            Finding(
                "slightly-uneven",
                "note",
                f"slices lie up to {off.max():.3f} mm off the regular grid of {usual:.3f} mm",
                frames[int(np.argmax(off))].path.name,
                "taken as rounding of the positions",
            )
        )


def _uneven(frames: Sequence[Frame], places: FloatArray, usual: float) -> Finding:
    gaps = np.diff(places)
    odd = np.flatnonzero(np.abs(gaps - usual) > UNEVEN_TOLERANCE * usual)
    missing = int(sum(max(round(gaps[n] / usual) - 1, 0) for n in odd))
    named = ", ".join(f"{gaps[n]:.3f} mm from {places[n]:.2f} to {places[n + 1]:.2f} mm" for n in odd[:_GAPS_NAMED])
    more = f" and {len(odd) - _GAPS_NAMED} more" if len(odd) > _GAPS_NAMED else ""
    what = f"{counted(missing, 'slice')} missing" if missing else "uneven spacing"
    return Finding(
        "missing-slices" if missing else "uneven-spacing",
        "warning",
        f"{what}: {named}{more}, elsewhere {usual:.3f} mm",
        frames[int(odd[0])].path.name if len(odd) else "",
        "slices between are interpolated from their neighbours",
    )


def refuse_sideways(frames: Sequence[Frame], normal: FloatArray, pixel_mm: float, findings: list[Finding]) -> None:
    """Refuse slices that lie beside the straight line from the first to the last; say what small departure there is.

    Raises
    ------
    IrregularStackError
    """
    if len(frames) < 3:
        return
    positions = np.array([frame.position for frame in frames])
    from_first = positions - positions[0]
    along = from_first @ normal / (from_first[-1] @ normal)
    off = np.linalg.norm(from_first - along[:, None] * from_first[-1], axis=1)
    n = int(np.argmax(off))
    if off[n] > SIDEWAYS_TOLERANCE * pixel_mm:
        raise IrregularStackError(
            f"the slices do not lie in a straight line: one lies {off[n]:.2f} mm beside it",
            where=frames[n].path,
            remedy="vizmed does not shift slices",
        )
    if off[n] > UNEVEN_WORTH_SAYING_MM:
        findings.append(
            Finding(
                "slightly-sideways",
                "note",
                f"slices lie up to {off[n]:.3f} mm beside the straight line through the stack",
                frames[n].path.name,
                "taken as rounding of the positions",
            )
        )
