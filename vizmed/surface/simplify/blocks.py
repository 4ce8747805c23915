"""Large meshes in blocks, side by side: each block is reduced with its rim held.

A rim that was held is full of small triangles. Towards a number of triangles, they go first when blocks are cut
elsewhere the next time; within an error they stay, for they are a hundredth of what is left. Which block a triangle is
of depends on the mesh alone, not on how many blocks are worked on at a time: the result is the same on every machine.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.simplify.block import Block, Done
from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse, Mask, Triangles
from vizmed.surface.simplify.crew import Crew
from vizmed.surface.simplify.taking_back import take_back

SIZE = 1 << 15
"""Triangles in a block, about: what fast-simplification knows of them then fits into a processor's cache."""

SIZE_WITHIN = 1 << 16
"""The same where an error is given: measuring goes round after round, and many short ones take longer than a few."""

MOST = 0.85
"""Part of its free points that a block may lose, however many are held: what is asked of few would ruin them."""

MOST_ACROSS = 40
"""Blocks along an axis, so that all can be numbered in 16 bits, which numpy sorts fastest."""

Rows = NDArray[np.int64]


class Cut(NamedTuple):
    """Triangles in blocks.

    Parameters
    ----------
    triangles : (m, 3) ndarray of int64
    blocks : list of ndarray
        The rows of each.
    locked : (n,) ndarray of bool
        The points that stay where they are.
    """

    triangles: Triangles
    blocks: list[Rows]
    locked: Mask


def reduce_in_blocks(collapse: Collapse, triangles: int, shift: float, crew: Crew) -> None:
    """Collapse the edges that matter least until about so many triangles are left, or more, and take back errors.

    What goes wrong between blocks is left to `take_back`: only points that are written to one place can. Edges and
    points that blocks share are those of the full mesh, for their ends stay where they are and stand in for no others.

    Parameters
    ----------
    collapse : Collapse
        Of which nothing has collapsed yet.
    triangles : int
    shift : float
        Where blocks are cut, from 0 to 1, in sides of a block.
    crew : Crew
    """
    points, rows = collapse.full, collapse.all_triangles
    blocks = _cut(points, rows, side_mm(points, rows, SIZE), shift)
    locked = _shared(rows, blocks, len(points))
    # a point that goes takes two triangles with it
    part = min((len(rows) - triangles) / (2 * max(int(np.count_nonzero(~locked)), 1)), MOST)
    _work(collapse, Cut(rows, blocks, locked), part, np.inf, crew)


def within_in_blocks(collapse: Collapse, max_error_mm: float, crew: Crew) -> None:
    """Collapse edges while the surface moves no further than an error, block by block.

    With what blocks share held, all that can be wrong is known within a block, but for what is written to one place.

    Parameters
    ----------
    collapse : Collapse
        Of which nothing has collapsed yet.
    max_error_mm : float
    crew : Crew
    """
    points, rows = collapse.full, collapse.all_triangles
    blocks = _cut(points, rows, side_mm(points, rows, SIZE_WITHIN), 0.0)
    _work(collapse, Cut(rows, blocks, _shared(rows, blocks, len(points))), 0, max_error_mm, crew)
    together = collapse.take_back(collapse.groups_of(collapse.coinciding()))
    if together.size:
        take_back(collapse, Bound(collapse, max_error_mm), together)


def _work(collapse: Collapse, cut: Cut, part: float, max_error_mm: float, crew: Crew) -> None:
    """Take a part of the free points out of each block, or what an error allows if there is one.

    Free points stand alone before.
    """

    def reduced(rows: Rows) -> tuple[Rows, Done]:
        used, own = _numbered(cut.triangles[rows], len(collapse.full))
        held = cut.locked[used]
        goals = np.array([len(rows) - 2 * part * np.count_nonzero(~held)]), np.array([max_error_mm])
        return used, crew.reduced(Block(collapse.places[used], own, held, collapse.origin, *goals))

    blocks = sorted(cut.blocks, key=len, reverse=True)  # else one may begin with a large one when the others are done
    points, stand_ins, places = [], [], []
    for used, done in crew.map(reduced, blocks):
        mine = ~cut.locked[used]
        points.append(used[mine])
        stand_ins.append(used[done.stand_in[mine]])
        places.append(done.places[mine])
    collapse.join(np.concatenate(points), np.concatenate(stand_ins), np.concatenate(places))


def _numbered(triangles: Triangles, n_points: int) -> tuple[Rows, NDArray[np.int32]]:
    """Give the points that triangles use, and the triangles by the numbers of these: as `numpy.unique` does, sooner."""
    number = np.zeros(n_points, np.int32)
    number[triangles] = 1
    used = np.flatnonzero(number)
    number[used] = np.arange(len(used))
    return used, number[triangles]


def _cut(points: NDArray[Any], triangles: NDArray[Any], side_mm: float, shift: float) -> list[Rows]:
    """Part triangles by the cube that their first corners lie in."""
    number = np.zeros(len(points), np.uint16)
    for column in points.T:
        cell = (column - column.min()) / np.float32(side_mm) + np.float32(shift)
        number = number * np.uint16(MOST_ACROSS) + cell.astype(np.uint16)
    number = number[triangles[:, 0]]
    count = np.bincount(number)
    return np.split(np.argsort(number, kind="stable"), np.cumsum(count[count > 0])[:-1])


def side_mm(points: NDArray[Any], triangles: NDArray[Any], size: int) -> float:
    """Choose the longest sides of cubes that hold no more triangles than a size on average, empty ones left out."""
    some = points[triangles[:: max(1, len(triangles) // SIZE), 0]]
    some -= some.min(axis=0)
    longest = side = float(some.max())
    while side * (MOST_ACROSS - 2) > longest:
        if len(triangles) <= size * len(np.unique((some // side).astype(np.int64), axis=0)):
            break
        side *= 0.8
    return side


def _shared(triangles: NDArray[Any], blocks: list[Rows], n_points: int) -> Mask:
    """Mark the points (n,) that have triangles in more than one block."""
    block_of = np.empty(len(triangles), np.int32)
    for number, rows in enumerate(blocks):
        block_of[rows] = number
    owner = np.full(n_points, -1, np.int32)
    shared = np.zeros(n_points, bool)
    for corner in triangles.T:
        owner[corner] = block_of
    for corner in triangles.T:
        shared[corner[owner.take(corner) != block_of]] = True
    return shared
