"""The connected pieces of a mesh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import FloatArray
from vizmed.surface.clean import compact
from vizmed.surface.facets import BLOCK, facets
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

Labels = NDArray[np.integer[Any]]


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
    hooks: Labels = np.arange(n_points).astype(np.int32 if n_points < 2**31 else np.int64)
    for tail, head in _edges(cells):
        hooks[np.maximum(tail, head)] = np.minimum(tail, head)
    _follow(hooks)
    labels = _renumbered(hooks)
    left = [ends for edge in _edges(cells) if (ends := _apart(labels, edge)).size]
    if not left:
        return labels
    return label_pieces(np.concatenate(left), int(labels.max()) + 1)[labels]


def count_pieces(mesh: pyvista.PolyData) -> int:
    """Count the connected pieces of a triangle mesh."""
    points, triangles = mesh_arrays(mesh)
    return len(np.unique(label_pieces(triangles, len(points))[triangles[:, 0]]))


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
        The mesh itself if it has no more pieces.

    Raises
    ------
    OptionError
        If count is below 1.
    """
    check_pieces(count, 0)
    return _keep(mesh, lambda volumes: np.argsort(-volumes, kind="stable")[:count])


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
        The mesh itself if nothing is dropped.

    Raises
    ------
    EmptySurfaceError
        If every piece is smaller, with the volume of the largest.
    OptionError
        If the volume is negative.
    """
    check_pieces(None, min_volume_mm3)
    return _keep(mesh, lambda volumes: np.flatnonzero(np.abs(volumes) >= min_volume_mm3))


def fill_cavities(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Drop the cavities, the pieces that face inwards, so that what is enclosed is solid.

    Raises
    ------
    EmptySurfaceError
        If all pieces are cavities.
    """
    return _keep(mesh, lambda volumes: np.flatnonzero(volumes > 0))


def check_pieces(count: int | None, min_volume_mm3: float) -> None:
    """Refuse a number of pieces or a volume that is none, before any work is done."""
    if count is not None and (count != int(count) or count < 1):
        raise OptionError(f"the number of pieces to keep is {count}", remedy="It is a whole number from 1 up")
    if not 0 <= min_volume_mm3 < inf:
        raise OptionError(f"the smallest volume is {min_volume_mm3} mm³", remedy="It is a number of mm³ from 0 up")


def _keep(mesh: pyvista.PolyData, chosen: Callable[[FloatArray], NDArray[np.intp]]) -> pyvista.PolyData:
    """Keep the pieces that are chosen by the signed volumes of all, mm³."""
    points, triangles = mesh_arrays(mesh)
    labels = label_pieces(triangles, len(points))
    volumes = _enclosed(points, triangles, labels)
    kept = np.zeros(len(volumes), bool)
    kept[chosen(volumes)] = True
    if kept.all():
        return mesh
    left = triangles[kept[labels[triangles[:, 0]]]]
    if len(left) == 0:
        raise EmptySurfaceError(
            f"no piece is left of {np.count_nonzero(np.isfinite(volumes)):,}; the largest encloses "
            f"{volumes[np.isfinite(volumes)].max(initial=0):.6g} mm³"
        )
    return to_polydata(*compact(points, left))


def _enclosed(points: NDArray[Any], triangles: NDArray[Any], labels: Labels) -> FloatArray:
    """Give the signed volume that each piece encloses, mm³, seen from the mean of its triangles' first corners."""
    n_pieces = int(labels.max(initial=-1)) + 1
    volume, area_vector, place = np.zeros(n_pieces), np.zeros((3, n_pieces)), np.zeros((3, n_pieces))
    members = np.zeros(n_pieces)
    for part in facets(points, triangles):
        piece = labels[triangles[part.where, 0]]
        first, last = int(piece.min()), int(piece.max()) + 1
        piece, span = piece - first, slice(first, last)
        members[span] += np.bincount(piece)
        volume[span] += np.bincount(piece, part.six_volumes)
        for axis in range(3):
            area_vector[axis, span] += np.bincount(piece, part.area_vector[axis])
            place[axis, span] += np.bincount(piece, part.a[axis])
    # the area vectors of a closed piece add up to nothing, and its volume is the same from everywhere
    seen_from_within = volume - (place / np.maximum(members, 1) * area_vector).sum(axis=0)
    return np.where(members > 0, seen_from_within / 6, -np.inf)  # a point that no triangle uses is no piece


def _edges(cells: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Go through enough edges of each cell to connect its points: (tails, heads), block by block."""
    for start in range(0, len(cells), BLOCK):
        yield from pairwise(cells[start : start + BLOCK].T.copy())


def _apart(labels: Labels, edge: tuple[NDArray[Any], NDArray[Any]]) -> Labels:
    """Give the labels (n, 2) of the ends of those edges that run between two pieces."""
    tail, head = labels[edge[0]], labels[edge[1]]
    between = tail != head
    return np.stack([tail[between], head[between]], axis=1)


def _follow(hooks: Labels) -> None:
    while True:
        further = hooks[hooks]
        if np.array_equal(further, hooks):
            return
        hooks[:] = further


def _renumbered(roots: Labels) -> Labels:
    is_root = roots == np.arange(len(roots), dtype=roots.dtype)
    number = np.cumsum(is_root, dtype=roots.dtype) - 1
    return np.asarray(number[roots])
