"""Contours of an RTSTRUCT as they were drawn: every corner is there, and the wrong scan is noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from tests.read.labels.label_files import write_rtstruct
from tests.read.labels.rtstruct.test_rtstruct import circle
from vizmed.errors import DamagedFileError, IrregularStackError, OptionError, ReadError
from vizmed.marks import Marks, outline_on_plane, thickness_of
from vizmed.read import read
from vizmed.read.labels.rtstruct import read_contours
from vizmed.read.marks import read_marks
from vizmed.segmentation import LABEL_COLORS
from vizmed.volume import Volume

SHAPE = (44, 38, 9)
GRIDS = geometries(SHAPE)
GRID = GRIDS["rotated"]


def codes(found: Marks) -> set[tuple[str, str]]:
    return {(finding.code, finding.severity) for finding in found.findings}


@pytest.mark.parametrize("kind", sorted(GRIDS))
def test_every_corner_is_where_it_was_drawn(kind, tmp_path):
    grid = GRIDS[kind]
    regions = {
        "ring": [circle(grid, k, radius, corners=40) for k in range(2, 6) for radius in (12.0, 5.0)],
        "core": [circle(grid, 3, 4.0, corners=17)],
    }
    path = write_rtstruct(tmp_path / "r.dcm", regions, colors=[(255, 0, 16), (1, 2, 3)])
    found = read_marks(path, Volume(np.zeros(SHAPE, dtype="int16"), grid))
    assert found.spots == ()
    assert found.findings == ()
    assert [outline.label for outline in found.outlines] == ["ring"] * 8 + ["core"]
    assert {(outline.label, outline.color) for outline in found.outlines} == {("ring", "#ff0010"), ("core", "#010203")}
    for outline, points in zip(found.outlines, [*regions["ring"], *regions["core"]], strict=True):
        np.testing.assert_allclose(outline.points, points, atol=1e-8)  # DICOM writes 16 letters a number
        assert outline.closed
        assert outline.thickness_mm == pytest.approx(thickness_of(grid))


def test_a_scan_with_other_axes_gives_the_same(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, k, 9.0, corners=50) for k in (3, 4)]})
    scan = asymmetric(GRID)
    for axes in ("RAS", "SPL", "IAR"):
        found = read_marks(path, scan.reoriented(axes))
        for outline, k in zip(found.outlines, (3, 4), strict=True):
            np.testing.assert_allclose(outline.points, circle(GRID, k, 9.0, corners=50), atol=1e-8)
            assert outline.thickness_mm == pytest.approx(1.4)


def test_each_is_seen_on_its_slice_alone_and_cut_on_others(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3, 9.0)]})
    (outline,) = read_contours(path, GRID).outlines
    on = [k for k in range(9) if outline_on_plane(outline, GRID.to_world((0, 0, k)), GRID.direction[:, 2])]
    assert on == [3]
    (chord,) = outline_on_plane(outline, GRID.to_world((22.3 + 4 / 0.9, 0, 0)), GRID.direction[:, 0])
    assert np.linalg.norm(chord[1] - chord[0]) == pytest.approx(2 * np.sqrt(81 - 16), abs=0.01)


def test_without_colours_they_have_those_of_labels(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)], "b\x1b[1m": [circle(GRID, 4, 9.0)]})
    found = read_contours(path, GRID)
    assert [(one.label, one.color) for one in found.outlines] == [("a", LABEL_COLORS[0]), ("b [1m", LABEL_COLORS[1])]


def test_what_is_no_closed_contour_is_left_out_and_said(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]}, kind="OPEN_PLANAR")
    with pytest.raises(IrregularStackError, match="no closed contour"):
        read_contours(path, GRID)


class TestWhereTheyLie:
    """As when they are filled: beside slices, outside of the scan, twice."""

    def test_a_little_beside_a_slice(self, tmp_path):
        regions = {"disc": [circle(GRID, 3.2, 9.0), circle(GRID, 3.97, 9.0)]}
        found = read_contours(write_rtstruct(tmp_path / "r.dcm", regions), GRID)
        (finding,) = found.findings
        assert (finding.code, finding.severity) == ("off-plane-contours", "warning")
        assert "0.280 mm" in finding.message
        assert "nearest slice" in finding.remedy
        np.testing.assert_allclose(found.outlines[0].points, circle(GRID, 3.2, 9.0), atol=1e-8)

    def test_between_slices(self, tmp_path):
        path = write_rtstruct(tmp_path / "r.dcm", {"lump": [circle(GRID, 3.5, 9.0)]})
        with pytest.raises(IrregularStackError, match=r"lump around .* 0\.70 mm beside the nearest slice"):
            read_contours(path, GRID)

    def test_outside_and_twice(self, tmp_path):
        regions = {
            "edge": [circle(GRID, 3, 9.0, centre=(1.2, 36.7))] * 2,
            "table": [circle(GRID, -2, 9.0)],
            "far": [circle(GRID, 3, 9.0, centre=(400.0, 5.0))],
        }
        found = read_contours(write_rtstruct(tmp_path / "r.dcm", regions), GRID)
        assert [outline.label for outline in found.outlines] == ["edge"]
        assert codes(found) == {("contours-outside", "warning"), ("repeated-contours", "warning")}

    def test_the_wrong_scan(self, tmp_path):
        path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0, centre=(400.0, 5.0))]})
        with pytest.raises(IrregularStackError, match="no contour lies in the scan"):
            read_contours(path, GRID)
        path = write_rtstruct(tmp_path / "o.dcm", {"a": [circle(GRIDS["identity"], k, 9.0) for k in (3, 4)]})
        with pytest.raises(IrregularStackError, match="beside the nearest slice"):
            read_contours(path, GRID)


class TestTheSeries:
    """A scan that was read knows of which series it is, and does not tell."""

    def scan(self, folder: Path, series: int = 1) -> Volume:
        write_series(folder, asymmetric(GRID).voxels, GRID, series=series)
        return read(folder)

    def test_the_same_is_taken_without_a_word(self, tmp_path):
        path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]})
        assert read_marks(path, self.scan(tmp_path / "ct")).findings == ()

    def test_another_one_with_a_warning(self, tmp_path):
        path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]})
        volume = self.scan(tmp_path / "ct", series=4)
        assert codes(read_marks(path, volume)) == {("other-reference", "warning")}
        assert codes(read_contours(path, tmp_path / "ct")) == {("other-reference", "warning")}
        assert "1.2.3" not in str(read_marks(path, volume).findings)
        unnamed = write_rtstruct(tmp_path / "u.dcm", {"a": [circle(GRID, 3, 9.0)]}, series=None)
        assert read_marks(unnamed, volume).findings == ()

    def test_beside_the_file(self, tmp_path):
        self.scan(tmp_path / "ct")
        path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]})
        assert len(read_contours(path)) == 1
        with pytest.raises(ReadError, match="not beside it"):
            read_contours(write_rtstruct(tmp_path / "o.dcm", {"a": [circle(GRID, 3, 9.0)]}, series="1.2.3.9"))


def test_options_of_tables_mean_nothing(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]})
    for options in ({"counted_from": 0}, {"slices_by": "mm"}):
        with pytest.raises(OptionError, match="in mm"):
            read_marks(path, asymmetric(GRID), **options)


def test_a_damaged_file_is_refused(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        read_marks(path, asymmetric(GRID))


def test_nothing_of_the_patient_is_kept(tmp_path):
    found = read_contours(write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]}), GRID)
    assert "SECRET" not in f"{found!r} {found.outlines} {found.findings}"
