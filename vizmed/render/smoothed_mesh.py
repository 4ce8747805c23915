"""A surface without the stair-steps of voxels, for the eye alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vizmed.geometry import Geometry
from vizmed.surface.smooth import PASS_BAND, on_border
from vizmed.vtk_bridge import mesh_arrays, to_polydata, use_threads

if TYPE_CHECKING:
    import pyvista


def smoothed_mesh(mesh: pyvista.PolyData, iterations: int, geometry: Geometry) -> pyvista.PolyData:
    """Smooth a mesh as `vizmed.surface.smooth` does, but give no piece its volume back.

    That takes most of the time, and moves points by parts of a voxel: it is for what is measured.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm.
    iterations : int
        Terms of the filter, 0 (as it is) and up.
    geometry : Geometry
        The grid that it comes from; the flat caps on its border stay.
    """
    from vtkmodules.vtkFiltersCore import vtkWindowedSincPolyDataFilter

    if iterations == 0:
        return mesh
    use_threads()
    points, triangles = mesh_arrays(mesh)
    capped = on_border(points, geometry)
    # without its caps the mesh is open along their edges, and the filter leaves points on open edges alone
    bare = to_polydata(points, triangles[~capped[triangles].all(axis=1)]) if capped.any() else mesh
    sinc = vtkWindowedSincPolyDataFilter()
    sinc.SetInputData(bare)
    sinc.SetNumberOfIterations(iterations)
    sinc.SetPassBand(PASS_BAND)
    sinc.NormalizeCoordinatesOn()  # 2 m from the origin it is else 0.005 mm off
    sinc.BoundarySmoothingOff()
    sinc.FeatureEdgeSmoothingOff()
    sinc.NonManifoldSmoothingOff()
    sinc.Update()
    moved = np.array(mesh_arrays(sinc.GetOutput())[0], dtype=np.float32)
    moved[capped] = points[capped]
    return to_polydata(moved, triangles)
