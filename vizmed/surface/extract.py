"""The iso surface of a volume in LPS millimetres, exact on every grid: oblique, mirrored, sheared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.chunked import Chunked
from vizmed.errors import EmptySurfaceError
from vizmed.geometry import Geometry
from vizmed.stages import stage
from vizmed.surface.clean import without_slivers
from vizmed.surface.contour import contour
from vizmed.surface.inside.band import Band, words
from vizmed.surface.inside.level import Level
from vizmed.surface.threads import blocks, workers
from vizmed.volume import Volume
from vizmed.vtk_bridge import as_pyvista, to_mesh

if TYPE_CHECKING:
    import pyvista

NEAR_CENTRE = 0.01
"""How near to a voxel centre, in voxels, vertices of several edges may meet in single precision: voxels of 0.01 mm at
500 mm from the origin are rounded to 0.003 of their size."""

BLOCK = 1 << 14
"""Points that are sent through the affine at a time, in float64: so few that the matrix product starts no threads."""


def iso_surface(
    volume: Volume | Chunked, level: Level | Band, *, closed: bool = True, region: NDArray[np.bool_] | None = None
) -> pyvista.PolyData:
    """Extract the surface of the values that a level or band encloses, and nothing more.

    Parameters
    ----------
    volume : Volume or Chunked
        What is read in chunks has the same surface; see `contour`.
    level : Level or Band
    closed : bool
        Whether what reaches the border is capped on the outer faces of the outermost voxels.
    region : (ni, nj, nk) ndarray of bool, optional
        Where alone a voxel can be inside.

    Returns
    -------
    pyvista.PolyData
        Triangles in LPS mm, float32, their front sides outward. No normals, no scalars.

    Raises
    ------
    EmptySurfaceError
        If no voxel or every voxel lies inside.
    GeometryError
        If the volume is one voxel thin and ``closed`` is false.
    """
    return as_pyvista(iso_mesh(volume, level, closed=closed, region=region))


@stage("contouring")
def iso_mesh(
    volume: Volume | Chunked, level: Level | Band, *, closed: bool = True, region: NDArray[np.bool_] | None = None
) -> Any:
    """Extract the same as a `vtkPolyData`, without PyVista."""
    points, triangles = contour(volume, level, closed=closed, region=region)
    if len(triangles) == 0:
        run = ""
        if isinstance(volume, Volume):
            low, high = volume.value_range
            run = f", whose values run from {low:g} to {high:g}"
        raise EmptySurfaceError(
            f"there is no surface at {words(level.low, level.high)} ({level.reason}) inside of the volume{run}",
            remedy="Other levels may have one; closed=True keeps what only the border cuts",
        )
    if volume.geometry.is_left_handed:  # the affine mirrors, and so turns every triangle inside out
        turned = triangles[:, 1].copy()
        triangles[:, 1] = triangles[:, 2]
        triangles[:, 2] = turned
    suspects = _send_to_world(points, volume.geometry)
    return to_mesh(*without_slivers(points, triangles, suspects))


def _send_to_world(points: NDArray[np.float32], geometry: Geometry) -> NDArray[np.bool_]:
    """Send voxel indices to LPS mm, in place; mark those so near to a voxel centre that two may be one by now."""
    suspects = np.empty(len(points), bool)

    def send(block: slice) -> None:
        ijk = points[block]
        near = np.abs(ijk - np.rint(ijk)) < NEAR_CENTRE
        suspects[block] = near[:, 0] & near[:, 1] & near[:, 2]
        points[block] = geometry.to_world(ijk)

    with workers() as pool:
        for _ in pool.map(send, blocks(len(points), BLOCK)):
            pass
    return suspects
