"""The connected pieces of a mesh."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import FloatArray
from vizmed.surface.sums import Labels, sums_of_pieces
from vizmed.surface.threads import blocks, each
from vizmed.vtk_bridge import mesh_arrays, remade

if TYPE_CHECKING:
    import pyvista

FEW = 1 << 15
"""Cells or points that are looked at together: what is known of them stays in a processor's cache."""

Chosen: TypeAlias = NDArray[np.intp]

Choice: TypeAlias = Callable[[FloatArray], Chosen]
"""From the signed volumes of pieces, mm³, to which of them are kept, in rising order. What is no piece has -inf."""


def label_pieces(cells: NDArray[Any], n_points: int) -> Labels:
    """Number the connected pieces of a mesh.

    Each point starts as its own piece. Every edge then hooks the higher of its two ends to the lower one, all at once
    and the last one wins, and every point follows its hooks down to their end. What edges are left between two
    pieces make a far smaller mesh of pieces, which is labelled in the same way.

    Parameters
    ----------
    cells : (m, k) ndarray of int
        Point numbers of triangles (k = 3) or edges (k = 2).
    n_points : int

    Returns
    -------
    (n_points,) ndarray of int
        Piece of each point, 0 and up, in the order of each piece's first point. A point that no cell uses is a piece
        of its own.
    """
    hooks: Labels = np.arange(n_points, dtype=np.int32 if n_points < 2**31 else np.int64)
    for tail, head in _edges(cells):
        hooks[np.maximum(tail, head)] = np.minimum(tail, head)
    labels = _followed(hooks)
    left = each(lambda block: _apart(labels, cells[block]), blocks(len(cells), FEW))
    if not any(map(len, left)):
        return labels
    return label_pieces(np.concatenate(left), int(labels.max()) + 1).take(labels)


def count_pieces(mesh: pyvista.PolyData) -> int:
    """Count the connected pieces of a triangle mesh."""
    points, triangles = mesh_arrays(mesh)
    labels = label_pieces(triangles, len(points))
    used = np.zeros(int(labels.max(initial=-1)) + 1, bool)  # a point that no triangle uses is no piece
    used[labels[triangles[:, 0]]] = True
    return int(np.count_nonzero(used))


def keep_largest(mesh: pyvista.PolyData, count: int = 1) -> pyvista.PolyData:
    """Keep the pieces that enclose the largest volumes.

    Not the largest areas: on CT the inner surface of the lungs, all vessels, has more of it than the skin. Cavities
    are pieces of their own, enclose less than nothing, and go. A piece that is open counts as if its rim were closed
    towards its middle.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, their front sides outward.
    count : int
        How many to keep; of equal ones the first.

    Returns
    -------
    pyvista.PolyData
        The mesh itself if it has no more pieces. Of a plain `vtkPolyData`, another.

    Raises
    ------
    OptionError
        If count is below 1.
    """
    return sort_out(mesh, [largest(count)]).mesh


def drop_small(mesh: pyvista.PolyData, min_volume_mm3: float) -> pyvista.PolyData:
    """Drop the pieces that enclose less than a volume, and the cavities that are smaller.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, their front sides outward.
    min_volume_mm3 : float

    Returns
    -------
    pyvista.PolyData
        The mesh itself if nothing is dropped. Of a plain `vtkPolyData`, another.

    Raises
    ------
    EmptySurfaceError
        If every piece is smaller, with the volume of the largest.
    OptionError
        If the volume is negative.
    """
    return sort_out(mesh, [at_least(min_volume_mm3)]).mesh


