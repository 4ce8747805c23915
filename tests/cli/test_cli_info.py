from __future__ import annotations

import json

import numpy as np
import pytest

from tests.dicom_files import SECRETS, write_series
from vizmed.write import write_volume


def test_it_tells_geometry_and_how_voxels_are_stored(vizmed, known, secret_series):
    told = vizmed("info", secret_series)
    assert told.code == 0
    assert told.err == ""
    lines = dict(line.split(None, 1) for line in told.out.splitlines())
    assert lines["format"] == "DICOM CT"
    assert lines["size"] == "26 x 24 x 22 voxels"
    assert lines["spacing"] == "0.9 x 1.1 x 1.4 mm"
    assert lines["origin"] == "-31, 17.5, 42.25 mm (LPS)"
    assert lines["axes"] == known.geometry.axis_codes
    assert lines["voxel"] == "int16, 16 bits (HU)"
    assert lines["encoding"] == "Explicit VR Little Endian"


def test_json_holds_the_affine(vizmed, known, secret_series):
    told = vizmed("info", secret_series, "--json")
    assert told.code == 0
    found = json.loads(told.out)
    assert np.array(found["geometry"]["affine_lps"]) == pytest.approx(known.geometry.affine, abs=1e-6)
    assert found["geometry"]["shape"] == [26, 24, 22]
    assert found["geometry"]["axis_codes"] == known.geometry.axis_codes
    assert found["geometry"]["spacing_mm"] == pytest.approx([0.9, 1.1, 1.4])
    assert np.array(found["geometry"]["direction"]) == pytest.approx(known.geometry.direction, abs=1e-6)
    assert found["geometry"]["is_left_handed"] is False
    assert found["format"] == "DICOM"
    assert found["modality"] == "CT"
    assert found["unit"] == "HU"
    assert "tags" not in found


def test_json_of_several_series_lists_them(vizmed, two_series):
    found = json.loads(vizmed("info", two_series, "--json").out)
    assert [(one["number"], one["slices"]) for one in found["series"]] == [(1, 22), (2, 11)]
    assert found["chosen"] is None
    assert found["geometry"] is None
    chosen = json.loads(vizmed("info", two_series, "--json", "--series", "2").out)
    assert chosen["geometry"]["shape"] == [26, 24, 11]


def test_several_series_are_a_table(vizmed, two_series):
    told = vizmed("info", two_series)
    assert told.code == 0
    rows = [line for line in told.out.splitlines() if "slices" in line]
    assert "thin slices" in rows[0]
    assert "26 x 24 x 22" in rows[0]
    assert "thick slices" in rows[1]
    assert "26 x 24 x 11" in rows[1]
    assert "--series" in told.out
    one = vizmed("info", two_series, "--series", "thick")
    assert "26 x 24 x 11 voxels" in one.out


def test_a_choice_that_fits_nothing_is_told_with_what_there_is(vizmed, two_series):
    told = vizmed("info", two_series, "--series", "coronal")
    assert told.code == 1
    assert told.out == ""
    assert "'coronal'" in told.err
    assert "thin slices" in told.err
    assert "thick slices" in told.err


def test_tags_mask_what_names_the_patient(vizmed, secret_series):
    told = vizmed("info", secret_series, "--tags")
    assert told.code == 0
    line = next(line for line in told.out.splitlines() if line.startswith("0010,0010"))
    assert line.split() == ["0010,0010", "Patient's", "Name", "(masked)"]
    assert "0028,0010  Rows" in told.out
    for secret in SECRETS.values():
        assert secret not in told.out


def test_identity_shows_it_on_request(vizmed, secret_series):
    told = vizmed("info", secret_series, "--tags", "--identity")
    for secret in SECRETS.values():
        assert secret in told.out
    found = json.loads(vizmed("info", secret_series, "--tags", "--identity", "--json").out)
    shown = {tag["tag"]: tag["value"] for tag in found["tags"]}
    assert shown["0010,0010"] == "SECRET^NAME"
    masked = json.loads(vizmed("info", secret_series, "--tags", "--json").out)
    assert {tag["tag"]: tag["value"] for tag in masked["tags"]}["0010,0010"] == "(masked)"


