"""A volume that is in memory already, in chunks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from vizmed.chunked import Chunked
from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.volume import Provenance, Volume

KINDS = geometries((5, 4, 7))
NOTED = Provenance("NRRD", "pynrrd", findings=(Finding("odd", "note", "something"),))


def volume(kind: str) -> Volume:
    return replace(asymmetric(KINDS[kind]), modality="CT", unit="HU", padding=-2000.0, provenance=NOTED)


@pytest.mark.parametrize("kind", KINDS)
def test_every_voxel_keeps_its_value_and_its_place(kind):
    whole = volume(kind)
    chunks = Chunked.of(whole)
    assert (chunks.shape, chunks.dtype, chunks.nbytes) == (whole.shape, whole.voxels.dtype, whole.voxels.nbytes)
    for first, last in ((0, 3), (3, 6), (6, 7)):
        part = chunks.chunk(first, last)
        np.testing.assert_array_equal(part.voxels, whole.voxels[..., first:last])
        corner = whole.geometry.to_world((4, 1, last - 1))
        np.testing.assert_allclose(part.geometry.to_world((4, 1, last - 1 - first)), corner, atol=1e-9)
        assert (part.modality, part.unit, part.padding, part.provenance) == ("CT", "HU", -2000.0, NOTED)


def test_the_whole_is_the_volume_and_nothing_is_copied():
    whole = volume("sheared")
    again = Chunked.of(whole).whole()
    assert again.geometry == whole.geometry
    assert again.provenance == whole.provenance
    assert np.shares_memory(again.voxels, whole.voxels)


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (2, 2), (3, 2), (5, 8), (7, 8)])
def test_slices_that_are_not_there_are_refused(first, last):
    with pytest.raises(OptionError, match="7"):
        Chunked.of(volume("identity")).chunk(first, last)


def test_only_what_is_asked_for_is_fetched():
    whole, fetched = volume("rotated"), []

    def fetch(first: int, last: int) -> np.ndarray:
        fetched.append((first, last))
        return whole.voxels[..., first:last]

    chunks = Chunked(whole.geometry, whole.voxels.dtype, Chunked.of(whole).chunk(0, 1), fetch)
    assert fetched == []
    assert chunks.chunk(2, 5).shape == (5, 4, 3)
    assert fetched == [(2, 5)]
