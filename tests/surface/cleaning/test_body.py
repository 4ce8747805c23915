"""The body stays whole, to the voxel; what lies around it goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.sample import make_sample
from vizmed.surface import extract_surface
from vizmed.surface.cleaning.body import body
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import mesh_arrays

SKIN_HU = -300
SIZE_MM = (300.0, 240.0, 120.0)
MIDDLE = np.array([150.0, 110.0])
HALF_AXES = np.array([100.0, 70.0])
BACK_MM = MIDDLE[1] + HALF_AXES[1]


class Patient:
    """A trunk of 200 x 140 mm with lungs, along z, whose skin is as blurred as voxels make it; more is laid on it."""

    def __init__(self, spacing=(2.5, 2.5, 2.5)):
        shape = tuple(round(size / mm) for size, mm in zip(SIZE_MM, spacing, strict=True))
        self.geometry = Geometry.from_axes(shape, spacing)
        self.places = np.moveaxis(self.geometry.to_world(np.moveaxis(np.indices(shape), 0, -1)), -1, 0)
        self.blur = max(spacing)
        self.voxels = np.full(shape, -1000.0)
        self.lay(self.within(MIDDLE, HALF_AXES), 40)
        for side in (-45, 45):
            self.lay(self.within((MIDDLE[0] + side, MIDDLE[1]), (28, 45)), -850)

    def within(self, middle, half_axes) -> np.ndarray:
        """Depth in an ellipse of cross section, to first order, mm."""
        x, y, _ = self.places
        reached = np.hypot((x - middle[0]) / half_axes[0], (y - middle[1]) / half_axes[1])
        return (1 - reached) * min(half_axes)

    def box(self, *ends: tuple[float, float]) -> np.ndarray:
        """Depth in a box between ends along x, y and z, mm."""
        return np.min([np.minimum(p - low, high - p) for p, (low, high) in zip(self.places, ends, strict=True)], axis=0)

    def lay(self, depth: np.ndarray, hu: float) -> np.ndarray:
        """Lay something of that depth and value there, its edge a voxel wide; give where it is."""
        share = np.clip(depth / self.blur + 0.5, 0, 1)
        self.voxels = self.voxels * (1 - share) + hu * share
        return share > 0

    def volume(self, codes: str = "LPS") -> Volume:
        whole = Volume(np.asfortranarray(np.rint(self.voxels)).astype("int16", order="F"), self.geometry, "CT", "HU")
        turned = whole.reoriented(codes)
        return replace(turned, voxels=np.asfortranarray(turned.voxels))


def lay_table(patient: Patient, gap: float) -> None:
    top = BACK_MM + gap
    patient.lay(patient.box((20, 280), (top, top + 30), (-50, 999)), 100)
    patient.lay(patient.box((24, 276), (top + 4, top + 26), (-50, 999)), -940)


def lay_blanket(patient: Patient) -> None:
    around = -np.abs(patient.within(MIDDLE, HALF_AXES + 12)) + 1.5
    patient.lay(np.where(patient.places[1] < MIDDLE[1] + 30, around, -99), 0)


def lay_tube(patient: Patient) -> None:
    x, y, _ = patient.places
    around = np.hypot(x - 30, y - 60)
    patient.lay(np.minimum(6 - around, around - 3), 200)


def dense(volume: Volume) -> Voxels:
    return volume.voxels >= SKIN_HU


@pytest.mark.parametrize("codes", ["LPS", "RAI", "SLP", "PIR", "ASL", "LIA"])
def test_table_blanket_and_tube_go_and_the_body_stays_to_the_voxel(codes):
    patient = Patient()
    alone = patient.volume(codes)
    lay_table(patient, gap=8)
    lay_blanket(patient)
    lay_tube(patient)
    scanned = patient.volume(codes)
    cleaned = body(scanned)
    assert dense(scanned).sum() > 1.1 * dense(alone).sum()
    np.testing.assert_array_equal(dense(cleaned.volume), dense(alone))
    np.testing.assert_array_equal(mesh_arrays(skin(cleaned.volume))[0], mesh_arrays(skin(alone))[0])
    assert cleaned.volume.geometry == scanned.geometry
    assert cleaned.volume.voxels.dtype == np.int16
    gone = (dense(scanned) & ~dense(alone)).sum() * 2.5**3 / 1000
    assert str(cleaned.done).startswith(f"{gone:,.1f} cm³ outside of the body removed")
    assert "a table among it" in str(cleaned.done)
    assert cleaned.volume.provenance.findings == (cleaned.done,)


def skin(volume: Volume):
    return extract_surface(volume, SKIN_HU)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 5.0), (1.9, 0.95, 2.5)])
def test_voxels_smaller_than_the_cells_stay_to_the_voxel(spacing):
    patient = Patient(spacing)
    alone = patient.volume()
    lay_table(patient, gap=6)
    lay_tube(patient)
    np.testing.assert_array_equal(dense(body(patient.volume()).volume), dense(alone))


@pytest.mark.parametrize("spacing", [(2.5, 2.5, 2.5), (2.5, 1.0, 2.5)])
def test_where_the_back_lies_on_the_table_the_skin_is_out_by_no_more_than_a_table_top(spacing):
    patient = Patient(spacing)
    alone = patient.volume()
    lay_table(patient, gap=-4)
    scanned = patient.volume()
    cleaned = body(scanned).volume
    touched = (np.abs(patient.places[0] - MIDDLE[0]) < 45) & (patient.places[1] > BACK_MM - 9)
    np.testing.assert_array_equal(dense(cleaned)[~touched], dense(alone)[~touched])
    x, y, _ = np.moveaxis(np.asarray(skin(cleaned).points), -1, 0)
    back = y[(np.abs(x - MIDDLE[0]) < 15) & (y > MIDDLE[1] + 50)]
    assert BACK_MM - 4 - max(spacing[1], 2) < np.median(back) < BACK_MM + 1
    assert back.max() < BACK_MM + 1


def test_ears_and_a_nose_stay_and_the_tube_in_it_goes_further_on():
    patient = Patient((2, 2, 2))
    patient.lay(patient.box((MIDDLE[0] - 3, MIDDLE[0] + 3), (10, 60), (60, 90)), 30)  # a nose, thin and 30 mm long
    patient.lay(patient.box((246, 272), (105, 109), (50, 100)), 30)  # an ear
    alone = patient.volume()
    patient.lay(
        patient.box((MIDDLE[0] - 3, MIDDLE[0] + 3), (6, 12), (70, 106)), 200
    )  # a tube that leads far to the side
    patient.lay(patient.box((-5, MIDDLE[0]), (6, 10), (100, 106)), 200)
    scanned = patient.volume()
    cleaned = body(scanned).volume
    assert (dense(cleaned) >= dense(alone)).all()
    assert dense(scanned)[:3].any()
    assert not dense(cleaned)[:3].any()


def test_hands_beside_the_body_are_of_it():
    patient = Patient()
    patient.lay(patient.within((25, 150), (16, 16)) * (np.abs(patient.places[2] - 60) < 50), 40)
    volume = patient.volume()
    assert body(volume).volume is volume


def test_an_arm_that_lies_on_the_table_keeps_its_skin():
    patient = Patient((2, 2, 2))
    arm = (26, BACK_MM - 14)
    patient.lay(patient.within(arm, (16, 16)), 40)
    alone = patient.volume()
    lay_table(patient, gap=0)  # the arm reaches 2 mm into its top
    cleaned = body(patient.volume()).volume
    x, y, _ = patient.places
    above = (np.abs(x - arm[0]) < 30) & (y < BACK_MM - 2)
    np.testing.assert_array_equal(dense(cleaned)[above], dense(alone)[above])


def test_a_table_that_the_back_touches_in_places_is_cut_along_its_top():
    patient = Patient()
    x, y, z = patient.places
    patient.lay(np.minimum(patient.within(MIDDLE, HALF_AXES + 5), 50 - z), 40)  # so deep in the lower slices
    lay_table(patient, gap=2)
    cleaned = body(patient.volume()).volume
    assert dense(cleaned)[(np.abs(x - MIDDLE[0]) < 5) & (np.abs(y - BACK_MM) < 1)].any()
    assert not dense(cleaned)[y > BACK_MM + 3].any()


def test_what_lies_behind_a_board_is_not_taken_to_be_in_a_table():
    patient = Patient()
    _, y, _ = patient.places
    patient.lay(patient.within((150, 222), (80, 14)), 40)  # a leg under the other one
    alone = patient.volume()
    patient.lay(patient.box((60, 240), (190, 193), (-50, 999)), 100)
    cleaned = body(patient.volume()).volume
    np.testing.assert_array_equal(dense(cleaned)[y > 200], dense(alone)[y > 200])


def test_with_nothing_around_it_is_the_very_same_volume():
    volume = Patient().volume()
    cleaned = body(volume)
    assert cleaned.volume is volume
    assert (cleaned.done.severity, str(cleaned.done)) == ("note", "nothing dense lies outside of the body")


def test_a_body_that_is_not_to_be_told_is_left_alone_and_said():
    patient = Patient()
    patient.voxels[:] = -1000
    patient.lay(patient.within((60, 60), (14, 14)), 40)  # a finger
    lay_table(patient, gap=0)
    tiny = Volume.from_numpy(np.zeros((30, 30, 4), "int16"), (2, 2, 5), modality="CT", unit="HU")
    empty = Volume.from_numpy(np.full((30, 30, 30), -1000, "int16"), (2, 2, 5), modality="CT", unit="HU")
    for volume in (patient.volume(), tiny, empty):
        cleaned = body(volume)
        assert cleaned.volume is volume
        assert cleaned.done.severity == "warning"
        assert "nothing was removed" in str(cleaned.done)


@pytest.mark.parametrize(("modality", "named"), [("MR", "of modality MR"), (None, "of unknown modality")])
def test_without_hounsfield_units_it_is_refused(modality, named):
    with pytest.raises(OptionError, match=f"{named} without that unit") as refused:
        body(replace(Patient().volume(), unit=None, modality=modality))
    assert "--largest" in str(refused.value)


def test_vessels_stay_in_lungs_that_the_border_cuts_open():
    patient = Patient()
    around = np.random.default_rng(2).random(patient.voxels.shape) < 0.02
    lungs = patient.voxels < -700
    lungs &= patient.within(MIDDLE, HALF_AXES) > 0
    patient.voxels[around & lungs] = 20
    whole = patient.volume()
    inner = np.asfortranarray(whole.voxels[40:60, 24:64])  # its left and its right end in a lung
    cut = Volume.from_numpy(inner, (2.5, 2.5, 2.5), modality="CT", unit="HU")
    assert body(cut).volume is cut


def test_padding_and_nan_stay_as_they_are():
    patient = Patient()
    lay_table(patient, gap=8)
    scanned = patient.volume()
    voxels = np.asfortranarray(scanned.voxels).astype("float32", order="F")
    voxels[:5], voxels[5, 5, 5] = 3000, np.nan
    padded = replace(scanned, voxels=voxels, padding=3000)
    cleaned = body(padded).volume
    np.testing.assert_array_equal(cleaned.voxels[:5], 3000)
    assert np.isnan(cleaned.voxels[5, 5, 5])
    assert not dense(cleaned)[5:, -12:].any()


@pytest.mark.parametrize("size", [64, 128])
def test_the_sample_head_keeps_its_face(size):
    head = make_sample(size=size)
    cleaned = body(head).volume
    gone = head.geometry.to_world(np.argwhere(dense(head) & ~dense(cleaned)))
    marker = [85, -41, 51]
    assert len(gone)
    assert np.abs(gone - marker).max() < 20


def test_the_skin_of_a_real_thorax_is_the_same(shared_data):
    from vizmed.read import read

    whole = read(shared_data("thorax-ct"))
    geometry = whole.geometry.to_world([0, 0, 120])
    thorax = Volume.from_numpy(
        np.asfortranarray(whole.voxels[..., 120:180]), whole.geometry.spacing, geometry, unit="HU"
    )
    cleaned = body(thorax).volume
    before, after = (mesh_arrays(skin(volume))[0] for volume in (thorax, cleaned))
    same = np.isin(*(np.ascontiguousarray(points).view("f4,f4,f4").ravel() for points in (after, before)))
    assert same.mean() > 0.997
    table = thorax.geometry.to_world(np.argwhere(dense(thorax) & ~dense(cleaned)))
    assert len(table) > 30_000
    assert np.ptp(table[:, 0]) > 350  # mm across
