"""RTSTRUCT: contours written with pydicom, filled by vizmed, held against formulas."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from pydicom import uid

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from tests.read.labels.label_files import SERIES, item, write_rtstruct
from vizmed.errors import DamagedFileError, IrregularStackError, ReadError, SeriesChoiceError
from vizmed.geometry import Geometry
from vizmed.read.labels import read_labels
from vizmed.segmentation import Segmentation

SHAPE = (44, 38, 9)
GRIDS = geometries(SHAPE)
GRID = GRIDS["rotated"]
MIDDLE = (22.3, 18.6)


def circle(
    grid: Geometry, k: float, radius_mm: float, centre: tuple[float, float] = MIDDLE, corners: int = 400
) -> np.ndarray:
    """A circle in slice k, in LPS mm, around pixel `centre`."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)[:, None]
    across = np.cos(angle) * grid.direction[:, 0] + np.sin(angle) * grid.direction[:, 1]
    return grid.to_world((*centre, k)) + radius_mm * across


def reach(grid: Geometry, centre: tuple[float, float] = MIDDLE) -> np.ndarray:
    """Distance of each voxel from the middle of its slice, in mm."""
    i, j, k = np.meshgrid(*map(np.arange, grid.shape), indexing="ij")
    middle = grid.to_world(np.stack([np.full(grid.shape, centre[0]), np.full(grid.shape, centre[1]), k], axis=-1))
    return np.linalg.norm(grid.to_world(np.stack([i, j, k], axis=-1)) - middle, axis=-1)


def in_slices(first: int, last: int, grid: Geometry = GRID) -> np.ndarray:
    mask = np.zeros(grid.shape, dtype=bool)
    mask[:, :, first : last + 1] = True
    return mask


def found_codes(found: Segmentation) -> set[tuple[str, str]]:
    return {(finding.code, finding.severity) for finding in found.provenance.findings}


@pytest.mark.parametrize("kind", sorted(GRIDS))
def test_rings_on_every_kind_of_grid(kind, tmp_path):
    """Holes are right, and a region around others lies in a layer of its own."""
    grid = GRIDS[kind]
    regions = {
        "body": [circle(grid, k, 15.5) for k in range(9)],
        "ring": [circle(grid, k, radius) for k in range(2, 6) for radius in (12.0, 5.0)],
        "core": [circle(grid, k, 5.0) for k in range(2, 6)],
    }
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", regions), reference=grid)
    away = reach(grid)
    np.testing.assert_array_equal(found.mask(1), away < 15.5)
    np.testing.assert_array_equal(found.mask(2), (away < 12) & (away > 5) & in_slices(2, 5))
    np.testing.assert_array_equal(found.mask(3), (away < 5) & in_slices(2, 5))
    assert (len(found.layers), found.layer_of) == (2, (0, 1, 1))
    assert found.provenance.findings == ()
    assert found.geometry is grid


def test_a_reference_with_other_axes(tmp_path):
    scan = asymmetric(GRID)
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, k, 9.0) for k in (3, 4)]})
    for codes in ("RAS", "SPL", "IAR"):
        other = scan.reoriented(codes)
        found = read_labels(path, reference=other)
        assert found.geometry.is_close(other.geometry)
        expected = scan.voxels[(reach(GRID) < 9) & in_slices(3, 4)]
        np.testing.assert_array_equal(np.sort(other.voxels[found.mask(1)]), np.sort(expected))


@pytest.mark.parametrize(
    "syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian]
)
def test_encodings(syntax, tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3, 9.0)]}, syntax=syntax)
    np.testing.assert_array_equal(read_labels(path, reference=GRID).mask(1), (reach(GRID) < 9) & in_slices(3, 3))


@pytest.mark.filterwarnings("ignore:The value for the data element:UserWarning")
def test_contours_longer_than_a_short_element(tmp_path):
    """64 KiB is all that an explicit decimal string holds; longer ones are written as UN."""
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3, 9.0, corners=4000)]})
    np.testing.assert_array_equal(read_labels(path, reference=GRID).mask(1), (reach(GRID) < 9) & in_slices(3, 3))


def test_xor_contours_count_as_closed(tmp_path):
    regions = {"ring": [circle(GRID, 3, 12.0), circle(GRID, 3, 5.0)]}
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", regions, kind="CLOSEDPLANAR_XOR"), reference=GRID)
    away = reach(GRID)
    np.testing.assert_array_equal(found.mask(1), (away < 12) & (away > 5) & in_slices(3, 3))


def test_names_colours_and_numbers(tmp_path):
    regions = {"Left \x1b[1mlung": [circle(GRID, 3, 9.0)], "": [circle(GRID, 5, 9.0)]}
    path = write_rtstruct(tmp_path / "r.dcm", regions, numbers=[7, 4], colors=[(255, 0, 16), (1, 2, 3)])
    found = read_labels(path, reference=GRID)
    assert [(label.number, label.name, label.color) for label in found.labels] == [
        (4, "label-4", "#010203"),
        (7, "Left [1mlung", "#ff0010"),
    ]
    assert found.mask(7).any(axis=(0, 1)).tolist() == [False] * 3 + [True] + [False] * 5


