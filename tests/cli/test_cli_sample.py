from __future__ import annotations

import pydicom
import pytest


def test_it_writes_a_series_and_says_so(vizmed, tmp_path):
    told = vizmed("sample", tmp_path / "head", "--size", 32)
    assert told == (0, f"{tmp_path / 'head'}: 27 DICOM files, a synthetic CT head\n", "")
    assert len(list((tmp_path / "head").iterdir())) == 27


def test_the_same_options_give_the_same_bytes(vizmed, tmp_path):
    for name in ("a", "b"):
        assert vizmed("sample", tmp_path / name, "--size", 32, "--modality", "mr", "--plane", "oblique").code == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal", "oblique"])
@pytest.mark.parametrize("modality", ["ct", "mr"])
def test_its_options_come_through(vizmed, tmp_path, modality, plane):
    assert vizmed("sample", tmp_path / "s", "--size", 32, "--modality", modality, "--plane", plane).code == 0
    dataset = pydicom.dcmread(tmp_path / "s" / "IM1")
    assert dataset.Modality == modality.upper()
    assert (dataset.Rows, dataset.Columns) == (32, 32)
    told = vizmed("info", tmp_path / "s")
    codes = {"axial": "LPS", "sagittal": "PIR", "coronal": "LIP", "oblique": "LPS"}[plane]
    assert f"axes         {codes}\n" in told.out


@pytest.mark.parametrize("size", ["31", "513", "-5"])
def test_sizes_have_limits(vizmed, tmp_path, size):
    told = vizmed("sample", tmp_path / "s", f"--size={size}")
    assert told.code == 2
    assert "32 to 512" in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused(vizmed, tmp_path):
    (tmp_path / "mine").write_text("mine")
    told = vizmed("sample", tmp_path, "--size", 32)
    assert told.code == 1
    assert told.err.count("\n") == 1
    assert str(tmp_path) in told.err
    assert "--overwrite" in told.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert vizmed("sample", tmp_path, "--size", 32, "--overwrite").code == 0
    assert (tmp_path / "mine").read_text() == "mine"
