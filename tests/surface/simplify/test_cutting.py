"""Blocks of a mesh: every triangle is in one, none is much larger than others, and their rims are known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.surface.simplify.test_simplify import lumpy
from vizmed.surface import extract_surface
from vizmed.surface.simplify.cutting import ALONG, cut
from vizmed.vtk_bridge import mesh_arrays

MOST = 700


@pytest.fixture(scope="module")
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Branches and handles, of some thousand triangles."""
    return mesh_arrays(extract_surface(lumpy(), 0.08))


@pytest.mark.parametrize("first", [0.5, 0.3])
def test_every_triangle_is_in_one_block_and_shared_points_are_held(arrays, first):
    points, triangles = arrays
    found = cut(points, triangles, MOST, first)
    assert np.array_equal(np.sort(np.concatenate(found.blocks)), np.arange(len(triangles)))
    met = np.zeros(len(points), int)
    for rows in found.blocks:
        assert (np.diff(rows) > 0).all()
        met[np.unique(triangles[rows])] += 1
    assert found.locked[met > 1].all()
    # a point whose triangles are all counted to the block beside it is held needlessly
    assert found.locked.sum() <= 1.02 * (met > 1).sum()
    assert 0 < found.locked.mean() < 0.5


def test_blocks_are_about_as_large_as_each_other(arrays):
    points, triangles = arrays
    held = [len(np.unique(triangles[rows])) for rows in cut(points, triangles, MOST, 0.5).blocks]
    assert len(held) >= len(points) / MOST
    assert max(held) < 1.5 * MOST
    assert min(held) > MOST / 3


def test_another_first_cut_is_another_cut_everywhere(arrays):
    one, other = (cut(*arrays, MOST, first).locked for first in (0.5, 0.3))
    assert (one & other).sum() < 0.5 * min(one.sum(), other.sum())


def test_what_is_flat_or_in_one_place_is_cut_where_it_can_be():
    x, y = np.divmod(np.arange(900), 30)
    flat = np.stack([x, y, np.zeros(900)], axis=1).astype(np.float32)
    corner = (np.arange(29)[:, None] * 30 + np.arange(29)).ravel()
    sheet = np.concatenate(
        [np.stack([corner, corner + 30, corner + 1], 1), np.stack([corner + 1, corner + 30, corner + 31], 1)]
    )
    assert len(cut(flat, sheet, 100, 0.5).blocks) >= 9
    far = flat.copy()
    far[0] = 1e7  # all others lie in one of the cells
    assert len(cut(far, sheet, 100, 0.5).blocks) <= 2
    same = np.zeros_like(flat)
    assert [len(rows) for rows in cut(same, sheet, 100, 0.5).blocks] == [len(sheet)]
    assert ALONG**3 < 2**31
