"""How far a reduced surface reaches from the full one: sought from points of that which are known to lie near."""

from __future__ import annotations

from typing import Any

import numpy as np

from vizmed.surface.distance.places import Inner, edge_points
from vizmed.surface.distance.rulers import NONE, Columns, Rulers, columns
from vizmed.surface.facets import dot
from vizmed.surface.simplify.around import LOW, Around
from vizmed.surface.simplify.collapse import Collapse, Corners, Index, Mask, with_corner

STRIDE = 2.5
"""How far apart the points of reduced triangles are that are measured from the full mesh, in mean edges of that; in the
middle of each edge there is one at least."""


class Spikes:
    """The full mesh, and how far what is left may reach from it.

    Every triangle that is left was one of the full mesh, with three corners there; what is around the nearest of these
    nearly always is near enough. Where it is not, steps are taken from point to nearer point, until there is none.
    Where what lies further around the last one is not near enough either, the surface counts as too far.

    Parameters
    ----------
    collapse : Collapse
    around : Around
        The triangles around the points of the full mesh.
    edge_mm : float
        How long its edges are on average.
    enough_mm : float
        How far places may lie from it.
    """

    def __init__(self, collapse: Collapse, around: Around, edge_mm: float, enough_mm: float) -> None:
        self._collapse, self._around = collapse, around
        self._step_mm, self._enough_mm = STRIDE * edge_mm, enough_mm
        self._full = columns(collapse.full)
        self._rulers = Rulers(collapse.full, collapse.all_triangles)

    def among(self, rows: Index) -> Mask:
        """Mark the groups (n,) that reach too far, in their own place, along an edge or within a triangle.

        Parameters
        ----------
        rows : (k,) ndarray of int
            The triangles that are looked at; what no other stands in for is the full mesh's own.
        """
        joined, places = self._collapse.joined, self._collapse.places
        rows = rows[self._collapse.left[rows]]
        rows = rows[with_corner(joined, self._collapse.corners.take(rows, axis=1))]
        groups, full = (corners.take(rows, axis=1) for corners in (self._collapse.corners, self._collapse.full_corners))
        far = np.zeros(len(joined), bool)
        far[groups] = True
        alone = np.flatnonzero(far & joined)
        tails, heads = groups.ravel(), np.roll(groups, -1, axis=0).ravel()
        moved = joined.take(tails) | joined.take(heads)
        edges = np.flatnonzero(self._collapse.one_side(tails, heads) & moved)
        along, edge = edge_points(places, tails[edges], heads[edges], self._step_mm)
        edge = edges[edge]
        inner = Inner(places, groups.T, self._step_mm)
        within, owner = inner.points(np.arange(len(inner)))
        # what each place belongs to, three of each: points of a group, ends of an edge, corners of a triangle
        ends = full.ravel().take(edge), np.roll(full, -1, axis=0).ravel().take(edge)
        beside = np.concatenate([[alone] * 3, [ends[0], *ends], full.take(owner, axis=1)], axis=1)
        whose = np.concatenate(
            [[alone] * 3, [tails[edge], tails[edge], heads[edge]], groups.take(owner, axis=1)], axis=1
        )
        off = self._off(columns(np.concatenate([places[alone], along, within])), beside)
        far[:] = False
        far[self._collapse.smallest(whose[:, off])] = True
        return far & joined

    def _off(self, points: Columns, beside: Corners) -> Index:
        """Find the places (3, k) too far from the full mesh, which has three points (3, k) known to be near each."""
        at, squared = beside[0], self._squared(points, beside[0])
        for other in beside[1:]:
            nearer = (apart := self._squared(points, other)) < squared
            at, squared = np.where(nearer, other, at), np.where(nearer, apart, squared)
        left, stopped = np.arange(len(at)), []
        while left.size:
            found = self._rulers.first_within(points.take(left, axis=1), self._around.lists(at), self._enough_mm)
            left, at = left[found == NONE], at[found == NONE]
            further = self._nearest_beside(points.take(left, axis=1), at)
            stopped.append(np.stack([left, at])[:, further == at])
            left, at = left[further != at], further[further != at]
        left, at = np.concatenate([np.empty((2, 0), np.int64), *stopped], axis=1)
        lists = self._around.lists_further(at, self._collapse.full_corners)
        found = self._rulers.first_within(points.take(left, axis=1), lists, self._enough_mm, closely=True)
        return np.asarray(left[found == NONE])

    def _squared(self, points: Columns, members: Index) -> Any:
        offset = points - self._full.take(members, axis=1)
        return dot(offset, offset)

    def _nearest_beside(self, points: Columns, at: Index) -> Index:
        """Give the nearest of the points of the triangles around such a point (k,), or itself where it has none."""
        which, row = self._around.members(at)
        beside = self._collapse.full_corners.take(row, axis=1).ravel()
        squared = self._squared(points.take(np.tile(which, 3), axis=1), beside)
        # squares rise as their bits do
        number = (squared.view(np.uint32).astype(np.int64) << 32 | beside).reshape(3, -1).min(axis=0)
        least = at.copy()
        if which.size:
            first = np.flatnonzero(np.diff(which, prepend=-1))
            least[which[first]] = np.minimum.reduceat(number, first) & LOW
        return least
