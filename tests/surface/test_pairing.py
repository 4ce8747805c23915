from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ellipsoid
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, pairing
from vizmed.surface.edges import ALONE, count_flaws, count_odd_edges, twins
from vizmed.surface.pairing import edge_keys, pair_edges
from vizmed.vtk_bridge import mesh_arrays


def odd_by_all_keys(triangles):
    """Count open and crowded edges in one sort of all of them."""
    keys = np.sort(edge_keys(triangles))
    ways = 1 - 2 * (keys & np.uint64(1)).astype(int)
    _, starts, shared_by = np.unique(keys >> np.uint64(1), return_index=True, return_counts=True)
    return int(np.abs(np.add.reduceat(ways, starts)).sum()), int(np.count_nonzero(shared_by > 2))


def twins_one_by_one(triangles):
    """Find the twin of each edge in a dictionary of all edges."""
    sides: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    for number, triangle in enumerate(triangles.tolist()):
        for corner in range(3):
            tail, head = triangle[corner], triangle[(corner + 1) % 3]
            sides.setdefault((min(tail, head), max(tail, head)), []).append((3 * number + corner, tail > head))
    found = np.full(triangles.size, ALONE)
    for pair in sides.values():
        if len(pair) == 2 and pair[0][1] != pair[1][1]:
            found[pair[0][0]], found[pair[1][0]] = pair[1][0], pair[0][0]
    return found


def soup(seed):
    """Closed pieces of which some triangles are gone, turned over, doubled, or name a point twice."""
    rng = np.random.default_rng(seed)
    n_points = int(rng.integers(4, 300))
    tetrahedra = np.array([rng.permutation(n_points)[:4] for _ in range(int(rng.integers(1, 200)))])
    triangles = np.concatenate([tetrahedra[:, list(side)] for side in ((0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3))])
    spoilt = rng.integers(0, len(triangles), (3, int(rng.integers(0, 4))))
    triangles[spoilt[0]] = triangles[spoilt[0], ::-1]
    triangles[spoilt[1], 1] = triangles[spoilt[1], 0]
    triangles = np.concatenate([triangles, triangles[spoilt[2]]])
    return rng.permutation(triangles[int(rng.integers(0, 2)) :]).astype(rng.choice(["i8", "i4"]))


@pytest.mark.parametrize("bits", [63, 23, 0], ids=["by one number", "in small parts", "at once"])
@pytest.mark.parametrize("seed", range(20))
def test_pairs_are_those_that_one_by_one_shows(seed, bits, monkeypatch):
    monkeypatch.setattr(pairing, "BITS", bits)
    monkeypatch.setattr(pairing, "OVERLAP_BITS", 20)
    monkeypatch.setattr(pairing, "SHORT_BITS", 30 * (seed % 2))
    monkeypatch.setattr(pairing, "BLOCK", 2 << seed % 4)
    monkeypatch.setattr(pairing, "PARTS", 1 + seed % 5)
    triangles = soup(seed)
    assert np.array_equal(twins(triangles), twins_one_by_one(triangles))
    assert count_odd_edges(triangles) == odd_by_all_keys(triangles)
    alone = pair_edges(triangles, lambda _up, _down: None).alone
    assert np.array_equal(np.sort(alone), np.flatnonzero(twins(triangles) == ALONE))


def test_an_open_surface_is_paired_in_parts_as_well():
    volume, _ = ellipsoid(Geometry.from_axes((40, 76, 62), (0.9, 1.1, 1.4)))
    _, triangles = mesh_arrays(extract_surface(volume, 0, closed=False))
    seen = np.zeros(triangles.size, int)
    odd = pair_edges(triangles, _counted(seen))
    seen[odd.alone] += 1
    assert (seen == 1).all()
    assert (odd.open_edges, odd.crowded_edges) == odd_by_all_keys(triangles)
    assert odd.open_edges == len(odd.alone) > 0


def _counted(seen):
    def put(up, down):
        seen[up] += 1
        seen[down] += 1

    return put


def test_triangles_of_nothing_have_no_edges():
    none = np.empty((0, 3), np.int64)
    assert count_odd_edges(none) == (0, 0)
    assert twins(none).size == 0
    assert count_flaws(none) == (0, 0, 0, 0)


def test_points_far_apart_in_number_are_paired():
    far = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]) * 1_000_000
    assert count_odd_edges(far) == (0, 0)
    assert count_odd_edges(far[1:]) == (3, 0)
