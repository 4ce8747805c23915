from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vizmed.read.meshes import weld as room
from vizmed.read.meshes.weld import facet_blocks, weld


def welded_one_by_one(facets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    numbers: dict[tuple[float, ...], int] = {}
    triangles = [numbers.setdefault(tuple(corner), len(numbers)) for corner in (facets + 0.0).reshape(-1, 3).tolist()]
    return np.array(list(numbers), np.float32).reshape(-1, 3), np.array(triangles, np.int64).reshape(-1, 3)


SOME_FACETS = arrays(
    np.float32,
    st.tuples(st.integers(0, 12), st.just(3), st.just(3)),
    elements=st.sampled_from([0.0, -0.0, 1.0, -1.5, 3.0e38, 1.0e-42, 0.1]),
)


@given(SOME_FACETS, st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_as_one_by_one(facets, size):
    points, triangles = weld(facets[start : start + size] for start in range(0, len(facets), size))
    expected_points, expected = welded_one_by_one(facets)
    assert np.array_equal(points, expected_points)
    assert np.array_equal(triangles, expected)
    assert points.dtype == np.float32
    assert triangles.dtype == np.int64


@pytest.mark.parametrize("answer", [0, 2**63])
@given(SOME_FACETS)
@settings(max_examples=60, deadline=None)
def test_where_all_hashes_are_one(answer, facets):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_hashes", lambda corners: np.full(len(corners), answer, np.uint64))
        points, triangles = weld(facet_blocks(facets))
    expected_points, expected = welded_one_by_one(facets)
    assert np.array_equal(points, expected_points)
    assert np.array_equal(triangles, expected)


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_where_few_hashes_are(bits, monkeypatch):
    plain = room._hashes
    monkeypatch.setattr(room, "_hashes", lambda corners: plain(corners) >> np.uint64(64 - bits) << np.uint64(64 - bits))
    facets = np.random.default_rng(3).integers(-4, 5, (4000, 3, 3)).astype(np.float32)
    points, triangles = weld(facet_blocks(facets))
    expected_points, expected = welded_one_by_one(facets)
    assert np.array_equal(points, expected_points)
    assert np.array_equal(triangles, expected)


def test_blocks_make_no_difference(monkeypatch):
    facets = np.random.default_rng(5).integers(-20, 20, (3000, 3, 3)).astype(np.float32)
    whole = weld([facets])
    for size in (1, 7, 1000):
        monkeypatch.setattr(room, "BLOCK", size)
        for found, expected in zip(weld(facet_blocks(facets)), whole, strict=True):
            assert np.array_equal(found, expected)
