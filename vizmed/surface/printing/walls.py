"""How thick the walls of a closed surface are: what a printer must be able to make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.printing.rays import MISSED, first_hits
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista

LEAST_WALL_MM = 0.8
"""What printers that melt filament make: two lines of the usual 0.4 mm nozzle. Printing services advise 0.8 mm for a
wall that is held on two sides, and 0.5 to 1 mm for resin."""

PLACES = 14_000
"""Places that are measured where nothing else is asked for, which is 98,000 rays, a second or two of work."""

CONE_DEGREES = 20.0
CONE_RAYS = 6
"""Rays around the one that goes straight in: the facets of a surface made of voxels lean by so much."""

OPPOSITE = -0.5
"""Cosine between the outward ways of the two sides of a wall: 60 degrees from parallel at most. What meets at more,
such as the sides of a box, is a corner and no wall."""

START = 1e-5
"""How far below the surface a ray starts, as part of the diagonal of the mesh's box: it must not meet its own triangle,
and float32 holds no less."""

_GOLDEN = (0.7548776662466927, 0.5698402909980532)
"""Steps that spread points evenly in a square without chance (the R2 sequence: 1/g and 1/g², where g³ = g + 1)."""


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """How thick a solid is below places that are spread evenly over its surface.

    Parameters
    ----------
    places : (n, 3) ndarray of float64
        LPS mm; each stands for the same area.
    thickness_mm : (n,) ndarray of float64
        Of the wall there: the widest ball that fits in below the place. NaN where no other side was met.
    """

    places: FloatArray
    thickness_mm: FloatArray

    @property
    def measured(self) -> int:
        """At how many places another side was met."""
        return int(np.count_nonzero(np.isfinite(self.thickness_mm)))

    @property
    def least_mm(self) -> float:
        """The thinnest that was met; NaN if nothing was."""
        return self._at_percent(0)

    @property
    def p1_mm(self) -> float:
        """What 1 % of the area is thinner than: specks and noise are below it."""
        return self._at_percent(1)

    @property
    def least_place(self) -> FloatArray:
        """Where the thinnest wall was met, (3,) LPS mm; NaN if none was."""
        return self.places[np.nanargmin(self.thickness_mm)] if self.measured else np.full(3, np.nan)

    def share_below(self, wall_mm: float = LEAST_WALL_MM) -> float:
        """Give the part of the area, 0 to 1, whose wall is thinner than this."""
        return float(np.count_nonzero(self.thickness_mm < wall_mm)) / max(self.measured, 1)

    def _at_percent(self, percent: float) -> float:
        return float(np.nanpercentile(self.thickness_mm, percent)) if self.measured else float("nan")


def measure_walls(mesh: pyvista.PolyData, places: int = PLACES) -> Walls:
    """Measure how thick a closed surface is below evenly spread places, the same ones each time.

    From each place a ray goes straight in, and six more around it. Through each point of the other side that one of
    them meets there is one ball that touches the place from within; the smallest of the seven is the widest ball that
    fits in, and its diameter the thickness (the shape diameter of Shapira, Shamir and Cohen-Or 2008, with balls in
    place of a mean, so that a slab, a shell, a tube and a solid ball all get their true thickness).

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm, closed, their front sides outward.
    places : int
        How many places.

    Returns
    -------
    Walls
        Without places where the mesh has no area.
    """
    corners, triangles = mesh_arrays(mesh)
    on, normals = _spread(corners, triangles, places)
    if not len(on):
        return Walls(on, np.empty(0))
    diagonal = float(np.linalg.norm(np.ptp(corners.astype(np.float64), axis=0)))
    below = START * diagonal
    ways, lean = _cone(-normals)
    hits = first_hits(mesh, (on + below * ways).reshape(-1, 3), ways.reshape(-1, 3), diagonal)
    met = hits.triangles != MISSED
    far_side = np.zeros((met.size, 3))
    far_side[met] = _normals(corners, triangles[hits.triangles[met]])[0]
    facing = (far_side.reshape(ways.shape) * normals).sum(axis=2) < OPPOSITE
    balls = (hits.distances_mm.reshape(facing.shape) + below) / lean[:, None]
    thinnest = np.fmin.reduce(np.where(facing, balls, np.nan))
    return Walls(on, thinnest)


def _spread(corners: NDArray[Any], triangles: NDArray[Any], count: int) -> tuple[FloatArray, FloatArray]:
    """Spread points evenly over the area: places (n, 3), and the outward normals there."""
    normals, areas = _normals(corners, triangles)
    reached = np.cumsum(areas)
    if not len(areas) or reached[-1] == 0:
        return np.empty((0, 3)), np.empty((0, 3))
    steps = np.arange(count)
    chosen = np.searchsorted(reached, (steps + 0.5) / count * reached[-1])
    s, t = ((0.5 + steps * step) % 1 for step in _GOLDEN)
    s, t = np.where(s + t > 1, (1 - s, 1 - t), (s, t))  # the square folded onto the triangle
    a, b, c = corners[triangles[chosen]].astype(np.float64).transpose(1, 0, 2)
    return a + s[:, None] * (b - a) + t[:, None] * (c - a), normals[chosen]


def _normals(corners: NDArray[Any], triangles: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
    """Give the outward normal (m, 3) of each triangle, 0 where it has no area, and its area (m,) in mm²."""
    a, b, c = corners[triangles].astype(np.float64).transpose(1, 0, 2)
    vectors = np.cross(b - a, c - a)
    lengths = np.linalg.norm(vectors, axis=1)
    return vectors / np.maximum(lengths, np.finfo(np.float64).tiny)[:, None], lengths / 2


def _cone(ways: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the ways (n, 3) and those of a cone around them, (1 + k, n, 3), and the cosine of how far each leans."""
    across = np.eye(3)[np.abs(ways).argmin(axis=1)]
    u = np.cross(ways, across)
    u /= np.linalg.norm(u, axis=1)[:, None]
    v = np.cross(ways, u)
    lean, turns = np.radians(CONE_DEGREES), np.arange(CONE_RAYS) * 2 * np.pi / CONE_RAYS
    around = [np.cos(lean) * ways + np.sin(lean) * (np.cos(turn) * u + np.sin(turn) * v) for turn in turns]
    return np.stack([ways, *around]), np.array([1.0] + [np.cos(lean)] * CONE_RAYS)
