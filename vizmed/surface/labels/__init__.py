"""Labels to surfaces: one closed mesh each, in LPS mm, neighbours with one and the same border between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.segmentation import Label, Segmentation, Wanted
from vizmed.surface.labels.borders import borders_of
from vizmed.surface.simplify import check_error
from vizmed.surface.smooth import check_iterations
from vizmed.volume import Volume

if TYPE_CHECKING:
    import pyvista

SMOOTH = 10
"""Rounds of smoothing where nothing else is asked for: balls and ellipsoids of 4 to 18 voxels then lie 0.1 voxel off,
where the steps of voxels lie 0.4 off (measured). More takes more of the steps, and rounds off what is small."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelSurface:
    """The surface of one label.

    Parameters
    ----------
    label : Label
    mesh : pyvista.PolyData
        Triangles in LPS mm, float32, front sides outward: closed, and a sheet around each of its points.
    voxels : int
        How many voxels the label has.
    voxels_mm3 : float
        What these fill.
    """

    label: Label
    mesh: pyvista.PolyData
    voxels: int
    voxels_mm3: float


def label_surfaces(
    segmentation: Segmentation, *, only: Wanted | None = None, smooth: int = SMOOTH, max_error_mm: float | None = None
) -> Iterator[LabelSurface]:
    """Make one closed surface of each label.

    Labels of one layer are neighbours: where they touch, both surfaces have the same points and the same triangles,
    smoothed and reduced or not. Labels that overlap lie in different layers, and know nothing of each other. One layer
    is worked on at a time.

    Parameters
    ----------
    segmentation : Segmentation
    only : int, str, or iterable of them, optional
        The labels that are wanted, as `Segmentation.find` takes them. The rest counts as no label.
    smooth : int
        Rounds of smoothing, which give each piece of a label the volume of its voxels back: to 0.5 %, and most to
        0.01 %. A piece that cannot have it stays as it was. With 0 the surface has the very faces of the voxels, but
        where a label touches itself along an edge or at a corner: there it is up to 1/256 of a voxel off.
    max_error_mm : float, optional
        Reduce the triangles as long as no border moves further than this. Seams, where three labels meet, stay as they
        are. The volumes change with the borders.

    Returns
    -------
    iterator of LabelSurface
        Of each label that has voxels; layer by layer, in the order of numbers. Labels that reach the border of the
        scan are closed there, on the outer faces of the outermost voxels.

    Raises
    ------
    OptionError
        If an option is out of range, or a label is wanted that is not there.
    BudgetError
        When the turn comes to a layer whose borders are too large.
    """
    check_iterations(smooth)
    if max_error_mm is not None:
        check_error(max_error_mm)
    return _surfaces(segmentation if only is None else segmentation.only(only), smooth, max_error_mm)


def _surfaces(segmentation: Segmentation, smooth: int, max_error_mm: float | None) -> Iterator[LabelSurface]:
    for place, layer in enumerate(segmentation.layers):
        pairs = zip(segmentation.labels, segmentation.layer_of, strict=True)
        yield from _of_layer(layer, [label for label, of in pairs if of == place], smooth, max_error_mm)


def _of_layer(layer: Volume, labels: list[Label], smooth: int, max_error_mm: float | None) -> Iterator[LabelSurface]:
    first, ranks = _ranked(layer.voxels, [label.number for label in labels])
    voxels = np.zeros(len(labels) + 1, np.int64)
    for k in range(ranks.shape[2]):
        voxels += np.bincount(ranks[..., k].ravel(), minlength=len(voxels))
    if not voxels[1:].any():
        return
    borders = borders_of(ranks, first, layer.geometry, smooth=smooth, max_error_mm=max_error_mm)
    del ranks
    voxel_mm3 = abs(float(np.linalg.det(layer.geometry.affine[:3, :3])))
    for label, count, mesh in zip(labels, voxels[1:].tolist(), borders.meshes(len(labels)), strict=True):
        if mesh is not None:
            yield LabelSurface(label, mesh, count, count * voxel_mm3)


def _ranked(voxels: NDArray[Any], numbers: list[int]) -> tuple[tuple[int, int, int], NDArray[Any]]:
    """Cut out the smallest box around all labels, and give each voxel the rank of its number, from 1.

    Returns
    -------
    first : tuple of int
        The first voxel of the box.
    ranks : (ni, nj, nk) ndarray of unsigned int
        In a shell of zeros, in Fortran order. A number that no label has counts as none.
    """
    box = [_span(voxels, axis) for axis in range(3)]
    inside = voxels[tuple(box)]
    known = np.array([0, *numbers])
    ranks = np.zeros([n + 2 for n in inside.shape], np.min_scalar_type(len(numbers)), order="F")
    for k in range(inside.shape[2]):
        filled = inside[..., k] > 0
        values = inside[..., k][filled]
        rank = np.minimum(np.searchsorted(known, values), len(numbers))
        ranks[1:-1, 1:-1, k + 1][filled] = np.where(known[rank] == values, rank, 0)
    i, j, k = (span.start for span in box)
    return (i, j, k), ranks


def _span(voxels: NDArray[Any], axis: int) -> slice:
    """Give the span along an axis in which anything is; of nothing where nothing is."""
    filled = np.flatnonzero(voxels.any(axis=tuple(other for other in range(3) if other != axis)))
    return slice(int(filled[0]), int(filled[-1]) + 1) if filled.size else slice(0, 0)
