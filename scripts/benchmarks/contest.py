"""What a contest is: contestants who do the same work on the same data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEVEL = 226
"""Hounsfield units of bone, as vizmed's preset has it."""

VALUE = LEVEL - 0.5
"""Where vizmed runs the surface of integer voxels at that level, and so where the others are told to run it."""

Facts = dict[str, Any]
"""What is told of a measurement: seconds, mb, what came out of it; or skipped, and why."""

Work = tuple[Callable[[], Any], Callable[[Any], Facts]]
"""What is timed, and a look at what came out of it, which is not."""

Prepare = Callable[[Path], Work]
"""From a folder or a file to the work; this is not timed either."""


class UnavailableError(Exception):
    """What a contestant needs is not there: a program, or an option."""


@dataclass(frozen=True)
class Contestant:
    """One who takes part.

    Parameters
    ----------
    prepare : callable
    own : bool
        Whether it is vizmed: if it fails, the run fails.
    apart : bool
        Whether it is right for its result to be another: it closes the surface at the border, reduces it, or parts
        ambiguous cells in another way.
    cold : bool
        Whether nothing is to be warmed up: it is a whole process, whose start counts, or has seen to it itself.
    """

    prepare: Prepare
    own: bool = False
    apart: bool = False
    cold: bool = False


@dataclass(frozen=True)
class Contest:
    """What is measured.

    Parameters
    ----------
    title : str
    data : tuple of str
        Words of `data`: on what.
    contestants : dict of name to Contestant
        vizmed first: ratios are over the first.
    slow : bool
        Whether turns take many seconds, so that there are fewer.
    real : tuple of str
        Folders of real scans that it is measured on, too, where they are there.
    asked_for : bool
        Whether it is measured only where it is named: it takes more disk and time than all the others.
    written : float
        Times the data that a contestant may write, with what it puts beside them.
    """

    title: str
    data: tuple[str, ...]
    contestants: dict[str, Contestant]
    slow: bool = False
    real: tuple[str, ...] = ()
    asked_for: bool = False
    written: float = 2.5
