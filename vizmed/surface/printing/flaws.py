"""What is wrong with the triangles of a mesh: lying twice, turned over, shrunk to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.edges import count_odd_edges
from vizmed.surface.facets import facets
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is wrong with the triangles of a mesh.

    Parameters
    ----------
    duplicate : int
        Triangles whose three corners another one before them has, too, in whatever order. Two that lie back to back,
        a piece of their own, are not counted where all else is sound.
    flipped_edges : int
        Edges between two triangles of which one shows its front and the other its back.
    without_area : int
        Triangles that have shrunk to a line or a point.
    """

    duplicate: int
    flipped_edges: int
    without_area: int


def find_flaws(mesh: pyvista.PolyData) -> Flaws:
    """Count what is wrong with the triangles of a mesh; see `Flaws`."""
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return Flaws(0, 0, 0)
    empty = sum(int(np.count_nonzero((part.area_vector == 0).all(axis=0))) for part in facets(points, triangles))
    if count_odd_edges(triangles) == (0, 0):  # none is turned over, and none twice there
        return Flaws(0, 0, empty)
    repeated = _repeated(triangles)
    return Flaws(int(np.count_nonzero(repeated)), _flipped_edges(triangles[~repeated]), empty)


def _repeated(triangles: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which triangles (m,) have the corners of one before them."""
    corners = np.sort(triangles, axis=1)
    order = np.lexsort(corners.T)  # of equal ones, the first stays first
    repeated = np.zeros(len(triangles), bool)
    repeated[order[1:]] = (corners[order[1:]] == corners[order[:-1]]).all(axis=1)
    return repeated


def _flipped_edges(triangles: NDArray[Any]) -> int:
    tails, heads = triangles.T.astype(np.int64), np.roll(triangles, -1, axis=1).T.astype(np.int64)
    ends = (np.minimum(tails, heads) * (int(triangles.max()) + 1) + np.maximum(tails, heads)).ravel()
    downward = (tails > heads).ravel()
    order = np.argsort(ends, kind="stable")
    starts = np.flatnonzero(np.diff(ends[order], prepend=-1))
    pairs = starts[np.diff(starts, append=len(ends)) == 2]
    # of two triangles that face the same way, one runs along their edge upwards and one downwards
    return int(np.count_nonzero(downward[order[pairs]] == downward[order[pairs + 1]]))