def fill_cavities(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Drop the cavities, the pieces that face inwards, so that what is enclosed is solid.

    Raises
    ------
    EmptySurfaceError
        If all pieces are cavities.
    """
    return sort_out(mesh, [solid]).mesh


def check_pieces(count: int | None, min_volume_mm3: float) -> None:
    """Refuse a number of pieces or a volume that is none, before any work is done."""
    if count is not None and (count != int(count) or count < 1):
        raise OptionError(f"the number of pieces to keep is {count}", remedy="It is a whole number from 1 up")
    if not 0 <= min_volume_mm3 < inf:
        raise OptionError(f"the smallest volume is {min_volume_mm3} mm³", remedy="It is a number of mm³ from 0 up")


def solid(volumes: FloatArray) -> Chosen:
    """Choose the pieces that are no cavities."""
    return np.flatnonzero(volumes > 0)


def at_least(min_volume_mm3: float) -> Choice:
    """Choose the pieces, and cavities, of a volume and more."""
    check_pieces(None, min_volume_mm3)
    return lambda volumes: np.flatnonzero(np.abs(volumes) >= min_volume_mm3)


def largest(count: int) -> Choice:
    """Choose the largest pieces."""
    check_pieces(count, 0)
    return lambda volumes: np.sort(np.argsort(-volumes, kind="stable")[:count])


class SortedOut(NamedTuple):
    """What is left of a mesh, and how many pieces it had and has."""

    mesh: pyvista.PolyData
    had: int
    has: int


def sort_out(mesh: pyvista.PolyData, choices: Sequence[Choice]) -> SortedOut:
    """Keep the pieces that one choice after another leaves, by the signed volumes (mm³) of those that there still are.

    Raises
    ------
    EmptySurfaceError
        If a choice leaves none.
    """
    points, triangles = mesh_arrays(mesh)
    labels = label_pieces(triangles, len(points))
    volumes = _enclosed(points, triangles, labels)
    left = np.arange(len(volumes))
    for choose in choices:
        before, left = left, left[choose(volumes[left])]
        if len(left) < len(before) and not np.isfinite(volumes[left]).any():
            there = volumes[before][np.isfinite(volumes[before])]
            raise EmptySurfaceError(
                f"no piece is left of {len(there):,}; the largest encloses {there.max(initial=0):.6g} mm³"
            )
    had, has = (int(np.count_nonzero(np.isfinite(some))) for some in (volumes, volumes[left]))
    if len(left) == len(volumes):
        return SortedOut(mesh, had, has)
    kept = np.zeros(len(volumes), bool)
    kept[left] = np.isfinite(volumes[left])
    return SortedOut(remade(mesh, *_chosen(points, triangles, kept[labels])), had, has)


def _chosen(points: NDArray[Any], triangles: NDArray[Any], of: NDArray[np.bool_]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Take some of the points, all of whole pieces, and the triangles between them."""
    number = np.cumsum(of) - 1
    there = list(blocks(len(triangles), FEW))
    counts = each(lambda block: int(np.count_nonzero(of.take(triangles[block, 0]))), there)
    left = np.empty((sum(counts), 3), number.dtype)

    def choose(job: tuple[slice, int, int]) -> None:
        block, count, end = job
        some = triangles[block]
        if count < len(some):
            some = some.compress(of.take(some[:, 0]), axis=0)
        left[end - count : end] = number.take(some)

    each(choose, zip(there, counts, accumulate(counts), strict=True))
    return points.compress(of, axis=0), left


def _enclosed(points: NDArray[Any], triangles: NDArray[Any], labels: Labels) -> FloatArray:
    """Give the signed volume that each piece encloses, mm³, seen from the mean of its triangles' first corners."""
    if len(triangles) == 0:
        return np.full(int(labels.max(initial=-1)) + 1, -np.inf)
    sums = sums_of_pieces(lambda part: (part.six_volumes, *part.area_vector, *part.a), points, triangles, labels)
    members, volume, area_vector, place = sums[0], sums[1], sums[2:5], sums[5:]
    # the area vectors of a closed piece add up to nothing, and its volume is the same from everywhere
    seen_from_within = volume - (place / np.maximum(members, 1) * area_vector).sum(axis=0)
    return np.where(members > 0, seen_from_within / 6, -np.inf)  # a point that no triangle uses is no piece


def _edges(cells: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Go through enough edges of each cell to connect its points: (tails, heads), block by block."""
    for block in blocks(len(cells), FEW):
        yield from pairwise(cells[block].T.copy())


def _apart(labels: Labels, cells: NDArray[Any]) -> Labels:
    """Give the labels (n, 2) of the ends of those edges that run between two pieces."""
    found = labels.take(cells)
    first, *others = found.T
    between = first != others[0]
    for other in others[1:]:
        between |= first != other
    left = found.compress(between, axis=0)
    ends = np.concatenate([left[:, start : start + 2] for start in range(len(others))])
    return ends.compress(ends[:, 0] != ends[:, 1], axis=0)


def _followed(hooks: Labels) -> Labels:
    """Follow each hook, which leads to a lower point, to the end, and number the ends in their order."""
    labels, count = np.empty_like(hooks), 0
    for block in blocks(len(hooks), FEW):  # what lower blocks have leads to the end already
        here = hooks[block]
        while not np.array_equal(further := hooks.take(here), here):
            here[:] = further
        ends = block.start + np.flatnonzero(here == np.arange(block.start, block.stop, dtype=here.dtype))
        labels[ends] = np.arange(count, count + len(ends))
        count += len(ends)
        labels[block] = labels.take(here)
    return labels
