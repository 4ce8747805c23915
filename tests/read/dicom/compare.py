"""Comparison of volumes in patient space: whatever the axis order, each value at its place."""

from __future__ import annotations

import numpy as np

from vizmed.volume import Volume


def assert_same_in_world(found: Volume, truth: Volume, tolerance_voxels: float = 1e-6) -> None:
    """Every voxel of each lies on a voxel of the other, and both hold the same value."""
    assert sorted(found.shape) == sorted(truth.shape)
    ijk = np.stack(np.meshgrid(*map(np.arange, truth.shape), indexing="ij"), axis=-1).reshape(-1, 3)
    places = found.geometry.to_index(truth.geometry.to_world(ijk))
    nearest = np.rint(places).astype(int)
    assert np.abs(places - nearest).max() <= tolerance_voxels
    assert nearest.min() >= 0
    assert np.all(nearest.max(axis=0) == np.array(found.shape) - 1)
    np.testing.assert_array_equal(found.voxels[tuple(nearest.T)], truth.voxels[tuple(ijk.T)])
