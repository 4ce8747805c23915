"""Archives are read without a trace on the disk, and refused where they lead out, are locked, or are bombs."""

from __future__ import annotations

import gzip
import random
import stat
import zipfile

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import generate_uid

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import BudgetError, DamagedFileError, ReadError, UnknownFormatError, UnsafePathError, VizmedError
from vizmed.geometry import Geometry
from vizmed.read import describe, read
from vizmed.read.dicom import archive as archives
from vizmed.read.dicom.describe import read_tags
from vizmed.read.dicom.survey import survey
from vizmed.volume import Volume

from .compare import assert_same_in_world
from .test_mosaic import write_mosaic

PHANTOM = asymmetric(geometries((4, 3, 5))["rotated"])
SYNTAXES = (
    *(uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian),
    *(uid.DeflatedExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless),
)


def zipped(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def slices(folder, **options) -> dict[str, bytes]:
    paths = write_series(folder, PHANTOM.voxels, PHANTOM.geometry, **options)
    return {f"a/b ü/{path.name}": path.read_bytes() for path in paths}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_zip(syntax, compression, tmp_path):
    path = zipped(tmp_path / "scan.data", slices(tmp_path / "in", syntax=syntax), compression)
    before = {place: place.stat().st_mtime_ns for place in tmp_path.rglob("*")}
    found = read(path)
    assert_same_in_world(found, PHANTOM)
    assert found.provenance.findings == ()
    assert found.provenance.files == 5
    assert describe(path).geometry == found.geometry
    assert ("0008,0060", "Modality", "CT") in read_tags(path)
    assert {place: place.stat().st_mtime_ns for place in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_gzipped_slices(syntax, tmp_path):
    for name, data in slices(tmp_path / "in", syntax=syntax).items():
        (tmp_path / f"{name[-8:]}.GZ").write_bytes(gzip.compress(data[:700]) + gzip.compress(data[700:]))
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    assert_same_in_world(read(tmp_path), PHANTOM)
    assert read(next(tmp_path.glob("*.GZ"))).shape == (4, 3, 1)


def test_one_gzipped_file_of_any_name(tmp_path):
    write_enhanced(tmp_path / "in", PHANTOM.voxels, PHANTOM.geometry, range(5))
    (tmp_path / "scan").write_bytes(gzip.compress((tmp_path / "in").read_bytes()))
    assert_same_in_world(read(tmp_path / "scan"), PHANTOM)


def test_mosaic_in_a_zip(tmp_path):
    write_mosaic(tmp_path / "m", PHANTOM)
    path = zipped(tmp_path / "scan.zip", {"m": (tmp_path / "m").read_bytes()})
    assert_same_in_world(read(path), PHANTOM)


def test_other_files_in_an_archive_are_counted(tmp_path):
    files = slices(tmp_path / "in")
    path = zipped(tmp_path / "scan.zip", {**files, "notes.txt": b"x" * 500, "empty": b"", "folder/": b""})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = read(path)
    assert_same_in_world(found, PHANTOM)
    said = {finding.message: finding.where for finding in found.provenance.findings}
    assert said == {
        "2 files passed over: no DICOM image": "empty, notes.txt",
        "1 file passed over: a link in an archive": "link",
    }


def test_an_archive_within_a_folder_is_passed_over(tmp_path):
    zipped(tmp_path / "more.zip", slices(tmp_path / "in"))
    assert len(survey(tmp_path).frames) == 5
    assert "more.zip" in survey(tmp_path).findings[0].where


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "..\\x", "C:\\x", "\\x", "c:x"])
def test_names_that_lead_out_are_refused(name, tmp_path):
    path = zipped(tmp_path / "scan.zip", {**slices(tmp_path / "in"), name: b"x"})
    with pytest.raises(UnsafePathError, match="outside"):
        read(path)


def test_an_encrypted_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "scan.zip", slices(tmp_path / "in"))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ReadError, match="encrypted"):
        read(path)


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_a_bomb_is_not_unpacked(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 16)
    (start,) = write_series(
        tmp_path / "in", np.zeros((900, 900, 1), "int16"), Geometry.from_axes((900, 900, 1)), InstanceNumber=1
    )
    data = start.read_bytes()
    path = tmp_path / "scan"
    if packed == "zip":
        zipped(path, {"a": data})
    else:
        path.write_bytes(gzip.compress(data))
    assert len(data) > 200 * path.stat().st_size
    with pytest.raises(BudgetError, match="more than vizmed unpacks"):
        read(path)


