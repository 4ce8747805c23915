"""How far one surface lies from another, in mm, measured both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError
from vizmed.geometry import FloatArray
from vizmed.surface.distance.cells import Cells
from vizmed.surface.edges import edges_once
from vizmed.surface.facets import middle
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

STEPS_ACROSS = 256
"""Steps that `samples` takes across the box of a mesh where it is not told how far apart points may be."""

REACH = 4.0
"""How far `near_distances` looks itself, in what counts as near; what lies further is left to VTK's search."""

BLOCK = 1 << 18
"""Points that are measured, or sampled triangles that are looked at, at a time."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Distances of many points from a surface.

    Parameters
    ----------
    mean_mm, p95_mm, max_mm : float
        Their mean, the distance that 95 of 100 do not pass, and the largest.
    points : int
        How many were measured.
    """

    mean_mm: float
    p95_mm: float
    max_mm: float
    points: int

    @classmethod
    def of(cls, distances_mm: NDArray[Any]) -> Spread:
        """Sum up distances (n,) in mm."""
        if distances_mm.size == 0:
            return cls(0.0, 0.0, 0.0, 0)
        p95 = float(np.percentile(distances_mm, 95))
        return cls(float(distances_mm.mean()), p95, float(distances_mm.max()), int(distances_mm.size))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two surfaces against each other.

    Parameters
    ----------
    there : Spread
        From the first surface to the second.
    back : Spread
        From the second to the first. The two differ where one has what the other lacks.
    """

    there: Spread
    back: Spread

    @property
    def max_mm(self) -> float:
        """The largest distance either way: Hausdorff's, at the points that were measured."""
        return max(self.there.max_mm, self.back.max_mm)

    @property
    def p95_mm(self) -> float:
        """The larger of the two ways."""
        return max(self.there.p95_mm, self.back.p95_mm)

    @property
    def mean_mm(self) -> float:
        """The larger of the two ways."""
        return max(self.there.mean_mm, self.back.mean_mm)

    def __str__(self) -> str:
        return f"{self.mean_mm:.3f} mm on average, {self.p95_mm:.3f} mm at 95 %, {self.max_mm:.3f} mm at most"


