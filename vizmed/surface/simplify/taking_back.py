"""What went wrong in a reduced mesh is found, and the groups of points there are parted, until nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse, Index, Mask, with_corner
from vizmed.surface.simplify.flaws import Flaws


def take_back(collapse: Collapse, bound: Bound | None) -> None:
    """Part groups until nothing is wrong any more: what is dear to find is looked for where nothing else is wrong.

    Parameters
    ----------
    collapse : Collapse
    bound : Bound, optional
    """
    changed = with_corner(collapse.joined, collapse.corners)
    judges: list[Callable[[Index], Mask]] = [Flaws(collapse).at]
    if bound is not None:
        judges += [bound.too_far, bound.spikes.among]
    unseen = np.zeros((len(judges), len(collapse.all_triangles)), bool)
    while True:
        unseen[:, changed] = True
        for judge, some in zip(judges, unseen, strict=True):
            if not some.any():
                continue
            wrong = judge(np.flatnonzero(some))
            some[:] = False
            if wrong.any():
                break
        else:
            wrong = collapse.groups_of(collapse.coinciding())
            if not wrong.any():
                return
        changed = collapse.take_back(wrong)
