"""What lies around points, against plain searches through all triangles."""

from __future__ import annotations

import numpy as np

from tests.phantoms import ellipsoid, geometries
from vizmed.surface import extract_surface
from vizmed.surface.simplify.around import Around
from vizmed.vtk_bridge import mesh_arrays


def listed(lists, n: int) -> list[int]:
    return lists.triangle[lists.begin[n] : lists.begin[n] + lists.length[n]].tolist()


def test_triangles_around_points_and_around_those_beside_them():
    triangles = mesh_arrays(extract_surface(ellipsoid(geometries()["identity"])[0], 0))[1][:900]
    corners = np.ascontiguousarray(triangles.T)
    n_points = int(triangles.max()) + 5  # the last ones have no triangles
    around = Around(corners.ravel(), np.tile(np.arange(len(triangles)), 3), n_points)
    points = np.append(np.unique(triangles)[::7], n_points - 1)
    near, further = around.lists(points), around.lists_further(points, corners)
    which, members = around.members(points)
    for n, point in enumerate(points):
        star = np.flatnonzero((triangles == point).any(axis=1))
        assert listed(near, n) == star.tolist()
        assert members[which == n].tolist() == star.tolist()
        beside = np.flatnonzero(np.isin(triangles, triangles[star]).any(axis=1))
        assert sorted(set(listed(further, n))) == beside.tolist()
