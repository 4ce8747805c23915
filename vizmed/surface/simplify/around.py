"""Which triangles lie around each corner of a mesh, and which points each point stands in for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.distance.rulers import Lists

LOW = (1 << 32) - 1
"""The lower of two numbers in one: the upper one is sorted by first."""


class Around:
    """Things in groups: numbered lists, found by the number of their group.

    Parameters
    ----------
    group : (k,) ndarray of int
        The group of each thing.
    thing : (k,) ndarray of int
        What is in it.
    groups : int
        How many groups there may be.
    """

    def __init__(self, group: NDArray[Any], thing: NDArray[Any], groups: int) -> None:
        pairs = group << 32 | thing
        pairs.sort()  # a sort of numbers is several times as fast as one that gives their order
        self.thing = pairs & LOW
        self.count = np.bincount(group, minlength=groups)
        self.begin = np.cumsum(self.count) - self.count

    def lists(self, groups: NDArray[Any]) -> Lists:
        """Give the list of each of some groups (k,)."""
        return Lists(self.begin[groups], self.count[groups], self.thing)

    def members(self, groups: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give all that is in some groups (k,), one after the other: (which of the groups, what)."""
        count = self.count[groups]
        which = np.repeat(np.arange(len(groups)), count)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        return which, self.thing[np.repeat(self.begin[groups], count) + nth]

    def lists_further(self, groups: NDArray[Any], corners: NDArray[np.int64]) -> Lists:
        """Give, where things are triangles around points, those around all corners of what is around some points (k,).

        Parameters
        ----------
        groups : (k,) ndarray of int
        corners : (3, m) ndarray of int64
            The points of each triangle.
        """
        which, triangle = self.members(groups)
        beside = (which << 32 | corners.take(triangle, axis=1)).ravel()
        beside.sort()
        beside = beside[np.flatnonzero(np.diff(beside, prepend=-1))]
        nth, triangle = self.members(beside & LOW)
        count = np.bincount((beside >> 32)[nth], minlength=len(groups))
        return Lists(np.cumsum(count) - count, count, triangle)
