"""NRRD: written by SimpleITK and pynrrd, read by vizmed."""

from __future__ import annotations

from pathlib import Path

import nrrd
import numpy as np
import pytest
import SimpleITK

from tests.contracts.reader import ReaderContract
from tests.phantoms import asymmetric, geometries
from vizmed.errors import DamagedFileError, IrregularStackError, ReadError, UnsafePathError
from vizmed.geometry import LPS_TO_RAS, Geometry
from vizmed.read import read
from vizmed.volume import Volume

PHANTOM = asymmetric(geometries((5, 6, 7))["rotated left-handed"])


def header_of(volume: Volume, space="left-posterior-superior", **fields) -> dict[str, object]:
    affine = volume.geometry.affine
    if space.startswith("right-anterior"):
        affine = LPS_TO_RAS @ affine
    return {
        "space": space,
        "space directions": affine[:3, :3].T,  # NRRD has a row for each axis
        "space origin": affine[:3, 3],
        **fields,
    }


class NrrdContract(ReaderContract):
    format = "NRRD"
    dtypes = (*ReaderContract.dtypes, "int64", "uint64")
    name = "scan.nrrd"

    def read(self, path: Path) -> Volume:
        return read(path)


class TestNrrdOfSimpleItk(NrrdContract):
    compressed = False

    def write(self, volume: Volume, folder: Path) -> Path:
        path = folder / self.name
        SimpleITK.WriteImage(volume.to_sitk(), str(path), useCompression=self.compressed)
        return path


class TestGzippedNrrdOfSimpleItk(TestNrrdOfSimpleItk):
    compressed = True


class TestNrrdOfPynrrd(NrrdContract):
    encoding = "gzip"

    def write(self, volume: Volume, folder: Path) -> Path:
        path = folder / self.name
        nrrd.write(str(path), np.asarray(volume.voxels), header_of(volume, encoding=self.encoding))
        return path

    @pytest.mark.parametrize("kind", ["sheared", "rotated and sheared"])
    def test_sheared(self, kind, tmp_path):
        expected = asymmetric(geometries()[kind])
        self.assert_same(self.read(self.write(expected, tmp_path)), expected)


class TestBzippedNrrd(TestNrrdOfPynrrd):
    encoding = "bzip2"


class TestAsciiNrrd(TestNrrdOfPynrrd):
    encoding = "ascii"
    dtypes = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float64")


class TestDetachedNrrd(TestNrrdOfPynrrd):
    encoding = "raw"
    name = "scan.nhdr"


def write(path: Path, *, voxels: np.ndarray | None = None, **fields) -> Path:
    nrrd.write(str(path), np.asarray(PHANTOM.voxels) if voxels is None else voxels, header_of(PHANTOM, **fields))
    return path


def edited(path: Path, old: str, new: str) -> Path:
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    return path


def test_ras_is_turned(tmp_path):
    volume = read(write(tmp_path / "a.nrrd", space="right-anterior-superior"))
    assert volume.geometry.is_close(PHANTOM.geometry)


def test_big_endian(tmp_path):
    path = write(tmp_path / "a.nhdr", voxels=PHANTOM.voxels.astype(">i2"), encoding="raw")
    assert b"endian: big" in path.read_bytes()
    volume = read(path)
    np.testing.assert_array_equal(volume.voxels, PHANTOM.voxels)
    assert volume.voxels.dtype.isnative


def test_without_space_the_axes_are_lps_and_that_is_said(tmp_path):
    nrrd.write(str(tmp_path / "a.nrrd"), np.asarray(PHANTOM.voxels), {"spacings": [1.0, 2.0, 3.0]})
    volume = read(tmp_path / "a.nrrd")
    np.testing.assert_allclose(volume.geometry.affine, np.diag([1, 2, 3, 1]))
    assert [(f.code, f.severity) for f in volume.provenance.findings] == [("no-orientation", "warning")]