@pytest.mark.parametrize("numbers", [[0, 5], [-3, 70000]])
def test_numbers_that_are_none_are_counted_anew(numbers, tmp_path):
    regions = {"a": [circle(GRID, 3, 9.0)], "b": [circle(GRID, 5, 9.0)]}
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", regions, numbers=numbers), reference=GRID)
    assert [(label.number, label.name) for label in found.labels] == [(1, "a"), (2, "b")]
    assert found_codes(found) == {("renumbered", "note")}


def test_points_and_open_lines_are_left_out(tmp_path):
    disc, line = circle(GRID, 3, 9.0), circle(GRID, 4, 9.0)
    point = line[:1]
    contours = [
        item(
            ContourGeometricType=kind,
            NumberOfContourPoints=len(points),
            ContourData=[f"{x:.4f}" for x in points.ravel()],
        )
        for kind, points in (
            ("CLOSED_PLANAR", disc),
            ("POINT", point),
            ("OPEN_PLANAR", line),
            ("CLOSED_PLANAR", line[:2]),
        )
    ]
    regions = [item(ReferencedROINumber=1, ContourSequence=contours), item(ReferencedROINumber=2)]
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [], "nothing": []}, ROIContourSequence=regions)
    found = read_labels(path, reference=GRID)
    np.testing.assert_array_equal(found.mask(1), (reach(GRID) < 9) & in_slices(3, 3))
    said = {(finding.severity, finding.message) for finding in found.provenance.findings}
    assert said == {
        ("note", "1 contour of the kind POINT"),
        ("warning", "1 contour of the kind OPEN_PLANAR"),
        ("warning", "1 contour of the kind CLOSED_PLANAR with fewer than three corners"),
        ("note", "1 label without a voxel"),
    }


def test_contours_a_little_beside_a_slice_are_snapped_and_that_is_said(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3.2, 9.0), circle(GRID, 3.97, 9.0)]})
    found = read_labels(path, reference=GRID)
    np.testing.assert_array_equal(found.mask(1), (reach(GRID) < 9) & in_slices(3, 4))
    (finding,) = found.provenance.findings
    assert (finding.code, finding.severity) == ("off-plane-contours", "warning")
    assert "0.280 mm" in finding.message  # 0.2 of 1.4 mm


@pytest.mark.parametrize("k", [3.5, 3.3])
def test_contours_between_slices_are_refused_with_their_place(k, tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3, 9.0)], "lump": [circle(GRID, k, 9.0)]})
    off_mm = min(k - 3, 4 - k) * 1.4
    with pytest.raises(IrregularStackError, match=rf"lump around .* {off_mm:.2f} mm beside the nearest slice"):
        read_labels(path, reference=GRID)


def test_oblique_contours_are_refused(tmp_path):
    tilted = circle(GRID, 4, 9.0)
    tilted[:200] += 1.2 * GRID.direction[:, 2]
    path = write_rtstruct(tmp_path / "r.dcm", {"disc": [circle(GRID, 3, 9.0)], "lump": [tilted]})
    with pytest.raises(IrregularStackError, match="lump"):
        read_labels(path, reference=GRID)
    path = write_rtstruct(tmp_path / "o.dcm", {"disc": [circle(GRIDS["identity"], k, 9.0) for k in (3, 4)]})
    with pytest.raises(IrregularStackError):
        read_labels(path, reference=GRID)


def test_slices_between_contours_are_left_empty_and_that_is_said(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, k, 9.0) for k in (1, 2, 4, 7)]})
    found = read_labels(path, reference=GRID)
    np.testing.assert_array_equal(np.flatnonzero(found.mask(1).any(axis=(0, 1))), [1, 2, 4, 7])
    assert [(f.code, f.message, f.where) for f in found.provenance.findings] == [
        ("contour-gaps", "3 slices between contours have none", "a")
    ]


def test_what_is_there_twice_counts_once(tmp_path):
    disc = circle(GRID, 3, 9.0)
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", {"a": [disc, disc]}), reference=GRID)
    np.testing.assert_array_equal(found.mask(1), (reach(GRID) < 9) & in_slices(3, 3))
    assert found_codes(found) == {("repeated-contours", "warning")}


def test_what_reaches_out_of_the_scan_is_cut_off_and_that_is_said(tmp_path):
    regions = {
        "edge": [circle(GRID, 3, 9.0, centre=(1.2, 36.7))],
        "table": [circle(GRID, -2, 9.0)],
        "above": [circle(GRID, 8, 9.0), circle(GRID, 9, 9.0)],
    }
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", regions), reference=GRID)
    np.testing.assert_array_equal(found.mask(1), (reach(GRID, (1.2, 36.7)) < 9) & in_slices(3, 3))
    np.testing.assert_array_equal(found.mask(3), (reach(GRID) < 9) & in_slices(8, 8))
    assert [label.name for label in found.labels] == ["edge", "above"]
    assert found_codes(found) == {("contours-outside", "warning"), ("empty-labels", "note")}


