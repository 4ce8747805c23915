"""The net between labels: the faces of the voxels, parted where a label touches itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from vizmed.surface.labels.nets import FURTHEST, NUDGE, Nets, nets_of

SMALL = numpy_st.arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 3), elements=st.integers(0, 3))


def net(numbers: np.ndarray, first=(0, 0, 0), shape=None) -> Nets:
    return nets_of(np.asfortranarray(np.pad(numbers, 1)), first, shape or numbers.shape)


def triangles(nets: Nets) -> tuple[np.ndarray, np.ndarray]:
    """Both halves of each square, with their sides."""
    halves = np.concatenate([nets.squares[:, [0, 1, 2]], nets.squares[:, [0, 2, 3]]])
    real = halves[:, 1] != halves[:, 2]
    return halves[real], np.concatenate([nets.sides, nets.sides])[real]


def volume(nets: Nets, number: int) -> float:
    halves, sides = triangles(nets)
    a, b, c = nets.corners.astype(np.float64)[halves.T]
    six = np.einsum("ni,ni->n", a, np.cross(b, c))
    return float((six[sides[:, 0] == number].sum() - six[sides[:, 1] == number].sum()) / 6)


@settings(max_examples=80, deadline=None)
@given(SMALL)
def test_corners_enclose_the_voxels_of_each_label_exactly(numbers):
    nets = net(numbers)
    for number in range(1, 4):
        assert volume(nets, number) == pytest.approx(np.count_nonzero(numbers == number), abs=1e-9)
    assert (nets.sides[:, 0] != nets.sides[:, 1]).all()
    assert np.abs(nets.points - nets.corners).max(initial=0) <= NUDGE
    if len(nets.squares):
        assert np.array_equal(np.unique(nets.squares), np.arange(len(nets.points)))


@settings(max_examples=80, deadline=None)
@given(SMALL)
def test_no_label_has_more_than_two_triangles_at_an_edge(numbers):
    halves, sides = triangles(net(numbers))
    for number in range(1, 4):
        ours = np.concatenate([halves[sides[:, 0] == number], halves[sides[:, 1] == number][:, ::-1]])
        edges = np.concatenate([ours[:, [0, 1]], ours[:, [1, 2]], ours[:, [2, 0]]])
        if len(edges):
            _, count = np.unique(edges, axis=0, return_counts=True)
            assert count.max() == 1  # each edge once in each way
            assert {*map(tuple, edges)} == {*map(tuple, edges[:, ::-1])}


def test_where_nothing_touches_itself_each_face_is_a_square():
    numbers = np.zeros((4, 4, 4), np.uint8)
    numbers[1:3, 1:3, 1:3] = 1
    nets = net(numbers)
    assert len(nets.squares) == 24
    assert len(nets.points) == 26
    assert np.array_equal(nets.points, nets.corners)


def test_an_edge_that_a_label_touches_itself_at_has_two_points_instead_of_its_middle():
    numbers = np.zeros((2, 2, 1), np.uint8)
    numbers[0, 0], numbers[1, 1] = 5, 5
    nets = net(numbers)
    parting = np.abs(nets.points - nets.corners).max(axis=1) > 0
    assert np.array_equal(nets.corners[parting], [[0.5, 0.5, 0], [0.5, 0.5, 0]])
    ways = (nets.points - nets.corners)[parting]
    assert ways[0] == pytest.approx(-ways[1])
    assert ways[0] @ [1, 1, 0] == 0  # away from where the label passes through


def test_points_that_part_an_edge_stay_on_their_side():
    numbers = np.zeros((4, 4, 3), np.uint8)
    numbers[1, 1, 1], numbers[2, 2, 1] = 1, 1
    nets = net(numbers)
    least, most = nets.bounds(nets.fixed)
    pair = np.flatnonzero(np.abs(nets.points - nets.corners).max(axis=1) > 0)
    assert (least <= nets.points).all()
    assert (nets.points <= most).all()
    assert (np.maximum(least[pair[0]], least[pair[1]]) > np.minimum(most[pair[0]], most[pair[1]])).any()
    assert (most - least).max() == pytest.approx(2 * FURTHEST)


def test_points_on_the_border_of_the_scan_are_fixed_across_it():
    nets = net(np.ones((2, 3, 2), np.uint8), first=(0, 4, 1), shape=(9, 7, 9))
    assert np.array_equal(nets.fixed[:, 0], nets.corners[:, 0] == -0.5)
    assert np.array_equal(nets.fixed[:, 1], nets.corners[:, 1] == 6.5)
    assert not nets.fixed[:, 2].any()
    assert [nets.corners.min(axis=0).tolist(), nets.corners.max(axis=0).tolist()] == [[-0.5, 3.5, 0.5], [1.5, 6.5, 2.5]]
