"""How far a reduced surface may lie from the full one, and where it lies further."""

from __future__ import annotations

import numpy as np

from vizmed.surface.distance import edge_points, inner_points, near_distances
from vizmed.surface.edges import edges_once
from vizmed.surface.simplify.collapse import Collapse, Mask, Triangles
from vizmed.surface.simplify.star import Stars
from vizmed.vtk_bridge import to_polydata

STRIDE = 1.5
"""How far apart points within reduced triangles are that are measured from the full mesh, in mean edges of that."""

SAFE = 0.95
"""Part of the largest distance that measured points keep: what lies between two of them may be a little further."""


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
        points, triangles = collapse.full, collapse.all_triangles
        tails, heads = edges_once(triangles)
        ends = points[tails], points[heads]
        self._witnesses = np.concatenate([points, (ends[0] + ends[1]) / 2])
        self._corner = np.concatenate([np.arange(len(points)), tails])
        self._step_mm = STRIDE * float(np.linalg.norm(ends[1] - ends[0], axis=1).mean())
        self._from_full = near_distances(to_polydata(points, triangles), self._max_error_mm)

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
        ours = np.flatnonzero(scope[collapse.stand_in].take(self._corner))
        corners = self._corner[ours]
        stars = Stars(collapse.places, triangles)
        apart = stars.distances(self._witnesses[ours], collapse.stand_in[corners], enough=self._max_error_mm)
        far = np.zeros(len(scope), bool)
        far[corners[apart > self._max_error_mm]] = True
        alone = far & (collapse.groups == 1)
        if alone.any():  # what lies around them has drawn their triangles away
            far[collapse.all_triangles[alone[collapse.all_triangles].any(axis=1)]] = True
        return collapse.groups_of(np.flatnonzero(far))

    def spikes(self, collapse: Collapse, scope: Mask) -> Mask:
        """Mark the groups that reach too far from the full surface, in their own place or within a triangle."""
        joined = collapse.groups > 1
        triangles = collapse.triangles(scope & joined)  # the others are the full mesh's own
        corners = np.flatnonzero(scope & joined)
        inner, owners = inner_points(collapse.places, triangles, self._step_mm)
        between, tails, heads = edge_points(collapse.places, triangles, self._step_mm)
        apart = self._from_full(np.concatenate([collapse.places[corners], inner, between])) > self._max_error_mm
        at_corner, within, along = np.split(apart, [len(corners), len(corners) + len(inner)])
        far = (corners[at_corner], triangles[owners[within]].ravel(), tails[along], heads[along])
        return collapse.groups_of(np.concatenate(far))