def test_identity_alone_shows_nothing_of_it(vizmed, secret_series):
    assert vizmed("info", secret_series, "--identity").out == vizmed("info", secret_series).out


def test_pixels_are_not_read(vizmed, secret_series, monkeypatch):
    from vizmed.read.dicom.pixels import with_pydicom

    for name in dir(with_pydicom):
        if name.startswith("read"):
            monkeypatch.setattr(with_pydicom, name, lambda *_a, **_o: pytest.fail("pixels were read"))
    assert vizmed("info", secret_series).code == 0


def test_findings_and_refusals_are_told(vizmed, known, tmp_path):
    write_series(tmp_path / "gap", known.voxels, known.geometry)
    (tmp_path / "gap" / "0009.dcm").unlink()
    told = vizmed("info", tmp_path / "gap")
    assert told.code == 0
    assert any(line.startswith(("warning", "refused")) for line in told.out.splitlines())


def test_a_metaimage_is_described(vizmed, known, tmp_path):
    write_volume(known, tmp_path / "a.mha")
    found = json.loads(vizmed("info", tmp_path / "a.mha", "--json").out)
    assert found["format"] == "MetaImage"
    assert np.array(found["geometry"]["affine_lps"]) == pytest.approx(known.geometry.affine, abs=1e-6)
    assert "26 x 24 x 22 voxels" in vizmed("info", tmp_path / "a.mha").out


@pytest.mark.parametrize("content", [None, b"", b"\0" * 500], ids=["missing", "empty", "zeros"])
def test_what_is_nothing_is_told(vizmed, tmp_path, content):
    path = tmp_path / "thing"
    if content is not None:
        path.write_bytes(content)
    told = vizmed("info", path)
    assert told.code == 1
    assert told.out == ""
    assert told.err.startswith(f"vizmed: {path}: ")
    assert told.err.count("\n") == 1


def test_a_folder_without_images_is_told(vizmed, tmp_path):
    told = vizmed("info", tmp_path)
    assert told.code == 1
    assert str(tmp_path) in told.err


def test_values_are_counted(vizmed, known, secret_series):
    told = vizmed("info", secret_series, "--values")
    lines = dict(line.split(None, 1) for line in told.out.splitlines() if line.split(None, 1)[1:])
    low, high = known.value_range
    assert lines["values"].startswith(f"{low:g} to {high:g}, mean ")
    assert lines["counted"] == f"{known.voxels.size:,} voxels"
    assert len(lines["histogram"]) == 64
    found = json.loads(vizmed("info", secret_series, "--values", "--json").out)
    assert sum(found["values"]["counts"]) == known.voxels.size
    assert found["values"]["mean"] == pytest.approx(known.voxels.mean())


@pytest.mark.parametrize("tag", ["Modality", "0008,0060", "(0008,0060)"])
def test_one_tag_by_name_or_number(vizmed, secret_series, tag):
    told = vizmed("info", secret_series, "--tag", tag)
    assert told.code == 0
    assert told.out.split() == ["0008,0060", "Modality", "CT"]


def test_a_tag_that_names_the_patient_is_masked(vizmed, secret_series, names_nobody):
    told = vizmed("info", secret_series, "--tag", "PatientName", "--tag", "Modality")
    assert told.out.splitlines()[0].split() == ["0010,0010", "Patient's", "Name", "(masked)"]
    names_nobody(told.out)
    assert "SECRET" in vizmed("info", secret_series, "--tag", "PatientName", "--identity").out.upper()


def test_a_tag_that_is_not_there(vizmed, secret_series):
    told = vizmed("info", secret_series, "--tag", "Foo")
    assert told.code == 2
    assert "--tags" in told.err


def test_strict_gives_1_where_something_needs_repair(vizmed, known, secret_series, tmp_path):
    assert vizmed("info", secret_series, "--strict").code == 0
    write_series(tmp_path, known.voxels, known.geometry)[3].unlink()
    told = vizmed("info", tmp_path, "--strict")
    assert told.code == 1
    assert "1 slice missing" in told.out
    assert vizmed("info", tmp_path).code == 0
