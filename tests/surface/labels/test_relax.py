from __future__ import annotations

import numpy as np
import pytest

from tests.surface.label_phantoms import ball
from vizmed.surface.labels.nets import nets_of
from vizmed.surface.labels.relax import neighbours_of, relaxed


def net(numbers: np.ndarray):
    return nets_of(np.asfortranarray(np.pad(numbers, 1)), (0, 0, 0), numbers.shape)


def neighbours(nets, place) -> set[tuple[float, ...]]:
    (point,) = np.flatnonzero((nets.corners == place).all(axis=1))
    tails, heads = neighbours_of(nets)
    return set(map(tuple, nets.corners[heads[tails == point]].tolist()))


def test_neighbours_are_those_along_the_edges_of_voxels():
    numbers = np.zeros((5, 5, 5), np.uint8)
    numbers[1:4, 1:4, 1:4] = 1
    assert neighbours(net(numbers), (0.5, 0.5, 0.5)) == {(1.5, 0.5, 0.5), (0.5, 1.5, 0.5), (0.5, 0.5, 1.5)}
    assert len(neighbours(net(numbers), (1.5, 1.5, 0.5))) == 4


def test_a_seam_is_drawn_along_itself_alone():
    numbers = np.zeros((5, 5, 6), np.uint8)
    numbers[1:4, 1:4, 1:3], numbers[1:4, 1:4, 3:5] = 1, 2
    assert neighbours(net(numbers), (1.5, 0.5, 2.5)) == {(0.5, 0.5, 2.5), (2.5, 0.5, 2.5)}
    assert len(neighbours(net(numbers), (1.5, 1.5, 2.5))) == 4  # within the border


def test_the_rim_of_a_cap_is_a_seam():
    numbers = np.zeros((5, 5, 4), np.uint8)
    numbers[1:4, 1:4, :2] = 1
    assert neighbours(net(numbers), (1.5, 0.5, -0.5)) == {(0.5, 0.5, -0.5), (2.5, 0.5, -0.5)}


def test_no_point_leaves_its_place_and_caps_stay_flat():
    numbers = ball(14, (0, 7, 7), 5.2)
    nets = net(numbers)
    moved = relaxed(nets, 30)
    assert moved.dtype == np.float32
    assert np.abs(moved - nets.corners).max() <= 0.45 + 1e-6
    assert np.array_equal(moved[:, 0] == -0.5, nets.corners[:, 0] == -0.5)
    assert np.abs(moved - nets.corners).max() > 0.3


def test_a_plane_stays_a_plane_and_a_straight_seam_straight():
    numbers = np.zeros((13, 50, 9), np.uint8)
    numbers[:, :, :4], numbers[:6, :, 4:6] = 1, 2
    nets = net(numbers)
    moved = relaxed(nets, 10)
    inner = np.abs(nets.corners[:, 1] - 24.5) < 2  # away from the border of the scan, where more seams meet
    seam = inner & (nets.corners[:, 2] == 3.5) & (nets.corners[:, 0] == 5.5)
    assert moved[seam][:, [0, 2]] == pytest.approx(np.full((seam.sum(), 2), [5.5, 3.5]), abs=1e-3)
    flat = inner & (nets.corners[:, 2] == 3.5) & (np.abs(nets.corners[:, 0] - 5.5) < 4)
    assert moved[flat, 2] == pytest.approx(3.5, abs=0.02)
