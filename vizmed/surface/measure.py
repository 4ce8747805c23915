"""What a surface amounts to: its size, whether it is closed, how many pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.facets import BLOCK, facets, middle
from vizmed.surface.pieces import count_pieces
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The measures of a mesh.

    Parameters
    ----------
    triangles, points : int
    area_mm2 : float
    volume_mm3 : float
        What the mesh encloses; positive where its front sides are outward. Of an open mesh it means little.
    closed : bool
        Whether each edge of each triangle is also an edge of a neighbour, the other way round.
    open_edges : int
        Edges without such a neighbour.
    crowded_edges : int
        Edges that more than two triangles share; a mesh with none of them and no open ones is a manifold, which some
        programs for printing ask for.
    pieces : int
        Connected pieces.
    bounds_mm : (3, 2) ndarray
        Least and largest x, y and z, LPS.
    centroid_mm : (3,) ndarray
        Of the solid, LPS; of the surface itself where the mesh is open.
    """

    triangles: int
    points: int
    area_mm2: float
    volume_mm3: float
    closed: bool
    open_edges: int
    crowded_edges: int
    pieces: int
    bounds_mm: FloatArray
    centroid_mm: FloatArray

    def __str__(self) -> str:
        edge = "closed" if self.closed else f"open along {self.open_edges:,} edge{'' if self.open_edges == 1 else 's'}"
        edges = f"{self.crowded_edges:,} edge{'' if self.crowded_edges == 1 else 's'}"
        crowded = f", {edges} of more than two triangles" if self.crowded_edges else ""
        return (
            f"{self.triangles:,} triangles, area {self.area_mm2 / 100:,.1f} cm², "
            f"volume {self.volume_mm3 / 1000:,.1f} cm³, {edge}, "
            f"{self.pieces:,} piece{'' if self.pieces == 1 else 's'}{crowded}"
        )


def measure(mesh: pyvista.PolyData) -> Measure:
    """Measure a triangle mesh in LPS mm. Sums are in float64 around the middle of the mesh."""
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return Measure(0, len(points), 0.0, 0.0, False, 0, 0, 0, np.full((3, 2), np.nan), np.full(3, np.nan))
    open_edges, crowded_edges = count_odd_edges(triangles)
    area, volume, surface_centre, solid_centre = _sums(points, triangles)
    is_solid = open_edges == 0 and volume != 0
    return Measure(
        triangles=len(triangles),
        points=len(points),
        area_mm2=area,
        volume_mm3=volume,
        closed=open_edges == 0,
        open_edges=open_edges,
        crowded_edges=crowded_edges,
        pieces=count_pieces(mesh),
        bounds_mm=np.stack([points.min(axis=0), points.max(axis=0)], axis=1).astype(np.float64),
        centroid_mm=solid_centre if is_solid else surface_centre,
    )


def count_odd_edges(triangles: NDArray[Any]) -> tuple[int, int]:
    """Count the edges of triangles (m, 3) that have no neighbour the other way round, and those of more than two."""
    # one number for each edge and way: its ends in rising order, then whether it runs down
    keys = np.empty((3, len(triangles)), np.uint64)
    n_points = np.uint64(int(triangles.max(initial=0)) + 1)
    for start in range(0, len(triangles), BLOCK):
        corners = np.ascontiguousarray(triangles[start : start + BLOCK].T.astype(np.uint64))
        for side in range(3):
            tail, head = corners[side], corners[(side + 1) % 3]
            ends = np.minimum(tail, head) * n_points + np.maximum(tail, head)
            keys[side, start : start + BLOCK] = ends * np.uint64(2) + (tail > head)
    edges = keys.ravel()
    edges.sort()
    if edges.size % 2 == 0 and np.array_equal(edges[::2] | np.uint64(1), edges[1::2]) and not (edges[::2] & 1).any():
        return 0, 0
    ways = 1 - 2 * (edges & np.uint64(1)).astype(np.int8)
    edges >>= np.uint64(1)
    starts = np.flatnonzero(np.diff(edges, prepend=~edges[:1]))
    unpaired = np.abs(np.add.reduceat(ways, starts, dtype=np.int64)).sum()
    shared_by = np.diff(starts, append=len(edges))
    return int(unpaired), int(np.count_nonzero(shared_by > 2))


def _sums(points: NDArray[Any], triangles: NDArray[Any]) -> tuple[float, float, FloatArray, FloatArray]:
    """Add up area (mm²), volume (mm³), and the centroids of surface and solid (mm)."""
    area = volume = 0.0
    area_moment, volume_moment = np.zeros(3), np.zeros(3)
    for part in facets(points, triangles):
        areas = np.sqrt((part.area_vector**2).sum(axis=0))
        corners = part.a + part.b + part.c
        area += areas.sum()
        volume += part.six_volumes.sum()
        area_moment += corners @ areas
        volume_moment += corners @ part.six_volumes
    centre = middle(points)
    surface_centre = centre + area_moment / (3 * area) if area else centre
    solid_centre = centre + volume_moment / (4 * volume) if volume else centre
    return float(area / 2), float(volume / 6), surface_centre, solid_centre
