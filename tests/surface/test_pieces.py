from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import geometries
from tests.surface.oracles import assert_sound, balls, bodies
from vizmed.errors import EmptySurfaceError
from vizmed.geometry import Geometry
from vizmed.surface import count_pieces, drop_small, extract_surface, fill_cavities, keep_largest, label_pieces
from vizmed.surface import pieces as room
from vizmed.surface.pieces import at_least, largest, solid, sort_out
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata


def union_find(triangles: np.ndarray, n_points: int) -> list[int]:
    """Pieces in the order of their first points, one union at a time."""
    parent = list(range(n_points))

    def root(n: int) -> int:
        while parent[n] != n:
            n = parent[n]
        return n

    for a, b, c in triangles.tolist():
        low = min(root(a), root(b), root(c))
        for n in (root(a), root(b), root(c)):
            parent[n] = low
    roots = [root(n) for n in range(n_points)]
    number = {first: n for n, first in enumerate(dict.fromkeys(roots))}
    return [number[first] for first in roots]


@pytest.mark.parametrize("seed", range(12))
def test_labels_are_those_of_a_plain_union_find(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(room, "FEW", int(rng.choice([3, 20, 1 << 15])))
    n_points = int(rng.integers(3, 400))
    triangles = rng.integers(0, n_points, (int(rng.integers(1, n_points)), 3))  # some name a point twice or thrice
    assert label_pieces(triangles, n_points).tolist() == union_find(triangles, n_points)


def test_a_long_shuffled_strip_is_one_piece():
    strip = np.arange(50_000)[:, None] + [0, 1, 2]
    shuffled = np.random.default_rng(1).permutation(50_002)[strip]
    assert not label_pieces(strip, 50_002).any()
    assert not label_pieces(shuffled, 50_002).any()


def test_no_triangles():
    assert label_pieces(np.empty((0, 3), np.int64), 3).tolist() == [0, 1, 2]
    assert label_pieces(np.empty((0, 3), np.int64), 0).tolist() == []


@pytest.mark.parametrize("name", geometries())
def test_the_larger_of_two_is_kept_wherever_it_lies(name):
    geometry = geometries()[name]
    for large, small in (((10, 19, 15), (34, 19, 15)), ((34, 19, 15), (10, 19, 15))):
        mesh = extract_surface(balls(geometry, (large, 7.0), (small, 4.0)), 0)
        assert count_pieces(mesh) == 2
        kept = keep_largest(mesh)
        assert_sound(kept)
        assert count_pieces(kept) == 1
        assert np.asarray(kept.points, np.float64).mean(axis=0) == pytest.approx(geometry.to_world(large), abs=0.1)


def test_the_largest_encloses_most_and_need_not_have_the_largest_area():
    values = np.zeros((60, 60, 30), np.int16, order="F")
    values[5:55, 5:55, 3] = 100  # a plate of 2500 voxels, 5000 of area
    values[20:36, 20:36, 10:26] = 100  # a cube of 4096 voxels, 1536 of area
    kept = keep_largest(extract_surface(Volume.from_numpy(values), 50))
    assert kept.points[:, 2].min() == pytest.approx(9.5, abs=0.01)


def test_a_cavity_is_not_the_largest_and_goes():
    geometry = Geometry.from_axes((40, 40, 40))
    ball = balls(geometry, ((20, 20, 20), 15.0)).voxels
    hollow = Volume(np.minimum(ball, 10.0 - ball), geometry)
    mesh = extract_surface(hollow, 0)
    shell = bodies(mesh)
    assert [part.volume > 0 for part in shell] == [False, True]
    assert bodies(keep_largest(mesh))[0].volume == pytest.approx(shell[1].volume)


def test_an_open_piece_counts_as_far_as_it_goes():
    volume = balls(Geometry.from_axes((70, 30, 30)), ((0, 15, 15), 12.0), ((60, 15, 15), 6.0))
    kept = keep_largest(extract_surface(volume, 0, closed=False))
    assert kept.points[:, 0].max() < 13


def test_one_piece_is_left_alone():
    mesh = extract_surface(balls(Geometry.from_axes((20, 20, 20)), ((10, 10, 10), 6.0)), 0)
    assert keep_largest(mesh) is mesh


def test_points_without_triangles_are_no_pieces():
    points = np.array([[9, 9, 9], [0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    mesh = to_polydata(points, np.array([[1, 2, 3]]))
    assert count_pieces(mesh) == 1
    assert len(mesh_arrays(keep_largest(mesh))[0]) == 3


@pytest.mark.parametrize("few", [5, 100, 1 << 15])
def test_what_is_left_is_what_choosing_rows_leaves(few, monkeypatch):
    values = np.random.default_rng(6).integers(0, 100, (12, 13, 14)).astype(np.int16)
    mesh = extract_surface(Volume.from_numpy(np.asfortranarray(values)), 55)
    points, triangles = mesh_arrays(mesh)
    labels = label_pieces(triangles, len(points))
    monkeypatch.setattr(room, "FEW", few)
    left = sort_out(mesh, [lambda volumes: np.arange(0, len(volumes), 2)])
    of = labels % 2 == 0
    assert np.array_equal(mesh_arrays(left.mesh)[0], points[of])
    assert np.array_equal(mesh_arrays(left.mesh)[1], (np.cumsum(of) - 1)[triangles[of[triangles[:, 0]]]])
    assert (left.had, left.has) == (labels.max() + 1, (labels.max() + 2) // 2)


def test_nothing_has_no_pieces():
    nothing = to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64))
    assert keep_largest(nothing) is nothing
    assert count_pieces(nothing) == 0


def test_choices_at_once_leave_what_one_after_another_leaves():
    values = np.random.default_rng(5).integers(0, 100, (16, 15, 14)).astype(np.int16)
    mesh = extract_surface(Volume.from_numpy(np.asfortranarray(values)), 60)
    expected = keep_largest(drop_small(fill_cavities(mesh), 2.0), 3)
    found = sort_out(mesh, [solid, at_least(2.0), largest(3)])
    assert (found.had, found.has) == (count_pieces(mesh), count_pieces(expected))
    assert 3 == found.has < found.had
    for array, other in zip(mesh_arrays(found.mesh), mesh_arrays(expected), strict=True):
        assert np.array_equal(array, other)
    with pytest.raises(EmptySurfaceError, match="no piece is left of 3;"):
        sort_out(mesh, [solid, at_least(2.0), largest(3), at_least(1e9)])
