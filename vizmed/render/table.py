"""The table under the patient, left out of pictures of CT: it hides the back and takes the frame.

The body is found on a coarse copy: what is denser than fat and air is worn away until thin shells (table, blankets,
tubes) are gone, the large pieces that remain are grown back, and holes (lungs) are filled. Only where something is left
over along most of the scan, and less than the body, is it taken for a table; a marker beside the head stays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.presets import tissue
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import image_values, to_index_image

Mask = NDArray[np.bool_]

_AIR_HU = -1000

_COARSE_MM = 4.0
_WORN_MM = 5.0
"""Half of what a shell may be thick; tables have walls of a few mm around foam."""

_GROWN_MM = 24.0
"""How far ears, noses and fingers, which wear away, stick out."""

_BODY_SHARE = 0.02
"""A piece of this part of the largest is of the body too: legs, arms."""

_SEEN_SHARE = 0.3
"""A column shows the table where at least this part of the slices do; blankets are seen in fewer."""

_TABLE_LENGTH = 0.6
"""A table lies along at least this part of the scan."""


def without_table(volume: Volume) -> Volume:
    """Give the volume with air in the place of the table, or the very same volume where there is none.

    Parameters
    ----------
    volume : Volume
        Looked at only if it is in HU.
    """
    if volume.unit != "HU" or min(volume.shape) < 8:
        return volume
    steps = [max(1, round(_COARSE_MM / mm)) for mm in volume.geometry.spacing]
    dense = volume.voxels[:: steps[0], :: steps[1], :: steps[2]] > tissue("skin").level  # foam and cloth lie below
    cell_mm = volume.geometry.spacing * steps
    body = _body(dense, cell_mm)
    rest = dense & ~body
    upright = volume.geometry.axis_order.index(2)
    if rest.sum() > body.sum() or not _is_table(rest, upright):
        return volume
    front = volume.geometry.axis_order.index(1)
    shown = _filled(_neighbours(body, (1, 1, 1), np.logical_or) & ~rest, upright)
    past = _cells_past_table(rest, body, front, upright)
    # the cell in front of the table's surface may hold the surface itself
    shown &= ~((past >= 0) | ((past >= -1) & ~body))
    return replace(volume, voxels=_with_air_outside(volume.voxels, shown, steps))


def _body(dense: Mask, cell_mm: NDArray[np.float64]) -> Mask:
    wear = _cells(_WORN_MM, cell_mm)
    worn = _neighbours(dense, wear, np.logical_and)
    body = _grown(_large_pieces(worn), dense, _cells(_GROWN_MM, cell_mm))
    # growing has crept over the table where the back lies on it: whatever is thin and hangs together with the rest
    # goes with it; ears and noses are thin too, but hang on the body alone
    thin = dense & ~_neighbours(worn, wear, np.logical_or)
    return body & ~_grown(thin & ~body, thin, dense.shape)


def _grown(seed: Mask, within: Mask, reach: tuple[int, ...]) -> Mask:
    """Grow a mask cell by cell within another, so many cells along each axis, or until it grows no more."""
    for n in range(max(reach)):
        grown = within & _neighbours(seed, tuple(int(n < cells) for cells in reach), np.logical_or)
        if np.array_equal(grown, seed):
            break
        seed = grown
    return seed


def _cells(length_mm: float, cell_mm: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(n) for n in np.maximum(1, np.rint(length_mm / cell_mm)))


def _neighbours(mask: Mask, reach: tuple[int, ...], combine: Any) -> Mask:
    """Combine each cell with those up to so many cells before and behind it along each axis."""
    for axis, cells in enumerate(reach):
        for _ in range(cells):
            along = np.moveaxis(mask, axis, 0)
            combined = along.copy()
            combine(combined[1:], along[:-1], out=combined[1:])
            combine(combined[:-1], along[1:], out=combined[:-1])
            mask = np.moveaxis(combined, 0, axis)
    return mask


def _large_pieces(mask: Mask) -> Mask:
    from vtkmodules.vtkImagingMorphological import vtkImageConnectivityFilter

    pieces = vtkImageConnectivityFilter()
    pieces.SetInputData(to_index_image(np.asfortranarray(mask).view(np.uint8)))
    pieces.SetScalarRange(1, 1)
    pieces.SetExtractionModeToAllRegions()
    pieces.SetLabelModeToSizeRank()
    pieces.SetLabelScalarTypeToInt()
    pieces.Update()
    labels = image_values(pieces.GetOutput()).T
    sizes = np.bincount(labels.ravel(order="K"))[1:]
    large = int(np.sum(sizes >= _BODY_SHARE * sizes.max())) if sizes.size else 0
    return np.asarray((labels > 0) & (labels <= large))


def _is_table(rest: Mask, upright: int) -> bool:
    across = tuple(axis for axis in range(3) if axis != upright)
    return float(rest.any(axis=across).mean()) >= _TABLE_LENGTH and rest.sum() > rest.shape[upright]


def _cells_past_table(rest: Mask, body: Mask, front: int, upright: int) -> NDArray[np.float64]:
    """Count the cells from the table's surface, negative before it, also where the back lies on it.

    A table is the same in every slice: its surface is the middle one of all slices' surfaces, and runs on straight
    where no slice shows it.
    """
    lying = [3 - front - upright, front, upright]
    table, person = rest.transpose(lying), body.transpose(lying)
    depth = np.arange(table.shape[1])
    behind = (table.any(axis=(0, 2)) @ depth) * person.any(axis=(0, 2)).sum() >= (
        person.any(axis=(0, 2)) @ depth
    ) * table.any(axis=(0, 2)).sum()
    if not behind:  # the patient lies on the face, or the grid runs from back to front
        table, person = table[:, ::-1], person[:, ::-1]
    table = table & (depth > np.median(np.nonzero(person)[1]))[:, None]
    first = np.where(table.any(axis=1), table.argmax(axis=1), np.nan)
    seen = np.flatnonzero(np.isfinite(first).mean(axis=1) > _SEEN_SHARE)
    past = np.full(table.shape, -np.inf)
    if seen.size > 1:
        columns = np.arange(seen[0], seen[-1] + 1)
        surface = np.interp(columns, seen, np.nanmedian(first[seen], axis=1))
        past[columns] = (depth - np.rint(surface)[:, None])[:, :, None]
    if not behind:
        past = past[:, ::-1]
    return past.transpose(np.argsort(lying))


def _filled(mask: Mask, upright: int) -> Mask:
    """Fill what lies between cells of the mask along both axes of a cross section."""
    inside = np.ones_like(mask)
    for axis in range(3):
        if axis != upright:
            inside &= np.logical_or.accumulate(mask, axis=axis)
            inside &= np.flip(np.logical_or.accumulate(np.flip(mask, axis), axis=axis), axis)
    return mask | inside


def _with_air_outside(voxels: Voxels, shown: Mask, steps: list[int]) -> Voxels:
    kept = np.asfortranarray(voxels).copy(order="F")
    i, j = (np.arange(n) // step for n, step in zip(voxels.shape[:2], steps[:2], strict=True))
    for k in range(voxels.shape[2]):
        kept[:, :, k][~shown[:, :, k // steps[2]][np.ix_(i, j)]] = _AIR_HU
    return kept
