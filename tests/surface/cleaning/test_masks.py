from __future__ import annotations

import numpy as np

from vizmed.surface.cleaning.masks import cells, grown, large_pieces, neighbours, pieces, pieces_across


def random_mask(share: float, shape=(9, 8, 7)) -> np.ndarray:
    return np.asfortranarray(np.random.default_rng(4).random(shape) < share)


def test_lengths_are_whole_cells_and_one_at_least():
    assert cells(5, np.array([1.0, 2.0, 30.0])) == (5, 2, 1)


def test_neighbours_grow_and_wear_away_by_a_box():
    mask = random_mask(0.3)
    for reach in ((1, 1, 1), (0, 2, 1)):
        larger, smaller = (neighbours(mask, reach, combine) for combine in (np.logical_or, np.logical_and))
        for place in np.ndindex(mask.shape):
            box = mask[tuple(slice(max(n - r, 0), n + r + 1) for n, r in zip(place, reach, strict=True))]
            assert larger[place] == box.any()
            assert smaller[place] == box.all()


def test_growing_stays_within_and_stops():
    within = np.zeros((12, 5, 5), bool)
    within[:, 2, 2] = True
    within[6] = False
    seed = np.zeros_like(within)
    seed[1, 2, 2] = True
    assert grown(seed, within, (2, 2, 2)).sum() == 4
    assert grown(seed, within, (99, 99, 99)).sum() == 6


def test_pieces_hang_together_by_faces():
    mask = np.zeros((6, 6, 6), bool, order="F")
    mask[0, 0, 0] = mask[1, 1, 0] = True
    mask[3:, 3:, 3:] = True
    labels = pieces(mask)
    assert len(np.unique(labels)) == 4
    assert (labels > 0).sum() == mask.sum()
    np.testing.assert_array_equal(large_pieces(mask, 0.1), labels == labels[4, 4, 4])
    assert large_pieces(mask, 0.01).sum() == mask.sum()
    assert not large_pieces(np.zeros((3, 3, 3), bool), 0.5).any()


def test_across_an_axis_each_plane_has_its_own():
    mask = random_mask(0.8)
    for axis in range(3):
        labels = np.moveaxis(pieces_across(mask, axis), axis, 0)
        assert ((labels > 0) == np.moveaxis(mask, axis, 0)).all()
        seen = [set(np.unique(plane[plane > 0])) for plane in labels]
        assert sum(map(len, seen)) == len(set.union(*seen))
        for plane, flat in zip(labels, np.moveaxis(mask, axis, 0), strict=True):
            assert len(np.unique(plane[plane > 0])) == len(np.unique(pieces(np.asfortranarray(flat[..., None])))) - (
                not flat.all()
            )
