"""How far a reduced surface may lie from the full one, and where it lies further.

Whether a place is near enough is all that is asked, so the search for a triangle that proves it ends with the first
that does. A proof holds until a corner of its triangle is moved: only what has lost its proof is looked at again.
"""

from __future__ import annotations

import numpy as np

from vizmed.surface.distance.rulers import NONE, Columns, Rulers, columns
from vizmed.surface.facets import dot
from vizmed.surface.simplify.around import Around
from vizmed.surface.simplify.collapse import Collapse, Index, Mask, with_corner
from vizmed.surface.simplify.spikes import Spikes

BOLDNESS = 2.0
"""By how much the quadric error is let past the bound. It adds up the squares of the distances from all planes around,
and the bulk of a surface is far nearer; what is not is taken back."""

SAFE = 0.95
"""Part of the largest distance that measured points keep: what lies between two of them may be a little further."""


class Bound:
    """The largest distance, and the points of the full surface that must keep it, the witnesses.

    These are its points and the middles of its edges. The proof of a witness is a triangle that is left and lies near
    enough, out of those around what stands in for a corner of it, or around the points beside that. Where both ends of
    an edge have the same one, all of the edge is as near.

    Parameters
    ----------
    collapse : Collapse
    max_error_mm : float

    Attributes
    ----------
    spikes : Spikes
        What is asked of the reduced surface.
    """

    def __init__(self, collapse: Collapse, max_error_mm: float) -> None:
        self._enough_mm = SAFE * max_error_mm
        self._full = columns(collapse.full)
        self._collapse = collapse
        corners, n_points = collapse.full_corners, len(collapse.full)
        rows = np.tile(np.arange(corners.shape[1]), 3)
        tails, heads = corners.ravel(), np.roll(corners, -1, axis=0).ravel()
        edges = np.flatnonzero(collapse.one_side(tails, heads))
        self._tails, self._heads = tails.take(edges), heads.take(edges)
        own = np.zeros(n_points, np.int64)
        own[tails] = rows
        self._own = np.concatenate([own, rows.take(edges)])  # a triangle of each witness
        self._proof = self._own.copy()  # while it has not changed, the witness lies in it
        along = self._full.take(self._heads, axis=1) - self._full.take(self._tails, axis=1)
        edge_mm = float(np.sqrt(dot(along, along)).mean(dtype=np.float64))
        self.spikes = Spikes(collapse, Around(tails, rows, n_points), edge_mm, self._enough_mm)

    def too_far(self, changed: Index) -> Mask:
        """Mark the groups from which the full surface lies too far.

        Parameters
        ----------
        changed : (k,) ndarray of int
            The triangles of the full mesh that have changed since.
        """
        lost = np.zeros(len(self._collapse.left), bool)
        lost[changed] = True
        points, edges = self._without_proof(lost)
        tails, heads = self._tails[edges], self._heads[edges]
        near = _Near(self._collapse, (points, tails), self._enough_mm)
        found = near.around(self._full.take(points, axis=1), points)
        self._proof[points] = found
        far = np.zeros(len(self._collapse.full), bool)
        far[points[found == NONE]] = True
        known = ~(far[tails] | far[heads])  # the others will be looked at again when those are back
        found = self._of_edges(tails[known], heads[known], near)
        far[tails[known][found == NONE]] = True
        edges += len(far)
        self._proof[edges] = NONE
        self._proof[edges[known]] = found
        for some in (points, edges):
            open_ = some[self._proof[some] == NONE]
            self._proof[open_] = self._own[open_]
        return self._groups(far)

    def _without_proof(self, lost: Mask) -> tuple[Index, Index]:
        """Find the points and the edges whose proofs are among some triangles (m,)."""
        seek = np.flatnonzero(lost.take(self._proof))
        first = np.searchsorted(seek, len(self._collapse.full))
        return seek[:first], seek[first:] - len(self._collapse.full)

    def _of_edges(self, tails: Index, heads: Index, near: _Near) -> Index:
        """Find the proofs of edges whose ends have theirs."""
        at_tail, at_head = self._proof[tails], self._proof[heads]
        found = np.where(at_tail == at_head, at_tail, NONE)
        middle = (self._full.take(tails, axis=1) + self._full.take(heads, axis=1)) * np.float32(0.5)
        for proof in (at_tail, at_head):
            left = np.flatnonzero(found == NONE)
            hit = left[near.rulers.near(middle.take(left, axis=1), proof[left], self._enough_mm)]
            found[hit] = proof[hit]
        left = np.flatnonzero(found == NONE)
        found[left] = near.around(middle.take(left, axis=1), tails[left])
        return found

    def _groups(self, far: Mask) -> Mask:
        """Mark the groups of points; of those that are alone, all around have drawn the triangles away."""
        alone = far & ~self._collapse.joined[self._collapse.stand_in]
        if alone.any():
            corners = self._collapse.full_corners
            far[corners[:, with_corner(alone, corners)]] = True
        return self._collapse.groups_of(np.flatnonzero(far))


class _Near:
    """The triangles that are left around some points, to find those that are near enough to others."""

    def __init__(self, collapse: Collapse, points: tuple[Index, ...], enough_mm: float) -> None:
        self._collapse, self._enough_mm = collapse, enough_mm
        self.rulers = Rulers(collapse.places, collapse.corners.T)
        wanted = np.zeros(len(collapse.full), bool)
        for some in points:
            wanted[collapse.stand_in[some]] = True
        self._stars = self._stars_at(wanted)

    def around(self, places: Columns, points: Index) -> Index:
        """Find for each place (3, k) a triangle around what stands in for a point (k,), or beside that; or `NONE`."""
        centres = self._collapse.stand_in[points]
        found = self.rulers.first_within(places, self._stars.lists(centres), self._enough_mm)
        far = np.flatnonzero(found == NONE)
        beside = np.zeros(len(self._collapse.full), bool)
        beside[self._collapse.corners[:, self._stars.members(centres[far])[1]]] = True
        lists = self._stars_at(beside).lists_further(centres[far], self._collapse.corners)
        found[far] = self.rulers.first_within(places.take(far, axis=1), lists, self._enough_mm, closely=True)
        return found

    def _stars_at(self, points: Mask) -> Around:
        rows = with_corner(points, self._collapse.corners)
        rows = rows[self._collapse.left[rows]]
        return Around(self._collapse.corners.take(rows, axis=1).ravel(), np.tile(rows, 3), len(points))
