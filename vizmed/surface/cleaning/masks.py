"""Masks of cells in space, any three axes: worn away, grown, filled, parted into pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.vtk_bridge import image_values, to_index_image

Mask = NDArray[np.bool_]


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
    """Number the pieces of a mask, cells hanging together by their faces, from 1; 0 is outside."""
    from vtkmodules.vtkImagingMorphological import vtkImageConnectivityFilter

    found = vtkImageConnectivityFilter()
    found.SetInputData(to_index_image(mask.view(np.uint8)))
    found.SetScalarRange(1, 1)
    found.SetExtractionModeToAllRegions()
    found.SetLabelModeToSizeRank()
    found.SetLabelScalarTypeToInt()
    found.Update()
    return np.asarray(image_values(found.GetOutput()).T)
