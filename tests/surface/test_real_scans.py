"""Real scans, where they are at hand: surfaces against counts of voxels, and levels against what air is like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.surface.oracles import assert_sound
from vizmed.surface import choose_level, extract_surface, keep_largest, measure
from vizmed.volume import Volume

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real scans in {DATA}")


@pytest.fixture(scope="module")
def trunk() -> Volume:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.load(DATA / "trunk-ct" / "ct.nii.gz")
    return replace(Volume.from_nibabel(image), modality="CT", unit="HU")


@pytest.fixture(scope="module")
def thorax() -> Volume:
    voxels, intercept = stack(DATA / "thorax-ct", along=2)
    return Volume.from_numpy(voxels[..., 115:145] + intercept, (1.5625, 1.5625, 1), modality="CT", unit="HU")


def stack(folder: Path, *, along: int) -> tuple[np.ndarray, np.int16]:
    """Voxels as stored, in the order of one coordinate of their positions, and the rescale intercept."""
    pydicom = pytest.importorskip("pydicom")
    slices = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    slices.sort(key=lambda each: float(each.ImagePositionPatient[along]))
    voxels = np.asfortranarray(np.stack([each.pixel_array.T for each in slices], axis=-1))
    return voxels, np.int16(slices[0].get("RescaleIntercept", 0))


def voxel_cm3(volume: Volume) -> float:
    return abs(float(np.linalg.det(volume.geometry.affine[:3, :3]))) / 1000


def finer(values: np.ndarray, times: int) -> np.ndarray:
    """Interpolate linearly to ``times`` samples a voxel along each axis."""
    for axis in range(3):
        first, second = (np.moveaxis(values, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        steps = (np.arange(times) + 0.5) / times
        between = [first * np.float32(1 - step) + second * np.float32(step) for step in steps]
        values = np.moveaxis(np.stack(between, axis=1).reshape(-1, *first.shape[1:]), 0, axis)
    return values


def test_bone_has_the_volume_of_its_voxels(thorax):
    found = measure(extract_surface(thorax, preset="bone"))
    assert found.closed
    # ribs are a few voxels thick, and a voxel that is just bone has less of it than a whole voxel
    assert found.volume_mm3 / 1000 == pytest.approx((thorax.voxels >= 226).sum() * voxel_cm3(thorax), rel=0.07)
    inside = (finer(thorax.voxels.astype(np.float32), 3) >= 225.5).sum() / 27 * voxel_cm3(thorax)
    # those samples end at the outermost voxel centres; the caps add half a slice below and above
    caps = sum((thorax.voxels[..., end] >= 226).sum() for end in (0, -1)) / 2 * voxel_cm3(thorax)
    assert found.volume_mm3 / 1000 == pytest.approx(inside + caps, rel=0.02)


def test_the_body_has_the_volume_of_its_voxels(trunk):
    found = measure(extract_surface(trunk, preset="skin"))
    assert found.closed
    assert found.volume_mm3 / 1000 == pytest.approx((trunk.voxels >= -300).sum() * voxel_cm3(trunk), rel=0.03)


def test_reduced_smoothed_and_alone_it_stays_sound(trunk):
    mesh = extract_surface(trunk, preset="bone", largest=True, smooth=20, reduce=0.9)
    assert_sound(mesh)
    assert measure(mesh).pieces == 1


def test_otsu_parts_head_from_air():
    voxels, _ = stack(DATA / "head-mr", along=0)
    volume = Volume.from_numpy(voxels, (0.859, 0.859, 0.9), modality="MR")
    level = choose_level(volume).value
    corners = np.concatenate([voxels[:12, :12].ravel(), voxels[-12:, :12].ravel()])
    assert np.percentile(corners, 99.9) < level < np.median(voxels[100:150, 100:150, 80:110])
    found = measure(keep_largest(extract_surface(volume)))
    assert 2500 < found.volume_mm3 / 1000 < 6000  # a head and neck, in cm³
