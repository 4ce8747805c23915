"""NIfTI: written by nibabel, read by vizmed; the affine turned from RAS to LPS."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.contracts.reader import ReaderContract
from tests.phantoms import asymmetric, geometries
from vizmed.errors import DamagedFileError, IrregularStackError, UnsafePathError
from vizmed.geometry import LPS_TO_RAS, Geometry
from vizmed.read import read
from vizmed.volume import Volume

PHANTOM = asymmetric(geometries((5, 6, 7))["rotated left-handed"])


def image_of(volume: Volume, kind=nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    image = kind(np.asarray(volume.voxels), LPS_TO_RAS @ volume.geometry.affine, dtype=volume.voxels.dtype)
    image.header.set_xyzt_units("mm")
    return image


class TestNifti(ReaderContract):
    format = "NIfTI"
    dtypes = (*ReaderContract.dtypes, "int64", "uint64")

    def write(self, volume: Volume, folder: Path) -> Path:
        nibabel.save(image_of(volume), folder / "scan.nii")
        return folder / "scan.nii"

    def read(self, path: Path) -> Volume:
        return read(path)

    @pytest.mark.parametrize("kind", ["sheared", "rotated and sheared"])
    def test_sheared(self, kind, tmp_path):
        expected = asymmetric(geometries()[kind])
        self.assert_same(self.read(self.write(expected, tmp_path)), expected)


class TestGzippedNifti(TestNifti):
    def write(self, volume: Volume, folder: Path) -> Path:
        nibabel.save(image_of(volume), folder / "scan.nii.gz")
        return folder / "scan.nii.gz"


class TestNifti2(TestNifti):
    def write(self, volume: Volume, folder: Path) -> Path:
        nibabel.save(image_of(volume, nibabel.Nifti2Image), folder / "scan.nii")
        return folder / "scan.nii"


class TestNiftiPair(TestNifti):
    def write(self, volume: Volume, folder: Path) -> Path:
        nibabel.save(image_of(volume, nibabel.Nifti1Pair), folder / "scan.hdr")
        return folder / "scan.hdr"


def write(path: Path, *, changes: dict[str, object] | None = None, volume: Volume = PHANTOM) -> Path:
    """A .nii with header fields changed after it was made."""
    nibabel.save(image_of(volume), path)
    data = bytearray(path.read_bytes())
    header = nibabel.Nifti1Header(bytes(data[:348]), check=False)
    for field, value in (changes or {}).items():
        header[field] = value
    data[:348] = header.binaryblock
    path.write_bytes(data)
    return path


def test_sform_goes_before_qform(tmp_path):
    image = image_of(PHANTOM)
    image.set_qform(np.diag([9, 9, 9, 1]), code=1)
    nibabel.save(image, tmp_path / "a.nii")
    assert read(tmp_path / "a.nii").geometry.is_close(PHANTOM.geometry)


def test_qform_alone_is_as_simpleitk_reads_it(tmp_path):
    image = image_of(PHANTOM)
    image.set_qform(image.affine, code=1)
    image.set_sform(None, code=0)
    nibabel.save(image, tmp_path / "a.nii")
    oracle = SimpleITK.ReadImage(str(tmp_path / "a.nii"))
    geometry = Geometry.from_axes(
        oracle.GetSize(), oracle.GetSpacing(), oracle.GetOrigin(), np.reshape(oracle.GetDirection(), (3, 3))
    )
    assert read(tmp_path / "a.nii").geometry.is_close(geometry, 1e-4)
    assert geometry.is_close(PHANTOM.geometry, 1e-3)


def test_without_sform_and_qform_spacing_is_kept_and_said(tmp_path):
    volume = read(write(tmp_path / "a.nii", changes={"sform_code": 0, "qform_code": 0}))
    np.testing.assert_allclose(volume.geometry.spacing, PHANTOM.geometry.spacing, rtol=1e-6)
    assert volume.geometry.axis_codes == "RAS"
    assert [(f.code, f.severity) for f in volume.provenance.findings] == [("no-orientation", "warning")]


@pytest.mark.parametrize(("unit", "mm"), [(1, 1000.0), (3, 0.001), (2, 1.0), (0, 1.0)])
def test_units_of_length(unit, mm, tmp_path):
    volume = read(write(tmp_path / "a.nii", changes={"xyzt_units": unit}))
    np.testing.assert_allclose(volume.geometry.spacing, PHANTOM.geometry.spacing * mm, rtol=1e-6)
    assert len(volume.provenance.findings) == (mm != 1)


@pytest.mark.parametrize(
    ("slope", "intercept", "dtype", "expected"),
    [
        (0, 5, "int16", lambda v: v),
        (np.nan, np.nan, "int16", lambda v: v),
        (1, -1024, "int16", lambda v: v.astype(int) - 1024),
        (1, 32000, "int32", lambda v: v.astype(int) + 32000),
        (0.5, 3, "float32", lambda v: (v * 0.5 + 3).astype("float32")),
    ],
)
def test_scaling(slope, intercept, dtype, expected, tmp_path):
    plain = asymmetric(PHANTOM.geometry)
    volume = read(write(tmp_path / "a.nii", changes={"scl_slope": slope, "scl_inter": intercept}, volume=plain))
    np.testing.assert_array_equal(volume.voxels, expected(np.asarray(plain.voxels)))
    if intercept != 32000 or volume.voxels.max() > 32767:
        assert volume.voxels.dtype == dtype


def test_scaling_beyond_single_precision_is_refused(tmp_path):
    with pytest.raises(DamagedFileError, match=r"scl_slope 1e\+38"):
        read(write(tmp_path / "a.nii", changes={"scl_slope": 1e38, "scl_inter": 0}))


def test_big_endian(tmp_path):
    image = nibabel.Nifti1Image(
        PHANTOM.voxels.astype(">i2"), image_of(PHANTOM).affine, nibabel.Nifti1Header(endianness=">")
    )
    nibabel.save(image, tmp_path / "a.nii")
    assert struct.unpack(">i", (tmp_path / "a.nii").read_bytes()[:4]) == (348,)
    volume = read(tmp_path / "a.nii")
    np.testing.assert_array_equal(volume.voxels, PHANTOM.voxels)
    assert volume.voxels.dtype.isnative


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"dim": [4, 5, 6, 7, 2, 1, 1, 1]}, IrregularStackError),
        ({"dim": [3, 5, 6, 0, 1, 1, 1, 1]}, DamagedFileError),
        ({"dim": [3, 5, 6, -7, 1, 1, 1, 1]}, DamagedFileError),
        ({"dim": [9, 5, 6, 7, 1, 1, 1, 1]}, DamagedFileError),
        ({"dim": [3, 32767, 32767, 32767, 1, 1, 1, 1]}, DamagedFileError),
        ({"datatype": 32, "bitpix": 64}, IrregularStackError),
        ({"datatype": 128, "bitpix": 24}, IrregularStackError),
        ({"datatype": 9999}, DamagedFileError),
        ({"vox_offset": np.nan}, DamagedFileError),
        ({"vox_offset": 1e6}, DamagedFileError),
        ({"srow_x": [0, 0, 0, 0]}, DamagedFileError),
        ({"srow_x": [np.nan, 0, 0, 0]}, DamagedFileError),
        ({"xyzt_units": 5}, DamagedFileError),
    ],
)
def test_absurd_headers_are_refused(changes, error, tmp_path):
    with pytest.raises(error) as refused:
        read(write(tmp_path / "a.nii", changes=changes))
    assert refused.value.where == str(tmp_path / "a.nii")


def test_an_axis_of_one_more_is_no_fourth_dimension(tmp_path):
    volume = read(write(tmp_path / "a.nii", changes={"dim": [5, 5, 6, 7, 1, 1, 1, 1]}))
    np.testing.assert_array_equal(volume.voxels, PHANTOM.voxels)


def test_a_bomb_takes_no_more_than_its_header_says(tmp_path):
    plain = write(tmp_path / "a.nii")
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(plain.read_bytes() + bytes(1 << 26)))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError, match="far more than"):
            read(tmp_path / "a.nii.gz")
        assert tracemalloc.get_traced_memory()[1] < 1 << 23
    finally:
        tracemalloc.stop()


def test_a_few_bytes_more_are_let_pass(tmp_path):
    plain = write(tmp_path / "a.nii")
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(plain.read_bytes() + bytes(100)))
    np.testing.assert_array_equal(read(tmp_path / "a.nii.gz").voxels, PHANTOM.voxels)


def test_several_gzip_members_are_one_stream(tmp_path):
    whole = write(tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(whole[:900]) + gzip.compress(whole[900:]))
    np.testing.assert_array_equal(read(tmp_path / "a.nii.gz").voxels, PHANTOM.voxels)


def test_a_gzip_with_a_wounded_middle_is_refused(tmp_path):
    packed = bytearray(
        gzip.compress(write(tmp_path / "a.nii", volume=asymmetric(geometries()["rotated"])).read_bytes())
    )
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "a.nii.gz").write_bytes(packed)
    with pytest.raises(DamagedFileError):
        read(tmp_path / "a.nii.gz")


def test_a_pair_may_not_point_out_of_its_folder(tmp_path):
    (tmp_path / "inside").mkdir()
    nibabel.save(image_of(PHANTOM, nibabel.Nifti1Pair), tmp_path / "inside" / "scan.hdr")
    (tmp_path / "inside" / "scan.img").rename(tmp_path / "scan.img")
    (tmp_path / "inside" / "scan.img").symlink_to(tmp_path / "scan.img")
    with pytest.raises(UnsafePathError):
        read(tmp_path / "inside" / "scan.hdr")


@pytest.mark.parametrize(
    "name", ["trunk-ct/ct.nii.gz", "trunk-ct/labels.nii.gz", "head-nifti/ct.nii.gz", "head-nifti/mr_t1.nii.gz"]
)
def test_real_files_are_as_simpleitk_reads_them(name, shared_data):
    folder, file = name.split("/")
    path = shared_data(folder) / file
    volume, oracle = read(path), SimpleITK.ReadImage(str(path))
    np.testing.assert_array_equal(volume.voxels, SimpleITK.GetArrayFromImage(oracle).T)
    geometry = Geometry.from_axes(
        oracle.GetSize(), oracle.GetSpacing(), oracle.GetOrigin(), np.reshape(oracle.GetDirection(), (3, 3))
    )
    assert volume.geometry.is_close(geometry)
