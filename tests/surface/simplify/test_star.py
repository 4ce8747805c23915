"""Distances from stars, against all of their triangles by trimesh."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.triangles import closest_point

from tests.phantoms import ellipsoid, geometries
from vizmed.surface import extract_surface
from vizmed.surface.distance.rulers import columns
from vizmed.surface.simplify.star import Stars
from vizmed.vtk_bridge import mesh_arrays


def from_all(point: np.ndarray, triangles: np.ndarray) -> float:
    """Distance to the nearest of triangles (m, 3, 3)."""
    nearest = closest_point(triangles.astype(float), np.repeat(point[None].astype(float), len(triangles), 0))
    return float(np.linalg.norm(nearest - point, axis=1).min())


@pytest.mark.parametrize("enough_mm", [0.0, 0.3])
def test_a_star_and_those_around_it(enough_mm):
    places, triangles = mesh_arrays(extract_surface(ellipsoid(geometries()["identity"])[0], 0))
    places = places - places.mean(axis=0)
    rng = np.random.default_rng(12)
    centres = rng.choice(np.unique(triangles), 150)
    points = (places[centres] + rng.normal(0, 0.8, (150, 3))).astype(np.float32)
    found = Stars(places, triangles).distances(columns(points), centres, enough_mm)
    for point, centre, distance in zip(points, centres, found, strict=True):
        star = (triangles == centre).any(axis=1)
        around = np.isin(triangles, triangles[star]).any(axis=1)
        own, least = from_all(point, places[triangles[star]]), from_all(point, places[triangles[around]])
        assert least - 1e-5 <= distance <= max(own, enough_mm) + 1e-5
        assert (distance <= enough_mm) == (least <= enough_mm)
        if distance > enough_mm:
            assert distance == pytest.approx(least, abs=1e-5)


def test_a_corner_without_triangles_is_infinitely_far():
    places = np.eye(4, 3, dtype=np.float32)
    found = Stars(places, np.array([[0, 1, 2]])).distances(columns(places[:2]), np.array([3, 0]))
    assert found == pytest.approx([np.inf, 0.0])
