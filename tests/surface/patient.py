"""What `contour` finds, sent to the patient: the shortest way from indices to a mesh that can be held against truth."""

from __future__ import annotations

import numpy as np
import pyvista

from vizmed.surface.clean import without_slivers
from vizmed.surface.contour import contour
from vizmed.surface.inside.band import Band
from vizmed.volume import Volume
from vizmed.vtk_bridge import to_polydata


def in_patient(volume: Volume, level: float | Band, **options: object) -> pyvista.PolyData:
    """The surface in LPS mm, float32, its front sides outward."""
    points, triangles = contour(volume, level, **options)
    if volume.geometry.is_left_handed:
        triangles = triangles[:, ::-1].copy()
    world = volume.geometry.to_world(points).astype(np.float32)
    return to_polydata(*without_slivers(world, triangles, suspects=np.ones(len(world), bool)))


def band(low: float, high: float) -> Band:
    return Band(low, high, "as the test wants it")
