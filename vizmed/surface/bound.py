"""How far a reduced surface may lie from the full one, and where it lies further."""

from __future__ import annotations

import numpy as np

from vizmed.surface.collapse import Collapse, Mask, Triangles
from vizmed.surface.distance import inner_points, near_distances
from vizmed.surface.star import Stars
from vizmed.vtk_bridge import to_polydata

STRIDE = 1.5
"""How far apart points within reduced triangles are that are measured from the full mesh, in mean edges of that."""


class Bound:
    """The largest distance, and the points of the full surface that must keep it.

    These are its points and the middles of its triangles. Each is measured from the triangles around what stands in
    for the corner that it belongs to.

    Parameters
    ----------
    collapse : Collapse
    max_error_mm : float
    """

    def __init__(self, collapse: Collapse, max_error_mm: float) -> None:
        self._max_error_mm = max_error_mm
        points, triangles = collapse.full, collapse.all_triangles
        a, b, c = (points.take(triangles[:, n], axis=0) for n in range(3))
        self._witnesses = np.concatenate([points, (a + b + c) / 3])
        self._corner = np.concatenate([np.arange(len(points)), triangles[:, 0]])
        self._step_mm = STRIDE * float(np.linalg.norm(b - a, axis=1).mean())
        self._from_full = near_distances(to_polydata(points, triangles), max_error_mm)

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
        triangles = collapse.triangles(scope)
        corners = np.flatnonzero(scope & (collapse.groups > 1))
        places, owners = inner_points(collapse.places, triangles, self._step_mm)
        apart = self._from_full(np.concatenate([collapse.places[corners], places])) > self._max_error_mm
        far = apart[len(corners) :]
        return collapse.groups_of(np.concatenate([corners[apart[: len(corners)]], triangles[owners[far]].ravel()]))
