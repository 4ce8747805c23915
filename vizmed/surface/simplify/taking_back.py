"""What went wrong in a reduced mesh is found, and the groups of points there are parted, until nothing is wrong."""

from __future__ import annotations

import numpy as np

from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse, Index, with_corner
from vizmed.surface.simplify.flaws import Flaws


def take_back(collapse: Collapse, bound: Bound | None, changed: Index | None = None) -> None:
    """Part groups until nothing is wrong any more: first what lies near the last change, then what is dear to find.

    Parameters
    ----------
    collapse : Collapse
    bound : Bound, optional
    changed : (k,) ndarray of int, optional
        The triangles of the full mesh that anything can be wrong with, but for being written to one place; all where
        left out.
    """
    if changed is None:
        changed = with_corner(collapse.joined, collapse.corners)
    flaws, unseen = None, True
    while unseen or changed.size:
        unseen = False
        seen = np.zeros(len(collapse.all_triangles), bool)
        while changed.size:
            seen[changed] = True
            flaws = flaws or Flaws(collapse)
            wrong = flaws.at(changed)
            if bound is not None:
                wrong |= bound.too_far(changed)
            changed = collapse.take_back(wrong)
        wrong = collapse.groups_of(collapse.coinciding())
        if bound is not None and seen.any():
            wrong |= bound.spikes.among(np.flatnonzero(seen))
        changed = collapse.take_back(wrong)
