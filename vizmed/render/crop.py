"""What a scene leaves out of volume and surfaces in space: all outside of a box, all beyond a plane."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.scene import Clip, Scene

HalfSpace = tuple[FloatArray, FloatArray]
"""A point of a plane, and the way to where things are shown; LPS mm."""

_PARALLEL = 1e-9
"""Volume that three normals of length 1 span, below which their planes meet in no one point."""

_TOUCHING_MM = 1e-6


def box_sides(scene: Scene) -> tuple[HalfSpace, ...]:
    """Give the six planes of the crop box, or none."""
    if scene.crop is None:
        return ()
    low, high = (np.array(end, dtype=np.float64) for end in scene.crop)
    return tuple((end, sign * axis) for end, sign in ((low, 1.0), (high, -1.0)) for axis in np.eye(3))


def clip_side(clip: Clip | None) -> tuple[HalfSpace, ...]:
    """Give the clipping plane, or none."""
    if clip is None:
        return ()
    normal = np.array(clip.normal, dtype=np.float64)
    return ((np.array(clip.point, dtype=np.float64), -normal / np.linalg.norm(normal)),)


def is_shown(points: FloatArray, sides: tuple[HalfSpace, ...]) -> NDArray[np.bool_]:
    """Mark the points (n, 3), LPS mm, that lie within all sides."""
    shown = np.ones(len(points), bool)
    for point, inward in sides:
        shown &= (points - point) @ inward >= 0
    return shown


def voxels_shown(geometry: Geometry, sides: tuple[HalfSpace, ...]) -> NDArray[np.bool_]:
    """Mark the voxels of a grid whose centres lie within all sides."""
    shown = np.ones(geometry.shape, bool)
    for point, inward in sides:
        i, j, k = (way * np.arange(n) for way, n in zip(inward @ geometry.affine[:3, :3], geometry.shape, strict=True))
        shown &= i[:, None, None] + (j[:, None] + k + (geometry.origin - point) @ inward) >= 0
    return shown


def check_leaves_something(scene: Scene, geometry: Geometry) -> None:
    """Refuse a crop box or a clipping plane that leaves nothing of a scan's box to be shown.

    Raises
    ------
    OptionError
        It says from where to where the scan reaches.
    """
    if scene.shown_volume is None and not scene.shown_surfaces:
        return
    scan, box, plane = _faces(geometry), box_sides(scene), clip_side(scene.clip)
    low, high = (", ".join(f"{mm:.1f}" for mm in corner) for corner in geometry.extent.T)
    remedy = f"The scan reaches from ({low}) to ({high}), LPS mm"
    if scene.crop is not None and not _have_common((*scan, *box)):
        raise OptionError(f"the crop from {scene.crop[0]} to {scene.crop[1]} does not meet the scan", remedy=remedy)
    if scene.clip is not None and not _have_common((*scan, *box, *plane)):
        rest = "what the crop leaves of the scan" if _have_common((*scan, *plane)) else "the scan"
        raise OptionError(
            f"the clipping plane at {scene.clip.point} with the normal {scene.clip.normal} takes all of {rest} away",
            remedy=f"{remedy}; what lies where the normal points to is left out",
        )


def _faces(geometry: Geometry) -> tuple[HalfSpace, ...]:
    """Give the six faces of a grid, out to the faces of its voxels."""
    inverse = np.linalg.inv(geometry.affine[:3, :3])
    low, high = geometry.to_world((-0.5,) * 3), geometry.to_world(np.array(geometry.shape) - 0.5)
    inward = [row / np.linalg.norm(row) for row in inverse]
    return tuple((end, sign * way) for end, sign in ((low, 1.0), (high, -1.0)) for way in inward)


def _have_common(sides: tuple[HalfSpace, ...]) -> bool:
    """Tell whether half spaces that bound a body have a point in common: it has corners, where three planes meet."""
    normals = np.array([inward for _, inward in sides])
    offsets = np.array([point @ inward for point, inward in sides])
    three = np.array(list(combinations(range(len(sides)), 3)))
    three = three[np.abs(np.linalg.det(normals[three])) > _PARALLEL]
    corners = np.linalg.solve(normals[three], offsets[three][..., None])[..., 0]
    return bool((corners @ normals.T >= offsets - _TOUCHING_MM).all(axis=1).any())


def to_planes(sides: tuple[HalfSpace, ...]) -> Any:
    """Make a `vtkPlaneCollection` that mappers clip by, in world coordinates."""
    from vtkmodules.vtkCommonDataModel import vtkPlane, vtkPlaneCollection

    planes = vtkPlaneCollection()
    for point, inward in sides:
        plane = vtkPlane()
        plane.SetOrigin(*point)
        plane.SetNormal(*inward)
        planes.AddItem(plane)
    return planes
