"""Whole series: other readers agree, memory stays within bounds, and no patient is named."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from pydicom import uid

from tests.dicom_files import SECRETS, write_series
from tests.phantoms import asymmetric, geometries, sheared_direction
from vizmed.errors import VizmedError
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.volume import Volume

from .compare import assert_same_in_world

GRIDS = geometries((6, 5, 7))
PHANTOM = asymmetric(GRIDS["rotated"])

CODEC_FOLDERS = ["anatomical", "compressed", "compressed_j2k", "compressed_jpeg", "compressed_jpegls", "compressed_rle"]
REAL_SERIES = [
    "head-mr",
    "thorax-ct",
    "abdomen-ct-j2k",
    "head-ct-lowres",
    *(f"codecs/{name}/001" for name in CODEC_FOLDERS),
]


def by_simpleitk(folder: Path) -> SimpleITK.Image:
    """Read with GDCM's own choice and order of the files."""
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(names)
    return reader.Execute()


def sitk_geometry(image: SimpleITK.Image) -> Geometry:
    direction = np.array(image.GetDirection()).reshape(3, 3)
    return Geometry.from_axes(image.GetSize(), image.GetSpacing(), image.GetOrigin(), direction)


@pytest.mark.parametrize("name", REAL_SERIES)
def test_simpleitk_agrees(name, shared_data):
    folder = shared_data(name)
    found = read(folder)
    expected = by_simpleitk(folder)
    np.testing.assert_array_equal(found.voxels, SimpleITK.GetArrayViewFromImage(expected).T)
    assert found.geometry.is_close(sitk_geometry(expected), 1e-6)


