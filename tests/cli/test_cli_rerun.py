from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from vizmed.write import write_volume

RECIPE = ("--level", "100", "--smooth", "8", "--max-error", "0.2", "--largest")


@pytest.fixture
def made(vizmed, known, tmp_path, monkeypatch):
    """A scan, its surface in two files in a folder of their own, and the report; the working folder is another one."""
    write_volume(known, tmp_path / "scan.nrrd")
    first = tmp_path / "first"
    first.mkdir()
    files = ("-o", first / "a.stl", "-o", first / "b.glb")
    told = vizmed(
        "surface", tmp_path / "scan.nrrd", *files, *RECIPE, "--frame", "centered", "--report", first / "r.json"
    )
    assert told.code == 0, told.err
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_the_same_bytes_come_again(vizmed, made):
    told = vizmed("rerun", made / "first" / "r.json", made / "scan.nrrd")
    assert told.code == 0, told.err
    assert told.out.splitlines()[-1] == "the same bytes as in the report"
    for name in ("a.stl", "b.glb"):
        assert (made / "here" / name).read_bytes() == (made / "first" / name).read_bytes()


def test_the_scan_may_lie_in_another_format(vizmed, made, known):
    write_volume(known, made / "scan.mha")
    told = vizmed("rerun", made / "first" / "r.json", made / "scan.mha", "-o", "c.stl", "-o", "c.glb")
    assert told.code == 0, told.err
    assert (made / "here" / "c.stl").read_bytes() == (made / "first" / "a.stl").read_bytes()


def test_nothing_is_replaced_unasked(vizmed, made):
    assert vizmed("rerun", made / "first" / "r.json", made / "scan.nrrd").code == 0
    assert vizmed("rerun", made / "first" / "r.json", made / "scan.nrrd").code == 1
    assert vizmed("rerun", made / "first" / "r.json", made / "scan.nrrd", "--overwrite").code == 0


def test_another_scan_is_refused_unless_asked_for(vizmed, made, known):
    changed = known.voxels.copy(order="F")
    changed[np.unravel_index(np.argmax(changed), changed.shape)] += 1
    write_volume(replace(known, voxels=changed), made / "other.nrrd")
    told = vizmed("rerun", made / "first" / "r.json", made / "other.nrrd")
    assert told.code == 2
    assert "not the scan of the report" in told.err
    assert list((made / "here").iterdir()) == []
    told = vizmed("rerun", made / "first" / "r.json", made / "other.nrrd", "--other-input")
    assert told.code in {0, 5}


def test_other_bytes_are_told_with_the_versions(vizmed, made):
    path = made / "first" / "r.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["outputs"][0]["sha256"] = "0" * 64
    found["libraries"]["vtk"] = "9.0.0"
    path.write_text(json.dumps(found), encoding="utf-8")
    told = vizmed("rerun", path, made / "scan.nrrd")
    assert told.code == 5
    assert "vtk 9.0.0 then" in told.out


def test_a_mask_belongs_to_its_report(vizmed, made, known):
    assert vizmed("rerun", made / "first" / "r.json", made / "scan.nrrd", "--mask", made / "scan.nrrd").code == 2
    mask = np.zeros(known.shape, np.uint8, order="F")
    mask[:, : known.shape[1] // 2] = 7
    write_volume(replace(known, voxels=mask, unit=None), made / "mask.nrrd")
    report = made / "masked.json"
    asked = ("-o", made / "m.stl", "--level", 100, "--mask", made / "mask.nrrd", "--mask-label", 7, "--report", report)
    assert vizmed("surface", made / "scan.nrrd", *asked).code == 0
    assert vizmed("rerun", report, made / "scan.nrrd").code == 2
    told = vizmed("rerun", report, made / "scan.nrrd", "--mask", made / "mask.nrrd")
    assert told.code == 0, told.err
    assert vizmed("rerun", report, made / "scan.nrrd", "--mask", made / "scan.nrrd", "--overwrite").code == 2


def test_a_report_holds_no_identity(made, names_nobody):
    names_nobody((made / "first" / "r.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 99, "outputs": [], "input": {}, "mask": null}']
)
def test_what_is_no_report_is_refused(vizmed, made, text):
    (made / "r.json").write_text(text, encoding="utf-8")
    told = vizmed("rerun", made / "r.json", made / "scan.nrrd")
    assert told.code == 1
    assert "r.json" in told.err
    assert vizmed("rerun", made / "none.json", made / "scan.nrrd").code == 1


def test_names_in_a_report_lead_nowhere_else(vizmed, made):
    path = made / "first" / "r.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["outputs"][0]["name"] = "../escaped.stl"
    path.write_text(json.dumps(found), encoding="utf-8")
    assert vizmed("rerun", path, made / "scan.nrrd").code == 0
    assert (made / "here" / "escaped.stl").exists()
    assert not (made / "escaped.stl").exists()
