from __future__ import annotations

import numpy as np
import pytest

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


def by_vtk(mask: np.ndarray) -> np.ndarray:
    """Number the pieces by another program."""
    from vtkmodules.vtkImagingMorphological import vtkImageConnectivityFilter

    from vizmed.vtk_bridge import image_values, to_index_image

    found = vtkImageConnectivityFilter()
    found.SetInputData(to_index_image(np.asfortranarray(mask).view(np.uint8)))
    found.SetScalarRange(1, 1)
    found.SetExtractionModeToAllRegions()
    found.SetLabelScalarTypeToInt()
    found.Update()
    return np.asarray(image_values(found.GetOutput()).T)


@pytest.mark.parametrize("shape", [(9, 8, 7), (1, 8, 7), (9, 1, 7), (9, 8, 1), (1, 1, 1), (30, 20, 25)])
@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.8, 1])
def test_pieces_are_those_of_another_program(share, shape):
    for mask in (random_mask(share, shape), np.moveaxis(random_mask(share, shape), 0, 2)):
        ours, theirs = pieces(mask), by_vtk(mask)
        pairs = set(zip(ours.ravel().tolist(), theirs.ravel().tolist(), strict=True))
        assert len(pairs) == len(np.unique(ours)) == len(np.unique(theirs))
        assert np.array_equal(ours > 0, mask)
        assert ours.shape == mask.shape
