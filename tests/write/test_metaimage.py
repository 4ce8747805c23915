"""MetaImage written: read back by vizmed, by SimpleITK and by VTK."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK
from hypothesis import given
from hypothesis import strategies as st

from tests.phantoms import SHAPE, asymmetric, axis_orders, geometries, rotation
from vizmed.errors import WriteError
from vizmed.geometry import Geometry
from vizmed.read.metaimage import read_metaimage
from vizmed.volume import Volume
from vizmed.write.metaimage import ELEMENT_TYPES, write_metaimage

KINDS = geometries()
FORMS = [("scan.mha", False), ("scan.mha", True), ("scan.mhd", False), ("scan.mhd", True)]
millimetres = st.floats(1e-3, 1e3)
coordinates = st.floats(-1e4, 1e4)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def header_of(path) -> dict[str, str]:
    lines = path.read_bytes().partition(b"ElementDataFile")[0].decode().splitlines()
    return dict(line.split(" = ") for line in lines)


@pytest.mark.parametrize(("name", "compressed"), FORMS)
@pytest.mark.parametrize("kind", KINDS)
class TestReadBack:
    def test_by_vizmed(self, kind, name, compressed, tmp_path):
        volume = asymmetric(KINDS[kind])
        files = write_metaimage(volume, tmp_path / name, compressed=compressed)
        found = read_metaimage(files[0])
        assert np.array_equal(found.voxels, volume.voxels)
        assert found.voxels.dtype == volume.voxels.dtype
        assert found.geometry.is_close(volume.geometry, 1e-9)
        assert found.provenance.findings == ()
        assert names(tmp_path) == sorted(file.name for file in files)
        assert found.provenance.files == len(files)

    def test_by_simpleitk(self, kind, name, compressed, tmp_path):
        # SimpleITK keeps the sheared matrix too: that is why it is written
        volume = asymmetric(KINDS[kind])
        image = SimpleITK.ReadImage(str(write_metaimage(volume, tmp_path / name, compressed=compressed)[0]))
        assert np.array_equal(SimpleITK.GetArrayFromImage(image).T, volume.voxels)
        corner = [n - 1 for n in SHAPE]
        assert np.allclose(image.TransformIndexToPhysicalPoint(corner), volume.geometry.to_world(corner), atol=1e-9)
        assert np.allclose(image.TransformIndexToPhysicalPoint([0, 0, 0]), volume.geometry.origin, atol=1e-9)


@pytest.mark.parametrize("name", ["scan.mha", "scan.mhd"])
def test_vtk_is_trusted_with_what_we_write(name, tmp_path):
    volume = replace(asymmetric(KINDS["rotated"]), modality="CT", unit="HU")
    found = read_metaimage(write_metaimage(volume, tmp_path / name)[0], reader="vtk")
    assert np.array_equal(found.voxels, volume.voxels)
    assert found.geometry.is_close(volume.geometry, 1e-9)


@given(
    axis=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda axis: np.linalg.norm(axis) > 0.1),
    degrees=st.floats(-180, 180),
    mirrored=st.booleans(),
    spacing=st.tuples(*[millimetres] * 3),
    origin=st.tuples(*[coordinates] * 3),
)
def test_geometry_round_trip(*, axis, degrees, mirrored, spacing, origin, tmp_path_factory):
    direction = rotation(axis, degrees) @ np.diag([1, 1, -1 if mirrored else 1])
    geometry = Geometry.from_axes((2, 3, 4), spacing, origin, direction)
    path = tmp_path_factory.getbasetemp() / "geometry.mha"
    write_metaimage(Volume(np.zeros((2, 3, 4), np.uint8), geometry), path, overwrite=True)
    found = read_metaimage(path).geometry
    assert np.array_equal(found.origin, geometry.origin)
    # columns are written as direction and length, and their product is rounded once
    assert np.allclose(found.affine, geometry.affine, rtol=4 * np.finfo(float).eps, atol=0)
    fields = header_of(path)
    assert np.array_equal(np.fromstring(fields["ElementSpacing"], sep=" "), geometry.spacing)
    assert np.array_equal(np.fromstring(fields["TransformMatrix"], sep=" "), geometry.direction.T.ravel())


@pytest.mark.parametrize("dtype", ELEMENT_TYPES)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_type_of_number(dtype, compressed, tmp_path):
    volume = asymmetric(KINDS["identity"], dtype=dtype)
    path = write_metaimage(volume, tmp_path / "scan.mha", compressed=compressed)[0]
    found = read_metaimage(path).voxels
    assert found.dtype == dtype
    assert np.array_equal(found, volume.voxels)
    assert SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).dtype == dtype


def test_big_endian_voxels_are_turned(tmp_path):
    volume = asymmetric(KINDS["identity"], dtype=">i2")
    assert np.array_equal(read_metaimage(write_metaimage(volume, tmp_path / "scan.mha")[0]).voxels, volume.voxels)


@pytest.mark.parametrize("order", axis_orders())
def test_orientation_is_named_as_itk_names_it(order, tmp_path):
    volume = Volume.from_numpy(np.zeros((2, 2, 2), np.uint8), direction=axis_orders()[order])
    write_metaimage(volume, tmp_path / "ours.mha")
    SimpleITK.WriteImage(volume.to_sitk(), str(tmp_path / "itk.mha"))
    ours, itk = header_of(tmp_path / "ours.mha"), header_of(tmp_path / "itk.mha")
    assert ours["AnatomicalOrientation"] == itk["AnatomicalOrientation"]
    assert ours == itk


@pytest.mark.parametrize("codes", ["RAS", "SPL", "AIR"])
@pytest.mark.parametrize("compressed", [False, True])
def test_flipped_and_permuted_views(codes, compressed, tmp_path, monkeypatch):
    monkeypatch.setattr("vizmed.write.blocks.BLOCK_BYTES", 8000)  # some slices to a block, the last one short
    volume = asymmetric(KINDS["rotated"]).reoriented(codes)
    assert not volume.voxels.flags.f_contiguous
    found = read_metaimage(write_metaimage(volume, tmp_path / "scan.mha", compressed=compressed)[0])
    assert np.array_equal(found.voxels, volume.voxels)
    assert found.geometry.is_close(volume.geometry, 1e-9)


@pytest.mark.parametrize("codes", ["LPS", "RAS"])
def test_voxels_are_not_copied_as_a_whole(codes, tmp_path, monkeypatch):
    monkeypatch.setattr("vizmed.write.blocks.BLOCK_BYTES", 1 << 18)
    volume = Volume.from_numpy(np.zeros((128, 128, 128), np.int16, order="F")).reoriented(codes)
    tracemalloc.start()
    write_metaimage(volume, tmp_path / "scan.mha")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < volume.voxels.nbytes / 4


@pytest.mark.parametrize(("name", "compressed"), FORMS)
def test_same_bytes_from_run_to_run(name, compressed, tmp_path):
    volume = asymmetric(KINDS["rotated"])
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        write_metaimage(volume, folder / name, compressed=compressed)
    one, two = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == two


def test_files_are_named_header_first(tmp_path):
    volume = asymmetric(KINDS["identity"])
    assert write_metaimage(volume, str(tmp_path / "a.mha")) == [tmp_path / "a.mha"]
    assert write_metaimage(volume, tmp_path / "b.MHD") == [tmp_path / "b.MHD", tmp_path / "b.raw"]
    zipped = write_metaimage(volume, tmp_path / "c d.mhd", compressed=True)
    assert zipped == [tmp_path / "c d.mhd", tmp_path / "c d.zraw"]
    assert SimpleITK.ReadImage(str(zipped[0])).GetSize() == volume.shape


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("modality", "unit", "said"),
        [
            ("CT", "HU", ("CT", "HU")),
            ("MR", None, ("MR", None)),
            ("CT", None, (None, None)),
            ("PT", None, (None, None)),
        ],
    )
    def test_modality(self, modality, unit, said, tmp_path):
        volume = replace(asymmetric(KINDS["identity"]), modality=modality, unit=unit)
        found = read_metaimage(write_metaimage(volume, tmp_path / "scan.mha")[0])
        assert (found.modality, found.unit) == said

    def test_nothing_but_the_image(self, tmp_path):
        volume = replace(asymmetric(KINDS["identity"]), description="Doe^Jane knee")
        assert b"Doe" not in write_metaimage(volume, tmp_path / "scan.mha")[0].read_bytes()

    def test_no_minus_zero(self, tmp_path):
        volume = Volume.from_numpy(np.zeros((2, 2, 2), np.uint8), origin=(-0.0, 0, 0), direction=-np.eye(3))
        header = header_of(write_metaimage(volume, tmp_path / "scan.mha")[0])
        assert header["TransformMatrix"] == "-1 0 0 0 -1 0 0 0 -1"
        assert header["Offset"] == "0 0 0"


class TestRefused:
    @pytest.mark.parametrize("name", ["scan.nii", "scan", "scan.raw"])
    def test_other_suffix(self, name, tmp_path):
        with pytest.raises(WriteError, match=r"\.mha or \.mhd"):
            write_metaimage(asymmetric(KINDS["identity"]), tmp_path / name)
        assert names(tmp_path) == []

    def test_half_precision(self, tmp_path):
        volume = Volume.from_numpy(np.zeros((2, 2, 2), np.float16))
        with pytest.raises(WriteError, match="float16"):
            write_metaimage(volume, tmp_path / "scan.mha")

    @pytest.mark.parametrize("name", ["LIST.mhd", "a%d.mhd", " a.mhd", "a\nb.mhd"])
    def test_names_that_metaio_misreads(self, name, tmp_path):
        with pytest.raises(WriteError, match="data file"):
            write_metaimage(asymmetric(KINDS["identity"]), tmp_path / name)
        assert names(tmp_path) == []

    @pytest.mark.parametrize("existing", ["scan.mhd", "scan.raw"])
    def test_existing_files_are_kept(self, existing, tmp_path):
        (tmp_path / existing).write_bytes(b"old")
        volume = asymmetric(KINDS["identity"])
        with pytest.raises(WriteError, match="exists") as refused:
            write_metaimage(volume, tmp_path / "scan.mhd")
        assert refused.value.where == str(tmp_path / existing)
        assert names(tmp_path) == [existing]
        assert (tmp_path / existing).read_bytes() == b"old"
        write_metaimage(volume, tmp_path / "scan.mhd", overwrite=True)
        assert np.array_equal(read_metaimage(tmp_path / "scan.mhd").voxels, volume.voxels)

    def test_both_old_files_are_kept_when_writing_fails(self, tmp_path, monkeypatch):
        volume = asymmetric(KINDS["identity"])
        files = write_metaimage(volume, tmp_path / "scan.mhd")
        before = [file.read_bytes() for file in files]

        def fail(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("vizmed.write.metaimage._write_voxels", fail)
        with pytest.raises(WriteError, match="No space left"):
            write_metaimage(volume, tmp_path / "scan.mhd", overwrite=True)
        assert [file.read_bytes() for file in files] == before
        assert names(tmp_path) == ["scan.mhd", "scan.raw"]
