"""Unsound triangles are known, on meshes whose collapse is written down by hand."""

from __future__ import annotations

import numpy as np

from tests.surface.meshes import box
from vizmed.surface.simplify.collapse import Collapse
from vizmed.surface.simplify.flaws import Flaws, _crowded, _folded
from vizmed.vtk_bridge import mesh_arrays


def test_two_triangles_back_to_back_are_folded():
    tetrahedron = np.array([[3, 5, 4], [3, 4, 6], [4, 5, 6], [5, 3, 6]])
    both = np.array([[0, 1, 2], [2, 1, 0]])
    assert _folded(np.concatenate([tetrahedron, both]).T).tolist() == [[0], [1], [2]]
    assert _folded(tetrahedron.T).size == 0


def test_an_edge_of_four_triangles_is_crowded():
    sheets = np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4], [1, 0, 5]])
    assert _crowded(sheets.T).tolist() == [[0, 0], [1, 1]]
    assert _crowded(sheets[:2].T).size == 0


def test_a_triangle_that_is_turned_over_is_known():
    points, triangles = mesh_arrays(box((2, 2, 2)))
    collapse = Collapse(points, triangles, np.zeros(3))
    collapse.join(np.array([1]), np.array([0]), points[[1]])
    collapse.places[0] = (5, 5, 5)
    assert Flaws(collapse).at(np.arange(len(triangles)))[0]


def test_a_fold_is_known_whichever_way_it_is_taken_to_face(monkeypatch):
    tetrahedra = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    points = np.array([(0, 0, 0), (4, 0, 0), (0, 4, 0), (0, 0, 4)], np.float32)
    collapse = Collapse(points, tetrahedra, np.zeros(3))
    collapse.join(np.array([3]), np.array([0]), points[[3]])  # leaves 0 2 1 and 1 2 0
    monkeypatch.setattr(Flaws, "_turned", lambda *_: np.empty((3, 0), np.int64))
    assert Flaws(collapse).at(np.arange(4)).tolist() == [True, False, False, False]


def test_of_what_is_wrong_together_the_smallest_group_is_parted():
    points, triangles = mesh_arrays(box((2, 2, 2)))
    collapse = Collapse(points, triangles, np.zeros(3))
    collapse.join(np.array([1, 2, 4]), np.array([0, 0, 3]), points[[0, 0, 3]])
    groups = np.array([[0, 0, 5], [3, 5, 6], [5, 6, 7]])
    assert collapse.smallest(groups).tolist() == [3, 0, 5]  # what stands alone is taken only where all do
