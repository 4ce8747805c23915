"""Tables of boxes and points: each mark must come out where the voxel is that it was set on."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.phantoms import geometries
from tests.read.labels.label_files import write_seg
from tests.read.marks.scans import BRIGHT, GRIDS, SHAPE, bright_place, bright_series, write_table
from vizmed.errors import BudgetError, DamagedFileError, OptionError, ReadError, UnknownFormatError
from vizmed.marks import Marks, thickness_of
from vizmed.read.marks import read_marks
from vizmed.segmentation import LABEL_COLORS
from vizmed.volume import Volume
from vizmed.write import write_volume

X, Y, K = BRIGHT


def plain(kind: str = "identity") -> Volume:
    return Volume(np.zeros(SHAPE, dtype="int16"), GRIDS[kind])


def marks(tmp_path: Path, text: str | bytes, volume: Volume | None = None, **options: object) -> Marks:
    return read_marks(write_table(tmp_path, text), volume or plain(), **options)


def codes(found: Marks) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in found.findings]


@pytest.mark.parametrize("kind", ["identity", "rotated", "sheared", "rotated and sheared", "permuted", "flipped"])
class TestTheBrightVoxel:
    """On every kind of grid that DICOM can say, and read as whatever."""

    def test_a_point_and_a_box_around_it(self, kind, tmp_path):
        volume = bright_series(tmp_path / "ct", GRIDS[kind])
        text = (
            f"instance_number,x,y,width,height\n{K + 1},{X},{Y},,\n{K + 1},{X},{Y},1,1\n{K + 1},{X - 2},{Y - 1},5,3\n"
        )
        found = marks(tmp_path, text, volume)
        (spot,), (pixel, box) = found.spots, found.outlines
        place = bright_place(volume)
        np.testing.assert_allclose(spot.point, place, atol=1e-6)
        np.testing.assert_allclose(pixel.points.mean(axis=0), place, atol=1e-6)
        np.testing.assert_allclose(box.points.mean(axis=0), place, atol=1e-6)
        along, down = volume.geometry.direction[:, 0] * 0.9, volume.geometry.direction[:, 1] * 1.1
        np.testing.assert_allclose(box.points[1] - box.points[0], 5 * along, atol=1e-6)
        np.testing.assert_allclose(box.points[3] - box.points[0], 3 * down, atol=1e-6)
        np.testing.assert_allclose(box.points[2] - box.points[0], 5 * along + 3 * down, atol=1e-6)
        assert box.closed
        assert {mark.thickness_mm for mark in (spot, pixel, box)} == {thickness_of(volume.geometry)}
        assert found.findings == ()

    @pytest.mark.parametrize("codes", ["LPS", "RAS", "IPR"])
    def test_whatever_became_of_the_axes_since(self, kind, codes, tmp_path):
        volume = bright_series(tmp_path / "ct", GRIDS[kind])
        text = f"instance,x,y\n{K + 1},{X},{Y}\n"
        (spot,) = marks(tmp_path, text, volume.reoriented("SAL").reoriented(codes)).spots
        np.testing.assert_allclose(spot.point, bright_place(volume), atol=1e-6)
        (spot,) = marks(tmp_path, f"slice,x,y\n{K},{X},{Y}\n0,0,0\n", volume.reoriented(codes)).spots[:1]
        np.testing.assert_allclose(spot.point, bright_place(volume), atol=1e-6)


def test_other_formats_count_their_own_axes(tmp_path):
    volume = plain("rotated left-handed")
    write_volume(volume, tmp_path / "scan.nii")
    from vizmed.read import read

    for scan in (volume, read(tmp_path / "scan.nii")):
        (spot,) = marks(tmp_path, f"slice,x,y\n{K},{X},{Y}\n", scan, counted_from=0).spots
        np.testing.assert_allclose(spot.point, scan.geometry.to_world(BRIGHT), atol=1e-4)


@given(
    x=st.floats(0, SHAPE[0] - 1),
    y=st.floats(0, SHAPE[1] - 1),
    k=st.integers(0, SHAPE[2] - 1),
    width=st.floats(0.01, 1),
    kind=st.sampled_from(sorted(geometries())),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_pixels_come_back_from_the_patient(x, y, k, width, kind, tmp_path):
    """A box of pixels [x, x + w) has its corners half a pixel before the centres that an index names."""
    text = f"slice;x;y;w;h\n{k};{x!r};{y!r};{width!r};0.5\n{k};{x!r};{y!r};;\n"
    found = marks(tmp_path, text, plain(kind), counted_from=0)
    ijk = GRIDS[kind].to_index(found.outlines[0].points)
    ends = [(x, y), (x + width, y), (x + width, y + 0.5), (x, y + 0.5)]
    np.testing.assert_allclose(ijk, [(a - 0.5, b - 0.5, k) for a, b in ends], atol=1e-9)
    np.testing.assert_allclose(GRIDS[kind].to_index(found.spots[0].point), (x, y, k), atol=1e-9)


class TestTables:
    expected = ((10 - 0.5, 4 - 0.5, 3), (10 + 5 - 0.5, 4 + 2.5 - 0.5, 3))

    @pytest.mark.parametrize(
        "text",
        [
            "slice,x,y,width,height\n3,10,4,5,2.5\n0,0,0,1,1\n",
            "Slice Index;Left;Top;W;H\r\n3;10;4;5;2,5\r\n0;0;0;1;1\r\n",
            "z\txmin\tymin\txmax\tymax\n3\t10\t4\t15\t6.5\n0\t0\t0\t1\t1\n",
            "\ufeffpatient,frame,x_min,y_min,x_max,y_max\nDoe,3,10,4,15,6.5\nDoe,0,0,0,1,1\n",
            '"index","x1","y1","x2","y2"\n"3","10","4","15","6.5"\n"0","0","0","1","1"\n',
            "# marks of somebody\n\nheight,width,Y (px),X (px),SLICE_NO\n2.5,5,4,10,3\n\n1,1,0,0,0\n",
            "sep=;\nslice;x;y;width;height\n3;10;4;5;2,5\n0;0;0;1;1",
            "slice,x,y,width,height\n3.0,1e1,4.,+5,2.5\n0.0,0,0,1,1\n",
            "index,slice,x,y,width,height\n8,3,10,4,5,2.5\n9,0,0,0,1,1\n",
            # TensorFlow's: width and height are the picture's
            "filename,width,height,class,xmin,ymin,xmax,ymax,slice\na,20,16,b,10,4,15,6.5,3\na,20,16,b,0,0,1,1,0\n",
            "slice\tx\ty\tw\th\n3\t10\t4\t5\t2,5\n0\t0\t0\t1\t1\n".encode("utf-16"),
            "slice,x,y,w,h,gr\u00f6\u00dfe\n3,10,4,5,2.5,\u00df\n0,0,0,1,1,\u00e4\n".encode("cp1252"),
        ],
    )
    def test_as_people_and_programs_write_them(self, text, tmp_path):
        found = marks(tmp_path, text)
        assert (len(found.outlines), len(found.spots)) == (2, 0)
        ijk = GRIDS["identity"].to_index(found.outlines[0].points)
        np.testing.assert_allclose([ijk.min(axis=0), ijk.max(axis=0)], self.expected, atol=1e-9)

    def test_a_decimal_comma_is_said(self, tmp_path):
        found = marks(tmp_path, "slice;x;y\n0;1,5;2\n")
        np.testing.assert_allclose(GRIDS["identity"].to_index(found.spots[0].point), (1.5, 2, 0), atol=1e-9)
        assert ("decimal-comma", "note") in codes(found)
        with pytest.raises(DamagedFileError, match="quotes"):
            marks(tmp_path, "slice,x,y\n0,1,5,2\n")
        with pytest.raises(DamagedFileError, match="no sign between thousands"):
            marks(tmp_path, "slice;x;y\n0;1,234.5;2\n")

    def test_labels_and_colours(self, tmp_path):
        text = (
            'slice,x,y,w,h,label\n0,1,1,,,cyst\n0,2,2,2,2,"node,\nleft"\n0,1,1,,,Cyst\n0,3,3,,,\n'
            '0,1,1,,,"=HYPERLINK(""http://x"")"\n0,1,1,,,"a\x1b[31m\tb"\n0,1,1,,,' + "9" * 5000 + "\n"
        )
        found = marks(tmp_path, text)
        (box,) = found.outlines
        assert (box.label, box.color) == ("node, left", LABEL_COLORS[1])
        assert [(spot.label, spot.color) for spot in found.spots] == [
            ("cyst", LABEL_COLORS[0]),
            ("Cyst", LABEL_COLORS[0]),
            ("mark", LABEL_COLORS[2]),
            ('=HYPERLINK("http://x")', LABEL_COLORS[3]),
            ("a [31m b", LABEL_COLORS[4]),
            ("9" * 64, LABEL_COLORS[5]),
        ]

    @pytest.mark.parametrize("heading", ["label", "Class", "CATEGORY", "name", "class_name"])
    def test_what_labels_are_called(self, heading, tmp_path):
        (spot,) = marks(tmp_path, f"slice,x,y,{heading}\n0,1,1,cyst\n").spots
        assert spot.label == "cyst"

    def test_no_rows_are_no_marks(self, tmp_path):
        found = marks(tmp_path, "slice,x,y\n")
        assert len(found) == 0
        assert codes(found) == [("no-marks", "warning")]

    def test_parts_of_the_picture_are_warned_of(self, tmp_path):
        found = marks(tmp_path, "slice,x,y,w,h\n0,0.25,0.5,0.1,0.2\n")
        assert ("relative-places", "warning") in codes(found)

    def test_a_single_slice_needs_no_number(self, tmp_path):
        grid = geometries((20, 16, 1))["sheared"]
        (spot,) = marks(tmp_path, "x,y\n3,4\n", Volume(np.zeros(grid.shape, dtype="int16"), grid)).spots
        np.testing.assert_allclose(spot.point, grid.to_world((3, 4, 0)))

    def test_the_same_file_gives_the_same_marks(self, tmp_path):
        text = "slice,x,y,w,h,label\n0,1,1,,,a\n1,2,2,2,2,b\n2,3,4,,,a\n"
        one, other = marks(tmp_path, text), marks(tmp_path, text)
        for a, b in zip((*one.outlines, *one.spots), (*other.outlines, *other.spots), strict=True):
            assert (a.label, a.color, a.thickness_mm) == (b.label, b.color, b.thickness_mm)
        assert one.findings == other.findings
        assert one.outlines[0].points.tobytes() == other.outlines[0].points.tobytes()


class TestMillimetres:
    def test_points_of_the_patient(self, tmp_path):
        grid = GRIDS["rotated"]
        place = grid.to_world((3.25, 4.5, 2.75))
        text = f"x_mm,y_mm,z_mm,label\n{','.join(f'{mm:.12g}' for mm in place)},cyst\n"
        found = marks(tmp_path, text, plain("rotated"))
        np.testing.assert_allclose(found.spots[0].point, place, atol=1e-9)
        assert (found.spots[0].label, found.findings) == ("cyst", ())

    def test_points_out_of_the_scan_are_refused(self, tmp_path):
        with pytest.raises(ReadError, match=r"500, 0, 0 mm lies outside") as refused:
            marks(tmp_path, "X (mm);Y (mm);Z (mm)\n-20;25;45\n500;0;0\n")
        assert refused.value.where == "table.csv line 3"
        assert "RAS" not in str(refused.value)

    def test_points_of_the_other_frame_are_told(self, tmp_path):
        x, y, z = GRIDS["identity"].to_world((3, 4, 5)) * (-1, -1, 1)
        with pytest.raises(ReadError, match="As RAS all would lie in it"):
            marks(tmp_path, f"x_mm,y_mm,z_mm\n{x},{y},{z}\n")

    def test_options_of_slices_mean_nothing(self, tmp_path):
        with pytest.raises(OptionError, match="in mm"):
            marks(tmp_path, "x_mm,y_mm,z_mm\n-20,25,45\n", counted_from=1)


BAD = [
    ("slice,x,y\n0,abc,1\n", "line 2", "'x' holds 'abc', which is no number"),
    ("slice,x,y\n0,1,1\n0,1,nan\n", "line 3", "'y' holds 'nan'"),
    ("slice,x,y\n0,1,1\n\n0,inf,1\n", "line 4", "'x' holds 'inf'"),
    ("slice,x,y\n0,1e999,1\n", "line 2", "'1e999'"),
    ("slice,x,y\n0,1_0,1\n", "line 2", "'1_0'"),
    ("slice,x,y\n0,\u0661,1\n", "line 2", "no number"),
    ("slice,x,y\n0,TRUE,1\n", "line 2", "'TRUE'"),
    ("slice,x,y\n0,=1+1,1\n", "line 2", "'=1+1'"),
    ("slice,x,y\n0,,1\n", "line 2", "'x' is blank"),
    ("slice,x,y\n,1,1\n", "line 2", "'slice' is blank"),
    ("slice,x,y\n1.5,1,1\n", "line 2", "no whole number"),
    ("slice,x,y\n-1,1,1\n", "line 2", "'slice' holds '-1', which is no slice of the scan"),
    ("slice,x,y\n3,1,1\n10,1,1\n", "line 3", "'10', which is no slice of the scan. They are 0 to 8, or 1 to 9"),
    ("slice,x,y\n0,1,1\n9,1,1\n", "line 3", "'9', which is no slice of the scan"),
    ("slice,x,y\n1e300,1,1\n", "line 2", "no slice"),
    ("slice,x,y\n0,20,1\n", "line 2", "'x' holds '20', which is out of the picture. Pixels count from 0"),
    ("slice,x,y\n0,1,15.6\n", "line 2", "'y' holds '15.6'"),
    ("slice,x,y\n0,-0.6,1\n", "line 2", "'x' holds '-0.6'"),
    ("slice,x,y,w,h\n0,16,1,4.5,1\n", "line 2", "reaches from 16 to 20.5"),
    ("slice,x,y,w,h\n0,1,-0.1,4,4\n", "line 2", "reaches from -0.1 to 3.9"),
    ("slice,x,y,w,h\n0,1,1,4,-4\n", "line 2", "'h' holds '-4', which is no height"),
    ("slice,x,y,w,h\n0,1,1,0,4\n", "line 2", "'w' holds '0', which is no width"),
    ("slice,x,y,w,h\n0,1,1,4,\n", "line 2", "it has a width and no height"),
    ("slice,x,y,w,h\n0,1,1,,4\n", "line 2", "it has a height and no width"),
    ("slice,x,y,w\n0,1,1,4\n", "line 2", "it has a width and no height"),
    ("slice,xmin,ymin,xmax,ymax\n0,5,5,4,9\n", "line 2", "'xmax' holds '4', which leaves no width"),
    ('slice,x,y,note\n0,1,1,"a\nb"\n0,1,1,"c\n\nd"\n0,x,1,\n', "line 7", "'x' holds 'x'"),
    ("slice,x,y\n0,1,1,1\n", "line 2", "4 cells, and the header 3"),
    ('slice,x,y\n0,1,"1\n0,1,1\n', "line 2", "quotes"),
    ("slice,x,y\n0," + "1" * 200 + "x,1\n", "line 2", "1..."),
    ("slice,x,left,y\n0,1,1,1\n", "table.csv", "'x' and 'left', may be its x"),
    ("slice,a,b\n0,1,1\n", "table.csv", "its columns are 'slice', 'a', 'b'"),
    ("3,10,4,5,2\n3,10,4,5,2\n", "table.csv", "no header"),
    ("x,y\n1,1\n", "table.csv", "no column of it tells the slice, and the scan has 9"),
    ("", "table.csv", "its columns are none"),
    ("file,x,y\na.png,1,1\n", "table.csv", "'file' cannot tell slices of this scan"),
    ("slice,x,y\na.png,1,1\n", "table.csv", "the scan has no file for each slice"),
    ("slice,x,y\n1.2.840.1,1,1\n", "table.csv", "the scan has no SOPInstanceUID for each slice"),
]


@pytest.mark.parametrize(("text", "where", "words"), BAD)
def test_what_is_no_mark_in_the_scan_is_refused_with_its_line(text, where, words, tmp_path):
    with pytest.raises(ReadError) as refused:
        marks(tmp_path, text)
    assert words in str(refused.value)
    assert str(refused.value.where).endswith(where)
    assert refused.value.remedy


def test_the_rim_of_the_picture_lies_in_it(tmp_path):
    found = marks(tmp_path, "slice,x,y,w,h\n0,0,0,20,16\n8,19,15,1,1\n0,-0.5,15.5,,\n")
    assert len(found) == 3


class TestFilesThatAreNone:
    def test_a_missing_file_and_a_folder(self, tmp_path):
        for path in (tmp_path / "absent.csv", tmp_path):
            with pytest.raises(ReadError, match="no such file"):
                read_marks(path, plain())

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"\x00\x01slice,x,y\n", "no table of marks"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old or an encrypted spreadsheet"),
            (b"PK\x03\x04" + bytes(600), "archive is damaged"),
        ],
    )
    def test_other_files(self, data, words, tmp_path):
        with pytest.raises(ReadError, match=words):
            marks(tmp_path, data)

    def test_a_segmentation(self, tmp_path):
        mask = np.ones(SHAPE, dtype=bool)
        path = write_seg(tmp_path / "s.dcm", GRIDS["identity"], {1: mask})
        with pytest.raises(UnknownFormatError, match="vizmed labels"):
            read_marks(path, plain())

    def test_too_large_a_file_is_not_read(self, tmp_path):
        path = tmp_path / "t.csv"
        with path.open("wb") as file:
            file.truncate((16 << 20) + 1)
        with pytest.raises(BudgetError, match="16,777,217 bytes"):
            read_marks(path, plain())

    def test_too_many_rows(self, tmp_path):
        text = "slice,x,y\n" + "0,1,1\n" * 100_001
        with pytest.raises(BudgetError, match="more than 100,000 rows"):
            marks(tmp_path, text)

    def test_a_cell_without_end(self, tmp_path):
        with pytest.raises(DamagedFileError, match=r"line 3.*field larger"):
            marks(tmp_path, "slice,x,y,note\n0,1,1,\n0,1,1," + "a" * 200_000 + "\n")


@pytest.mark.parametrize("options", [{"counted_from": 2}, {"counted_from": "1"}, {"slices_by": "name"}])
def test_options_that_are_none_are_refused(options, tmp_path):
    with pytest.raises(OptionError):
        marks(tmp_path, "slice,x,y\n0,1,1\n", **options)


@given(data=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_whatever_bytes_are_read_or_refused(data, tmp_path):
    path = tmp_path / "fuzz.csv"
    for start in (b"", b"slice,x,y,w,h\n", b"sop_instance_uid;file;x_mm;y_mm;z_mm\n"):
        path.write_bytes(start + data)
        with suppress(ReadError, OptionError):
            read_marks(path, plain())


@pytest.mark.parametrize("more", ["width_mm,height_mm", "width,height", "Diameter_mm,note"])
def test_boxes_and_balls_in_mm_are_no_points(tmp_path, more):
    with pytest.raises(DamagedFileError, match=r"its boxes are told in mm.*slice, x, y, width, height"):
        marks(tmp_path, f"label,x_mm,y_mm,z_mm,{more}\na,0,0,0,5,5\n")
