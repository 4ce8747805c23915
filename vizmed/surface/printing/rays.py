"""Rays against a mesh: what each of them meets first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

MISSED = -1
"""Triangle of a ray that meets nothing."""

_WIDER = 0.01
"""How much room there is around the mesh, as part of its diagonal. VTK's cell locators (9.7.2) miss one in some fifty
rays that meet a face on the very boundary of their box; with room around it, none."""


class Hits(NamedTuple):
    """What rays meet first.

    Parameters
    ----------
    distances_mm : (n,) ndarray of float64
        From each ray's start, NaN where it meets nothing.
    triangles : (n,) ndarray of int64
        Which triangle, `MISSED` where there is none.
    """

    distances_mm: FloatArray
    triangles: NDArray[np.int64]


def first_hits(mesh: pyvista.PolyData, starts: NDArray[Any], ways: NDArray[Any], reach_mm: float) -> Hits:
    """Follow rays to the first triangle of a mesh, from either side.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    starts : (n, 3) ndarray
        LPS mm.
    ways : (n, 3) ndarray
        Where each ray goes, of length 1.
    reach_mm : float
        How far it goes.
    """
    from vtkmodules.vtkCommonCore import reference
    from vtkmodules.vtkCommonDataModel import vtkGenericCell, vtkStaticCellLocator

    locator = vtkStaticCellLocator()
    locator.SetDataSet(_in_wider_box(mesh))
    locator.BuildLocator()
    share: Any = reference(0.0)  # VTK writes into these
    part: Any = reference(0)
    triangle: Any = reference(0)
    place, inside, cell = [0.0] * 3, [0.0] * 3, vtkGenericCell()
    distances = np.full(len(starts), np.nan)
    triangles = np.full(len(starts), MISSED, np.int64)
    ends = np.asarray(starts, np.float64) + reach_mm * np.asarray(ways, np.float64)
    for n, (start, end) in enumerate(zip(np.asarray(starts, np.float64).tolist(), ends.tolist(), strict=True)):
        if locator.IntersectWithLine(start, end, 0.0, share, place, inside, part, triangle, cell):
            distances[n], triangles[n] = share, triangle
    return Hits(distances * reach_mm, triangles)


def _in_wider_box(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Give the mesh with two points more, which no triangle uses, beyond two corners of its box."""
    points, triangles = mesh_arrays(mesh)
    if not len(points):
        return mesh
    low, high = points.min(axis=0), points.max(axis=0)
    room = _WIDER * float(np.linalg.norm(high - low))
    return to_polydata(np.concatenate([points, [low - room, high + room]]).astype(points.dtype), triangles)
