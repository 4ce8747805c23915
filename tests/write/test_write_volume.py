"""The name says the format."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from vizmed.errors import WriteError
from vizmed.read import read
from vizmed.write import VOLUME_ENDINGS, check_volume_target, write_volume

VOLUME = asymmetric(geometries((9, 8, 7))["rotated"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.mha", "MetaImage"),
        ("a.MHD", "MetaImage"),
        ("a.nii", "NIfTI"),
        ("a.b.Nii.Gz", "NIfTI"),
        ("a.nrrd", "NRRD"),
        ("a", "DICOM"),
        ("a b", "DICOM"),
        (".a", "DICOM"),
    ],
)
def test_by_ending(name, said, tmp_path):
    files = write_volume(VOLUME, tmp_path / name)
    back = read(tmp_path / name)
    assert back.provenance.format == said
    assert np.array_equal(back.voxels, VOLUME.voxels)
    assert back.geometry.is_close(VOLUME.geometry, 2e-5)
    assert {file.parent for file in files} == {tmp_path / name if said == "DICOM" else tmp_path}


def test_vti(tmp_path):
    assert write_volume(VOLUME, tmp_path / "a.vti") == [tmp_path / "a.vti"]


@pytest.mark.parametrize("name", ["v1.2/", "scan.nii/"])
def test_a_slash_makes_it_a_folder_of_dicom(name, tmp_path):
    write_volume(VOLUME, f"{tmp_path}{os.sep}{name}")
    assert read(tmp_path / name).provenance.format == "DICOM"


def test_a_folder_that_is_there_is_one_of_dicom_whatever_its_name(tmp_path):
    (tmp_path / "v1.2").mkdir()
    write_volume(VOLUME, tmp_path / "v1.2")
    assert read(tmp_path / "v1.2").provenance.format == "DICOM"


@pytest.mark.parametrize("name", ["a.dcm", "a.nii.zip", "a.png", "v1.2", "a.nhdr"])
@pytest.mark.parametrize(
    "verb",
    [lambda path: write_volume(VOLUME, path), lambda path: check_volume_target(path, compressed=False, overwrite=True)],
)
def test_unknown_endings_are_refused_with_a_list(name, verb, tmp_path):
    with pytest.raises(WriteError) as refused:
        verb(tmp_path / name)
    for ending in (*VOLUME_ENDINGS, "NAME/", "NAME-%04d.png"):
        assert ending in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.nii", "a", "a.mha/"])
def test_compression_that_a_format_has_not(name, tmp_path):
    path = f"{tmp_path}{os.sep}{name}"
    with pytest.raises(WriteError, match="not compressed"):
        check_volume_target(path, compressed=True, overwrite=False)
    with pytest.raises(WriteError, match="compressed"):
        write_volume(VOLUME, path, compressed=True)
    assert list(tmp_path.iterdir()) == []


def test_a_target_is_checked_before_there_is_a_volume(tmp_path):
    (tmp_path / "a.nrrd").write_text("")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "file").write_text("")
    for name in ("a.nrrd", "s"):
        with pytest.raises(WriteError, match="--overwrite"):
            check_volume_target(tmp_path / name, compressed=False, overwrite=False)
        check_volume_target(tmp_path / name, compressed=False, overwrite=True)
