"""Points at which sheets touch that no edge joins there, parted: each sheet gets its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.pieces import label_pieces

Index = NDArray[np.int64]


def parted(cells: NDArray[Any], n_points: int, suspects: NDArray[np.bool_]) -> tuple[Index, Index]:
    """Give each sheet at a point its own copy of it. Cells at a point are of one sheet if edges there join them.

    Parameters
    ----------
    cells : (m, k) ndarray of int
        Triangles or squares; of a triangle among squares the last point twice.
    n_points : int
    suspects : (n_points,) ndarray of bool
        The points that are looked at.

    Returns
    -------
    cells : (m, k) ndarray of int
        The first sheet of each point keeps its number.
    sources : (l,) ndarray of int
        The points that those of the numbers ``n_points``, ``n_points + 1``, ... are copies of.
    """
    row, slot = np.nonzero(suspects[cells])
    point = cells[row, slot].astype(np.int64)
    sheet = _sheets(cells, n_points, row, slot)
    order = np.lexsort((sheet, point))
    ordered = point[order]
    is_next_point = np.diff(ordered, prepend=-1) != 0
    is_next_sheet = is_next_point | (np.diff(sheet[order], prepend=-1) != 0)
    is_copy = is_next_sheet & ~is_next_point
    numbers = np.where(is_copy, n_points + np.cumsum(is_copy) - 1, ordered)
    parted_cells = cells.astype(np.int64)
    parted_cells[row[order], slot[order]] = numbers[is_next_sheet][np.cumsum(is_next_sheet) - 1]
    return parted_cells, ordered[is_copy]


def _sheets(cells: NDArray[Any], n_points: int, row: Index, slot: Index) -> NDArray[Any]:
    """Number the sheets that corners (n,) of cells belong to: those at one point are joined by the edges there."""
    point, sides = cells[row, slot].astype(np.int64), cells.shape[1]
    ends = []
    for step in (1, sides - 1):
        other = cells[row, (slot + step) % sides].astype(np.int64)
        other[other == point] += n_points + row[other == point]  # the point twice: that joins its two corners
        ends.append(point * (n_points + len(cells)) + other)
    edges, edge = np.unique(np.concatenate(ends), return_inverse=True)
    corner = np.arange(len(row))
    links = np.stack([np.concatenate([corner, corner]), len(row) + edge.ravel()], axis=1)
    return label_pieces(links, len(row) + len(edges))[: len(row)]
