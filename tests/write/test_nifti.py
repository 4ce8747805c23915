"""NIfTI written: read back by nibabel, by SimpleITK and by vizmed."""

from __future__ import annotations

import gzip
import tracemalloc

import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.contracts.writer import SMALL, WriterContract
from tests.phantoms import SHAPE, asymmetric, geometries
from vizmed.errors import WriteError
from vizmed.geometry import LPS_TO_RAS, Geometry
from vizmed.read import read
from vizmed.volume import Volume
from vizmed.write.nifti import write_nifti


class TestNifti(WriterContract):
    name = "scan.nii"
    tolerance_mm = 2e-5  # NIfTI-1 has the affine in single precision

    def read_back(self, path):
        image = nibabel.load(path)
        assert image.header.get_xyzt_units()[0] == "mm"
        return np.asanyarray(image.dataobj), Geometry(image.shape, LPS_TO_RAS @ image.affine)


class TestNiftiGzipped(TestNifti):
    name = "scan.nii.gz"


@pytest.mark.parametrize("kind", [kind for kind in SMALL if "sheared" not in kind])
def test_sform_and_qform_tell_one_place(kind, tmp_path):
    volume = asymmetric(SMALL[kind])
    (path,) = write_nifti(volume, tmp_path / "a.nii")
    header = nibabel.load(path).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 1)
    assert np.allclose(header.get_sform(), volume.geometry.affine_ras, atol=1e-5)
    assert np.allclose(header.get_qform(), volume.geometry.affine_ras, atol=1e-5)


@pytest.mark.parametrize("kind", ["sheared", "rotated and sheared"])
def test_a_sheared_grid_has_no_qform(kind, tmp_path):
    header = nibabel.load(write_nifti(asymmetric(SMALL[kind]), tmp_path / "a.nii")[0]).header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 0)
    assert np.allclose(header.get_zooms(), SMALL[kind].spacing)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_by_simpleitk(name, tmp_path):
    volume = asymmetric(geometries()["rotated left-handed"])
    image = SimpleITK.ReadImage(str(write_nifti(volume, tmp_path / name)[0]))
    assert np.array_equal(SimpleITK.GetArrayFromImage(image).T, volume.voxels)
    corner = [n - 1 for n in SHAPE]
    assert np.allclose(image.TransformIndexToPhysicalPoint(corner), volume.geometry.to_world(corner), atol=1e-4)


def test_the_bytes_are_those_of_nibabel(tmp_path):
    volume = asymmetric(geometries()["rotated"])
    (path,) = write_nifti(volume, tmp_path / "a.nii")
    image = volume.to_nibabel()
    image.set_sform(volume.geometry.affine_ras, 1)
    image.set_qform(volume.geometry.affine_ras, 1)
    image.header.set_slope_inter(1, 0)
    nibabel.save(image, tmp_path / "b.nii")
    assert path.read_bytes()[352:] == (tmp_path / "b.nii").read_bytes()[352:]
    theirs = nibabel.load(tmp_path / "b.nii").header
    ours = nibabel.load(path).header
    for field in ("dim", "pixdim", "datatype", "bitpix", "vox_offset", "qoffset_x", "quatern_b", "srow_x", "magic"):
        assert np.array_equal(ours[field], theirs[field]), field


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry.from_axes((40_000, 2, 2), (0.01, 1, 1)),
        Geometry.from_axes((500, 2, 2), (1.0001, 1, 1), (123456.7, 0, 0)),
    ],
)
def test_what_nifti_1_cannot_hold_is_nifti_2(geometry, tmp_path):
    volume = Volume(np.arange(np.prod(geometry.shape), dtype="int32").reshape(geometry.shape), geometry)
    (path,) = write_nifti(volume, tmp_path / "a.nii")
    assert isinstance(nibabel.load(path), nibabel.Nifti2Image)
    back = read(path)
    assert np.array_equal(back.voxels, volume.voxels)
    assert back.geometry.is_close(geometry, 1e-9)


def test_the_gzip_names_neither_file_nor_date(tmp_path):
    (path,) = write_nifti(asymmetric(SMALL["rotated"]), tmp_path / "a.nii.gz")
    start = path.read_bytes()[:10]
    assert start[3] == 0  # no name, no comment
    assert start[4:8] == bytes(4)
    assert gzip.decompress(path.read_bytes())[344:348] == b"n+1\0"


def test_compressed_is_said_in_the_name(tmp_path):
    with pytest.raises(WriteError, match=r"a\.nii\.gz"):
        write_nifti(asymmetric(SMALL["rotated"]), tmp_path / "a.nii", compressed=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("codes", ["LPS", "RAS"])
def test_voxels_are_not_copied_as_a_whole(codes, tmp_path, monkeypatch):
    monkeypatch.setattr("vizmed.write.blocks.BLOCK_BYTES", 1 << 18)
    volume = Volume.from_numpy(np.zeros((128, 128, 128), np.int16, order="F")).reoriented(codes)
    write_nifti(volume, tmp_path / "warm.nii")
    tracemalloc.start()
    write_nifti(volume, tmp_path / "scan.nii")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < volume.voxels.nbytes / 4
