"""DICOM series written: read back by hand with pydicom, by SimpleITK, by dcm2niix and by vizmed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK

from tests.contracts.writer import SMALL, SOMEBODY, WriterContract, bytes_below
from tests.phantoms import asymmetric, geometries, rotation
from vizmed.errors import WriteError
from vizmed.geometry import LPS_TO_RAS, Geometry
from vizmed.read import read
from vizmed.volume import Volume
from vizmed.write import write_volume
from vizmed.write.dicom import CT, MR, SECONDARY_CAPTURE, write_dicom

ALLOWED_EMPTY = {
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "KVP",
    "AccessionNumber", "ReferringPhysicianName", "Manufacturer", "PatientPosition", "PositionReferenceIndicator",
    "AcquisitionNumber", "ScanOptions", "MRAcquisitionType", "RepetitionTime", "EchoTime", "EchoTrainLength",
    "PatientOrientation",
}  # fmt: skip


def by_hand(folder):
    """Sort by position along the normal, as the standard says, and stack."""
    slices = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    first = slices[0]
    rows, columns = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(rows, columns)
    slices.sort(key=lambda one: np.dot(np.array(one.ImagePositionPatient, float), normal))
    positions = np.array([one.ImagePositionPatient for one in slices], float)
    affine = np.eye(4)
    affine[:3, 0] = rows * float(first.PixelSpacing[1])
    affine[:3, 1] = columns * float(first.PixelSpacing[0])
    step = normal * float(first.SliceThickness)
    affine[:3, 2] = step if len(slices) == 1 else (positions[-1] - positions[0]) / (len(slices) - 1)
    affine[:3, 3] = positions[0]
    voxels = np.stack([one.pixel_array.T for one in slices], axis=-1)
    return voxels, Geometry(voxels.shape, affine), first


class TestDicom(WriterContract):
    name = "series"
    dtypes = ("int8", "uint8", "int16", "uint16")
    refused_dtype = "float64"
    keeps_hand = False

    def read_back(self, path):
        voxels, geometry, _ = by_hand(path)
        return voxels, geometry


def patient(name="rotated", **known):
    return replace(asymmetric(geometries()[name]), **known)


class TestHeader:
    @pytest.mark.parametrize(
        ("modality", "dtype", "expected"),
        [
            ("CT", "int16", CT),
            ("MR", "uint16", MR),
            ("CT", "uint8", SECONDARY_CAPTURE),
            ("PT", "int16", SECONDARY_CAPTURE),
            (None, "int16", SECONDARY_CAPTURE),
        ],
    )
    def test_class_and_modality(self, modality, dtype, expected, tmp_path):
        volume = replace(asymmetric(SMALL["rotated"], dtype=dtype), modality=modality)
        header = pydicom.dcmread(write_dicom(volume, tmp_path / "s")[0])
        assert header.SOPClassUID == expected == header.file_meta.MediaStorageSOPClassUID
        assert header.Modality == (modality or "OT")
        assert header.ImageType[:2] == ["DERIVED", "SECONDARY"]
        assert header.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert read(tmp_path / "s").modality == (modality or "OT")

    @pytest.mark.parametrize("modality", ["CT", "MR", None])
    def test_nobody_is_in_it(self, modality, tmp_path):
        volume = patient(modality=modality, description=SOMEBODY)
        header = pydicom.dcmread(write_dicom(volume, tmp_path / "s")[0])
        empty = {element.keyword for element in header if element.is_empty}
        assert empty <= ALLOWED_EMPTY
        for element in header:
            assert not element.tag.is_private
            if element.keyword == "RescaleType":
                continue
            assert element.VR not in ("PN", "DA", "TM", "DT", "LT", "ST", "UT", "LO") or element.is_empty

    def test_names_and_numbers(self, tmp_path):
        files = write_dicom(patient(), tmp_path / "s")
        assert [path.name for path in files] == [f"IM{n:04d}" for n in range(1, 32)]
        headers = [pydicom.dcmread(path) for path in files]
        assert [header.InstanceNumber for header in headers] == list(range(1, 32))
        assert len({header.SOPInstanceUID for header in headers}) == 31
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            assert len({header[keyword].value for header in headers}) == 1
        assert all(pydicom.uid.UID(header.SOPInstanceUID).is_valid for header in headers)
        assert all(element.VR != "DS" or len(str(n)) <= 16 for element in headers[0] for n in _values(element))

    def test_uids_differ_where_anything_does(self, tmp_path):
        volume = patient(modality="CT")
        voxels = volume.voxels.copy(order="F")
        voxels[3, 4, 5] += 1
        others = [
            replace(volume, voxels=voxels),
            replace(volume, window=(400.0, 40.0)),
            replace(volume, modality="MR"),
            replace(volume, geometry=geometries()["flipped"]),
        ]
        files = [write_dicom(one, tmp_path / str(n))[0] for n, one in enumerate((volume, *others))]
        headers = [pydicom.dcmread(file) for file in files]
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
            assert len({header[keyword].value for header in headers}) == 5

    def test_what_is_known_of_the_volume_is_read_again(self, tmp_path):
        volume = patient(modality="CT", unit="HU", window=(350.5, 40.0), padding=-50.0, inverted=True)
        write_dicom(volume, tmp_path / "s")
        back = read(tmp_path / "s", strict=True)
        for name in ("modality", "unit", "window", "padding", "inverted", "description"):
            assert getattr(back, name) == getattr(volume, name), name

    def test_ct_that_is_no_hu_does_not_become_it(self, tmp_path):
        write_dicom(patient(modality="CT", unit=None), tmp_path / "s")
        assert read(tmp_path / "s").unit is None


def _values(element):
    return element.value if element.VM > 1 else [element.value]


class TestValues:
    @pytest.mark.parametrize(
        ("voxels", "stored_dtype"),
        [
            (np.array([-1024, 0, 3071], "int32"), "int16"),
            (np.array([0, 40000, 65535], "int64"), "uint16"),
            (np.array([-40000, 0, 25535], "int32"), "uint16"),
            (np.array([-100_000, 0, 3_000_000], "int32"), "uint16"),  # steps of 100,000
            (np.array([4_000_000_000, 4_000_000_007], "uint32"), "uint16"),
            (np.array([-1000.0, 12.0, 3000.0], "float32"), "int16"),
            (np.array([0.25, -0.5, 100.0], "float64"), "int16"),
            (np.array([7.5, 7.5, 7.5], "float32"), "int16"),
        ],
    )
    def test_other_types_are_exact_or_refused(self, voxels, stored_dtype, tmp_path):
        volume = Volume(np.resize(voxels, (3, 4, 5)), geometries((3, 4, 5))["rotated"], modality="CT", unit="HU")
        write_dicom(volume, tmp_path / "s")
        back = read(tmp_path / "s")
        assert np.array_equal(back.voxels.astype("float64"), volume.voxels.astype("float64"))
        stored, _, first = by_hand(tmp_path / "s")
        assert stored.dtype == stored_dtype
        plain = stored * float(first.RescaleSlope) + float(first.RescaleIntercept)
        assert np.array_equal(plain, volume.voxels.astype("float64"))

    @pytest.mark.parametrize("slope", [0.35, 1.2207, 0.000244140625, 3.14159, 2.7182818])
    def test_a_scan_that_was_rescaled_once_is_found_again(self, slope, tmp_path):
        stored = asymmetric(SMALL["rotated"], dtype="uint16").voxels
        values = (stored * np.float64(slope)).astype("float32")
        write_dicom(Volume(values, SMALL["rotated"], modality="PT"), tmp_path / "s")
        back = read(tmp_path / "s")
        assert back.voxels.dtype == "float32"
        assert np.array_equal(back.voxels, values)

    @pytest.mark.parametrize(
        "voxels",
        [
            np.arange(60, dtype="int32") ** 3 * 401 + 1,
            np.sqrt(np.arange(60, dtype="float32")),
            np.arange(60, dtype="float64") / 3,
            np.linspace(-1e12, 1e12, 60).astype("int64"),
        ],
    )
    def test_what_16_bits_cannot_hold(self, voxels, tmp_path):
        volume = Volume(voxels.reshape(3, 4, 5), geometries((3, 4, 5))["rotated"])
        with pytest.raises(WriteError, match="16 bits") as refused:
            write_dicom(volume, tmp_path / "s")
        assert "Round them" in str(refused.value.remedy)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
    def test_what_is_no_number(self, odd, tmp_path):
        voxels = np.zeros((3, 4, 5), "float32")
        voxels[1, 2, 3] = odd
        with pytest.raises(WriteError, match="finite"):
            write_dicom(Volume(voxels, geometries((3, 4, 5))["rotated"]), tmp_path / "s")

    def test_more_distinct_values_than_16_bits_number(self, tmp_path):
        voxels = np.random.default_rng(1).random((300, 300, 1)).astype("float32")
        with pytest.raises(WriteError, match="16 bits"):
            write_dicom(Volume(voxels, geometries(voxels.shape)["identity"]), tmp_path / "s")


class TestGrid:
    def test_in_plane_shear_is_refused(self, tmp_path):
        direction = np.eye(3)
        direction[:, 1] = [np.sin(0.1), np.cos(0.1), 0]
        volume = asymmetric(Geometry.from_axes((4, 5, 6), (1, 2, 3), (0, 0, 0), direction))
        with pytest.raises(WriteError, match="right angles"):
            write_dicom(volume, tmp_path / "s")
        assert list(tmp_path.iterdir()) == []

    def test_a_left_handed_stack_is_counted_along_the_normal(self, tmp_path):
        volume = patient("left-handed")
        files = write_dicom(volume, tmp_path / "s")
        assert np.array_equal(pydicom.dcmread(files[0]).pixel_array.T, volume.voxels[:, :, -1])
        back = read(tmp_path / "s")
        assert np.array_equal(back.voxels, volume.voxels[:, :, ::-1])

    def test_many_random_turns(self, tmp_path):
        random = np.random.default_rng(7)
        for n in range(20):
            direction = rotation(tuple(random.normal(size=3)), random.uniform(0, 360))
            origin = random.uniform(-999, 999, 3)
            geometry = Geometry.from_axes((9, 8, 7), random.uniform(0.05, 3, 3), origin, direction)
            write_dicom(asymmetric(geometry), tmp_path / str(n))
            assert read(tmp_path / str(n)).geometry.is_close(geometry, 1e-6)


@pytest.mark.parametrize("kind", [kind for kind in geometries() if "sheared" not in kind])
@pytest.mark.parametrize("modality", ["CT", "MR", None])
def test_by_simpleitk(kind, modality, tmp_path):
    volume = patient(kind, modality=modality)
    write_dicom(volume, tmp_path / "s")
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "s")))
    image = reader.Execute()
    voxels = SimpleITK.GetArrayFromImage(image).T
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    TestDicom().assert_same_world(voxels, Geometry(voxels.shape, affine), volume)


@pytest.mark.parametrize(("modality", "kind"), [("CT", "identity"), ("MR", "rotated"), ("CT", "rotated left-handed")])
def test_by_dcm2niix(modality, kind, tmp_path):
    program = shutil.which("dcm2niix", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("dcm2niix is not installed")
    volume = patient(kind, modality=modality, unit="HU" if modality == "CT" else None)
    write_dicom(volume, tmp_path / "s")
    (tmp_path / "out").mkdir()
    subprocess.run([program, "-f", "x", "-o", tmp_path / "out", tmp_path / "s"], check=True, capture_output=True)
    image = nibabel.load(tmp_path / "out" / "x.nii")
    voxels = np.asanyarray(image.dataobj)
    check = TestDicom()
    check.tolerance_mm = 1e-3
    check.assert_same_world(voxels, Geometry(voxels.shape, LPS_TO_RAS @ image.affine), volume)


class TestFolder:
    def test_an_empty_folder_is_filled(self, tmp_path):
        write_volume(patient(), tmp_path)
        assert len(list(tmp_path.iterdir())) == 31
        assert read(tmp_path).shape == patient().shape

    def test_other_files_stay(self, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(WriteError, match="not empty"):
            write_dicom(patient(), tmp_path)
        assert bytes_below(tmp_path) == {"notes.txt": b"mine"}
        write_dicom(patient(), tmp_path, overwrite=True)
        assert (tmp_path / "notes.txt").read_text() == "mine"
        assert len(list(tmp_path.iterdir())) == 32

    def test_a_longer_series_is_not_mixed_with_a_shorter_one(self, tmp_path):
        write_dicom(patient(), tmp_path)
        before = bytes_below(tmp_path)
        with pytest.raises(WriteError, match="IM0008 and 23 more"):
            write_dicom(asymmetric(SMALL["rotated"]), tmp_path, overwrite=True)
        assert bytes_below(tmp_path) == before

    def test_a_link_among_the_files_is_refused(self, tmp_path):
        aim = tmp_path / "aim"
        folder = tmp_path / "s"
        folder.mkdir()
        (folder / "IM0003").symlink_to(aim)
        with pytest.raises(WriteError, match="link"):
            write_dicom(patient(), folder, overwrite=True)
        assert [path.name for path in folder.iterdir()] == ["IM0003"]
        assert not aim.exists()

    def test_a_file_is_no_folder(self, tmp_path):
        (tmp_path / "s").write_text("")
        with pytest.raises(WriteError, match="no folder"):
            write_dicom(patient(), tmp_path / "s", overwrite=True)

    def test_permissions_are_those_of_any_other_folder(self, tmp_path):
        (tmp_path / "usual").mkdir()
        (file, *_) = write_dicom(patient(), tmp_path / "s")
        assert (tmp_path / "s").stat().st_mode == (tmp_path / "usual").stat().st_mode
        (tmp_path / "usual" / "file").write_text("")
        assert file.stat().st_mode == (tmp_path / "usual" / "file").stat().st_mode

    def test_compressed_is_refused(self, tmp_path):
        with pytest.raises(WriteError, match="uncompressed"):
            write_dicom(patient(), tmp_path / "s", compressed=True)
