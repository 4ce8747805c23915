"""Whether a surface fits on the bed of a printer, and whether its size can be that of a body in mm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from vizmed.errors import OptionError
from vizmed.findings import Finding

AS_IT_LIES = (0, 1, 2)

LEAST_BODY_MM, LARGEST_BODY_MM = 3.0, 3000.0
"""Between a small bone of the ear, 3 mm, and more than any patient is long: 3 m. What is smaller is metres taken for
mm as a rule (a head is then 0.2 mm), and what is larger is micrometres, or inches scaled twice."""

_ALMOST = 1e-6
"""Part of a bed's side by which a surface may pass it: what float32 rounds."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a surface fits into a box.

    Parameters
    ----------
    fits : bool
        Whether it does, in its own size.
    turn : (x, y, z) tuple of int
        Which axis of the surface, 0 to 2, lies along the box's x, y and z: as it lies if that fits, else so that it
        stands lowest; if it fits in no turn, the one in which it must be scaled least.
    scale : float
        The largest factor at which it fits in that turn.
    """

    fits: bool
    turn: tuple[int, int, int]
    scale: float


def fit_bed(size_mm: Sequence[float], bed_mm: Sequence[float]) -> Fit:
    """Find how a surface of a size fits on a bed, turned by right angles alone.

    Parameters
    ----------
    size_mm : (3,) sequence of float
        Of the box around the surface.
    bed_mm : (3,) sequence of float
        What the printer can print: width, depth, height.

    Raises
    ------
    OptionError
        If a side of the bed is not above 0.
    """
    if not all(side > 0 for side in bed_mm):
        raise OptionError(f"the bed is {' x '.join(f'{side:g}' for side in bed_mm)} mm", remedy="Its sides are above 0")
    turns = [(turn[0], turn[1], turn[2]) for turn in permutations(AS_IT_LIES)]
    scales = {turn: _scale(size_mm, bed_mm, turn) for turn in turns}
    fitting = [turn for turn in turns if scales[turn] >= 1 - _ALMOST]
    if AS_IT_LIES in fitting:
        turn = AS_IT_LIES
    elif fitting:
        turn = min(fitting, key=lambda one: size_mm[one[2]])
    else:
        turn = max(turns, key=lambda one: scales[one])
    return Fit(bool(fitting), turn, scales[turn])


def doubtful_unit(size_mm: Sequence[float]) -> Finding | None:
    """Give a warning where no part of a body is of this size in mm, None where one may be."""
    largest = float(np.max(size_mm))
    if 0 < largest < LEAST_BODY_MM:
        remedy = "If it is in metres, multiply it by 1000; if in inches, by 25.4"
    elif largest > LARGEST_BODY_MM:
        remedy = "If it was scaled twice, or is in micrometres, divide it by 1000 or 25.4"
    else:
        return None
    return Finding("unit-doubtful", "warning", f"it is {largest:.4g} mm long, which no body is", remedy=remedy)


def _scale(size_mm: Sequence[float], bed_mm: Sequence[float], turn: tuple[int, int, int]) -> float:
    sides = [(bed, size_mm[axis]) for bed, axis in zip(bed_mm, turn, strict=True) if size_mm[axis] > 0]
    return float(min((bed / size for bed, size in sides), default=np.inf))
