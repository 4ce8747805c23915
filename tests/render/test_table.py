"""The table is left out of pictures where there is one, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import axis_orders
from vizmed.geometry import Geometry
from vizmed.render.table import body_alone, without_table
from vizmed.volume import Volume

SPACING = 2.5
SHAPE = (80, 80, 40)
BODY_HU, TABLE_HU, LUNG_HU, BONE_HU = 40, 200, -800, 226


def patient(*, table: bool = True, marker: bool = False, direction: np.ndarray | None = None) -> Volume:
    """A trunk with lungs that lies along z, over a thin table, a small marker beside it."""
    geometry = Geometry.from_axes(SHAPE, (SPACING,) * 3)
    x, y, z = np.moveaxis(geometry.to_world(np.indices(SHAPE).transpose(1, 2, 3, 0)), -1, 0)
    voxels = np.full(SHAPE, -1000, dtype="int16", order="F")
    voxels[((x - 100) / 70) ** 2 + ((y - 85) / 50) ** 2 < 1] = BODY_HU
    voxels[((x - 75) / 20) ** 2 + ((y - 85) / 30) ** 2 < 1] = LUNG_HU
    if table:
        voxels[(abs(y - 160) < 3) & (abs(x - 100) < 90)] = TABLE_HU
    if marker:
        voxels[(abs(x - 185) < 4) & (abs(y - 85) < 4) & (abs(z - 50) < 12)] = TABLE_HU
    volume = Volume(voxels, geometry, modality="CT", unit="HU")
    return volume if direction is None else laid(volume, direction)


def laid(volume: Volume, direction: np.ndarray) -> Volume:
    """The same patient, stored in another axis order."""
    codes = Geometry.from_axes((2, 2, 2), direction=direction).axis_codes
    turned = volume.reoriented(codes)
    return replace(turned, voxels=np.asfortranarray(turned.voxels))


@pytest.mark.parametrize("codes", ["LPS", "RAI", "SLP", "PIR", "ASL", "LIA"])
def test_the_table_becomes_air_and_the_body_stays(codes):
    scanned = patient(direction=axis_orders()[codes])
    shown = without_table(scanned)
    table = scanned.voxels == TABLE_HU
    assert (shown.voxels[table] == -1000).mean() > 0.99
    np.testing.assert_array_equal(shown.voxels[~table], scanned.voxels[~table])
    assert shown.geometry == scanned.geometry
    assert shown.voxels.flags.f_contiguous


def test_lungs_are_within_the_body():
    shown = without_table(patient())
    assert (shown.voxels == LUNG_HU).sum() == (patient().voxels == LUNG_HU).sum() > 1000


def test_without_a_table_the_very_same_volume_is_drawn():
    for volume in (patient(table=False), patient(table=False, marker=True)):
        assert without_table(volume) is volume


def test_other_units_are_left_alone():
    volume = replace(patient(), unit=None, modality="MR")
    assert without_table(volume) is volume


def test_two_legs_are_both_of_the_body():
    volume = patient()
    voxels = np.array(volume.voxels)
    voxels[36:44, :60] = -1000  # parts the trunk in two
    parted = replace(volume, voxels=np.asfortranarray(voxels))
    shown = without_table(parted)
    assert shown is not parted
    assert (shown.voxels == BODY_HU).sum() == (parted.voxels == BODY_HU).sum()


def test_a_head_keeps_its_nose(sample_head, shared_data):
    from vizmed.read import read

    real = replace(read(shared_data("head-nifti/ct.nii.gz")), modality="CT", unit="HU")
    for volume in (sample_head, real):
        assert without_table(volume) is volume


def test_a_bent_table_is_not_taken_to_be_straight_under_the_body():
    shape = (128, 80, 40)
    x, y, _ = np.indices(shape) * SPACING
    voxels = np.full(shape, -1000, dtype="int16", order="F")
    voxels[(np.abs(np.hypot(x - 160, y + 55) - 220) < 2) & (y > 60)] = TABLE_HU  # its lowest place is under the back
    body = ((x - 160) / 70) ** 2 + ((y - 85) / 80) ** 2 < 1
    voxels[body] = BODY_HU
    volume = Volume(voxels, Geometry.from_axes(shape, (SPACING,) * 3), modality="CT", unit="HU")
    shown = without_table(volume)
    assert shown is not volume
    assert not (shown.voxels[np.abs(x - 160) > 60] == TABLE_HU).any()
    assert (shown.voxels[body] == BODY_HU).mean() > 0.999


def test_the_table_of_a_real_scan_goes_and_the_ribs_stay(shared_data):
    from vizmed.read import read

    scanned = read(shared_data("thorax-ct"))
    shown = without_table(scanned)
    middle = slice(int(scanned.geometry.to_index([-80, 0, 0])[0]), int(scanned.geometry.to_index([80, 0, 0])[0]))
    back = int(scanned.geometry.to_index([0, 284, 0])[1])  # behind the spine, in the middle
    before, after = scanned.voxels[middle] > BONE_HU, shown.voxels[middle] > BONE_HU
    assert before[:, back:].sum() > 35_000
    assert after[:, back:].sum() < 0.001 * before[:, back:].sum()
    assert after[:, :back].sum() > 0.999 * before[:, :back].sum()


def test_the_body_alone_leaves_out_the_air_and_the_skin():
    volume = patient(table=False)
    alone = body_alone(volume, -300, 5000)
    kept = alone.voxels != 5000
    assert (alone.voxels[kept] == volume.voxels[kept]).all()
    assert not (kept & (volume.voxels == -1000)).any()
    assert (kept & (volume.voxels == LUNG_HU)).sum() > 0.9 * (volume.voxels == LUNG_HU).sum()
    assert 0.5 < kept.sum() / (volume.voxels > -1000).sum() < 1


def test_a_body_without_a_scale_is_what_lies_between_tissue():
    voxels = np.zeros((64, 64, 64), np.uint8, order="F")
    x, y, z = np.indices(voxels.shape) - 31.5
    voxels[x * x + y * y + z * z < 26**2] = 200
    voxels[x * x + y * y + z * z < 8**2] = 10
    alone = body_alone(Volume(voxels, Geometry.from_axes(voxels.shape, (2, 2, 2))), 100, 900)
    assert alone.voxels.dtype == np.int16
    assert alone.voxels[32, 32, 32] == 10
    assert (alone.voxels[[0, -1]] == 900).all()
