from __future__ import annotations

import numpy as np

from vizmed.surface.labels.parting import parted

TETRAHEDRON = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])


def all_points(n: int) -> np.ndarray:
    return np.ones(n, bool)


def test_two_solids_at_one_point_get_one_each():
    other = np.array([0, 4, 5, 6])[TETRAHEDRON]
    cells, sources = parted(np.concatenate([TETRAHEDRON, other]), 7, all_points(7))
    assert sources.tolist() == [0]
    assert np.array_equal(cells[:4], TETRAHEDRON)
    assert np.array_equal(cells[4:], np.array([7, 4, 5, 6])[TETRAHEDRON])


def test_what_edges_join_stays_joined():
    book = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])  # three pages at one edge
    for cells in (TETRAHEDRON, book):
        same, sources = parted(cells, 5, all_points(5))
        assert np.array_equal(same, cells)
        assert sources.size == 0


def test_only_suspects_are_looked_at():
    cells = np.concatenate([TETRAHEDRON, np.array([0, 4, 5, 6])[TETRAHEDRON]])
    same, sources = parted(cells, 7, np.arange(7) != 0)
    assert np.array_equal(same, cells)
    assert sources.size == 0


def test_triangles_among_squares_name_their_last_point_twice():
    cells = np.array([[0, 1, 2, 2], [1, 0, 3, 4], [2, 5, 6, 7]])
    found, sources = parted(cells, 8, all_points(8))
    assert sources.tolist() == [2]
    assert found.tolist() == [[0, 1, 2, 2], [1, 0, 3, 4], [8, 5, 6, 7]]