def by_dcm2niix(folder: Path, out: Path) -> list[Volume]:
    """Convert with the dcm2niix binary, asking it to keep the stored rotation; RAS becomes LPS on the way in."""
    program = Path(sys.executable).with_name("dcm2niix")
    program = program if program.exists() else shutil.which("dcm2niix")
    if program is None:
        pytest.skip("dcm2niix is not here")
    out.mkdir()
    command = [str(program), "-b", "n", "-z", "n", "-f", "%s", "-o", str(out), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return [Volume.from_nibabel(nibabel.load(path)) for path in sorted(out.glob("*.nii"))]


@pytest.mark.parametrize("name", ["head-mr", "thorax-ct"])
def test_dcm2niix_agrees(name, shared_data, tmp_path):
    found = read(shared_data(name))
    (expected,) = by_dcm2niix(shared_data(name), tmp_path / "out")
    codes = found.geometry.axis_codes
    expected = expected.reoriented(codes)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert found.geometry.is_close(expected.geometry, 2e-3)  # NIfTI keeps its affine in float32


@pytest.mark.parametrize("name", ["rotated", "permuted", "flipped"])
def test_other_readers_agree_on_phantoms(name, tmp_path):
    truth = asymmetric(GRIDS[name])
    write_series(tmp_path / "in", truth.voxels, truth.geometry, Modality="MR", RescaleIntercept=None)
    found = read(tmp_path / "in")
    image = by_simpleitk(tmp_path / "in")
    np.testing.assert_array_equal(found.voxels, SimpleITK.GetArrayViewFromImage(image).T)
    assert found.geometry.is_close(sitk_geometry(image), 1e-6)
    (converted,) = by_dcm2niix(tmp_path / "in", tmp_path / "out")
    assert_same_in_world(converted, truth, 1e-4)
    assert_same_in_world(found, truth)


@pytest.mark.parametrize("name", CODEC_FOLDERS)
def test_ground_truth_that_came_with_the_data(name, shared_data):
    folder = shared_data(f"codecs/{name}")
    truths = sorted(folder.glob("001*_ground_truth.nii.gz"))
    expected = Volume.from_nibabel(nibabel.load(truths[0]))
    series = folder / truths[0].name.removesuffix("_ground_truth.nii.gz")
    assert_same_in_world(read(series), expected, 1e-3)


def test_real_slices_that_lie_about_their_thickness(shared_data):
    volume = read(shared_data("abdomen-ct-j2k"))
    assert volume.geometry.spacing[2] == pytest.approx(2.0, abs=1e-6)  # SliceThickness says 3
    assert volume.shape == (512, 512, 20)
    assert (volume.modality, volume.unit) == ("CT", "HU")


def test_real_enhanced_file_with_two_kinds_of_frames(shared_data):
    folder = shared_data("enhanced")
    truth = nibabel.load(folder / "expected" / "Philips_WIP_B0_NS_801_e2_fieldmaphz.nii")
    found = read(folder / "in" / "Philips", series="EchoTime 0")
    expected = Volume.from_nibabel(truth).reoriented(found.geometry.axis_codes)
    assert np.ptp(expected.voxels) > 900  # a field map in Hz
    np.testing.assert_allclose(found.voxels, expected.voxels, atol=0.01)  # dcm2niix rounds the slope
    assert found.geometry.is_close(expected.geometry, 2e-3)


def test_real_enhanced_files_that_are_4d(shared_data):
    folder = shared_data("enhanced")
    truth = nibabel.load(folder / "expected" / "Siemens_REST1_w_SMS_PF7-8_6.nii")
    assert truth.shape[3] == 4
    for n in range(4):
        found = read(folder / "in" / "Siemens", series=f"#{n + 1}")
        expected = Volume.from_nibabel(truth.slicer[..., n]).reoriented(found.geometry.axis_codes)
        np.testing.assert_array_equal(found.voxels, expected.voxels)
        assert found.geometry.is_close(expected.geometry, 2e-3)


# ---- what is known of the volume


def test_what_a_volume_knows(tmp_path):
    write_series(
        tmp_path, PHANTOM.voxels, PHANTOM.geometry, WindowCenter=[40, 600], WindowWidth=[400, 1500], RescaleType="HU"
    )
    found = read(tmp_path)
    assert (found.modality, found.unit, found.window) == ("CT", "HU", (400.0, 40.0))
    assert found.description == "series number 1"
    provenance = found.provenance
    assert (provenance.format, provenance.decoder, provenance.files) == ("DICOM", "pydicom", 7)
    assert found.voxels.flags.f_contiguous
    assert not found.voxels.flags.writeable


@pytest.mark.parametrize(
    ("attributes", "unit", "window"),
    [
        ({"Modality": "MR"}, None, None),
        ({"RescaleType": "US"}, None, None),
        ({"RescaleType": "HU", "WindowCenter": 40, "WindowWidth": 0}, "HU", None),
        ({"Modality": None}, None, None),
    ],
)
def test_unit_and_window_are_not_invented(attributes, unit, window, tmp_path):
    write_series(tmp_path, PHANTOM.voxels, PHANTOM.geometry, **attributes)
    found = read(tmp_path)
    assert (found.unit, found.window) == (unit, window)


def test_a_modality_table_is_said(tmp_path):
    from pydicom.dataset import Dataset

    table = Dataset()
    table.LUTExplanation = "x"
    write_series(tmp_path, PHANTOM.voxels, PHANTOM.geometry, ModalityLUTSequence=[table])
    (finding,) = read(tmp_path).provenance.findings
    assert (finding.code, finding.severity) == ("modality-lut", "warning")


# ---- memory


@pytest.mark.parametrize(
    ("dtype", "attributes"),
    [
        ("int16", {}),
        ("uint16", {"BitsStored": 12, "HighBit": 11, "RescaleIntercept": -1024, "RescaleSlope": 1}),
        ("int16", {"syntax": uid.ExplicitVRBigEndian}),
        ("int16", {"syntax": uid.JPEGLSLossless}),
    ],
)
def test_reading_stays_within_one_and_a_half_times_the_voxels(dtype, attributes, tmp_path):
    grid = geometries((1024, 1024, 32))["identity"]
    write_series(tmp_path, np.zeros(grid.shape, dtype, order="F"), grid, **attributes)
    read(next(tmp_path.iterdir()))  # imports are not counted
    tracemalloc.start()
    try:
        volume = read(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert volume.voxels.nbytes == 64 << 20
    assert peak < 1.5 * volume.voxels.nbytes


# ---- no patient is named


def _spoken(folder: Path) -> list[str]:
    """All that reading a folder says, be it a volume or a refusal, through each decoder."""
    said = []
    for reader in ("auto", "pydicom", "vtk"):
        for series in (None, "1", "#2", "no such"):
            try:
                volume = read(folder, reader=reader, series=series)
            except VizmedError as refused:
                said += [str(refused), repr(refused), repr(refused.__cause__)]
            else:
                said += [repr(volume), str(volume), repr(volume.provenance), *map(str, volume.provenance.findings)]
                said += [volume.description, repr(vars(volume) if hasattr(volume, "__dict__") else "")]
    return said


CASES = {
    "plain": {},
    "tilted": {"geometry": Geometry.from_axes((6, 5, 7), direction=sheared_direction())},
    "no position": {"ImagePositionPatient": None},
    "no spacing": {"PixelSpacing": None},
    "one place": {"ImagePositionPatient": [0, 0, 0]},
    "colour": {"SamplesPerPixel": 3},
    "bits": {"BitsStored": 12, "HighBit": 3},
    "two phases": {"per_slice": lambda k: {"ImagePositionPatient": [0, 0, k % 4], "EchoTime": k // 4}},
    "compressed": {"syntax": uid.JPEG2000Lossless, "Rows": 9},
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_said_names_the_patient(case, tmp_path, caplog):
    options = {"geometry": PHANTOM.geometry, **CASES[case]}
    geometry = options.pop("geometry")
    write_series(tmp_path, PHANTOM.voxels, geometry, **options)
    assert b"SECRET^NAME" in next(tmp_path.iterdir()).read_bytes()
    with caplog.at_level(logging.DEBUG):
        said = _spoken(tmp_path)
    assert said
    for text in (*said, caplog.text):
        assert "SECRET" not in text
        assert not any(secret in text for secret in SECRETS.values())
