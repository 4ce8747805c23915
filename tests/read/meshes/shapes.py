"""Surfaces whose truth is known, and what other programs make of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh

from vizmed.parts import Part
from vizmed.vtk_bridge import mesh_arrays

Arrays = tuple[np.ndarray, np.ndarray]


def body() -> Arrays:
    """A closed body without any symmetry, off the origin: float32 points in LPS mm, triangles facing outward."""
    ball = trimesh.creation.icosphere(subdivisions=2)
    x, y, z = ball.vertices.T
    points = np.stack([31 * x + 3 * y * z + 40, 22 * y - 2 * x * x - 75.5, 17 * z + 4 * x * y + 310.25], axis=1)
    return points.astype(np.float32), np.asarray(ball.faces, dtype=np.int64)


POINTS, TRIANGLES = body()

TETRA_POINTS = np.array([[0, 0, 0], [10, 0, 0], [0, 20, 0], [0, 0, 30]], np.float32)
TETRA = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
TETRA_VOLUME_MM3 = 1000.0


def corners(mesh) -> np.ndarray:
    """Corners (triangle, corner, coordinate) of a mesh, in its own order."""
    points, triangles = mesh_arrays(mesh)
    return points[triangles]


def volume_mm3(mesh) -> float:
    """Signed volume: negative where the front sides look inward."""
    a, b, c = corners(mesh).astype(np.float64).transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)


def as_trimesh_reads(path: Path) -> trimesh.Trimesh:
    read = trimesh.load(path, process=False)
    return read.to_mesh() if isinstance(read, trimesh.Scene) else read


def cyclic(facets: np.ndarray) -> np.ndarray:
    """Facets sorted so that neither their order nor their first corner counts."""
    return np.array(sorted(min(np.roll(facet, n, axis=0).tolist() for n in range(3)) for facet in facets))


def codes(found) -> list[str]:
    return [finding.code for finding in found.findings]


def only(found) -> Part:
    (part,) = found.parts
    return part
