"""What a surface amounts to: its size, whether it is closed, how many pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.stages import stage
from vizmed.surface.edges import count_flaws
from vizmed.surface.facets import Facets, dot, middle, of_facets
from vizmed.surface.pieces import label_pieces
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The measures of a mesh.

    Parameters
    ----------
    triangles, points : int
        The points are those that triangles use.
    area_mm2 : float
    volume_mm3 : float
        What the mesh encloses; positive where its front sides are outward. Of an open mesh it means little.
    closed : bool
        Whether each edge of each triangle is also an edge of a neighbour, the other way round.
    open_edges : int
        Edges without such a neighbour.
    crowded_edges : int
        Edges that more than two triangles share.
    pinched_points : int
        Points at which two sheets touch that no edge joins there.
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
    pinched_points: int
    pieces: int
    bounds_mm: FloatArray
    centroid_mm: FloatArray

    @property
    def manifold(self) -> bool:
        """Whether the surface is closed and is a sheet around each of its points, as programs for printing ask for."""
        return self.closed and not (self.crowded_edges or self.pinched_points)

    @property
    def genus(self) -> int | None:
        """Number of handles (holes right through) of all pieces, by Euler's formula; None unless it is a manifold."""
        return self.pieces - (self.points - self.triangles // 2) // 2 if self.manifold else None

    def __str__(self) -> str:
        edge = "closed" if self.closed else f"open along {self.open_edges:,} edge{'' if self.open_edges == 1 else 's'}"
        edges = f"{self.crowded_edges:,} edge{'' if self.crowded_edges == 1 else 's'}"
        crowded = f", {edges} of more than two triangles" if self.crowded_edges else ""
        points = f"{self.pinched_points:,} point{'' if self.pinched_points == 1 else 's'}"
        pinched = f", {points} where sheets touch" if self.pinched_points else ""
        return (
            f"{self.triangles:,} triangles, area {self.area_mm2 / 100:,.1f} cm², "
            f"volume {self.volume_mm3 / 1000:,.1f} cm³, {edge}, "
            f"{self.pieces:,} piece{'' if self.pieces == 1 else 's'}{crowded}{pinched}"
        )


@stage("measuring")
def measure(mesh: pyvista.PolyData) -> Measure:
    """Measure a triangle mesh in LPS mm. Sums are in float64 around the middle of the mesh."""
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return Measure(0, len(points), 0.0, 0.0, False, 0, 0, 0, 0, np.full((3, 2), np.nan), np.full(3, np.nan))
    flaws = count_flaws(triangles)  # it takes most memory, and has let go of it when the rest begins
    labels = label_pieces(triangles, len(points))
    area, volume, surface_centre, solid_centre = _sums(points, triangles)
    is_solid = flaws.open_edges == 0 and volume != 0
    return Measure(
        triangles=len(triangles),
        points=flaws.points,
        area_mm2=area,
        volume_mm3=volume,
        closed=flaws.open_edges == 0,
        open_edges=flaws.open_edges,
        crowded_edges=flaws.crowded_edges,
        pinched_points=flaws.pinched_points,
        pieces=int(labels.max()) + 1 - (len(points) - flaws.points),  # each unused point has a label of its own
        bounds_mm=np.array([(column.min(), column.max()) for column in points.T.copy()], np.float64),
        centroid_mm=solid_centre if is_solid else surface_centre,
    )


def enclosed_mm3(mesh: pyvista.PolyData) -> float:
    """Give the volume that a triangle mesh encloses, mm³; see `Measure`."""
    points, triangles = mesh_arrays(mesh)
    if len(triangles) == 0:
        return 0.0
    return float(sum(of_facets(lambda part: part.six_volumes.sum(), points, triangles))) / 6


def _sums(points: NDArray[Any], triangles: NDArray[Any]) -> tuple[float, float, FloatArray, FloatArray]:
    """Add up area (mm²), volume (mm³), and the centroids of surface and solid (mm)."""

    def add_up(part: Facets) -> tuple[float, float, FloatArray, FloatArray]:
        areas, volumes = np.sqrt(dot(part.area_vector, part.area_vector)), part.six_volumes
        corners = part.ab + part.ac
        corners += 3 * part.a
        return areas.sum(), volumes.sum(), (corners * areas).sum(axis=1), (corners * volumes).sum(axis=1)

    area = volume = 0.0
    area_moment, volume_moment = np.zeros(3), np.zeros(3)
    for sums in of_facets(add_up, points, triangles):
        area += sums[0]
        volume += sums[1]
        area_moment += sums[2]
        volume_moment += sums[3]
    centre = middle(points)
    surface_centre = centre + area_moment / (3 * area) if area else centre
    solid_centre = centre + volume_moment / (4 * volume) if volume else centre
    return float(area / 2), float(volume / 6), surface_centre, solid_centre
