from __future__ import annotations

import numpy as np
import pytest

from tests.surface.meshes import FAR_AWAY_MM, ball, box, placed
from vizmed.surface.printing.rays import MISSED, first_hits
from vizmed.vtk_bridge import mesh_arrays


def test_rays_meet_a_ball_where_a_root_says():
    mesh = placed(ball(20.0))
    ways = np.random.default_rng(1).normal(size=(300, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    starts = np.random.default_rng(2).uniform(-45, 45, (300, 3))
    along, apart = (starts * ways).sum(axis=1), (starts**2).sum(axis=1) - 400
    under_root = along**2 - apart
    roots = np.stack([-along - np.sqrt(np.maximum(under_root, 0)), -along + np.sqrt(np.maximum(under_root, 0))])
    expected = np.where(roots[0] > 0, roots[0], roots[1])
    clear = np.abs(under_root) > 20  # else the facets and the ball may disagree
    meets = (under_root > 0) & (roots[1] > 0)
    hits = first_hits(mesh, starts + FAR_AWAY_MM, ways, 200)
    assert np.array_equal(np.isfinite(hits.distances_mm[clear]), meets[clear])
    assert np.array_equal(hits.triangles != MISSED, np.isfinite(hits.distances_mm))
    seen = clear & meets
    assert seen.sum() > 30
    assert hits.distances_mm[seen] == pytest.approx(expected[seen], abs=0.1)


def test_the_triangle_is_told():
    mesh = box((10, 10, 10))
    hits = first_hits(mesh, np.array([[30.0, 1, 2], [0, 0, 0]]), np.array([[-1.0, 0, 0], [0, 0, -1]]), 100)
    assert hits.distances_mm == pytest.approx([25, 5])
    points, triangles = mesh_arrays(mesh)
    assert (points[triangles[hits.triangles[0]]][:, 0] == 5).all()
    assert (points[triangles[hits.triangles[1]]][:, 2] == -5).all()


def test_rays_meet_faces_on_the_boundary_of_the_box():
    """VTK's locators miss some of them when they are left alone."""
    flat = box((80, 80, 3), (0, 0, 50))
    steps = np.linspace(-39.7, 39.7, 60)
    starts = np.array([[-39.99, y, 50 + z] for y in steps for z in (-1.3, -0.4, 0.525, 1.2)])
    hits = first_hits(flat, starts, np.tile([1.0, 0, 0], (len(starts), 1)), 200)
    assert hits.distances_mm == pytest.approx(np.full(len(starts), 79.99), abs=1e-4)


def test_what_is_too_far_is_missed():
    hits = first_hits(box((10, 10, 10)), np.array([[30.0, 0.5, 0]]), np.array([[-1.0, 0, 0]]), 24.9)
    assert np.isnan(hits.distances_mm).all()
    assert hits.triangles.tolist() == [MISSED]
