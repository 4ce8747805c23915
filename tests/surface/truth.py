"""A surface held against the solid that it is of, and against another surface, by ways that are not vizmed's."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista
import trimesh

from tests.surface.oracles import as_trimesh, assert_sound
from tests.surface.solids import Solid
from vizmed.surface import measure

SLIVER_MM = 0.01
"""Triangles of a smaller height than this face where the rounding of their corners lets them."""


def assert_is(
    mesh: pyvista.PolyData, solid: Solid, off_mm: float, *, volume: float = 0.01, centred_mm: float = 0.05
) -> None:
    """A closed manifold of one piece with the solid's handles, outward, where the solid is and as large.

    Parameters
    ----------
    mesh : pyvista.PolyData
    solid : Solid
    off_mm : float
        How far from the solid's surface a vertex may lie.
    volume : float
        The part of the solid's volume by which the mesh's may differ.
    centred_mm : float
        How far apart the middles of both may lie.
    """
    assert_sound(mesh)
    found, oracle = measure(mesh), as_trimesh(mesh)
    assert (found.manifold, found.pieces, found.genus) == (True, 1, solid.genus)
    assert oracle.euler_number == 2 - 2 * solid.genus
    assert oracle.volume == pytest.approx(solid.volume_mm3, rel=volume)
    assert np.linalg.norm(oracle.center_mass - solid.centre) < centred_mm
    assert np.abs(solid.depth(oracle.vertices)).max() <= off_mm
    assert facing(oracle, solid).min() > 0


def facing(oracle: trimesh.Trimesh, solid: Solid) -> np.ndarray:
    """Cosines of the angles between the fronts of all triangles but slivers and the solid's normals there."""
    longest = np.linalg.norm(oracle.triangles - np.roll(oracle.triangles, 1, axis=1), axis=2).max(axis=1)
    cosines = (oracle.face_normals * solid.outward(oracle.triangles_center)).sum(axis=1)
    return cosines[2 * oracle.area_faces / longest > SLIVER_MM]


def corners_and_middles(mesh: pyvista.PolyData, most: int = 4000) -> np.ndarray:
    """Points (n, 3) of a mesh: its corners and the middles of its triangles; of many, evenly some."""
    points = np.concatenate([np.asarray(mesh.points, np.float64), as_trimesh(mesh).triangles_center])
    return points[:: -(-len(points) // most)]


def middles_of_edges(mesh: pyvista.PolyData) -> np.ndarray:
    """Points (n, 3)."""
    oracle = as_trimesh(mesh)
    return oracle.vertices[oracle.edges_unique].mean(axis=1)


def apart_mm(points: np.ndarray, mesh: pyvista.PolyData, most_mm: float) -> np.ndarray:
    """Distance of each point from the nearest of all triangles; infinite where none lies within most_mm.

    Only triangles whose balls around their middles reach so near are measured, which leaves out none that does.
    """
    triangles = as_trimesh(mesh).triangles
    points, triangles = points - mesh.center, triangles - mesh.center
    middles = triangles.mean(axis=1)
    reach = np.linalg.norm(triangles - middles[:, None], axis=2).max(axis=1) + most_mm + 1e-6
    beyond = (middles**2).sum(axis=1) - reach**2
    found = np.full(len(points), np.inf)
    for start in range(0, len(points), 500):
        block = points[start : start + 500]
        rows, near = np.nonzero((block**2).sum(axis=1)[:, None] - 2 * block @ middles.T + beyond <= 0)
        np.minimum.at(found, start + rows, _from_triangles(block[rows], *triangles[near].transpose(1, 0, 2)))
    return np.where(found <= most_mm, found, np.inf)


def _from_triangles(points: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Distance of the n-th point from the n-th triangle: from its plane where it lies over it, else from an edge."""
    normal = np.cross(b - a, c - a)
    squared = (normal**2).sum(axis=1)
    way = points - a
    u = (np.cross(way, c - a) * normal).sum(axis=1) / squared
    v = (np.cross(b - a, way) * normal).sum(axis=1) / squared
    over = (u >= 0) & (v >= 0) & (u + v <= 1)
    best = np.where(over, np.abs((way * normal).sum(axis=1)) / np.sqrt(squared), np.inf)
    for tail, head in ((a, b), (b, c), (c, a)):
        edge, way = head - tail, points - tail
        along = np.clip((way * edge).sum(axis=1) / (edge**2).sum(axis=1), 0, 1)
        best = np.minimum(best, np.linalg.norm(way - along[:, None] * edge, axis=1))
    return best
