"""Colours on a surface that say a length in mm: how far it lies from another, how thick its walls are."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.distance import distances
from vizmed.surface.printing.walls import Walls
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

Ramp = tuple[tuple[float, str], ...]
"""Lengths in mm and their colours, rising; between them colours run evenly."""

_FAR = ("#ece6da", "#f4c95d", "#ee7f31", "#c62a3f", "#6b1a5c")
"""Near to far: like bone where two surfaces agree, the darker the further apart, in print and for the colour-blind."""

_TOO_THIN, _THICK = ("#6b1a5c", "#d9343f"), ("#f2b33d", "#ece6da")
"""From no wall to one just too thin, and from one just thick enough to one that is thick: no colour between the two."""

_FULL_PERCENT = 99.0
"""Of the distances, the percentile that the scale ends at: a few far specks would leave no colours for the rest."""

_LEAST_FULL_MM = 0.01

_STEPS_ACROSS = 64
"""Edges across the diagonal of a surface: colours lie at corners, and on longer edges they would run over what is
between them."""

_NEAREST = 4
"""Measured places that a colour is the mean of."""


@dataclass(frozen=True, slots=True, eq=False)
class MeshMap:
    """A surface with a length at each of its points.

    Parameters
    ----------
    mesh : pyvista.PolyData
    values_mm : (n,) ndarray
        NaN where it is not known.
    title : str
        What the lengths are, and their unit.
    ramp : tuple of (float, str)
        Lengths in mm and their colours, rising.
    ticks_mm : tuple of float
        What is written at the colour bar.
    """

    mesh: pyvista.PolyData
    values_mm: FloatArray
    title: str
    ramp: Ramp
    ticks_mm: tuple[float, ...]

    @property
    def goes_beyond(self) -> bool:
        """Whether there are lengths above the end of the ramp, shown in its last colour."""
        return bool(np.nanmax(self.values_mm, initial=0) > self.ramp[-1][0])


def distance_map(
    mesh: pyvista.PolyData, other: pyvista.PolyData, known_mm: NDArray[np.floating[Any]] | None = None
) -> MeshMap:
    """Colour a surface by how far it lies from another.

    Parameters
    ----------
    mesh, other : pyvista.PolyData
        Triangles, LPS mm.
    known_mm : (n,) ndarray, optional
        The distances of the points of the mesh, where they have been measured already.
    """
    shown = _with_short_edges(mesh)
    values = known_mm if shown is mesh and known_mm is not None else distances(mesh_arrays(shown)[0], other)
    full = _round_up(max(float(np.percentile(values, _FULL_PERCENT)), _LEAST_FULL_MM))
    stops = np.linspace(0, full, len(_FAR)).tolist()
    ramp = tuple(zip(stops, _FAR, strict=True))
    return MeshMap(shown, np.asarray(values), "distance to the other surface in mm", ramp, tuple(stops))


def wall_map(mesh: pyvista.PolyData, walls: Walls, wall_mm: float) -> MeshMap:
    """Colour a surface by how thick its walls are, with a sharp change at the least that a printer makes.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm.
    walls : Walls
        What `measure_walls` found of it.
    wall_mm : float
    """
    shown = _with_short_edges(mesh)
    ramp = (
        *zip((0.0, wall_mm), _TOO_THIN, strict=True),
        *zip((wall_mm, 4 * wall_mm), _THICK, strict=True),
    )
    ticks = tuple(n * wall_mm for n in range(5))
    return MeshMap(shown, _nearby(shown, walls), f"thickness of the walls in mm, red below {wall_mm:g}", ramp, ticks)


def _round_up(value: float) -> float:
    """Give 1, 2, 4 or 8 times a power of ten, none of them below the value: its quarters are round, too."""
    power = 10.0 ** floor(log10(value))
    return next(digit * power for digit in (1, 2, 4, 8, 10) if digit * power >= value * (1 - 1e-9))


def _with_short_edges(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Divide long edges, and leave the surface where it is; the very same mesh where there is none."""
    points, triangles = mesh_arrays(mesh)
    longest = float(np.linalg.norm(np.ptp(points, axis=0))) / _STEPS_ACROSS
    edges = points[triangles] - points[np.roll(triangles, 1, axis=1)]
    if (np.einsum("tex,tex->te", edges, edges).max(initial=0.0)) <= (2 * longest) ** 2:
        return mesh
    from vtkmodules.vtkFiltersModeling import vtkAdaptiveSubdivisionFilter

    divided = vtkAdaptiveSubdivisionFilter()
    divided.SetInputData(mesh)
    divided.SetMaximumEdgeLength(longest)
    divided.SetMaximumTriangleArea(np.inf)
    divided.Update()
    return to_polydata(*mesh_arrays(divided.GetOutput()))


def _nearby(mesh: pyvista.PolyData, walls: Walls) -> FloatArray:
    """Give each point of a mesh the mean of the thickness at the nearest places that were measured."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkFiltersPoints import vtkGaussianKernel, vtkPointInterpolator

    found = np.isfinite(walls.thickness_mm)
    if not found.any():
        return np.full(mesh.n_points, np.nan)
    places = to_polydata(walls.places[found], np.empty((0, 3), np.int64))
    thickness = numpy_to_vtk(walls.thickness_mm[found], deep=True)
    thickness.SetName("thickness")
    places.GetPointData().SetScalars(thickness)
    kernel = vtkGaussianKernel()
    kernel.SetKernelFootprintToNClosest()
    kernel.SetNumberOfPoints(_NEAREST)
    laid = vtkPointInterpolator()
    laid.SetInputData(mesh)
    laid.SetSourceData(places)
    laid.SetKernel(kernel)
    laid.Update()
    return np.array(vtk_to_numpy(laid.GetOutput().GetPointData().GetArray("thickness")), np.float64)
