"""A surface out of a volume, in LPS millimetres, exact on every grid: oblique, mirrored, sheared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import EmptySurfaceError
from vizmed.geometry import Geometry
from vizmed.surface.clean import without_slivers
from vizmed.surface.contour import contour
from vizmed.surface.level import Level, choose_level
from vizmed.surface.pieces import keep_largest
from vizmed.surface.simplify import check_fraction
from vizmed.surface.simplify import reduce as reduced
from vizmed.surface.smooth import check_iterations
from vizmed.surface.smooth import smooth as smoothed
from vizmed.volume import Volume
from vizmed.vtk_bridge import to_polydata

if TYPE_CHECKING:
    import pyvista

NEAR_CENTRE = 0.01
"""How near to a voxel centre, in voxels, vertices of several edges may meet in single precision: voxels of 0.01 mm at
500 mm from the origin are rounded to 0.003 of their size."""

BLOCK = 1 << 17
"""Points that are sent through the affine at a time, in float64."""


def extract_surface(
    volume: Volume,
    level: float | str | Level | None = None,
    *,
    preset: str | None = None,
    closed: bool = True,
    largest: bool = False,
    smooth: int = 0,
    reduce: float = 0.0,
) -> pyvista.PolyData:
    """Extract the surface at a level.

    Parameters
    ----------
    volume : Volume
    level : float, "otsu" or Level, optional
        The value that the surface lies at. A voxel of this value or more is inside: on integer voxels the surface at
        226 runs where the interpolated value is 225.5, which is the same voxels inside and no vertex on a voxel
        centre. On real numbers it runs at the value itself, and midway to the next lower value where voxels are
        exactly at it. With neither level nor preset, `choose_level` decides.
    preset : str, optional
        A tissue of `vizmed.presets`, such as ``"bone"``; only where the values are Hounsfield units.
    closed : bool
        Cap what the border of the volume cuts off, flat, on the outer faces of the outermost voxels. Otherwise the
        surface ends open at the centres of the outermost voxels. NaN and padding always lie outside.
    largest : bool
        Keep only the piece that encloses most; see `keep_largest`.
    smooth : int
        Iterations of `vizmed.surface.smooth`; 0 leaves the surface as it is, 20 halves the steps of a mask.
    reduce : float
        Part of the triangles to remove, from 0 to below 1; see `vizmed.surface.reduce`.

    Returns
    -------
    pyvista.PolyData
        Triangles in LPS mm, float32, their front sides outward, towards lower values. No normals, no scalars.

    Raises
    ------
    EmptySurfaceError
        If no voxel or every voxel lies inside: with the range, and three levels that give a surface.
    OptionError
        For options that mean nothing here; see `choose_level`, `smooth` and `reduce`.
    GeometryError
        If the volume is one voxel thin and ``closed`` is false.
    """
    check_iterations(smooth)
    check_fraction(reduce)
    chosen = level if isinstance(level, Level) else choose_level(volume, preset=preset, level=level)
    mesh = iso_surface(volume, chosen, closed=closed)
    if largest:
        mesh = keep_largest(mesh)
    mesh = reduced(smoothed(mesh, smooth), reduce)
    # reducing parts a piece where it hangs together by a thread
    return keep_largest(mesh) if largest and reduce else mesh


def iso_surface(volume: Volume, level: Level, *, closed: bool = True) -> pyvista.PolyData:
    """Extract the surface at a level, and nothing more; see `extract_surface`."""
    points, triangles = contour(volume, level.value, closed=closed)
    if len(triangles) == 0:
        low, high = volume.value_range
        raise EmptySurfaceError(
            f"there is no surface at {level.value:g} ({level.reason}) inside of the volume, "
            f"whose values run from {low:g} to {high:g}",
            remedy="Other levels may have one; closed=True keeps what only the border cuts",
        )
    if volume.geometry.is_left_handed:  # the affine mirrors, and so turns every triangle inside out
        triangles[:, [1, 2]] = triangles[:, [2, 1]]
    suspects = _send_to_world(points, volume.geometry)
    return to_polydata(*without_slivers(points, triangles, suspects))


def _send_to_world(points: NDArray[np.float32], geometry: Geometry) -> NDArray[np.bool_]:
    """Send voxel indices to LPS mm, in place; mark those so near to a voxel centre that two may be one by now."""
    suspects = np.empty(len(points), bool)
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        ijk = points[block]
        near = np.abs(ijk - np.rint(ijk)) < NEAR_CENTRE
        suspects[block] = near[:, 0] & near[:, 1] & near[:, 2]
        points[block] = geometry.to_world(ijk)
    return suspects
