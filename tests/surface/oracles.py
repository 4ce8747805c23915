"""What is true of a surface, found by another way than vizmed's."""

from __future__ import annotations

import numpy as np
import pyvista
import trimesh

from tests.phantoms import ELLIPSOID_RADII_MM
from vizmed.geometry import Geometry
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


def as_trimesh(mesh: pyvista.PolyData) -> trimesh.Trimesh:
    points, triangles = mesh_arrays(mesh)
    return trimesh.Trimesh(points.astype(np.float64), triangles.copy(), process=False)


def bodies(mesh: pyvista.PolyData) -> list[trimesh.Trimesh]:
    """The connected pieces as VTK finds them, smallest first."""
    labelled = mesh.connectivity("all", label_regions=True)
    whole, piece = as_trimesh(labelled), np.asarray(labelled.cell_data["RegionId"])
    parts = [whole.submesh([np.flatnonzero(piece == n)], append=True, repair=False) for n in np.unique(piece)]
    return sorted(parts, key=lambda part: part.volume)


def assert_sound(mesh: pyvista.PolyData) -> None:
    """Float32 points, all used, triangles alone, each with an area, each edge met by its reverse, nothing else."""
    points, triangles = mesh_arrays(mesh)
    assert type(mesh) is pyvista.PolyData
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert mesh.array_names == []
    assert np.array_equal(np.unique(triangles), np.arange(len(points)))
    corners = points[triangles].astype(np.float64)
    area_vectors = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.linalg.norm(area_vectors, axis=1).min() > 0
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    order, reverse = np.lexsort(edges.T), np.lexsort(edges[:, ::-1].T)
    assert np.array_equal(edges[order], edges[reverse][:, ::-1])


def ellipsoid_distance(mesh: pyvista.PolyData, centre: np.ndarray, reach: float = 1.0) -> np.ndarray:
    """Distance in mm of each point from the ellipsoid ``reach`` times the phantom's, to first order."""
    offset = np.asarray(mesh.points, np.float64) - centre
    radii = np.asarray(ELLIPSOID_RADII_MM)
    reached = np.linalg.norm(offset / radii, axis=1)
    slope = np.linalg.norm(offset / radii**2, axis=1) / reached
    return np.abs(reached - reach) / slope


def balls(geometry: Geometry, *centres_and_radii: tuple[tuple[float, float, float], float]) -> Volume:
    """Balls in float32: the distance inwards from the nearest surface in mm. Centres are voxel indices, radii mm."""
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    world = geometry.to_world(ijk)
    depths = [r - np.linalg.norm(world - geometry.to_world(centre), axis=-1) for centre, r in centres_and_radii]
    return Volume(np.asfortranarray(np.max(depths, axis=0)).astype(np.float32, order="F"), geometry)
