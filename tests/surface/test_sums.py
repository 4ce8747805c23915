from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ellipsoid
from tests.surface.oracles import as_trimesh
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, facets, label_pieces
from vizmed.surface.sums import sums_of_pieces, volume_growth
from vizmed.vtk_bridge import mesh_arrays, to_polydata


@pytest.mark.parametrize("block", [6, 1 << 16])
def test_sums_of_pieces_are_those_of_their_triangles(block, monkeypatch):
    monkeypatch.setattr(facets, "BLOCK", block)
    rng = np.random.default_rng(7)
    points, triangles = rng.normal(size=(120, 3)), rng.integers(0, 120, (60, 3))
    labels = label_pieces(triangles, len(points))
    found = sums_of_pieces(lambda part: (part.six_volumes, part.a[2]), points, triangles, labels, int(labels.max()) + 3)
    piece = labels[triangles[:, 0]]
    corners = points - (points.min(axis=0) + points.max(axis=0)) / 2
    weights = np.ones(60), np.linalg.det(corners[triangles]), corners[triangles[:, 0], 2]
    for sums, each in zip(found, weights, strict=True):
        assert sums == pytest.approx(np.bincount(piece, each, len(sums)), abs=1e-12)


@pytest.mark.parametrize("block", [7, 1 << 16])
def test_volume_grows_as_points_move(block, monkeypatch):
    monkeypatch.setattr(facets, "BLOCK", block)
    points, triangles = mesh_arrays(extract_surface(ellipsoid(Geometry.from_axes((20, 38, 31), (0.9, 1.1, 1.4)))[0], 0))
    points = points.astype(np.float64)
    growth = volume_growth(points, triangles)
    enclosed = as_trimesh(to_polydata(points, triangles)).volume
    assert (growth * points.T).sum() == pytest.approx(3 * enclosed, rel=1e-9)  # it grows with the cube of its size
    ways = np.random.default_rng(2).normal(size=points.shape)
    out, back = (as_trimesh(to_polydata(points + step * ways, triangles)).volume for step in (1e-4, -1e-4))
    assert (growth * ways.T).sum() == pytest.approx((out - back) / 2e-4, rel=1e-6)
