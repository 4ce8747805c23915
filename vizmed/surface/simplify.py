"""Fewer triangles for the same shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vizmed.errors import OptionError
from vizmed.surface.clean import compact, without_degenerate, without_slivers
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista


def reduce(mesh: pyvista.PolyData, fraction: float) -> pyvista.PolyData:
    """Remove a part of the triangles, those first whose loss moves the surface least (quadric error metric).

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    fraction : float
        Part to remove, from 0 (as it is) to below 1: 0.9 leaves a tenth.

    Returns
    -------
    pyvista.PolyData
        Points in float32, front sides where they were, closed where it was. A piece smaller than a few triangles
        vanishes, and one that hangs together by a thread may part.

    Raises
    ------
    OptionError
        If fraction is not from 0 to below 1.
    """
    check_fraction(fraction)
    if fraction == 0:
        return mesh
    import fast_simplification

    points, triangles = mesh_arrays(mesh)
    # less than about four triangles close no surface
    target = max(round(len(triangles) * (1 - fraction)), 4)
    if target >= len(triangles):
        return mesh
    fewer_points, fewer = fast_simplification.simplify(points, triangles, target_count=target)
    kept = compact(fewer_points.astype(np.float32), without_degenerate(fewer))
    # on flat caps the metric lets points slide, for nothing, onto each other
    return to_polydata(*without_slivers(*kept, suspects=np.ones(len(kept[0]), bool)))


def check_fraction(fraction: float) -> None:
    """Refuse a fraction that is none, before any work is done."""
    if not 0 <= fraction < 1:
        raise OptionError(f"the reduction is {fraction}", remedy="It is a part from 0 to below 1, such as 0.9")
