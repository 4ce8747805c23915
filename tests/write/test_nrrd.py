"""NRRD written: read back by pynrrd, by SimpleITK and by vizmed."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest
import SimpleITK

from tests.contracts.writer import SMALL, WriterContract
from tests.phantoms import SHAPE, asymmetric, geometries
from vizmed.geometry import Geometry
from vizmed.volume import Volume
from vizmed.write.nrrd import write_nrrd


class TestNrrd(WriterContract):
    name = "scan.nrrd"
    tolerance_mm = 1e-9

    def read_back(self, path):
        voxels, header = nrrd.read(str(path), index_order="F")
        assert header["space"] == "left-posterior-superior"
        assert header["space units"] == ["mm", "mm", "mm"]
        assert header["encoding"] == ("gzip" if self.compressed else "raw")
        affine = np.eye(4)
        affine[:3, :3] = header["space directions"].T
        affine[:3, 3] = header["space origin"]
        return voxels, Geometry(voxels.shape, affine)


class TestNrrdGzipped(TestNrrd):
    compressed = True


@pytest.mark.parametrize("compressed", [False, True])
def test_by_simpleitk(compressed, tmp_path):
    volume = asymmetric(geometries()["rotated left-handed"])
    image = SimpleITK.ReadImage(str(write_nrrd(volume, tmp_path / "a.nrrd", compressed=compressed)[0]))
    assert np.array_equal(SimpleITK.GetArrayFromImage(image).T, volume.voxels)
    corner = [n - 1 for n in SHAPE]
    assert np.allclose(image.TransformIndexToPhysicalPoint(corner), volume.geometry.to_world(corner), atol=1e-9)


def test_the_affine_is_kept_to_the_last_bit(tmp_path):
    for kind, geometry in SMALL.items():
        (path,) = write_nrrd(asymmetric(geometry), tmp_path / f"{kind}.nrrd")
        _, header = nrrd.read(str(path))
        assert np.array_equal(header["space directions"].T, geometry.affine[:3, :3])
        assert np.array_equal(header["space origin"], geometry.origin)


def test_no_minus_zero(tmp_path):
    volume = Volume.from_numpy(np.zeros((2, 2, 2), np.uint8), origin=(-0.0, 0, 0), direction=-np.eye(3))
    assert b"-0" not in write_nrrd(volume, tmp_path / "a.nrrd")[0].read_bytes()


def test_the_header_is_a_text_and_ends_before_the_voxels(tmp_path):
    volume = asymmetric(SMALL["rotated"])
    head, _, data = write_nrrd(volume, tmp_path / "a.nrrd")[0].read_bytes().partition(b"\n\n")
    assert head.decode("ascii").startswith("NRRD0004\n")
    assert data == volume.voxels.tobytes(order="F")
