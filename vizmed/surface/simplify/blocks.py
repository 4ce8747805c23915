"""Large meshes in blocks, side by side: each block is reduced with its rim held.

A rim that was held is full of small triangles. Towards a number of triangles, they go first when blocks are cut
elsewhere the next time; within an error they stay, for they are a hundredth of what is left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.clean import compact
from vizmed.surface.simplify.block import Block
from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Centred, Collapse, Index, Triangles, at_one_place
from vizmed.surface.simplify.crew import Crew
from vizmed.surface.simplify.cutting import Cut, cut
from vizmed.surface.simplify.taking_back import take_back

SIZE = 1 << 16
"""Points in a block, at most: fewer take no less time each, and many have longer rims."""

MOST = 0.89
"""Part of its free points that a block may lose, however many are held: what is asked of few would ruin them."""


def reduce_in_blocks(mesh: Centred, left: int, first: float, crew: Crew) -> Centred:
    """Collapse the edges that matter least until about so many triangles are left, or more, and take back errors.

    Parameters
    ----------
    mesh : Centred
    left : int
    first : float
        Where blocks are cut; see `cut`.
    crew : Crew
    """
    blocks = cut(mesh.points, mesh.triangles, SIZE, first)
    # a point that goes takes two triangles with it
    part = min((len(mesh.triangles) - left) / (2 * max(int(np.count_nonzero(~blocks.locked)), 1)), MOST)
    return _reduced(mesh, blocks, part, np.inf, crew)


def within_in_blocks(mesh: Centred, max_error_mm: float, crew: Crew) -> Centred:
    """Collapse edges while the surface moves no further than an error, block by block.

    With what blocks share held, all that can be wrong is known within a block, but for what is written to one place.
    """
    return _reduced(mesh, cut(mesh.points, mesh.triangles, SIZE, 0.5), 0, max_error_mm, crew)


def _reduced(mesh: Centred, parted: Cut, part: float, max_error_mm: float, crew: Crew) -> Centred:
    """Take a part of the free points out of each block, or what an error allows if there is one."""
    places, stand_in = mesh.points.copy(), np.arange(len(mesh.points))

    def reduced(rows: Index) -> Index:
        used, own = _numbered(mesh.triangles[rows], len(mesh.points))
        held = parted.locked[used]
        goals = np.array([len(rows) - 2 * part * np.count_nonzero(~held)]), np.array([max_error_mm])
        done = crew.reduced(Block(mesh.points[used], own, held, mesh.origin, *goals))
        places[used], stand_in[used] = done.places, used[done.stand_in]  # what is held is the same in all blocks
        return used[done.triangles]

    left = np.concatenate(list(crew.map(reduced, parted.blocks)))
    fewer = Centred(*compact(places, left), mesh.origin)
    if at_one_place(fewer.points, mesh.origin).size == 0:
        return fewer
    collapse = Collapse(*mesh)
    collapse.join(np.arange(len(places)), stand_in, places)
    changed = collapse.take_back(collapse.groups_of(collapse.coinciding()))
    if changed.size:  # proofs of the blocks are not kept
        take_back(collapse, Bound(collapse, max_error_mm) if np.isfinite(max_error_mm) else None)
    return collapse.finish()


def _numbered(triangles: Triangles, n_points: int) -> tuple[Index, NDArray[np.int32]]:
    """Give the points that triangles use, and the triangles by the numbers of these: as `numpy.unique` does, sooner."""
    is_used = np.zeros(n_points, bool)
    is_used[triangles] = True
    used = np.flatnonzero(is_used)
    number = np.empty(n_points, np.int32)
    number[used] = np.arange(len(used))
    return used, number[triangles]