def compare(
    mesh: pyvista.PolyData, other: pyvista.PolyData, *, step_mm: float | None = None, most: int | None = None
) -> Comparison:
    """Measure the distances of two triangle meshes from each other, both ways.

    Parameters
    ----------
    mesh, other : pyvista.PolyData
        LPS mm.
    step_mm : float, optional
        How far apart the points that are measured may lie; see `samples`.
    most : int, optional
        Measure no more points than this each way, evenly spread over the mesh; all where left out.

    Raises
    ------
    EmptySurfaceError
        If one of them has no triangles.
    """
    spreads = []
    for one, another in ((mesh, other), (other, mesh)):
        places = samples(one, step_mm)
        stride = 1 if most is None else -(-len(places) // most)
        spreads.append(Spread.of(distances(places[::stride], another)))
    return Comparison(*spreads)


def distances(points: NDArray[Any], mesh: pyvista.PolyData) -> FloatArray:
    """Give the distance in mm, shape (n,), from points (n, 3) in LPS mm to the nearest place of a mesh's triangles.

    Raises
    ------
    EmptySurfaceError
        If the mesh has no triangles.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkDoubleArray
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

    corners, triangles = _checked(mesh)
    centre = middle(corners)  # float32 holds small offsets finer than far coordinates
    surface = vtkImplicitPolyDataDistance()
    surface.SetInput(to_polydata((corners - centre).astype(np.float32), triangles))
    apart = np.empty(len(points))
    for start in range(0, len(points), BLOCK):
        places = np.ascontiguousarray(points[start : start + BLOCK] - centre)
        signed = vtkDoubleArray()
        surface.EvaluateFunction(numpy_to_vtk(places, deep=False), signed)
        apart[start : start + BLOCK] = vtk_to_numpy(signed)
    return np.abs(apart)


def near_distances(mesh: pyvista.PolyData, near_mm: float) -> Callable[[NDArray[Any]], FloatArray]:
    """Give what measures many points, most of them near, from a mesh; many times as fast as `distances`.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm.
    near_mm : float
        A distance up to this may come out too large, where an edge is nearest and a triangle beside it is not much
        further, but no larger than this; none comes out too small.

    Returns
    -------
    callable
        From points (n, 3) in LPS mm to distances (n,) in mm.
    """
    corners, triangles = _checked(mesh)
    centre = middle(corners)
    cells = Cells((corners - centre).astype(np.float32), triangles, REACH * near_mm)

    def measured(points: NDArray[Any]) -> FloatArray:
        apart = cells.distances((points - centre).astype(np.float32), near_mm)
        far = apart > cells.reach_mm
        if far.any():
            apart[far] = distances(points[far], mesh)
        return apart

    return measured


def _checked(mesh: pyvista.PolyData) -> tuple[NDArray[Any], NDArray[Any]]:
    corners, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        raise EmptySurfaceError("the mesh has no triangles, so nothing has a distance to it")
    return corners, triangles


def samples(mesh: pyvista.PolyData, step_mm: float | None = None) -> NDArray[np.float32]:
    """Give points (n, 3) on a triangle mesh: its vertices, and on its larger triangles points a step apart.

    Parameters
    ----------
    mesh : pyvista.PolyData
    step_mm : float, optional
        A 256th of the diagonal of the mesh's box where left out.
    """
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return np.empty((0, 3), np.float32)
    if step_mm is None:
        step_mm = float(np.linalg.norm(points.max(axis=0) - points.min(axis=0))) / STEPS_ACROSS
    return np.concatenate([points.astype(np.float32, copy=False), inner_points(points, triangles, step_mm)[0]])


def inner_points(
    points: NDArray[Any], triangles: NDArray[Any], step_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Give points (k, 3) inside of the triangles whose edges are longer than a step, and whose they are (k,)."""
    places, owners = [np.empty((0, 3), np.float32)], [np.empty(0, np.int64)]
    for start in range(0, len(triangles), BLOCK):
        for place, owner in _rows_of_points(points, triangles[start : start + BLOCK], step_mm):
            places.append(place)
            owners.append(owner + start)
    return np.concatenate(places), np.concatenate(owners)


def edge_points(
    points: NDArray[Any], triangles: NDArray[Any], step_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Give points (k, 3) along the edges of triangles, at least their middles, and the ends of those edges (k,)."""
    tails, heads = edges_once(triangles)
    length = np.linalg.norm(points[heads] - points[tails], axis=1)
    count = np.maximum(np.ceil(length / step_mm) - 1, 1).astype(np.int64)
    edge = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + 1
    part = (nth / (count + 1)[edge]).astype(np.float32)[:, None]
    tails, heads = tails[edge], heads[edge]
    return (points[tails] * (1 - part) + points[heads] * part).astype(np.float32), tails, heads


def _rows_of_points(
    points: NDArray[Any], triangles: NDArray[Any], step_mm: float
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Go through points inside of the triangles, in rows along their longest edge, a step or less apart."""
    edges = np.stack([points[triangles[:, (n + 1) % 3]] - points[triangles[:, n]] for n in range(3)])
    longest = np.linalg.norm(edges, axis=2).argmax(axis=0)
    rows = np.arange(len(triangles))
    a, b, c = (points[triangles[rows, (longest + n) % 3]].astype(np.float64) for n in range(3))
    base = np.linalg.norm(b - a, axis=1)
    height = np.linalg.norm(np.cross(b - a, c - a), axis=1) / np.maximum(base, np.finfo(np.float64).tiny)
    counts = np.stack([np.ceil(base / step_mm), np.maximum(np.ceil(height / step_mm), 1)], axis=1).astype(np.int64)
    counts[base <= step_mm] = 0  # its corners say it all
    for along, up in np.unique(counts[counts[:, 0] > 0], axis=0):
        some = np.flatnonzero((counts[:, 0] == along) & (counts[:, 1] == up))
        t = (np.arange(up) + 0.5)[:, None] / up
        s = (np.arange(along) + 0.5)[None, :] / along * (1 - t)
        weights = np.stack([1 - s - t, s, np.broadcast_to(t, s.shape)], axis=-1).reshape(-1, 3)
        places = np.einsum("wk,knx->nwx", weights, np.stack([a[some], b[some], c[some]]))
        yield places.reshape(-1, 3).astype(np.float32), np.repeat(some, len(weights))