def test_many_small_bombs_are_one(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 18)
    zeros = np.zeros((300, 300, 9), "int16")
    paths = write_series(tmp_path / "in", zeros, Geometry.from_axes(zeros.shape))
    path = zipped(tmp_path / "scan", {path.name: path.read_bytes() for path in paths})
    with pytest.raises(BudgetError, match="more than vizmed unpacks"):
        read(path)


def test_empty_slices_of_a_usual_size_are_no_bomb(tmp_path):
    zeros = np.zeros((512, 512, 3), "int16")
    paths = write_series(tmp_path / "in", zeros, Geometry.from_axes(zeros.shape))
    assert read(zipped(tmp_path / "scan", {path.name: path.read_bytes() for path in paths})).shape == zeros.shape


def test_a_damaged_member_refuses_its_series(tmp_path):
    files = slices(tmp_path / "in")
    path = zipped(tmp_path / "scan.zip", files, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"series number 1") + 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=r"0000\.dcm.*cannot be unpacked"):
        read(path)


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_a_wounded_archive_is_read_or_refused(packed, tmp_path):
    files = slices(tmp_path / "in")
    path = tmp_path / "scan"
    if packed == "zip":
        zipped(path, files)
    else:
        path.write_bytes(gzip.compress(next(iter(files.values()))))
    whole = path.read_bytes()
    rng = random.Random(3)  # noqa: S311 (wounds that can be repeated)
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data) or 1)
            if packed == "zip" and rng.random() < 0.5:  # the directory at the end is where the lies are told
                at = rng.randrange(whole.index(b"PK\1\2"), len(whole)) % len(data)
            if rng.random() < 0.9:
                data[at : at + 1] = rng.randbytes(1)
            else:
                del data[at:]
        path.write_bytes(data or b"x")
        try:
            found = read(path)
        except VizmedError:
            refused += 1
        else:
            assert found.shape[:2] == PHANTOM.shape[:2]
    assert refused > 100


@pytest.mark.parametrize("data", [b"PK\3\4", b"PK\5\6" + bytes(18), b"PK\5\6", b"\x1f\x8b", b"\x1f\x8b" + bytes(50)])
def test_rubbish_is_refused(data, tmp_path):
    (tmp_path / "scan").write_bytes(data)
    with pytest.raises((DamagedFileError, UnknownFormatError)):
        read(tmp_path / "scan")


def test_real_zip(shared_data, tmp_path):
    folder = shared_data("head-ct-lowres")
    path = zipped(tmp_path / "scan.zip", {file.name: file.read_bytes() for file in folder.iterdir()})
    found, expected = read(path), read(folder)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert found.geometry == expected.geometry


# ---- DICOMDIR


def test_a_dicomdir_stands_for_its_folder(tmp_path):
    write_series(tmp_path / "DICOM", PHANTOM.voxels, PHANTOM.geometry)
    listing = Dataset()
    listing.FileSetID = "SCANS"
    listing.DirectoryRecordSequence = []
    listing.file_meta = FileMetaDataset()
    listing.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    listing.file_meta.MediaStorageSOPClassUID = uid.MediaStorageDirectoryStorage
    listing.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    listing.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    for path in (tmp_path, tmp_path / "DICOMDIR"):
        found = read(path)
        assert isinstance(found, Volume)
        assert_same_in_world(found, PHANTOM)
        assert [finding.message for finding in found.provenance.findings] == ["1 file passed over: no DICOM image"]


# ---- deflated files


def test_a_deflated_file_is_inflated_no_further_than_it_promises(tmp_path):
    zeros = np.zeros((2000, 2000, 1), "uint16")
    (path,) = write_series(
        tmp_path, zeros, Geometry.from_axes(zeros.shape), syntax=uid.DeflatedExplicitVRLittleEndian, Rows=9, Columns=9
    )
    with pytest.raises(DamagedFileError, match="162 bytes of pixels expected, 8,000,000 announced"):
        read(path)


@pytest.mark.parametrize("at", [0.3, 0.6, 0.9])
def test_a_wounded_deflated_file_is_refused(at, tmp_path):
    rng = np.random.default_rng(4)
    noise = rng.integers(0, 4000, (60, 50, 3)).astype("int16")
    path = write_series(tmp_path, noise, Geometry.from_axes(noise.shape), syntax=uid.DeflatedExplicitVRLittleEndian)[1]
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * at)])
    with pytest.raises(DamagedFileError, match=path.name):
        read(tmp_path)


def test_vtk_is_not_asked_to_read_an_archive(tmp_path):
    path = zipped(tmp_path / "scan.zip", slices(tmp_path / "in"))
    with pytest.raises(ReadError, match="the files are in an archive"):
        read(path, reader="vtk")
