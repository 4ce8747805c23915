"""`vizmed convert --tree`: a cohort, one output a scan, and a bad scan ends nothing."""

from __future__ import annotations

import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed.read import read
from vizmed.write import write_volume

FIRST = asymmetric(geometries((6, 5, 4))["rotated"])
SECOND = asymmetric(geometries((5, 4, 3))["identity"])


@pytest.fixture
def cohort(tmp_path):
    """Two groups of patients, one patient with two series of one description, one damaged, one as NIfTI."""
    root = tmp_path / "in"
    write_series(root / "cases" / "0001" / "a", FIRST.voxels, FIRST.geometry, series=1, SeriesDescription="CT thin/5")
    write_series(root / "cases" / "0001" / "b", SECOND.voxels, SECOND.geometry, series=1, SeriesDescription="CT thin/5")
    files = write_series(root / "cases" / "0002", FIRST.voxels, FIRST.geometry, series=2)
    files[1].write_bytes(files[1].read_bytes()[:-9])
    (root / "controls" / "0003").mkdir(parents=True)
    write_volume(SECOND, root / "controls" / "0003" / "scan.nii.gz")
    (root / "controls" / "notes.txt").write_text("nothing to see")
    return root


def test_every_scan_has_its_output_and_bad_ones_are_listed(vizmed, cohort, tmp_path):
    told = vizmed("convert", "--tree", cohort, "-o", tmp_path / "out", "--to", "nrrd")
    assert told.code == 5
    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert written == [
        "cases/0001/a/001-CT-CT-thin-5.nrrd",
        "cases/0001/b/001-CT-CT-thin-5.nrrd",
        "controls/0003/scan.nrrd",
    ]
    for path, truth in zip(written, (FIRST, SECOND, SECOND), strict=True):
        found = read(tmp_path / "out" / path)
        np.testing.assert_array_equal(found.voxels, truth.voxels)
        assert found.geometry.is_close(truth.geometry, 1e-4)
    assert "cut short" in told.out
    assert told.out.splitlines()[-1] == "3 converted, 1 failed"


def test_two_series_of_one_folder_never_share_a_name(vizmed, tmp_path):
    root = tmp_path / "in"
    for uid, volume in (("1.2.3", FIRST), ("1.2.4", SECOND)):
        write_series(
            root / "one", volume.voxels, volume.geometry, name=f"{uid}-{{}}".format, series=4, SeriesInstanceUID=uid
        )
    told = vizmed("convert", "--tree", root, "-o", tmp_path / "out", "--to", ".mha")
    assert told.code == 0, told.out + told.err
    written = sorted((tmp_path / "out" / "one").iterdir())
    assert len(written) == 2
    assert {read(path).shape for path in written} == {FIRST.shape, SECOND.shape}


def test_a_second_run_replaces_nothing_unasked(vizmed, cohort, tmp_path):
    words = ("convert", "--tree", cohort, "-o", tmp_path / "out", "--to", "mhd")
    assert vizmed(*words).code == 5
    again = vizmed(*words)
    assert again.out.splitlines()[-1] == "0 converted, 4 failed"
    assert vizmed(*words, "--overwrite").out.splitlines()[-1] == "3 converted, 1 failed"


@pytest.mark.parametrize(
    "words", [("--tree",), ("--to", "mha"), ("--tree", "--to", "xyz"), ("--tree", "--to", "mha", "--slices")]
)
def test_misuse(vizmed, cohort, tmp_path, words):
    told = vizmed("convert", cohort, "-o", tmp_path / "out", *words)
    assert told.code == 2
    assert not (tmp_path / "out").exists()


def test_a_tree_without_scans(vizmed, tmp_path):
    (tmp_path / "in").mkdir()
    told = vizmed("convert", "--tree", tmp_path / "in", "-o", tmp_path / "out", "--to", "mha")
    assert told.code == 2
    assert "no scan" in told.err
