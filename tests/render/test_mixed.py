from __future__ import annotations

import numpy as np
import pytest

from vizmed.geometry import Geometry
from vizmed.render.mixed import smoothed
from vizmed.surface.cleaning.cleaned import is_hidden
from vizmed.volume import Volume

PADDING = 3


def plainly(voxels, padding):
    """One axis after the other over the whole volume, in a type that holds the sums."""
    for axis in range(3):
        if voxels.shape[axis] < 3:
            continue
        mixed = voxels.copy()
        of, to = np.moveaxis(voxels, axis, 0), np.moveaxis(mixed, axis, 0)
        before, here, after = parts = of[:-2], of[1:-1], of[2:]
        is_small = voxels.dtype.kind != "f" and voxels.dtype.itemsize <= 2
        total = np.add(before, after, dtype=np.int32 if is_small else np.float32)
        total += here
        total += here
        mean = (total + 2) >> 2 if is_small else total / 4
        to[1:-1] = np.where(np.logical_or.reduce([is_hidden(part, padding) for part in parts]), here, mean)
        voxels = mixed
    return voxels


def volume_of(voxels, padding=None):
    return Volume(voxels, Geometry.from_axes(voxels.shape, (1, 1, 1)), padding=padding)


@pytest.mark.parametrize("padding", [None, PADDING])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 9, 9), (9, 2, 3), (9, 9, 2), (12, 13, 11)])
@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_smoothing_is_to_the_bit_what_it_is_plainly(kind, shape, padding):
    rng = np.random.default_rng(0)
    is_real = np.dtype(kind).kind == "f"
    low, high = (-1000, 1000) if is_real else (np.iinfo(kind).min, np.iinfo(kind).max)  # sums of its ends overflow it
    voxels = rng.integers(low, high, shape, endpoint=True).astype(kind)
    voxels[rng.random(shape) < 0.1] = PADDING
    if is_real:
        voxels[rng.random(shape) < 0.05] = np.nan
    wanted = plainly(voxels, padding)
    for order in "FC":
        found = smoothed(volume_of(np.array(voxels, order=order), padding)).voxels
        assert found.dtype == kind
        assert np.array_equal(found, wanted, equal_nan=is_real)


def test_smoothing_is_one_two_one_along_each_axis():
    voxels = np.zeros((7, 6, 5), np.int16, order="F")
    voxels[3, 3, 2] = 64
    mixed = smoothed(Volume(voxels, Geometry.from_axes(voxels.shape, (1, 1, 1)))).voxels
    weights = np.array([1, 2, 1])
    assert (mixed[2:5, 2:5, 1:4] == np.einsum("i,j,k->ijk", weights, weights, weights)).all()
    assert mixed.sum() == 64
    assert mixed.dtype == voxels.dtype


def test_smoothing_keeps_padding_and_what_is_no_number_apart():
    voxels = np.full((5, 5, 5), 100, np.int16, order="F")
    voxels[0] = -2000
    padded = Volume(voxels, Geometry.from_axes(voxels.shape, (1, 1, 1)), padding=-2000)
    assert np.array_equal(smoothed(padded).voxels, voxels)
    numbers = voxels.astype(np.float32)
    numbers[2, 2, 2] = np.nan
    found = smoothed(Volume(numbers, Geometry.from_axes(voxels.shape, (1, 1, 1)))).voxels
    assert np.isnan(found).sum() == 1
