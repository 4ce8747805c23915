"""A mask laid on the grid of a volume: where a surface may lie at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError, OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.stages import stage
from vizmed.surface.inside.band import along_k
from vizmed.volume import Volume

TIE = 1e-6
"""Points this near to the border of two voxels, in voxels, count as the upper one's. Where grids of half a millimetre
and of a whole one meet, rounding would else choose at random."""

LABELS_SHOWN = 12


class Region(NamedTuple):
    """Where a mask lies on another grid.

    Parameters
    ----------
    inside : (ni, nj, nk) ndarray of bool
        The voxels of the grid whose centres lie in marked voxels of the mask, Fortran order.
    outside : float
        The part of the marked voxels, from 0 to below 1, whose centres lie outside of the grid.
    """

    inside: NDArray[np.bool_]
    outside: float


@stage("laying the mask")
def region_of(mask: Volume, geometry: Geometry, labels: Sequence[int] | None = None) -> Region:
    """Lay a mask on a grid, each voxel of which takes what lies at its centre.

    Parameters
    ----------
    mask : Volume
        On any grid: turned, mirrored, sheared, finer, coarser, smaller.
    geometry : Geometry
        The grid that it is laid on.
    labels : sequence of int, optional
        Which values of the mask mark a voxel; all but 0 where left out. NaN, infinity and padding never do.

    Raises
    ------
    OptionError
        If the mask has not all of the labels: with those that it has; or if it marks no voxel.
    GeometryError
        If no voxel of the grid has its centre in what is marked: with where both lie.
    """
    marked = _marked(mask, labels)
    if mask.geometry.is_close(geometry):
        return Region(marked, 0.0)
    to_mask = np.linalg.inv(mask.geometry.affine) @ geometry.affine
    inside = _laid(marked, geometry.shape, to_mask)
    if not inside.any():
        raise GeometryError(
            f"nothing that the mask marks lies in the volume: the mask is {_place(mask.geometry)}, "
            f"the volume {_place(geometry)}",
            remedy="A mask and its volume are in one frame, LPS mm",
        )
    to_grid = np.linalg.inv(geometry.affine) @ mask.geometry.affine
    return Region(inside, _part_outside(marked, geometry.shape, to_grid))


def _marked(mask: Volume, labels: Sequence[int] | None) -> NDArray[np.bool_]:
    marked = np.zeros(mask.shape, bool, order="F")
    found: set[float] = set()
    for k, part in enumerate(along_k(mask.voxels)):
        marks = np.isfinite(part) & ((part != 0) if labels is None else np.isin(part, labels))
        marked[..., k] = marks if mask.padding is None else marks & (part != mask.padding)
        if labels is not None:
            found.update(np.unique(part[marked[..., k]]).tolist())
    if missing := [label for label in labels or () if label not in found]:
        _refuse_missing(mask, missing)
    if not marked.any():
        raise OptionError("the mask marks no voxel", remedy="What it marks has another value than 0")
    return marked


def _refuse_missing(mask: Volume, labels: Sequence[int]) -> None:
    values = np.unique(mask.meaningful_values())
    names = [f"{value:g}" for value in values[values != 0]]
    more = f" and {len(names) - LABELS_SHOWN} more" if len(names) > LABELS_SHOWN else ""
    raise OptionError(
        f"the mask has no label {' and no label '.join(map(str, labels))}",
        remedy=f"It has {', '.join(names[:LABELS_SHOWN])}{more}" if names else "It has none at all",
    )


def _laid(marked: NDArray[np.bool_], shape: tuple[int, int, int], to_mask: FloatArray) -> NDArray[np.bool_]:
    """Take for each voxel of a grid the mark that lies at its centre, slice by slice."""
    inside = np.zeros(shape, bool, order="F")
    flat, steps = marked.ravel(order="F"), (1, marked.shape[0], marked.shape[0] * marked.shape[1])
    along = np.ogrid[: shape[0], : shape[1]]
    for k in range(shape[2]):
        place, within = np.zeros((1, 1), np.intp), np.ones((1, 1), bool)
        for row, size, step in zip(to_mask[:3], marked.shape, steps, strict=True):
            # where an axis of the mask stands at a right angle to i or j, the index along it does not hang on that one
            terms = (way * n for way, n in zip(row, along, strict=False) if abs(way) * n.size > TIE / 100)
            nearest = np.floor(sum(terms, row[2] * k + row[3] + 0.5 + TIE))
            within = within & (nearest >= 0) & (nearest < size)
            place = place + step * np.clip(nearest, 0, size - 1).astype(np.intp)
        inside[..., k] = within & flat[place]
    return inside


def _part_outside(marked: NDArray[np.bool_], shape: tuple[int, int, int], to_grid: FloatArray) -> float:
    """Give the part of the marked voxels whose centres lie outside of a grid."""
    outside = 0
    for k, part in enumerate(along_k(marked)):
        index = np.argwhere(part) @ to_grid[:3, :2].T + (to_grid[:3, 2] * k + to_grid[:3, 3])
        beyond = (index < -0.5 - TIE) | (index > np.array(shape) - 0.5 + TIE)
        outside += int(np.count_nonzero(beyond.any(axis=1)))
    return outside / int(np.count_nonzero(marked))


def _place(geometry: Geometry) -> str:
    ends = zip("xyz", geometry.extent, strict=True)
    return ", ".join(f"{axis} {low:.0f} to {high:.0f}" for axis, (low, high) in ends) + " mm"
