"""Closed meshes made corner by corner: boxes, balls, tubes, where they are wanted."""

from __future__ import annotations

import numpy as np
import pyvista

from tests.phantoms import rotation
from vizmed.vtk_bridge import mesh_arrays, to_polydata

FAR_AWAY_MM = np.array([812.5, -430.25, 1933.0])
OBLIQUE = rotation((1, 2, 3), 33)

_CUBE = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ]
)


def box(size: tuple[float, float, float], centre: tuple[float, float, float] = (0, 0, 0)) -> pyvista.PolyData:
    """Twelve triangles around a box, mm."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    return to_polydata((corners * size + centre).astype(np.float32), _CUBE)


def ball(radius: float, rings: int = 60) -> pyvista.PolyData:
    """A ball around the origin, its points on the sphere."""
    sphere = pyvista.Sphere(radius=radius, theta_resolution=2 * rings, phi_resolution=rings)
    return to_polydata(*mesh_arrays(sphere.triangulate()))


def tube(inner: float, outer: float, length: float, sides: int = 180) -> pyvista.PolyData:
    """A tube along z with flat ends."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    profile = [(outer, 0.0), (outer, length), (inner, length), (inner, 0.0)]
    points = np.concatenate([np.stack([r * np.cos(angle), r * np.sin(angle), 0 * angle + z], 1) for r, z in profile])
    here, beside = np.arange(sides), (np.arange(sides) + 1) % sides
    triangles = []
    for n in range(4):
        this, following = n * sides, (n + 1) % 4 * sides
        triangles.append(np.stack([this + here, this + beside, following + beside], 1))
        triangles.append(np.stack([this + here, following + beside, following + here], 1))
    return to_polydata(points.astype(np.float32), np.concatenate(triangles))


def together(*meshes: pyvista.PolyData) -> pyvista.PolyData:
    """All triangles of several meshes in one."""
    points, triangles, count = [], [], 0
    for mesh in meshes:
        some, corners = mesh_arrays(mesh)
        points.append(some)
        triangles.append(corners + count)
        count += len(some)
    return to_polydata(np.concatenate(points), np.concatenate(triangles))


def inside_out(mesh: pyvista.PolyData) -> pyvista.PolyData:
    """Front sides to the back."""
    points, triangles = mesh_arrays(mesh)
    return to_polydata(points, triangles[:, ::-1])


def placed(
    mesh: pyvista.PolyData, turn: np.ndarray = OBLIQUE, shift: np.ndarray | tuple[float, float, float] = FAR_AWAY_MM
) -> pyvista.PolyData:
    """Turn a mesh about the origin and move it."""
    points, triangles = mesh_arrays(mesh)
    return to_polydata((points @ np.asarray(turn).T + np.asarray(shift)).astype(np.float32), triangles)
