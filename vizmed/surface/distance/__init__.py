"""How far one surface lies from another, in mm, measured both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError
from vizmed.geometry import FloatArray
from vizmed.surface.distance.cells import Cells
from vizmed.surface.distance.places import Inner
from vizmed.surface.facets import middle
from vizmed.vtk_bridge import mesh_arrays, to_mesh

if TYPE_CHECKING:
    import pyvista

STEPS_ACROSS = 256
"""Steps that `samples` takes across the box of a mesh where it is not told how far apart points may be."""

REACHES = (0.15, 0.75, 3.0)
"""How far triangles are looked for from points, in mean edges of a mesh, one after the other: the nearer, the fewer
triangles have to be measured from. What lies further is left to VTK's search."""

BLOCK = 1 << 18
"""Points that VTK measures at a time."""


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
        spreads.append(Spread.of(distances(samples(one, step_mm, most=most), another)))
    return Comparison(*spreads)


def distances(points: NDArray[Any], mesh: pyvista.PolyData) -> FloatArray:
    """Give the distance in mm, shape (n,), from points (n, 3) in LPS mm to the nearest place of a mesh's triangles.

    Raises
    ------
    EmptySurfaceError
        If the mesh has no triangles.
    """
    corners, triangles = _checked(mesh)
    centre = middle(corners)  # float32 holds small offsets finer than far coordinates
    places = (corners - centre).astype(np.float32)
    cells = Cells(places, triangles)
    apart, left = np.full(len(points), np.inf), np.arange(len(points))
    for reach in REACHES:
        apart[left] = cells.distances(points[left] - centre, reach * cells.edge_mm)
        left = left[np.isinf(apart[left])]
        if left.size == 0:
            return apart
    apart[left] = _far_distances(points[left] - centre, places, triangles)
    return apart


def _far_distances(points: NDArray[Any], places: NDArray[np.float32], triangles: NDArray[Any]) -> FloatArray:
    """Measure as `distances` does, by a tree of boxes: it takes long to grow, but looks as far as it must."""
    from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

    surface = vtkImplicitPolyDataDistance()
    surface.SetInput(to_mesh(places, triangles))
    # point by point: VTK 9.7 evaluates an array in threads that share what the search keeps, and crashes now and then
    return np.abs([surface.EvaluateFunction(point) for point in points.astype(np.float64).tolist()])


def _checked(mesh: pyvista.PolyData) -> tuple[NDArray[Any], NDArray[Any]]:
    corners, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        raise EmptySurfaceError("the mesh has no triangles, so nothing has a distance to it")
    return corners, triangles


def samples(mesh: pyvista.PolyData, step_mm: float | None = None, *, most: int | None = None) -> NDArray[np.float32]:
    """Give points (n, 3) on a triangle mesh: its vertices, and on its larger triangles points a step apart.

    Parameters
    ----------
    mesh : pyvista.PolyData
    step_mm : float, optional
        A 256th of the diagonal of the mesh's box where left out.
    most : int, optional
        Give no more than so many of them, evenly spread.
    """
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return np.empty((0, 3), np.float32)
    if step_mm is None:
        step_mm = float(np.linalg.norm(points.max(axis=0) - points.min(axis=0))) / STEPS_ACROSS
    inner = Inner(points, triangles, step_mm)
    stride = 1 if most is None else -(-(len(points) + len(inner)) // most)
    wanted = np.arange(0, len(points) + len(inner), stride)
    of_mesh, within = np.split(wanted, [np.searchsorted(wanted, len(points))])
    return np.concatenate([points[of_mesh].astype(np.float32, copy=False), inner.points(within - len(points))[0]])
