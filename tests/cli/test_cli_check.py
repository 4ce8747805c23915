"""`vizmed check`: the verdict is the exit code."""

from __future__ import annotations

import json

import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed.geometry import Geometry

UPRIGHT = asymmetric(Geometry.from_axes((9, 8, 6), (0.7, 0.9, 2.5)))


def write(folder, volume=UPRIGHT, **options):
    return write_series(folder, volume.voxels, volume.geometry, **options)


def test_a_clean_series(vizmed, tmp_path):
    write(tmp_path)
    told = vizmed("check", tmp_path, "--cross")
    assert told.code == 0
    assert "vtk and pydicom give the same voxels" in told.out
    assert "sorted by    position along the normal" in told.out
    assert told.out.splitlines()[-1] == "verdict      clean"


def test_a_gap_is_repaired_and_strict_refuses_it(vizmed, tmp_path):
    write(tmp_path)[2].unlink()
    told = vizmed("check", tmp_path, "--json")
    assert told.code == 5
    found = json.loads(told.out)
    assert found["verdict"] == "repaired"
    (finding,) = [finding for finding in found["findings"] if finding["severity"] == "warning"]
    assert finding["code"] == "missing-slices"
    assert "5.000 mm" in finding["message"]
    assert finding["remedy"]
    assert vizmed("check", tmp_path, "--strict").code == 1


def test_a_tilted_gantry_says_its_degrees_and_keeps_vtk_out(vizmed, tmp_path):
    write(tmp_path, asymmetric(geometries((9, 8, 6))["sheared"]))
    told = vizmed("check", tmp_path, "--json")
    found = json.loads(told.out)
    assert told.code == 5
    assert found["geometry"]["shear_degrees"] == pytest.approx(15, abs=0.01)
    assert found["decoders"] == {"vtk": "the gantry is tilted", "pydicom": None}


def test_a_lying_thickness_is_noted(vizmed, tmp_path):
    write(tmp_path, SliceThickness="7", SpacingBetweenSlices="-3")
    found = json.loads(vizmed("check", tmp_path, "--json").out)
    said = [finding["message"] for finding in found["findings"] if finding["code"] == "other-spacing-claimed"]
    assert said == [
        "SliceThickness says 7 mm, the positions 2.5 mm",
        "SpacingBetweenSlices says -3 mm, the positions 2.5 mm",
    ]
    assert found["verdict"] == "clean"


def test_cut_pixels_are_refused(vizmed, tmp_path):
    file = write(tmp_path)[0]
    file.write_bytes(file.read_bytes()[:-20])
    told = vizmed("check", tmp_path)
    assert told.code == 1
    assert "cut short" in told.out + told.err


def test_a_file_of_another_format(vizmed, tmp_path):
    from vizmed.write import write_volume

    write_volume(UPRIGHT, tmp_path / "a.mha")
    told = vizmed("check", tmp_path / "a.mha", "--json")
    assert told.code == 0
    assert json.loads(told.out)["format"] == "MetaImage"


def test_what_is_not_there(vizmed, tmp_path):
    told = vizmed("check", tmp_path / "nothing")
    assert told.code == 1
    assert "no such file" in told.err


def test_a_file_of_no_format_is_refused(vizmed, tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    told = vizmed("check", tmp_path / "a.txt")
    assert told.code == 1
    assert "no format that vizmed knows" in told.out


def test_several_series_ask_for_one(vizmed, tmp_path):
    write(tmp_path / "a", SeriesInstanceUID="1.2.3", SeriesNumber="1")
    write(tmp_path / "b", SeriesInstanceUID="1.2.4", SeriesNumber="2")
    assert vizmed("check", tmp_path).code == 1
    assert vizmed("check", tmp_path, "--series", "2").code == 0


def test_padding_is_counted(vizmed, tmp_path):
    value = int(UPRIGHT.voxels[3, 2, 1])
    write(tmp_path, PixelPaddingValue=value)
    found = json.loads(vizmed("check", tmp_path, "--json").out)
    (said,) = [finding["message"] for finding in found["findings"] if finding["code"] == "padding"]
    assert said.startswith(f"{(UPRIGHT.voxels == value).sum()} voxels")
