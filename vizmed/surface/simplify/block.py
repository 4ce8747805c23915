"""A block of a mesh and what becomes of it: what a process of its own is asked, and what it answers."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.simplify.bound import BOLDNESS, Bound
from vizmed.surface.simplify.collapse import Collapse, Mask, Points
from vizmed.surface.simplify.taking_back import take_back

FEWEST = 4
"""Triangles that close a surface."""


class Block(NamedTuple):
    """Some triangles of a mesh, and what is asked of them.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        mm, near the origin.
    triangles : (m, 3) ndarray of int32
    locked : (n,) ndarray of bool
        The points that stay alone where they are: those with triangles outside of the block.
    origin : (3,) ndarray of float64
        Where the origin lies in the patient.
    left : (1,) ndarray of float64
        How many triangles are to be left, about, where there is no error.
    max_error_mm : (1,) ndarray of float64
        How far the surface may move; infinite where only the number counts.
    """

    points: Points
    triangles: NDArray[np.int32]
    locked: Mask
    origin: FloatArray
    left: FloatArray
    max_error_mm: FloatArray


class Done(NamedTuple):
    """What became of a block.

    Parameters
    ----------
    stand_in : (n,) ndarray of int32
        The point that stands in for each.
    places : (n, 3) ndarray of float32
        Where each point lies that stands in.
    triangles : (l, 3) ndarray of int32
        What is left, by the points that stand in.
    """

    stand_in: NDArray[np.int32]
    places: Points
    triangles: NDArray[np.int32]


def reduced(block: Block) -> Done:
    """Reduce a block, and take back what went wrong in it."""
    locked = block.locked if block.locked.any() else None
    collapse = Collapse(block.points, block.triangles.astype(np.int64), block.origin, locked)
    bound, left, max_error_mm = None, round(block.left[0]), float(block.max_error_mm[0])
    if isfinite(max_error_mm):
        collapse.within(BOLDNESS * max_error_mm)
        bound = Bound(collapse, max_error_mm)
    elif FEWEST <= left < len(block.triangles):
        collapse.down_to(left)
    take_back(collapse, bound)
    return Done(collapse.stand_in.astype(np.int32), collapse.places, collapse.triangles().astype(np.int32))
