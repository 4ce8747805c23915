"""How far a reduced surface may lie from the full one, and where it lies further."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.cells import Cells
from vizmed.surface.distance.places import Inner, edge_points
from vizmed.surface.distance.rulers import Columns, columns
from vizmed.surface.edges import edges_once
from vizmed.surface.simplify.collapse import Collapse, Mask, Triangles
from vizmed.surface.simplify.star import Stars
from vizmed.surface.threads import blocks

BOLDNESS = 2.0
"""By how much the quadric error is let past the bound. It adds up the squares of the distances from all planes around,
and the bulk of a surface is far nearer; what is not is taken back."""

STRIDE = 1.5
"""How far apart points within reduced triangles are that are measured from the full mesh, in mean edges of that."""

SAFE = 0.95
"""Part of the largest distance that measured points keep: what lies between two of them may be a little further."""

BLOCK = 1 << 17
"""Corners of the full surface that are measured at a time, with their edges."""


class Bound:
    """The largest distance, and the points of the full surface that must keep it.

    These are its points and the middles of its edges. Each is measured from the triangles around what stands in for
    the corner that it belongs to.

    Parameters
    ----------
    collapse : Collapse
    max_error_mm : float
    """

    def __init__(self, collapse: Collapse, max_error_mm: float) -> None:
        self._max_error_mm = SAFE * max_error_mm
        self._full = columns(collapse.full)
        self._cells = Cells(collapse.full, collapse.all_triangles)
        self._step_mm = STRIDE * self._cells.edge_mm
        tails, heads = edges_once(collapse.all_triangles)
        edges = tails.astype(np.int64) << 32 | heads
        edges.sort()  # by tail, so that those of a corner are found together
        self._heads = (edges & ((1 << 32) - 1)).astype(np.uint32)
        self._count = np.bincount(tails, minlength=len(collapse.full))
        self._begin = np.cumsum(self._count) - self._count

    def too_far(self, collapse: Collapse, scope: Mask, triangles: Triangles) -> Mask:
        """Mark the groups from which the full surface lies too far.

        Parameters
        ----------
        collapse : Collapse
        scope : (n,) ndarray of bool
            The stand-ins that are looked at.
        triangles : (m, 3) ndarray of int
            Those that are left around them.
        """
        stars = Stars(collapse.places, triangles)
        far = np.zeros(len(scope), bool)
        corners = np.flatnonzero(scope[collapse.stand_in])
        for some in (corners[block] for block in blocks(len(corners), BLOCK)):
            points, whose = self._witnesses(some)
            apart = stars.distances(points, collapse.stand_in[whose], self._max_error_mm)
            far[whose[apart > self._max_error_mm]] = True
        alone = far & (collapse.groups == 1)
        if alone.any():  # what lies around them has drawn their triangles away
            beside = np.flatnonzero(alone.take(collapse.all_triangles.ravel())) // 3
            far[collapse.all_triangles[beside]] = True
        return collapse.groups_of(np.flatnonzero(far))

    def spikes(self, collapse: Collapse, scope: Mask) -> Mask:
        """Mark the groups that reach too far from the full surface, in their own place or within a triangle."""
        joined = collapse.groups > 1
        triangles = collapse.triangles(scope & joined)  # the others are the full mesh's own
        corners = np.flatnonzero(scope & joined)
        within = Inner(collapse.places, triangles, self._step_mm)
        inner, owners = within.points(np.arange(len(within)))
        between, tails, heads = edge_points(collapse.places, triangles, self._step_mm)
        places = np.concatenate([collapse.places[corners], inner, between])
        apart = self._cells.distances(places, self._max_error_mm, self._max_error_mm) > self._max_error_mm
        at_corner, inside, along = np.split(apart, [len(corners), len(corners) + len(inner)])
        far = (corners[at_corner], triangles[owners[inside]].ravel(), tails[along], heads[along])
        return collapse.groups_of(np.concatenate(far))

    def _witnesses(self, corners: NDArray[np.int64]) -> tuple[Columns, NDArray[np.int64]]:
        """Give corners of the full surface and the middles of their edges, (3, k), and whose each is, (k,)."""
        count = self._count[corners]
        tails = np.repeat(corners, count)
        nth = np.arange(len(tails)) - np.repeat(np.cumsum(count) - count, count)
        heads = self._heads[self._begin[tails] + nth]
        between = (self._full.take(tails, axis=1) + self._full.take(heads, axis=1)) / 2
        return np.concatenate([self._full.take(corners, axis=1), between], axis=1), np.concatenate([corners, tails])
