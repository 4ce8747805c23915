"""A corner taken out of a body, along the slices, so that they show on the cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vizmed.geometry import FloatArray, Geometry
from vizmed.render.crop import HalfSpace
from vizmed.slices import Slice

if TYPE_CHECKING:
    import pyvista

CORNER = "LAS"
"""The eighth that is taken out: left, anterior, superior, where the iso view stands."""


_ACROSS = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Plane to the patient axis that it stands across."""


def onto_slice(point: FloatArray, one: Slice, geometry: Geometry) -> FloatArray:
    """Move a point along the grid's own axis onto a slice, shear included."""
    axis = geometry.axis_order.index(_ACROSS[one.plane])
    ijk = geometry.to_index(point)
    ijk[axis] = geometry.to_index(one.origin)[axis]
    return geometry.to_world(ijk)


def crop_corner(mapper: Any, geometry: Geometry, at: FloatArray | None) -> None:
    """Take the corner beyond a point out of a volume mapper whose image lies in its own axes, in mm from voxel 0.

    Parameters
    ----------
    mapper : vtkVolumeMapper
    geometry : Geometry
        Of the image.
    at : (3,) ndarray, optional
        LPS mm; nothing is taken out where left out.
    """
    mapper.SetCropping(at is not None)
    if at is None:
        return
    ends = (np.array(geometry.shape) - 1) * geometry.spacing
    place = np.clip(geometry.to_index(at) * geometry.spacing, 0, ends)
    mapper.SetCroppingRegionPlanes(*(end for n in range(3) for end in (place[n], ends[n] + 1)))
    beyond = [int(code in CORNER) for code in geometry.axis_codes]
    # 27 regions, numbered along the image's own axes, x fastest: 0 is before the plane, 1 beyond it
    mapper.SetCroppingRegionFlags((1 << 27) - 1 - (1 << (beyond[0] + 3 * beyond[1] + 9 * beyond[2])))


def without_corner(mesh: pyvista.PolyData, geometry: Geometry, at: FloatArray) -> pyvista.PolyData:
    """Give the mesh without its part in the corner beyond a point."""
    # a row of the inverse affine is the direction in which an index grows: the normal of its slices, shear included
    normals = np.linalg.inv(geometry.affine[:3, :3])
    inward = [-row if code in CORNER else row for row, code in zip(normals, geometry.axis_codes, strict=True)]
    return without_wedge(mesh, tuple((np.asarray(at), normal) for normal in inward))


def without_wedge(mesh: pyvista.PolyData, sides: tuple[HalfSpace, ...]) -> pyvista.PolyData:
    """Give the mesh without what is on the far side of all of some planes at once."""
    import pyvista
    from vtkmodules.vtkCommonDataModel import vtkImplicitBoolean, vtkPlane
    from vtkmodules.vtkFiltersCore import vtkClipPolyData

    wedge = vtkImplicitBoolean()
    wedge.SetOperationTypeToIntersection()
    for point, inward in sides:
        plane = vtkPlane()
        plane.SetOrigin(*point)
        plane.SetNormal(*inward)
        wedge.AddFunction(plane)
    clip = vtkClipPolyData()
    clip.SetInputData(mesh)
    clip.SetClipFunction(wedge)
    clip.Update()
    return pyvista.PolyData(clip.GetOutput())
