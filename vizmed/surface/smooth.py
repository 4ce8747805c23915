"""Take the stair-steps of voxels off a surface without shrinking it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vizmed.errors import OptionError
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

PASS_BAND = 0.1
"""Spatial frequency up to which shape is kept, of the mesh's highest (2). VTK's default; lower is smoother."""


def smooth(mesh: pyvista.PolyData, iterations: int) -> pyvista.PolyData:
    """Smooth a mesh with a windowed sinc (Taubin, Zhang, Golub 1996), which moves points and changes no triangle.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles.
    iterations : int
        Terms of the filter, 0 (as it is) and up: below 10 hardly anything moves, 20 halves the steps of a mask.

        The price, measured at 20: an ellipsoid of 20 voxels loses 0.04 % of its volume, the bone of a head CT of
        1.25 x 1.25 x 4 mm 1 %, that of a trunk at 3 mm, whose walls are a voxel or two thick, 10 %.

    Returns
    -------
    pyvista.PolyData
        As closed as it was; points in float32.

    Raises
    ------
    OptionError
        If iterations is negative or no whole number.
    """
    check_iterations(iterations)
    if iterations == 0:
        return mesh
    from vtkmodules.vtkFiltersCore import vtkWindowedSincPolyDataFilter

    sinc = vtkWindowedSincPolyDataFilter()
    sinc.SetInputData(mesh)
    sinc.SetNumberOfIterations(iterations)
    sinc.SetPassBand(PASS_BAND)
    sinc.NormalizeCoordinatesOn()  # 2 m from the origin it is else 0.005 mm off
    sinc.BoundarySmoothingOff()
    sinc.FeatureEdgeSmoothingOff()
    sinc.NonManifoldSmoothingOff()
    sinc.Update()
    return to_polydata(*mesh_arrays(sinc.GetOutput()))


def check_iterations(iterations: int) -> None:
    """Refuse a number of iterations that is none, before any work is done."""
    if iterations != int(iterations) or iterations < 0:
        raise OptionError(f"the smoothing is {iterations}", remedy="It is a whole number of iterations, such as 20")