def test_the_wrong_scan_is_refused(tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0, centre=(400.0, 5.0))]})
    with pytest.raises(IrregularStackError, match="no voxel of the scan lies within a contour"):
        read_labels(path, reference=GRID)


class TestTheScanBeside:
    """Without a reference the series that the file names is looked for beside it."""

    regions: ClassVar = {"disc": [circle(GRID, k, 9.0) for k in (3, 4)]}
    expected = (reach(GRID) < 9) & in_slices(3, 4)

    def scan(self, folder: Path, series: int = 1, kind: str = "rotated") -> None:
        write_series(folder, asymmetric(GRIDS[kind]).voxels, GRIDS[kind], series=series)

    def test_a_file_and_a_folder(self, tmp_path):
        self.scan(tmp_path / "ct")
        self.scan(tmp_path / "other", series=2, kind="identity")
        path = write_rtstruct(tmp_path / "r.dcm", self.regions)
        for place in (path, tmp_path):
            found = read_labels(place)
            assert found.geometry.is_close(GRID)
            np.testing.assert_array_equal(found.mask(1), self.expected)

    def test_a_folder_as_reference(self, tmp_path):
        self.scan(tmp_path / "scans" / "1")
        self.scan(tmp_path / "scans" / "2", series=2, kind="identity")
        path = write_rtstruct(tmp_path / "plan" / "r.dcm", self.regions)
        found = read_labels(path, reference=tmp_path / "scans")
        np.testing.assert_array_equal(found.mask(1), self.expected)

    def test_a_scan_of_another_series_is_taken_only_if_asked_for(self, tmp_path):
        self.scan(tmp_path / "ct", series=4)
        path = write_rtstruct(tmp_path / "r.dcm", self.regions)
        with pytest.raises(ReadError, match=r"not beside it.*reference"):
            read_labels(path)
        found = read_labels(path, reference=tmp_path / "ct")
        np.testing.assert_array_equal(found.mask(1), self.expected)
        assert found_codes(found) == {("other-reference", "warning")}

    @pytest.mark.parametrize("series", [SERIES, None])
    def test_no_scan_is_refused_and_no_uid_is_told(self, series, tmp_path):
        path = write_rtstruct(tmp_path / "r.dcm", self.regions, series=series)
        with pytest.raises(ReadError, match="not beside it") as refused:
            read_labels(path)
        assert SERIES not in str(refused.value).replace(str(path), "")

    def test_two_structure_sets_must_be_chosen_from(self, tmp_path):
        for name in ("a.dcm", "b"):
            write_rtstruct(tmp_path / name, self.regions)
        with pytest.raises(SeriesChoiceError, match=r"a\.dcm\n  b"):
            read_labels(tmp_path)


def test_nothing_of_the_patient_is_kept(tmp_path):
    found = read_labels(write_rtstruct(tmp_path / "r.dcm", {"a": [circle(GRID, 3, 9.0)]}), reference=GRID)
    assert "SECRET" not in f"{found!r} {found.labels} {found.provenance} {found.layers}"


def contour(**attributes: object) -> list:
    points = {"ContourGeometricType": "CLOSED_PLANAR", "NumberOfContourPoints": 3, **attributes}
    return [item(ReferencedROINumber=1, ContourSequence=[item(**points)])]


@pytest.mark.parametrize(
    ("regions", "error"),
    [
        (contour(ContourData=["1"] * 8), DamagedFileError),
        (contour(ContourData=["1"] * 12), DamagedFileError),
        (contour(), DamagedFileError),
        (contour(NumberOfContourPoints=0), IrregularStackError),
        ([], IrregularStackError),
        ([item(ReferencedROINumber=1), item(ReferencedROINumber=1)], DamagedFileError),
        ([item(ROIDisplayColor=[1, 2, 3])], DamagedFileError),
    ],
)
def test_absurd_contours_are_refused(regions, error, tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": []}, ROIContourSequence=regions)
    with pytest.raises(error) as refused:
        read_labels(path, reference=GRID)
    assert refused.value.where == str(path)


@pytest.mark.parametrize("number", [b"1e30", b" nan", b"-inf", b"  x ", b"", b"1\\ 1", b"\xff\xff\xff\xff"])
def test_corners_that_are_no_places_are_refused(number, tmp_path):
    path = write_rtstruct(tmp_path / "r.dcm", {"a": []}, ROIContourSequence=contour(ContourData=["1"] * 8 + ["7777"]))
    data = path.read_bytes()
    assert data.count(b"7777") == 1
    path.write_bytes(data.replace(b"7777", number.rjust(4)))
    with pytest.raises(DamagedFileError) as refused:
        read_labels(path, reference=GRID)
    assert refused.value.where == str(path)
