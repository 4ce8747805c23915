"""What makes reduced triangles unsound: turned over, folded, too thin, too many at an edge, sheets that have met."""

from __future__ import annotations

import numpy as np

from vizmed.surface.distance.rulers import columns
from vizmed.surface.edges import pinched, twins
from vizmed.surface.facets import cross
from vizmed.surface.simplify.around import LOW
from vizmed.surface.simplify.collapse import Collapse, Corners, Index, Mask, with_corner

THINNEST = 4.0
"""How thin a triangle may be, in steps of float32 where the mesh lies."""


class Flaws:
    """What can be wrong with the triangles that are left.

    Whether sheets have met at a point is known by counting. A group of points and the edges and triangles within it
    are a disc where points - edges + triangles is 1 (Euler); what lies around it is then one ring, which meets itself
    only at an edge that more than two triangles share. Only the few other groups need a look at the ring itself.

    Parameters
    ----------
    collapse : Collapse
    """

    def __init__(self, collapse: Collapse) -> None:
        self._collapse = collapse
        n_points = len(collapse.full)
        a, b, c = collapse.corners
        twice = 2 * collapse.groups
        for one, other in ((a, b), (b, c), (c, a)):  # an edge within counts once from either side
            twice -= np.bincount(one[one == other], minlength=n_points)
        twice += 2 * np.bincount(a[(a == b) & (b == c)], minlength=n_points)
        a, b, c = (columns(collapse.full).take(corner, axis=1) for corner in collapse.full_corners)
        self._area = cross(b - a, c - a)  # outward, twice as long as each triangle is large
        self._facing = np.zeros((3, n_points), np.float32)
        self._face(np.ones(n_points, bool))
        self._no_disc = collapse.joined & (twice != 2)

    def at(self, changed: Index) -> Mask:
        """Mark the groups at which something is wrong.

        Parameters
        ----------
        changed : (k,) ndarray of int
            The triangles of the full mesh that have changed since.
        """
        corners, left = self._collapse.corners, self._collapse.left
        some = corners.take(changed[left[changed]], axis=1)
        at = np.zeros(len(self._collapse.full), bool)
        at[some] = True
        self._face(at & ~self._collapse.joined)
        rows = with_corner(at, corners)
        around = corners.take(rows[left[rows]], axis=1)
        odd = (self._turned(some), _folded(around), _crowded(around), self._pinched(at, around))
        return self._collapse.groups_of(np.concatenate([self._collapse.smallest(groups) for groups in odd]))

    def _face(self, groups: Mask) -> None:
        """Find where the full mesh faces at all that some groups (n,) stand in for: unit vectors."""
        rows = with_corner(groups, self._collapse.corners)
        corners = self._collapse.corners.take(rows, axis=1).ravel()
        area = self._area.take(rows, axis=1)
        facing = np.stack([np.bincount(corners, np.tile(one, 3), len(groups)) for one in area])[:, groups]
        length = np.sqrt((facing**2).sum(axis=0))
        self._facing[:, groups] = facing / np.where(length > 0, length, 1)

    def _turned(self, corners: Corners) -> Corners:
        """Find triangles that are turned over or have hardly an area: their corners (3, k)."""
        corners = corners.take(np.flatnonzero(self._collapse.joined.take(corners).any(axis=0)), axis=1)
        places = columns(self._collapse.places)
        a, b, c = (places.take(corner, axis=1).astype(np.float64) for corner in corners)
        edges = (b - a, c - b, a - c)
        longest = np.sqrt(np.max([(edge**2).sum(axis=0) for edge in edges], axis=0))
        # what is thinner than this, twice its area over its longest edge, may be written as a line
        least = THINNEST * self._collapse.grain_mm * longest
        fronts = sum(self._facing.take(corner, axis=1) for corner in corners)
        turned = (cross(edges[0], -edges[2]) * fronts).sum(axis=0) <= least
        return np.asarray(corners[:, turned])

    def _pinched(self, at: Mask, around: Corners) -> Corners:
        """Find the points (1, k), some of these, where sheets touch."""
        suspects = at & self._no_disc & self._collapse.joined
        if not suspects.any():
            return np.empty((1, 0), np.int64)
        triangles = around[:, suspects.take(around).any(axis=0)].T
        touching = pinched(triangles, twins(triangles))
        return np.asarray(touching[suspects[touching]][None])


def _folded(corners: Corners) -> Corners:
    """Find triangles that have all three corners (3, k) in common with another."""
    few = np.bincount(corners.ravel()) < 3  # other corners of folds are crowded or pinched
    some = np.sort(corners[:, few.take(corners).any(axis=0)], axis=0)
    folds, count = np.unique(some, axis=1, return_counts=True)
    return np.asarray(folds[:, count > 1])


def _crowded(corners: Corners) -> Corners:
    """Find edges that more than two triangles share: their ends (2, k)."""
    tails, heads = corners.ravel(), np.roll(corners, -1, axis=0).ravel()
    edges = np.minimum(tails, heads) << 32 | np.maximum(tails, heads)
    edges.sort()
    many = edges[2:][edges[2:] == edges[:-2]]
    return np.stack([many >> 32, many & LOW])
