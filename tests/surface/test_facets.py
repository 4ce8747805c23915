from __future__ import annotations

import numpy as np
import pytest

from vizmed.surface import facets as room
from vizmed.surface.facets import cross, dot, facets, middle, of_facets

rng = np.random.default_rng(12)
POINTS = (rng.normal(size=(300, 3)) * (30, 40, 50) + (900, -800, 700)).astype(np.float32)
TRIANGLES = rng.integers(0, len(POINTS), (1000, 3))


@pytest.fixture(autouse=True, params=[7, 64, 1 << 16])
def _blocks_of(request, monkeypatch):
    monkeypatch.setattr(room, "BLOCK", request.param)


def test_facets_are_those_of_whole_rows():
    found = list(facets(POINTS, TRIANGLES))
    rows = POINTS.astype(np.float64) - (POINTS.min(axis=0).astype(float) + POINTS.max(axis=0)) / 2
    a, b, c = rows[TRIANGLES].transpose(1, 0, 2)
    area_vectors = np.cross(b - a, c - a)
    assert np.concatenate([np.arange(len(TRIANGLES))[part.where] for part in found]).tolist() == list(range(1000))
    for name, expected in (("a", a), ("ab", b - a), ("ac", c - a), ("area_vector", area_vectors)):
        assert np.array_equal(np.concatenate([getattr(part, name) for part in found], axis=1).T, expected), name
    assert np.array_equal(np.concatenate([part.corners for part in found], axis=1).T, TRIANGLES)
    six_volumes = np.concatenate([part.six_volumes for part in found])
    assert six_volumes == pytest.approx(np.linalg.det(rows[TRIANGLES]), rel=1e-9, abs=1e-9)


def test_side_by_side_is_one_by_one_in_the_same_order():
    alone = [(part.where.start, part.area_vector.sum()) for part in facets(POINTS, TRIANGLES)]
    assert list(of_facets(lambda part: (part.where.start, part.area_vector.sum()), POINTS, TRIANGLES)) == alone


def test_the_first_error_is_told():
    def fail(part):
        raise ZeroDivisionError(part.where.start)

    with pytest.raises(ZeroDivisionError, match=r"^0$"):
        list(of_facets(fail, POINTS, TRIANGLES))


def test_no_triangles_are_no_blocks():
    none = np.empty((0, 3), np.int64)
    assert list(of_facets(lambda part: part, POINTS, none)) == list(facets(POINTS, none)) == []


def test_products_are_those_of_rows():
    u, v = rng.normal(size=(2, 3, 50))
    assert np.array_equal(cross(u, v).T, np.cross(u.T, v.T))
    assert dot(u, v) == pytest.approx((u * v).sum(axis=0), rel=1e-14)
    assert middle(POINTS).tolist() == ((POINTS.min(axis=0).astype(float) + POINTS.max(axis=0)) / 2).tolist()
