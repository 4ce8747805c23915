"""What the triangles of a mesh add up to, piece by piece and point by point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.facets import Facets, of_facets

Labels = NDArray[np.integer[Any]]
"""The piece of each point."""


def sums_of_pieces(
    measures: Callable[[Facets], Iterable[FloatArray]],
    points: NDArray[Any],
    triangles: NDArray[Any],
    labels: Labels,
    n_pieces: int | None = None,
) -> FloatArray:
    """Add up measures of the triangles of each piece.

    Parameters
    ----------
    measures : callable
        Gives so many numbers of each triangle of a block, (n,) ndarrays.
    points, triangles : ndarray
        There is a triangle.
    labels : (n_points,) ndarray of int
        Piece of each point.
    n_pieces : int, optional
        Where it is not the number of labels.

    Returns
    -------
    (1 + k, n_pieces) ndarray of float64
        How many triangles each piece has, and their k sums.
    """

    def add_up(part: Facets) -> tuple[int, FloatArray]:
        piece = labels.take(part.corners[0])
        runs = np.flatnonzero(np.diff(piece, prepend=-1))  # triangles that follow each other are mostly of one piece
        of, count = piece[runs], np.diff(runs, append=len(piece))
        first = int(of.min())
        of -= of.dtype.type(first)
        sums = (np.add.reduceat(numbers, runs) for numbers in measures(part))
        return first, np.array([np.bincount(of, weights) for weights in (count, *sums)])

    total = np.zeros((0, int(labels.max()) + 1 if n_pieces is None else n_pieces))
    for first, found in of_facets(add_up, points, triangles):
        if len(total) == 0:
            total = np.zeros((len(found), total.shape[1]))
        total[:, first : first + found.shape[1]] += found
    return total


def volume_growth(points: NDArray[Any], triangles: NDArray[Any]) -> FloatArray:
    """Give what moving a point adds to the volume that triangles enclose.

    Parameters
    ----------
    points : (n, 3) ndarray
        LPS mm.
    triangles : (m, 3) ndarray of int

    Returns
    -------
    (3, n) ndarray of float64
        mm³ for each mm along x, y and z: a third of the area vectors around a point.
    """
    growth = np.zeros((3, len(points)))

    def add_up(part: Facets) -> tuple[int, FloatArray]:
        first = int(part.corners.min())
        corners = (part.corners - first).ravel()
        return first, np.array([np.bincount(corners, np.tile(column / 6, 3)) for column in part.area_vector])

    for first, found in of_facets(add_up, points, triangles):
        growth[:, first : first + found.shape[1]] += found
    return growth
