"""The slice that a row speaks of: numbers that may count from 0, from 1, or against the positions; names; UIDs; mm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from tests.dicom_files import write_enhanced, write_series
from tests.phantoms import asymmetric, geometries
from tests.read.marks.scans import BRIGHT, GRIDS, SHAPE, bright_place, bright_series, write_table
from vizmed.errors import DamagedFileError, OptionError, ReadError
from vizmed.geometry import Geometry
from vizmed.marks import Marks
from vizmed.read import read
from vizmed.read.marks import read_marks
from vizmed.volume import Volume

X, Y, K = BRIGHT
LAST = SHAPE[2] - 1


def marks(tmp_path: Path, text: str, volume: Volume, **options: object) -> Marks:
    return read_marks(write_table(tmp_path, text), volume, **options)


def slices(found: Marks, volume: Volume) -> list[float]:
    """Where along k the spots lie."""
    grid = volume.provenance.grid or volume.geometry
    return [round(float(grid.to_index(spot.point)[2]), 6) for spot in found.spots]


def table(heading: str, *values: object) -> str:
    return f"{heading},x,y\n" + "".join(f"{value},{X},{Y}\n" for value in values)


def codes(found: Marks) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in found.findings]


class TestNumbersOfAGrid:
    """Without InstanceNumbers: a slice counts from 0 or from 1."""

    volume = Volume(np.zeros(SHAPE, dtype="int16"), GRIDS["rotated"])

    @pytest.mark.parametrize(
        ("numbers", "options", "expected", "said"),
        [
            ((0, 5), {}, [0, 5], ("slices-counted", "note")),
            ((9, 5), {}, [8, 4], ("slices-counted", "note")),
            ((1, 5), {}, [1, 5], ("slices-assumed", "warning")),
            ((1, 5), {"slices_by": "index"}, [1, 5], ("slices-assumed", "warning")),
            ((1, 5), {"counted_from": 0}, [1, 5], None),
            ((1, 5), {"counted_from": 1}, [0, 4], None),
            ((1, 9), {"counted_from": 1, "slices_by": "index"}, [0, 8], None),
        ],
    )
    def test_what_they_prove_and_what_is_assumed(self, numbers, options, expected, said, tmp_path):
        found = marks(tmp_path, table("slice", *numbers), self.volume, **options)
        assert slices(found, self.volume) == expected
        assert codes(found) == ([said] if said else [])

    def test_what_was_assumed_is_said_in_words(self, tmp_path):
        (finding,) = marks(tmp_path, table("slice", 1, 5), self.volume).findings
        assert str(finding) == (
            "'slice' may hold slices counted from 0, but also counted from 1: nothing in it tells (table.csv): "
            "taken as counted from 0; slices_by and counted_from (--marks-by, --marks-from) say what they are"
        )

    @pytest.mark.parametrize(
        ("numbers", "options", "line"),
        [
            ((0, 9), {}, 3),
            ((9, 0), {}, 2),
            ((5, 9), {"counted_from": 0}, 3),
            ((5, 0), {"counted_from": 1}, 3),
            ((10,), {"counted_from": 1}, 2),
            ((10,), {}, 2),
        ],
    )
    def test_what_they_contradict_is_refused(self, numbers, options, line, tmp_path):
        with pytest.raises(DamagedFileError, match="no slice of the scan") as refused:
            marks(tmp_path, table("slice", *numbers), self.volume, **options)
        assert refused.value.where == f"table.csv line {line}"

    @pytest.mark.parametrize("by", ["instance", "file", "uid"])
    def test_what_the_scan_does_not_know_is_refused(self, by, tmp_path):
        with pytest.raises((OptionError, DamagedFileError), match="slice"):
            marks(tmp_path, table("slice", 1), self.volume, slices_by=by)
        with pytest.raises(OptionError, match="no column"):
            marks(tmp_path, table("file", 1), self.volume, slices_by="index")

    @pytest.mark.parametrize("heading", ["instance_number", "sop_instance_uid"])
    def test_a_column_that_means_nothing_here_is_refused(self, heading, tmp_path):
        with pytest.raises(DamagedFileError, match="cannot tell slices of this scan"):
            marks(tmp_path, table(heading, 1), self.volume)

    def test_a_column_of_files_beside_the_slices_is_warned_of_where_it_names_several(self, tmp_path):
        text = "file,slice,x,y\na.nii,0,1,1\nb.nii,3,1,1\n"
        assert ("other-scans", "warning") in codes(marks(tmp_path, text, self.volume))
        assert ("other-scans", "warning") not in codes(marks(tmp_path, text.replace("b.nii", "a.nii"), self.volume))


class TestInstanceNumbersAgainstThePositions:
    """The trap: the first image lies last."""

    @pytest.fixture
    def volume(self, tmp_path) -> Volume:
        return bright_series(tmp_path / "ct", GRIDS["rotated and sheared"], number=lambda k: 101 + LAST - k)

    def test_the_numbers_of_images_find_them(self, volume, tmp_path):
        for text, options in (
            (table("instance_number", 101 + LAST - K), {}),
            (table("Instance", 101 + LAST - K), {"slices_by": "instance"}),
            (table("slice", 101 + LAST - K), {"slices_by": "instance"}),
            (table("slice", LAST - K), {"slices_by": "instance", "counted_from": 0}),
            (table("slice", LAST - K + 1), {"slices_by": "instance", "counted_from": 1}),
        ):
            found = marks(tmp_path, text, volume, **options)
            np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
            assert found.findings == ()

    def test_numbers_that_no_place_has_are_those_of_images(self, volume, tmp_path):
        found = marks(tmp_path, table("slice", 101 + LAST - K), volume)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert codes(found) == [("slices-counted", "note")]
        assert "InstanceNumbers" in found.findings[0].message

    def test_places_are_those_along_the_normal_and_the_other_order_is_warned_of(self, volume, tmp_path):
        found = marks(tmp_path, table("slice", K, 0), volume)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert codes(found) == [("slices-counted", "note"), ("slice-order", "warning")]
        found = marks(tmp_path, table("slice", K), volume, slices_by="index", counted_from=0)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert found.findings == ()

    def test_numbers_that_may_be_either_are_warned_of(self, tmp_path):
        volume = bright_series(tmp_path / "ct", number=lambda k: LAST + 1 - k)
        found = marks(tmp_path, table("slice", 2, 3), volume)
        assert slices(found, volume) == [2, 3]
        assert codes(found) == [("slices-assumed", "warning"), ("slice-order", "warning")]
        assert "also counted from 1 or InstanceNumbers" in found.findings[0].message
        found = marks(tmp_path, table("slice", 2, 9), volume)
        assert slices(found, volume) == [1, 8]
        assert "counted from 1, but also InstanceNumbers" in found.findings[0].message
        found = marks(tmp_path, table("slice", 2, 9), volume, slices_by="instance")
        assert slices(found, volume) == [LAST + 1 - 2, 0]

    def test_numbers_of_no_image_are_refused(self, volume, tmp_path):
        with pytest.raises(DamagedFileError, match=r"'100'.* from 101 to 109") as refused:
            marks(tmp_path, table("instance", 101, 100), volume)
        assert refused.value.where == "table.csv line 3"
        with pytest.raises(DamagedFileError, match=r"'50'.*InstanceNumbers go from 101 to 109"):
            marks(tmp_path, table("slice", 101, 50), volume)


def test_ordinary_numbers_of_images_and_places_from_1_are_one(tmp_path):
    volume = bright_series(tmp_path / "ct")
    found = marks(tmp_path, table("slice", K + 1, LAST + 1), volume)
    np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
    assert codes(found) == [("slices-counted", "note")]
    found = marks(tmp_path, table("slice", K, 0), volume)
    np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
    assert codes(found) == [("slices-counted", "note")]


@pytest.mark.parametrize("number", [lambda _k: 1, lambda _k: None, lambda k: None if k == 2 else k])
def test_numbers_that_images_share_or_lack_tell_nothing(number, tmp_path):
    volume = bright_series(tmp_path / "ct", number=number)
    with pytest.raises(OptionError, match="no InstanceNumbers of their own"):
        marks(tmp_path, table("instance", 1), volume, slices_by="instance")
    with pytest.raises(DamagedFileError, match="cannot tell"):
        marks(tmp_path, table("instance", 1), volume)
    found = marks(tmp_path, "instance,slice,x,y\n1,0,1,1\n", volume)
    assert slices(found, volume) == [0]


class TestNames:
    """Names of files in an order that has nothing to do with the positions."""

    @pytest.fixture
    def volume(self, tmp_path) -> Volume:
        return bright_series(tmp_path / "ct", GRIDS["rotated"], name=lambda k: f"IM{(k * 5) % SHAPE[2] * 4}.DCM")

    name = f"IM{(K * 5) % SHAPE[2] * 4}"

    @pytest.mark.parametrize("heading", ["file", "File Name", "image_path", "slice"])
    @pytest.mark.parametrize(
        "written", ["{}.DCM", "{}.dcm", "a b/c/{}.dcm", "C:\\scan\\{}.DCM", "{}", "{}.png", "x/{}.dcm.png"]
    )
    def test_find_the_slice_however_they_are_written(self, heading, written, volume, tmp_path):
        found = marks(tmp_path, table(heading, written.format(self.name)), volume)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert found.findings == ()

    def test_places_in_their_order(self, volume, tmp_path):
        place = (K * 5) % SHAPE[2]
        for start in (0, 1):
            found = marks(tmp_path, table("slice", place + start), volume, slices_by="file", counted_from=start)
            np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)

    @pytest.mark.parametrize("name", ["IM1.dcm", "IM", "IM4.dcm.dcm.dcm", "", "m4.dcm"])
    def test_of_no_slice_are_refused(self, name, volume, tmp_path):
        with pytest.raises(DamagedFileError, match="no file of the scan") as refused:
            marks(tmp_path, table("file", "IM4.dcm", name), volume)
        assert refused.value.where == "table.csv line 3"

    def test_go_before_numbers_and_that_is_said(self, volume, tmp_path):
        text = f"slice,file,x,y\n0,{self.name}.DCM,{X},{Y}\n"
        found = marks(tmp_path, text, volume)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert codes(found) == [("slice-column", "note")]
        found = marks(tmp_path, text, volume, slices_by="index")
        assert slices(found, volume) == [0]

    def test_like_uids_have_no_endings(self, tmp_path):
        volume = bright_series(tmp_path / "ct", name="1.2.3.{}".format)
        found = marks(tmp_path, table("file", f"1.2.3.{K}"), volume)
        np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        with pytest.raises(DamagedFileError, match="no file of the scan"):
            marks(tmp_path, table("file", "1.2.3.99"), volume)

    def test_of_pictures(self, tmp_path):
        folder = tmp_path / "stack"
        folder.mkdir()
        for n in range(4):
            Image.fromarray(np.full((16, 20), n, dtype="uint8")).save(folder / f"s{n * 7}.png")
        volume = read(folder, spacing=(0.5, 0.5, 2))
        found = marks(tmp_path, table("image", "s14.png", "s7.jpg", "s0"), volume)
        assert slices(found, volume) == [2, 1, 0]
        np.testing.assert_allclose(found.spots[0].point, (X * 0.5, Y * 0.5, 4))


class TestUids:
    def test_find_the_slice_and_are_kept_nowhere(self, tmp_path):
        volume = bright_series(tmp_path / "ct", GRIDS["rotated"], number=lambda k: LAST - k)
        for heading in ("SOPInstanceUID", "sop_instance_uid", "slice"):
            found = marks(tmp_path, table(heading, f"1.2.3.1.{K + 1}"), volume)
            np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
        assert "1.2.3.1" not in repr([volume, volume.provenance, *volume.provenance.slices, volume.provenance.series])

    def test_of_no_slice_are_refused_and_not_told(self, tmp_path):
        volume = bright_series(tmp_path / "ct")
        with pytest.raises(DamagedFileError, match="no slice of the scan") as refused:
            marks(tmp_path, table("sop_instance_uid", "1.2.3.1.1", "1.2.3.1.777"), volume)
        assert refused.value.where == "table.csv line 3"
        assert "777" not in str(refused.value)

    def test_are_not_counted(self, tmp_path):
        volume = bright_series(tmp_path / "ct")
        with pytest.raises(OptionError, match="not counted"):
            marks(tmp_path, table("sop_instance_uid", "1.2.3.1.1"), volume, counted_from=1)

    def test_that_are_blank_or_shared_tell_nothing(self, tmp_path):
        volume = bright_series(tmp_path / "ct", per_slice=lambda _k: {"SOPInstanceUID": "1.2.3"})
        with pytest.raises(DamagedFileError, match="cannot tell"):
            marks(tmp_path, table("sop_instance_uid", "1.2.3"), volume)


class TestMillimetres:
    @pytest.mark.parametrize("kind", ["identity", "sheared", "flipped"])
    def test_z_finds_the_slice(self, kind, tmp_path):
        volume = bright_series(tmp_path / "ct", GRIDS[kind], number=lambda k: LAST - k)
        z = float(bright_place(volume)[2])
        for text, options in (
            (table("z_mm", z), {}),
            (table("z", z + 0.3), {"slices_by": "mm"}),
            (table("Slice Position (mm)", z - 0.3), {}),
        ):
            found = marks(tmp_path, text, volume, **options)
            np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
            assert found.findings == ()

    def test_between_slices_and_beyond_is_refused(self, tmp_path):
        volume = bright_series(tmp_path / "ct")
        for z in (42.25 + 0.7, 42.25 - 1.4, 42.25 + 1.4 * 9, -42.25):
            with pytest.raises(DamagedFileError, match=r"no slice lies.* from 42.25 to 53.45 mm, 1.4 mm apart"):
                marks(tmp_path, table("z_mm", z), volume)

    def test_tells_nothing_where_slices_are_not_level(self, tmp_path):
        volume = bright_series(tmp_path / "ct", GRIDS["rotated"])
        with pytest.raises(DamagedFileError, match="cannot tell"):
            marks(tmp_path, table("z_mm", 44), volume)
        with pytest.raises(OptionError, match="not the same all over a slice"):
            marks(tmp_path, table("z_mm", 44), volume, slices_by="mm")
        found = marks(tmp_path, f"z_mm,slice,x,y\n44,0,1,1\n44,{K},{X},{Y}\n", volume)
        np.testing.assert_allclose(found.spots[1].point, bright_place(volume), atol=1e-6)


def test_frames_of_a_file_are_counted_as_they_lie_in_it(tmp_path):
    stored = np.zeros(SHAPE, dtype="int16")
    stored[BRIGHT] = 1000
    order = [4, 7, 0, 6, 2, 8, 1, 5, 3]
    write_enhanced(tmp_path / "ct.dcm", stored, GRIDS["rotated"], order)
    volume = read(tmp_path / "ct.dcm")
    found = marks(tmp_path, table("frame", order.index(K) + 1), volume, slices_by="instance")
    np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)
    assert ("slice-order", "warning") in codes(marks(tmp_path, table("frame", 0), volume))


class TestMissingSlices:
    """Slices 3 and 4 are not there; the grid has them, interpolated."""

    @pytest.fixture
    def volume(self, tmp_path) -> Volume:
        grid = GRIDS["sheared"]
        paths = write_series(tmp_path / "ct", asymmetric(grid).voxels, grid)
        for gone in (3, 4):
            paths[gone].unlink()
        return read(tmp_path / "ct")

    def test_images_are_found_where_they_were_scanned(self, volume, tmp_path):
        assert volume.shape == SHAPE
        for heading, value in (("instance", K + 1), ("file", f"{K:04d}.dcm"), ("sop_instance_uid", f"1.2.3.1.{K + 1}")):
            found = marks(tmp_path, table(heading, value), volume)
            np.testing.assert_allclose(found.spots[0].point, GRIDS["sheared"].to_world(BRIGHT), atol=1e-6)

    def test_places_are_those_of_the_grid_and_that_is_said(self, volume, tmp_path):
        found = marks(tmp_path, table("slice", K, 0), volume)
        np.testing.assert_allclose(found.spots[0].point, GRIDS["sheared"].to_world(BRIGHT), atol=1e-6)
        assert ("slice-order", "warning") in codes(found)
        assert "7 planes, and 9 slices" in str(found.findings)
        assert ("slice-order", "warning") not in codes(marks(tmp_path, table("slice", K), volume, slices_by="index"))

    def test_unevenly_spaced_ones_lie_between_slices(self, tmp_path):
        even = geometries((4, 5, 6))["identity"]
        places = [0, 1, 2, 3.5, 4.5, 5.5]
        stored = asymmetric(even).voxels
        position = {
            k: {"ImagePositionPatient": [f"{mm:.6f}" for mm in even.to_world((0, 0, places[k]))]} for k in range(6)
        }
        write_series(tmp_path / "ct", stored, even, per_slice=position.get)
        volume = read(tmp_path / "ct")
        found = marks(tmp_path, "instance,x,y\n1,1,2\n4,1,2\n6,1,2\n", volume)
        np.testing.assert_allclose([s.point for s in found.spots], even.to_world([(1, 2, 0), (1, 2, 3.5), (1, 2, 5.5)]))


def test_a_spacing_that_was_asked_for_moves_marks_as_it_moves_voxels(tmp_path):
    bright_series(tmp_path / "ct")
    volume = read(tmp_path / "ct", spacing=(2, 3, 5))
    found = marks(tmp_path, table("instance", K + 1), volume)
    np.testing.assert_allclose(found.spots[0].point, bright_place(volume), atol=1e-6)


def test_a_volume_that_was_never_read_has_its_own_grid(tmp_path):
    grid = Geometry.from_axes((4, 5, 6), (1, 2, 3))
    volume = replace(asymmetric(grid), description="x")
    found = marks(tmp_path, "k,x,y\n2,1,1\n", volume, counted_from=0)
    np.testing.assert_allclose(found.spots[0].point, (1, 2, 6))


def test_nothing_is_silently_lost(tmp_path):
    """Every row is a mark, or the file is refused."""
    volume = bright_series(tmp_path / "ct")
    text = "slice,x,y,w,h\n" + "".join(f"{k},1,2,{3 if k % 2 else ''},{4 if k % 2 else ''}\n" for k in range(9))
    assert len(marks(tmp_path, text, volume)) == 9
    with pytest.raises(ReadError):
        marks(tmp_path, text + "9,1,2,3,4\n", volume)


@pytest.mark.parametrize("heading", ["file", "instance_number", "sop_instance_uid"])
@pytest.mark.parametrize("scan", ["thorax-ct", "irregular/gantrytilting/001", "irregular/sliceincrement/002"])
def test_real_scans_agree_with_the_attributes_of_their_files(scan, heading, shared_data, tmp_path):
    """By the formula of the standard (PS3.3, C.7.6.2.1.1), from what pydicom reads of each file."""
    folder = shared_data(scan)
    files = sorted(file for file in folder.iterdir() if file.is_file())[:: 40 if scan == "thorax-ct" else 1]
    rows, places = [], []
    for n, file in enumerate(files):
        header = pydicom.dcmread(file, stop_before_pixels=True)
        x, y = (37 * n) % header.Columns, (91 * n + 5) % header.Rows
        along, down = np.array(header.ImageOrientationPatient, dtype=float).reshape(2, 3)
        between_rows, between_columns = map(float, header.PixelSpacing)
        names = {"file": file.name, "instance_number": header.InstanceNumber, "sop_instance_uid": header.SOPInstanceUID}
        rows.append(f"{names[heading]},{x},{y}\n")
        places.append(np.array(header.ImagePositionPatient) + along * between_columns * x + down * between_rows * y)
    found = marks(tmp_path, f"{heading},x,y\n" + "".join(rows), read(folder))
    np.testing.assert_allclose([spot.point for spot in found.spots], places, atol=1e-3)
    assert found.findings == ()
