"""The sample head: the same bytes each time, and one head in one place whichever way it is cut.

A mirrored, permuted or wrongly spaced head fails here: the marker and the calcification lie on the patient's left, the
nose points to the front, and all planes are compared with each other in millimetres.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

from vizmed.errors import OptionError, WriteError
from vizmed.sample import MODALITIES, PLANES, make_sample, write_sample
from vizmed.volume import Volume

SIZE = 48
MARKER_HU = 600


@pytest.fixture(scope="module", params=PLANES)
def cut(request) -> tuple[str, Volume]:
    return request.param, make_sample("ct", SIZE, request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("sample") / "head"
    assert write_sample(where, size=SIZE) == 40
    return where


def places(volume: Volume, mask: np.ndarray) -> np.ndarray:
    return volume.geometry.to_world(np.argwhere(mask))


def hashes(where: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in where.iterdir()}


def stacked_by_hand(where: Path) -> tuple[np.ndarray, np.ndarray]:
    """Voxels [i, j, k] and affine, from nothing but the standard's own equation C.7.6.2.1-1."""
    slices = [pydicom.dcmread(path) for path in where.iterdir()]
    row, column = np.array(slices[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    normal = np.cross(row, column)
    slices.sort(key=lambda one: float(np.dot(normal, np.array(one.ImagePositionPatient, dtype=float))))
    voxels = np.stack(
        [one.pixel_array.T.astype(int) * int(one.get("RescaleSlope", 1)) + int(one.get("RescaleIntercept", 0))
         for one in slices], axis=2,
    )  # fmt: skip
    first, last = (np.array(one.ImagePositionPatient, dtype=float) for one in (slices[0], slices[-1]))
    down, across = (float(mm) for mm in slices[0].PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = row * across, column * down
    affine[:3, 2], affine[:3, 3] = (last - first) / (len(slices) - 1), first
    return voxels, affine


def test_same_arguments_same_bytes(folder, tmp_path):
    write_sample(tmp_path / "again", size=SIZE)
    assert hashes(tmp_path / "again") == hashes(folder)


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("plane", PLANES)
def test_files_hold_the_volume(modality, plane, tmp_path):
    write_sample(tmp_path, modality=modality, size=32, plane=plane)
    volume = make_sample(modality, 32, plane)
    voxels, affine = stacked_by_hand(tmp_path)
    assert np.array_equal(voxels, volume.voxels)
    assert np.allclose(affine, volume.geometry.affine, atol=1e-6)
    assert volume.voxels.dtype == np.int16
    assert volume.voxels.flags.f_contiguous
    assert not volume.geometry.is_left_handed


def test_axes_of_each_plane(cut):
    plane, volume = cut
    codes = {"axial": "LPS", "sagittal": "PIR", "coronal": "LIP", "oblique": "LPS"}
    assert volume.geometry.axis_codes == codes[plane]
    assert np.allclose(volume.geometry.spacing, [5, 5, 6])
    turned = np.degrees(np.arccos(np.abs(np.diag(volume.reoriented("LPS").geometry.direction))))
    assert (turned.max() > 15) == (plane == "oblique")


def test_marker_hangs_at_the_left_temple(cut):
    _, volume = cut
    marker = places(volume, volume.voxels > MARKER_HU)
    marker = marker[np.abs(marker[:, 0]) > 75]
    assert len(marker) >= 3
    assert marker[:, 0].min() > 75
    assert np.allclose(marker.mean(axis=0), [84.7, -42, 52], atol=5)


def test_calcium_lies_in_the_left_half_of_the_brain(cut):
    _, volume = cut
    everywhere = volume.geometry.to_world(np.moveaxis(np.indices(volume.shape), 0, -1))
    brain = (np.abs(everywhere - [0, -10, 47]) < [40, 30, 14]).all(axis=-1)
    dense = places(volume, brain & (volume.voxels > 120))
    assert len(dense) >= 1
    assert np.allclose(dense.mean(axis=0), [24, -10, 38], atol=5)


def test_nose_points_to_the_front_and_vertex_up(cut):
    _, volume = cut
    head = places(volume, volume.voxels > -300)
    head = head[np.abs(head[:, 0]) < 30]
    tip = head[head[:, 1].argmin()]
    assert -130 < tip[1] < -110
    assert abs(tip[0]) < 8
    assert -25 < tip[2] < 10
    vertex = head[head[:, 2].argmax()]
    assert 110 < vertex[2] < 127
    assert abs(vertex[1]) < 45


def test_air_is_all_around_but_below(cut):
    _, volume = cut
    for face in (volume.reoriented("LPS").voxels[side] for side in (0, -1)):
        assert face.max() < -300
    upright = volume.reoriented("LPS").voxels
    assert upright[:, [0, -1]].max() < -300
    assert upright[:, :, -1].max() < -300
    assert (upright[:, :, 0] > 0).any()


def test_every_plane_shows_the_same_head():
    axial = make_sample("ct", 64)
    inside = [(30, 20, 62), (-30, 20, 62), (20, -30, 80), (30, 40, -70)]
    for plane in PLANES:
        other = make_sample("ct", 64, plane)
        for point in inside:
            i, j, k = np.rint(other.geometry.to_index(point)).astype(int)
            assert abs(int(other.voxels[i, j, k]) - 33) < 40
        bone_axial, bone = (places(v, v.voxels > 400) for v in (axial, other))
        assert np.allclose(bone.mean(axis=0), bone_axial.mean(axis=0), atol=3.5)


def test_tissues_of_ct():
    volume = make_sample("ct", 64)
    values = {name: int(np.median(volume.voxels[tuple(np.rint(volume.geometry.to_index(at)).astype(int))]))
              for name, at in {"air": (90, -120, 110), "brain": (30, 20, 70), "muscle": (30, 40, -70),
                               "sinus": (26, -64, -13), "vitreous": (32, -77, 16)}.items()}  # fmt: skip
    assert abs(values["air"] + 1000) < 40
    assert abs(values["brain"] - 33) < 40
    assert abs(values["muscle"] - 52) < 40
    assert values["sinus"] < -700
    assert abs(values["vitreous"] - 15) < 40
    assert (volume.voxels > 1000).any()
    assert volume.voxels.max() <= 3071
    assert volume.unit == "HU"


def test_tissues_of_mr():
    volume = make_sample("mr", 64)
    at = lambda *lps: int(volume.voxels[tuple(np.rint(volume.geometry.to_index(lps)).astype(int))])  # noqa: E731 - read
    assert at(90, -120, 110) < 60 < at(11, 5, 57) < at(30, 40, -70) < at(30, 22, 62)
    assert volume.voxels.min() >= 0
    assert volume.unit is None


def test_head_has_the_measures_of_an_adult():
    volume = make_sample("ct", 64)
    head = places(volume, volume.voxels > -300)
    above_the_ears = head[(head[:, 2] > 48) & (np.abs(head[:, 0]) < 81)]
    assert 140 < np.ptp(above_the_ears[:, 0]) < 165
    assert 180 < np.ptp(above_the_ears[:, 1]) < 205


def test_noise_does_not_speckle_the_levels():
    volume = make_sample("ct", 64)
    corner = volume.voxels[:8, :8, -8:]
    assert 4 < corner.std() < 8
    assert corner.max() < -900


def test_names_are_unpadded_and_out_of_order(folder):
    names = sorted(path.name for path in folder.iterdir())
    assert set(names) == {f"IM{n}" for n in range(1, 41)}
    heights = {name: float(pydicom.dcmread(folder / name).ImagePositionPatient[2]) for name in names}
    by_name = [heights[name] for name in names]
    by_number = [heights[f"IM{n}"] for n in range(1, 41)]
    assert by_name != sorted(by_name)
    assert by_name != sorted(by_name, reverse=True)
    assert by_number == sorted(by_number, reverse=True)


def test_headers_are_those_of_one_series(folder):
    slices = [pydicom.dcmread(path) for path in folder.iterdir()]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPClassUID"):
        assert len({one[keyword].value for one in slices}) == 1
    assert len({one.SOPInstanceUID for one in slices}) == len(slices)
    assert {one.SOPClassUID.name for one in slices} == {"CT Image Storage"}
    assert {one.file_meta.TransferSyntaxUID.name for one in slices} == {"Explicit VR Little Endian"}
    one = slices[0]
    assert (one.BitsStored, one.PixelRepresentation, int(one.RescaleIntercept)) == (12, 0, -1024)
    assert max(int(some.pixel_array.max()) for some in slices) < 4096


@pytest.mark.parametrize("modality", MODALITIES)
def test_no_patient_no_date_no_machine(modality, tmp_path):
    write_sample(tmp_path, modality=modality, size=32)
    header = pydicom.dcmread(tmp_path / "IM1")
    assert (str(header.PatientName), header.PatientID, header.PatientIdentityRemoved) == (
        "Sample^Head",
        "SAMPLE",
        "YES",
    )
    assert not [element for element in header.iterall() if element.VR in {"DA", "TM", "DT"} and element.value]
    assert not header.get("PatientBirthDate")
    assert "InstitutionName" not in header
    assert header.file_meta.ImplementationVersionName == "VIZMED"
    assert "SourceApplicationEntityTitle" not in header.file_meta
    assert ("RescaleSlope" in header) == (modality == "ct")


def test_series_of_other_arguments_have_other_uids(folder, tmp_path):
    write_sample(tmp_path, modality="mr", size=32)
    one, other = pydicom.dcmread(folder / "IM1"), pydicom.dcmread(tmp_path / "IM1")
    assert one.SeriesInstanceUID != other.SeriesInstanceUID
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.FrameOfReferenceUID == other.FrameOfReferenceUID


@pytest.mark.parametrize(
    "wrong", [{"modality": "pet"}, {"modality": "CT"}, {"plane": "skew"}, {"size": 31}, {"size": 513}, {"size": 64.0}]
)
def test_refuses_what_it_has_not(wrong, tmp_path):
    with pytest.raises(OptionError):
        make_sample(**wrong)
    with pytest.raises(OptionError):
        write_sample(tmp_path / "new", **wrong)
    assert not (tmp_path / "new").exists()


def test_refuses_a_folder_that_is_not_empty(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(WriteError, match="not empty"):
        write_sample(tmp_path, size=32)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_overwrite_replaces_its_own_names_only(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "IM3").write_text("stale")
    (tmp_path / "IM999").write_text("another's")
    assert write_sample(tmp_path, size=32, overwrite=True) == 27
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "IM999").read_text() == "another's"
    assert pydicom.dcmread(tmp_path / "IM3").InstanceNumber == 3


def test_refuses_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError):
        write_sample(tmp_path / "file", size=32)
    assert (tmp_path / "file").read_text() == "mine"


def test_import_brings_no_heavy_library():
    code = "import sys, vizmed.sample; print([m for m in ('pydicom', 'vtkmodules', 'pyvista') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
