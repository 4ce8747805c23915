from __future__ import annotations

import numpy as np

from tests.surface.meshes import box, together
from vizmed.surface.printing.flaws import Flaws, find_flaws
from vizmed.vtk_bridge import mesh_arrays, to_polydata


def changed(change):
    points, triangles = mesh_arrays(box((10, 20, 30)))
    return to_polydata(*change(points, triangles.copy()))


def test_a_sound_solid_has_none():
    assert find_flaws(together(box((1, 2, 3)), box((1, 1, 1), (5, 5, 5)))) == Flaws(0, 0, 0)


def test_an_open_one_has_none_either():
    assert find_flaws(changed(lambda points, triangles: (points, triangles[1:]))) == Flaws(0, 0, 0)


def test_a_turned_triangle_is_told_by_its_three_edges():
    def turn(points, triangles):
        triangles[4] = triangles[4, ::-1]
        return points, triangles

    assert find_flaws(changed(turn)) == Flaws(0, 3, 0)


def test_triangles_that_lie_there_twice_either_way_round():
    def repeat(points, triangles):
        return points, np.concatenate([triangles, triangles[:2, [1, 2, 0]], triangles[5:6, ::-1]])

    assert find_flaws(changed(repeat)) == Flaws(3, 0, 0)


def test_triangles_without_area():
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    triangles = np.array([[0, 1, 3], [0, 1, 2], [0, 4, 3]])
    assert find_flaws(to_polydata(points, triangles)).without_area == 2


def test_nothing_has_none():
    empty = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    assert find_flaws(empty) == Flaws(0, 0, 0)
