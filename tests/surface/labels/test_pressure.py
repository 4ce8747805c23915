"""Volumes are given back, and what one piece gains its neighbour loses."""

from __future__ import annotations

import numpy as np
import pytest

from tests.surface.label_phantoms import ball
from vizmed.surface.labels.nets import Nets, nets_of
from vizmed.surface.labels.pressure import held

BALLS = ball(22, (10.3, 10.6, 10.4), 8)
BALLS[..., 11:] *= 2
BALLS[8:12, 8:12, 7:10] = 3  # within the first, and nowhere at the outside


def net(numbers: np.ndarray) -> tuple[Nets, np.ndarray, np.ndarray]:
    """The net, its triangles, and their sides: each label here is one piece but the first, whose hollow is a second."""
    nets = nets_of(np.asfortranarray(np.pad(numbers, 1)), (0, 0, 0), numbers.shape)
    triangles = nets.squares[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    sides = np.repeat(nets.sides, 2, axis=0).astype(np.int64)
    hollow = (sides == 3).any(axis=1)
    sides[hollow] = np.where(sides[hollow] == 1, 4, sides[hollow])
    return nets, triangles, sides


def volumes(points: np.ndarray, triangles: np.ndarray, sheets: np.ndarray) -> np.ndarray:
    a, b, c = points.astype(np.float64)[triangles.T]
    six = np.einsum("ni,ni->n", a, np.cross(b, c))
    return np.array([(six[sheets[:, 0] == n].sum() - six[sheets[:, 1] == n].sum()) / 6 for n in range(1, 5)])


@pytest.mark.parametrize("shrunk", [0.92, 1.05])
def test_each_piece_gets_its_volume_back(shrunk):
    nets, triangles, sheets = net(BALLS)
    middle = nets.corners.mean(axis=0)
    moved = (middle + (nets.points - middle) * shrunk).astype(np.float32)
    moved = np.clip(moved, nets.corners - 0.3, nets.corners + 0.3)
    wanted = volumes(nets.corners, triangles, sheets)
    assert np.abs(volumes(moved, triangles, sheets) / wanted - 1).max() > 0.02
    found = held(nets, moved, triangles, sheets)
    assert found.dtype == np.float32
    assert volumes(found, triangles, sheets) == pytest.approx(wanted, rel=3e-4)
    assert np.abs(found - nets.corners).max() <= 0.45 + 1e-6


def test_what_is_held_already_stays_where_it_is():
    nets, triangles, sheets = net(BALLS)
    assert np.array_equal(held(nets, nets.points, triangles, sheets), nets.points)


def test_a_piece_that_cannot_have_its_volume_goes_back(monkeypatch):
    from vizmed.surface.labels import pressure

    monkeypatch.setattr(pressure, "STEP", 1e-4)
    nets, triangles, sheets = net(BALLS)
    moved = nets.corners + (nets.corners.mean(axis=0) - nets.corners) * np.float32(0.03)
    assert np.array_equal(held(nets, moved, triangles, sheets), nets.points)
