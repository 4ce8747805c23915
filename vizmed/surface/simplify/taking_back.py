"""What went wrong in a reduced mesh is found, and the groups of points there are parted, until nothing is wrong."""

from __future__ import annotations

import numpy as np

from vizmed.surface.edges import crowded, pinched, twins
from vizmed.surface.facets import facets
from vizmed.surface.simplify.bound import Bound
from vizmed.surface.simplify.collapse import Collapse, Mask, Triangles

THINNEST = 4.0
"""How thin a triangle may be, in steps of float32 where the mesh lies."""


def take_back(collapse: Collapse, bound: Bound | None, scope: Mask | None = None) -> None:
    """Part groups until nothing is wrong any more: first what lies near the last change, then what is dear to find.

    Parameters
    ----------
    collapse : Collapse
    bound : Bound, optional
    scope : (n,) ndarray of bool, optional
        The points that anything can be wrong with, but for being written to one place; all where left out.
    """
    if scope is None:
        scope = np.ones(len(collapse.full), bool)  # also what stands in for nothing: it may have lost all its triangles
    unseen = True
    while unseen or scope.any():
        unseen = False
        seen = scope
        while scope.any():
            triangles = collapse.triangles(scope)
            wrong = _wrong(collapse, triangles)
            if bound is not None:
                wrong |= bound.too_far(collapse, scope, triangles)
            scope = _parted(collapse, wrong)
            seen = seen | scope
        wrong = collapse.groups_of(collapse.coinciding())
        if bound is not None:
            wrong |= bound.spikes(collapse, seen)
        scope = _parted(collapse, wrong)


def _parted(collapse: Collapse, groups: Mask) -> Mask:
    """Take groups back, and mark them with all points that this touches."""
    touched = groups[collapse.stand_in]
    collapse.take_back(groups)
    return collapse.reach(touched)


def _wrong(collapse: Collapse, triangles: Triangles) -> Mask:
    """Mark the groups at triangles that are turned over, without an area or folded, and where sheets have met."""
    a, b, c = triangles.T
    at = np.zeros(len(collapse.full), bool)
    at[triangles] = True
    normals = collapse.normals_of_groups(at)
    facing = normals[a] + normals[b] + normals[c]
    turned = np.empty(len(triangles), bool)
    for part in facets(collapse.places, triangles):
        edges = (part.b - part.a, part.c - part.b, part.a - part.c)
        longest = np.sqrt(np.max([(edge**2).sum(axis=0) for edge in edges], axis=0))
        # what is thinner than this, twice its area over its longest edge, may be written as a line
        least = THINNEST * collapse.grain_mm * longest
        turned[part.where] = (part.area_vector * facing[part.where].T).sum(axis=0) <= least
    alone = collapse.groups == 1
    turned &= ~(alone[a] & alone[b] & alone[c])  # what the full mesh has itself is not wrong
    twin = twins(triangles)
    beside = twin.reshape(-1, 3) // 3
    folded = ((beside == np.roll(beside, 1, axis=1)) & (beside >= 0)).any(axis=1)
    odd = (triangles[turned | folded].ravel(), crowded(triangles), pinched(triangles, twin))
    return collapse.groups_of(np.concatenate(odd))
