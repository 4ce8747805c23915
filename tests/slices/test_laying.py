from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from vizmed.scene import GRID_PLANES
from vizmed.slices.laying import laid


@pytest.mark.parametrize("plane", GRID_PLANES)
def test_a_volume_is_laid_once_and_nothing_holds_on_to_it(plane):
    volume, other = asymmetric(geometries()["rotated"]), asymmetric(geometries()["sheared"])
    found = laid(volume, plane)
    assert laid(volume, plane) is found
    assert laid(other, plane).geometry != found.geometry
    assert np.shares_memory(found.voxels, volume.voxels)
    gone = weakref.ref(volume)
    del volume, found
    gc.collect()
    assert gone() is None
