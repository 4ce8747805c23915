"""`read` tells formats by their content, and refuses in plain words."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed.errors import (
    IrregularStackError,
    OptionError,
    ReadError,
    SeriesChoiceError,
    UnknownFormatError,
    VizmedError,
)
from vizmed.geometry import Geometry
from vizmed.read import read

PHANTOM = asymmetric(geometries((5, 4, 6))["rotated"])


def write(folder, **options):
    return write_series(folder, PHANTOM.voxels, PHANTOM.geometry, **options)


@pytest.mark.parametrize(
    "content", [b"nothing that is known", b"\x89PNG\r\n\x1a\n" + bytes(200), bytes(5000), b"DICM", b"{}", b"\xff" * 140]
)
@pytest.mark.parametrize("name", ["file", "file.dcm", "file.txt"])
def test_an_unknown_format_is_refused(content, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match="vizmed reads DICOM"):
        read(path)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.dcm"
    path.touch()
    with pytest.raises(UnknownFormatError, match="the file is empty"):
        read(path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UnknownFormatError, match="no DICOM images in it"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["nowhere", "nowhere/at/all.dcm"])
def test_a_missing_path_is_refused(name, tmp_path):
    with pytest.raises(ReadError, match="no such file or folder") as refused:
        read(tmp_path / name)
    assert isinstance(refused.value, OSError)
    assert refused.value.where == str(tmp_path / name)


@pytest.mark.parametrize("path", ["", "\0", "x" * 5000])
def test_an_absurd_path_is_refused(path, tmp_path):
    with pytest.raises((VizmedError, ValueError, OSError)):
        read(tmp_path / path)


@pytest.mark.parametrize("reader", ["", "itk", "VTK", None])
def test_an_unknown_reader_is_refused_before_anything_is_read(reader, tmp_path):
    with pytest.raises(OptionError, match="auto, vtk and pydicom"):
        read(tmp_path / "nowhere", reader=reader)


def test_paths_may_be_text_or_path_like(tmp_path):
    write(tmp_path)
    for path in (tmp_path, str(tmp_path), os.fspath(tmp_path)):
        np.testing.assert_array_equal(read(path).voxels, PHANTOM.voxels)


def test_content_decides_and_not_the_name(tmp_path):
    (path,) = write_series(tmp_path, PHANTOM.voxels[:, :, :1], geometries((5, 4, 1))["rotated"], name="{}.mha".format)
    assert read(path).provenance.format == "DICOM"


def test_one_file_of_a_series_is_that_slice(tmp_path):
    path = write(tmp_path)[3]
    found = read(path)
    np.testing.assert_array_equal(found.voxels, PHANTOM.voxels[:, :, 3:4])
    expected = Geometry.from_axes(
        (5, 4, 1), (*PHANTOM.geometry.spacing[:2], 2), PHANTOM.geometry.to_world((0, 0, 3)), PHANTOM.geometry.direction
    )
    assert found.geometry.is_close(expected, 1e-9)
    assert found.provenance.files == 1


def test_strict_refuses_what_was_repaired_and_says_it(tmp_path):
    sheared = asymmetric(geometries((5, 4, 6))["sheared"])
    write_series(tmp_path, sheared.voxels, sheared.geometry)
    assert [finding.severity for finding in read(tmp_path).provenance.findings] == ["warning"]
    with pytest.raises(IrregularStackError, match=r"sheared by 15\.00 degrees"):
        read(tmp_path, strict=True)


def test_strict_lets_notes_pass(tmp_path):
    write(tmp_path)
    (tmp_path / "notes.txt").write_text("x" * 300)
    found = read(tmp_path, strict=True)
    assert [finding.severity for finding in found.provenance.findings] == ["note"]


def test_a_choice_is_asked_for(tmp_path):
    write(tmp_path, name="a{}".format)
    write(tmp_path, name="b{}".format, series=2)
    with pytest.raises(SeriesChoiceError, match="one must be chosen"):
        read(tmp_path)
    assert read(tmp_path, series=2).description == "series number 2"


@pytest.mark.parametrize("kind", ["metaimage", "head-nifti", "nrrd"])
def test_every_other_real_file_is_read_or_refused_in_words(kind, shared_data):
    files = [path for path in shared_data(kind).rglob("*") if path.is_file()]
    assert files
    for path in files:
        try:
            volume = read(path)
        except VizmedError as refused:
            assert str(path.name) in str(refused) or str(path.parent) in str(refused)  # noqa: PT017 (the others are read)
        else:
            assert volume.voxels.size > 0


def test_a_plain_series_needs_little_to_be_imported(tmp_path):
    write(tmp_path / "series")
    script = "import sys, vizmed; vizmed.read(sys.argv[1]); print(*sys.modules)"
    words = [sys.executable, "-c", script, tmp_path / "series"]
    loaded = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    assert "vizmed.read.dicom.grid" in loaded
    assert {"natsort", "numpy.ma", "pydicom", "imagecodecs", "vizmed.read.pictures"}.isdisjoint(loaded)
