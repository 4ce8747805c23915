"""Masks of cells in space, any three axes: worn away, grown, filled, parted into pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.pieces import label_pieces

Mask = NDArray[np.bool_]

Places = NDArray[np.intp]


def cells(length_mm: float, cell_mm: FloatArray) -> tuple[int, ...]:
    """Give how many cells a length is along each axis, at least one."""
    return tuple(int(n) for n in np.maximum(1, np.rint(length_mm / cell_mm)))


def neighbours(mask: Mask, reach: tuple[int, ...], combine: Any) -> Mask:
    """Combine each cell with those up to so many cells before and behind it along each axis.

    ``np.logical_or`` grows the mask, ``np.logical_and`` wears it away; the border of the grid wears nothing away.
    """
    for axis, n_cells in enumerate(reach):
        for _ in range(n_cells):
            combined = mask.copy(order="K")
            along, to = np.moveaxis(mask, axis, 0), np.moveaxis(combined, axis, 0)
            combine(to[1:], along[:-1], out=to[1:])
            combine(to[:-1], along[1:], out=to[:-1])
            mask = combined
    return mask


def grown(seed: Mask, within: Mask, reach: tuple[int, ...]) -> Mask:
    """Grow a mask cell by cell within another, so many cells along each axis, or until it grows no more."""
    for n in range(max(reach)):
        more = within & neighbours(seed, tuple(int(n < n_cells) for n_cells in reach), np.logical_or)
        if np.array_equal(more, seed):
            break
        seed = more
    return seed


def large_pieces(mask: Mask, share: float) -> Mask:
    """Keep the pieces that have at least that share of the largest one's cells."""
    labels = pieces(mask)
    sizes = np.bincount(labels.ravel(order="K"))
    sizes[0] = 0
    return np.asarray((sizes >= max(1, share * sizes.max()))[labels])


def pieces_across(mask: Mask, across: int) -> NDArray[np.int32]:
    """Number the pieces of a mask in each of the planes across an axis, from 1; 0 is outside of the mask."""
    planes = np.moveaxis(mask, across, 2)
    apart = np.zeros((*planes.shape[:2], 2 * planes.shape[2]), bool, order="F")
    apart[..., ::2] = planes  # with nothing between two planes, no piece is in more than one
    return np.asarray(np.moveaxis(pieces(apart)[..., ::2], 2, across))


def pieces(mask: Mask) -> NDArray[np.int32]:
    """Number the pieces of a mask, cells hanging together by their faces, from 1; 0 is outside.

    Runs of cells along the first axis hang together where they overlap in lines that lie side by side. There are far
    fewer runs than cells.
    """
    lines = np.ascontiguousarray(mask.T).reshape(-1, mask.shape[0])
    padded = np.zeros((len(lines), mask.shape[0] + 2), np.int8)
    padded[:, 1:-1] = lines
    change = np.diff(padded).ravel()
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    width, rows = padded.shape[1] - 1, mask.shape[1]
    not_last = starts // width % rows < rows - 1
    edges = np.concatenate(
        [_overlapping(starts, ends, width, not_last), _overlapping(starts, ends, width * rows, np.ones_like(not_last))]
    )
    labels = np.zeros(lines.shape, np.int32)
    labels[lines] = np.repeat(label_pieces(edges, len(starts)) + 1, ends - starts)
    return labels.reshape(mask.shape[::-1]).T


def _overlapping(starts: Places, ends: Places, shift: int, of: Mask) -> Places:
    """Pair runs, those of some of them, with the runs that they meet when they are moved on; shape (n, 2)."""
    runs = np.flatnonzero(of)
    first = np.searchsorted(ends, starts[runs] + shift, side="right")
    counts = np.maximum(np.searchsorted(starts, ends[runs] + shift, side="left") - first, 0)
    before = np.cumsum(counts) - counts
    others = np.arange(counts.sum()) + np.repeat(first - before, counts)
    return np.stack([np.repeat(runs, counts), others], axis=1)