def test_without_spacing_a_millimetre_is_taken_and_that_is_said(tmp_path):
    nrrd.write(str(tmp_path / "a.nrrd"), np.asarray(PHANTOM.voxels), {})
    assert {f.code for f in read(tmp_path / "a.nrrd").provenance.findings} == {"no-orientation", "no-spacing"}


@pytest.mark.parametrize(("unit", "mm"), [("mm", 1.0), ("cm", 10.0), ("um", 0.001)])
def test_units_of_length(unit, mm, tmp_path):
    volume = read(write(tmp_path / "a.nrrd", **{"space units": [unit] * 3}))
    np.testing.assert_allclose(volume.geometry.spacing, PHANTOM.geometry.spacing * mm)


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("sizes: 5 6 7", "sizes: 5 6 8", DamagedFileError),
        ("sizes: 5 6 7", "sizes: 5 6 0", DamagedFileError),
        ("sizes: 5 6 7", "sizes: 99999 99999 99999", DamagedFileError),
        ("dimension: 3", "dimension: 4", DamagedFileError),
        ("type: int16", "type: block", IrregularStackError),
        ("encoding: raw", "encoding: hex", ReadError),
        ("endian: little", "endian: middle", DamagedFileError),
        ("left-posterior-superior", "scanner-xyz", IrregularStackError),
    ],
)
def test_absurd_headers_are_refused(old, new, error, tmp_path):
    path = edited(write(tmp_path / "a.nrrd", encoding="raw"), old, new)
    with pytest.raises(error) as refused:
        read(path)
    assert refused.value.where == str(path)


def test_four_axes_are_refused(tmp_path):
    nrrd.write(str(tmp_path / "a.nrrd"), np.zeros((2, 3, 4, 5), "int16"), {})
    with pytest.raises(IrregularStackError, match="4 axes"):
        read(tmp_path / "a.nrrd")


def test_colour_is_refused(tmp_path):
    header = {"kinds": ["RGB-color", "domain", "domain"]}
    nrrd.write(str(tmp_path / "a.nrrd"), np.zeros((3, 4, 5), "uint8"), header)
    with pytest.raises(IrregularStackError, match="RGB-color"):
        read(tmp_path / "a.nrrd")


@pytest.mark.parametrize("name", ["../outside.raw", "/etc/passwd", "link.raw"])
def test_data_outside_of_the_folder_is_never_read(name, tmp_path):
    folder = tmp_path / "inside"
    folder.mkdir()
    path = write(folder / "a.nhdr", encoding="raw")
    (folder / "a.raw").rename(tmp_path / "outside.raw")
    (folder / "link.raw").symlink_to(tmp_path / "outside.raw")
    with pytest.raises(UnsafePathError):
        read(edited(path, "a.raw", name))


@pytest.mark.parametrize("name", ["LIST", "a%03d.raw 1 7 1", "absent.raw"])
def test_scattered_or_missing_data_is_refused(name, tmp_path):
    path = write(tmp_path / "a.nhdr", encoding="raw")
    with pytest.raises(ReadError):
        read(edited(path, "a.raw", name))


def test_real_files_are_as_simpleitk_reads_them(shared_data):
    compared = 0
    for path in sorted(shared_data("nrrd").rglob("Ball*.n[rh]*")):
        if "minus_five" in path.name:
            with pytest.raises(DamagedFileError, match="byte skip is -5"):
                read(path)
            continue
        volume = read(path)
        if "bz2" not in path.name:  # ITK reads no bzip2
            oracle = SimpleITK.ReadImage(str(path))
            np.testing.assert_array_equal(volume.voxels, SimpleITK.GetArrayFromImage(oracle).T)
            geometry = Geometry.from_axes(oracle.GetSize(), oracle.GetSpacing(), oracle.GetOrigin())
            assert volume.geometry.is_close(geometry)
            compared += 1
    assert compared >= 6
