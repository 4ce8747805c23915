"""Take the stair-steps of voxels off the borders between labels, all of them at once, so that they stay shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.labels.nets import Index, Nets, Points

RELAXATION = 0.5
"""Part of the way to the middle of its neighbours that a point goes at a time."""

_SEAM = 3
"""Squares at an edge where three labels meet."""


def relaxed(nets: Nets, iterations: int) -> Points:
    """Move each point towards the middle of its neighbours, so many times, and at last no further than it may.

    What that takes off is smoothed in the same way and given back (twicing; Tukey 1977): the shape, which is larger
    than the steps of voxels, then stays. Vertebrae lose 3 % of their volume instead of 10 % (measured), before it is
    held.

    Where three labels meet, and along the rim of the border of the scan, neighbours are those along this seam alone:
    the sheet that starts there would else draw a groove into the outside of both labels.

    Parameters
    ----------
    nets : Nets
    iterations : int

    Returns
    -------
    (n, 3) ndarray of float32
        Voxel indices.
    """
    tails, heads = neighbours_of(nets)
    count = np.bincount(tails, minlength=len(nets.points))
    share = RELAXATION / np.maximum(count, 1)
    moved = np.empty(nets.points.shape, np.float32)
    least, most = nets.bounds(nets.fixed)
    for axis in range(3):
        is_drawn = (count > 0) & ~nets.fixed[:, axis]

        def smoothed(values: FloatArray, is_drawn: NDArray[np.bool_] = is_drawn) -> FloatArray:
            for _ in range(iterations):
                sums = np.bincount(tails, values[heads], len(values))
                values = np.where(is_drawn, (1 - RELAXATION) * values + share * sums, values)
            return values

        start = nets.points[:, axis].astype(np.float64)
        place = smoothed(start)
        place += smoothed(start - place)
        moved[:, axis] = np.clip(place, least[:, axis], most[:, axis])
    return moved


def neighbours_of(nets: Nets) -> tuple[Index, Index]:
    """Find the points that each point is drawn to.

    Returns
    -------
    tails, heads : (k,) ndarray of int
        Each point is a tail once for each of its neighbours, the heads.
    """
    tails, heads, are_seams = _edges(nets)
    seams = np.bincount(np.concatenate([tails[are_seams], heads[are_seams]]), minlength=len(nets.points))
    tails, heads = np.concatenate([tails, heads]), np.concatenate([heads, tails])
    drawn = (seams[tails] == 0) | (np.concatenate([are_seams, are_seams]) & (seams[tails] > 1))
    return tails[drawn], heads[drawn]


def _edges(nets: Nets) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Give the ends of the squares' sides, each side once, and whether it is of a seam."""
    n = len(nets.points)
    tails, heads = nets.squares.ravel(), np.roll(nets.squares, -1, axis=1).ravel()
    keys = np.minimum(tails, heads) * n + np.maximum(tails, heads)
    caps = _caps(nets)
    if caps.any():
        order = np.argsort(keys)
        keys, caps = keys[order], np.repeat(caps, 4)[order]
    else:
        keys.sort()
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    squares = np.diff(starts, append=len(keys))
    if caps.any():  # what lies beyond the border of the scan counts as a label: one of its squares is not there
        squares += np.add.reduceat(caps, starts, dtype=np.int64) == 1
    tails, heads = np.divmod(keys[starts], n)
    real = tails != heads  # a triangle names its last point twice
    return tails[real], heads[real], squares[real] >= _SEAM


def _caps(nets: Nets) -> NDArray[np.bool_]:
    """Mark the squares that lie on the border of the scan."""
    caps = np.zeros(len(nets.squares), bool)
    for axis in np.flatnonzero(nets.fixed.any(axis=0)):
        flat = nets.fixed[nets.squares, axis].all(axis=1)
        places = nets.corners[:, axis][nets.squares[flat]]
        caps[flat] |= np.ptp(places, axis=1) == 0
    return caps
