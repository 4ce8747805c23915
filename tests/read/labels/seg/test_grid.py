"""The grid of a segmentation's planes: sparse ones, uneven ones, and those of another scan."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom import uid

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from tests.read.labels.label_files import decimals, item, write_seg
from vizmed.errors import IrregularStackError, ReadError
from vizmed.geometry import Geometry
from vizmed.read.labels import read_labels
from vizmed.write import write_volume

SHAPE = (6, 5, 20)
GRIDS = geometries(SHAPE)
GRID = GRIDS["rotated and sheared"]
STEP_MM = float(GRID.spacing[2] * (GRID.direction[:, 2] @ np.cross(GRID.direction[:, 0], GRID.direction[:, 1])))
"""Distance of planes along their normal."""


def on_slices(*slices: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[1:4, 2:5, list(slices)] = True
    mask[5, 0, slices[0]] = True
    return mask


def planes_found(tmp_path, slices, **measures) -> tuple[Geometry, list[int], list[str]]:
    path = write_seg(tmp_path / "s.dcm", GRID, {1: on_slices(*slices)}, measures=measures)
    found = read_labels(path)
    used = np.flatnonzero(found.mask(1).any(axis=(0, 1)))
    return found.geometry, used.tolist(), [finding.code for finding in found.provenance.findings]


@pytest.mark.parametrize(
    ("slices", "stated_mm", "used", "codes"),
    [
        ((3, 4, 5), None, [0, 1, 2], []),
        ((3, 4, 9), None, [0, 1, 6], []),  # two lesions
        ((3, 4, 9), STEP_MM, [0, 1, 6], []),
        ((3, 4, 9), 99.0, [0, 1, 6], ["other-spacing"]),  # what it states may be wrong
        ((2, 4, 6, 12), STEP_MM, [0, 1, 2, 5], ["other-spacing"]),
        ((2, 4, 7), STEP_MM, [0, 2, 5], []),  # the smallest gap does not fit, what is stated does
        ((2, 9), STEP_MM, [0, 7], []),
        ((2, 9), None, [0, 1], []),
        ((2, 9), 3.3 * STEP_MM, [0, 1], ["other-spacing"]),
    ],
)
def test_planes_that_are_left_out_are_empty(slices, stated_mm, used, codes, tmp_path):
    grid, found, said = planes_found(tmp_path, slices, SpacingBetweenSlices=stated_mm)
    assert (found, said) == (used, codes)
    for k, plane in zip(slices, used, strict=True):
        np.testing.assert_allclose(grid.to_world((5, 0, plane)), GRID.to_world((5, 0, k)), atol=1e-3)


@pytest.mark.parametrize("slices", [(2, 4, 7), (0, 7, 16, 19)])
def test_planes_on_no_grid_are_refused(slices, tmp_path):
    with pytest.raises(IrregularStackError, match=r"mm apart, which makes no grid.*reference"):
        planes_found(tmp_path, slices)
    found = read_labels(tmp_path / "s.dcm", reference=GRID)  # where they have their places
    np.testing.assert_array_equal(found.mask(1), on_slices(*slices))


def test_a_gap_that_would_need_endless_planes_is_refused(tmp_path):
    mask = on_slices(1, 2, 3)
    path = write_seg(tmp_path / "s.dcm", GRID, {1: mask})
    data = path.read_bytes()
    far = decimals(GRID.to_world((0, 0, 3)))[0].encode()
    assert far in data
    path.write_bytes(data.replace(far, b"9e5".ljust(len(far))))
    with pytest.raises(ReadError):
        read_labels(path)


def test_places_are_rounded_by_those_who_write_them(tmp_path):
    """Tenths of a millimetre in the positions are no gaps."""
    rough = Geometry.from_axes(SHAPE, (0.7, 0.7, 1.25), (3.0, 4.0, 5.0))
    path = write_seg(tmp_path / "s.dcm", rough, {1: on_slices(*range(20))})
    for k in range(20):
        text = decimals(rough.to_world((0, 0, k)))[2]
        data = path.read_bytes()
        path.write_bytes(data.replace(f"\\{text}".encode(), f"\\{round(float(text), 1)}".ljust(len(text) + 1).encode()))
    found = read_labels(path)
    assert found.geometry.shape == SHAPE
    np.testing.assert_allclose(found.geometry.spacing, rough.spacing, atol=0.01)
    assert [finding.code for finding in found.provenance.findings] == ["slightly-off-grid"]


def test_planes_beside_each_other_are_refused(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, {1: on_slices(1, 2, 3)})
    dataset = pydicom.dcmread(path)
    beside = GRID.to_world((0.5, 0, 2))
    dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient = decimals(beside)
    dataset.save_as(path)
    with pytest.raises(IrregularStackError, match=r"0\.45 mm beside.*does not shift"):
        read_labels(path)


def test_frames_of_different_directions_are_refused(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, {1: on_slices(1, 2)})
    dataset = pydicom.dcmread(path)
    other = item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    dataset.PerFrameFunctionalGroupsSequence[1].PlaneOrientationSequence = [other]
    dataset.save_as(path)
    with pytest.raises(IrregularStackError, match="different directions"):
        read_labels(path)


@pytest.mark.parametrize(
    "measures",
    [{"PixelSpacing": None}, {"PixelSpacing": [0, 1]}, {"PixelSpacing": [1, -1]}, {"PixelSpacing": ["1e9", 1]}],
)
def test_planes_without_a_size_are_refused(measures, tmp_path):
    with pytest.raises(IrregularStackError):
        planes_found(tmp_path, (1, 2), **measures)


class TestReference:
    """The grid of the scan that it was drawn on."""

    mask = on_slices(3, 4, 9)

    @pytest.fixture
    def path(self, tmp_path):
        return write_seg(tmp_path / "labels" / "s.dcm", GRID, {1: self.mask})

    def test_a_volume_a_geometry_and_files(self, path, tmp_path):
        scan = asymmetric(GRID)
        write_series(tmp_path / "ct", scan.voxels, GRID)
        write_volume(scan, tmp_path / "scan.nrrd")
        for reference in (scan, GRID, tmp_path / "ct", str(tmp_path / "ct"), tmp_path / "scan.nrrd"):
            found = read_labels(path, reference=reference)
            assert found.geometry.is_close(GRID)
            np.testing.assert_array_equal(found.mask(1), self.mask)
            assert found.provenance.findings == () or {f.code for f in found.provenance.findings} == {"gantry-tilt"}

    def test_the_series_is_chosen_by_its_uid(self, path, tmp_path):
        write_series(tmp_path / "ct", asymmetric(GRID).voxels, GRID)
        other = GRIDS["rotated"]
        write_series(tmp_path / "ct" / "2", asymmetric(other).voxels, other, series=2)
        assert read_labels(path, reference=tmp_path / "ct").geometry.is_close(GRID)

    def test_the_file_itself_may_lie_among_the_scan(self, tmp_path):
        write_series(tmp_path / "ct", asymmetric(GRID).voxels, GRID)
        path = write_seg(tmp_path / "ct" / "s.dcm", GRID, {1: self.mask})
        assert read_labels(path, reference=tmp_path / "ct").geometry.is_close(GRID)

    def test_another_series_on_the_same_grid_is_taken_and_that_is_said(self, path, tmp_path):
        write_series(tmp_path / "ct", asymmetric(GRID).voxels, GRID, series=5)
        found = read_labels(path, reference=tmp_path / "ct")
        np.testing.assert_array_equal(found.mask(1), self.mask)
        assert "other-reference" in {f.code for f in found.provenance.findings if f.severity == "warning"}

    @pytest.mark.parametrize(
        ("move", "words"),
        [
            (np.array([0.45, 0, 0, 0]), "0.45 mm beside"),
            (np.array([0, 0, 0.5, 0]), "0.50 mm beside"),
        ],
    )
    def test_other_grids_are_refused_with_their_distance(self, path, move, words):
        affine = np.array(GRID.affine)
        affine[:, 3] += move
        with pytest.raises(IrregularStackError, match=words):
            read_labels(path, reference=Geometry(SHAPE, affine))

    def test_other_spacings_are_refused(self, path):
        coarse = np.array(GRID.affine)
        coarse[:3, 0] *= 2
        with pytest.raises(IrregularStackError, match="beside the voxels"):
            read_labels(path, reference=Geometry(SHAPE, coarse))

    def test_a_grid_that_is_too_small_is_refused(self, path):
        with pytest.raises(IrregularStackError, match="2 voxels out of the reference"):
            read_labels(path, reference=Geometry((6, 5, 8), GRID.affine))

    def test_a_part_of_a_larger_grid_lies_in_its_place(self, path):
        affine = np.array(GRID.affine)
        affine[:3, 3] = GRID.to_world((-2, -1, -3))
        found = read_labels(path, reference=Geometry((10, 9, 30), affine))
        np.testing.assert_array_equal(found.mask(1)[2:8, 1:6, 3:23], self.mask)
        assert found.mask(1).sum() == self.mask.sum()

    def test_an_oblique_reference_is_refused(self, path):
        with pytest.raises(IrregularStackError):
            read_labels(path, reference=GRIDS["identity"])

    def test_a_missing_or_damaged_reference_is_refused(self, path, tmp_path):
        with pytest.raises(ReadError, match="no such file"):
            read_labels(path, reference=tmp_path / "absent")
        slices = write_series(tmp_path / "ct", asymmetric(GRID).voxels, GRID)
        slices[3].write_bytes(slices[3].read_bytes()[:-60])
        with pytest.raises(ReadError):
            read_labels(path, reference=tmp_path / "ct")

    def test_a_folder_without_a_scan_is_refused(self, path):
        with pytest.raises(ReadError, match="no scan"):
            read_labels(path, reference=path.parent)

    def test_a_label_map_series_is_laid_on_it_too(self, tmp_path):
        path = write_seg(tmp_path / "s.dcm", GRID, {1: self.mask}, kind="LABELMAP", syntax=uid.ImplicitVRLittleEndian)
        flipped = asymmetric(GRID).reoriented("PIR")
        found = read_labels(path, reference=flipped)
        assert found.geometry.is_close(flipped.geometry)
        assert found.mask(1).sum() == self.mask.sum()
