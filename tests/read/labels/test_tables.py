"""Tables of labels, as programs write them and as people do."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from tests.phantoms import geometries
from vizmed.errors import DamagedFileError, ReadError
from vizmed.read.labels import read_labels
from vizmed.read.labels.tables import color_of, named, read_table
from vizmed.segmentation import LABEL_COLORS, Label, Segmentation, label_of
from vizmed.volume import Volume
from vizmed.write import write_volume

LIVER = Label(5, "liver", "#dd8265")
TUMOUR = Label(70000, "tumour, left", "#00ff00")

SLICER = """# Color table file /home/somebody/liver.ctbl
# 3 values
0 background 0 0 0 0
5 liver 221 130 101 255
12 left kidney 185 102 83 255
"""

ITK_SNAP = """################################################
# ITK-SnAP Label Description File
# IDX   -R-  -G-  -B-  -A--  VIS MSH  "LABEL"
################################################
    0     0    0    0        0  0  0    "Clear Label"
    5   221  130  101        1  1  1    "liver"
   12   185  102   83     0.50  1  0    "left kidney"
"""

FREESURFER = """#No. Label Name:                            R   G   B   A

0   Unknown                                 0   0   0   0
5   liver                                   221 130 101 0
12  left kidney                             185 102 83  0
"""


def table(tmp_path, text: str | bytes) -> dict[int, Label]:
    path = tmp_path / "table.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path)


@pytest.mark.parametrize("text", [SLICER, ITK_SNAP, FREESURFER, SLICER.replace("\n", "\r\n")])
def test_tables_of_programs(text, tmp_path):
    assert table(tmp_path, text) == {5: LIVER, 12: Label(12, "left kidney", "#b96653")}


@pytest.mark.parametrize(
    "text",
    [
        'number,name,color\n5,liver,#dd8265\n70000,"tumour, left",#00ff00\n',
        'ID;Name;Hex\n5;liver;DD8265\n70000;"tumour, left";00FF00',
        'label,name,r,g,b\n\n5,liver,221,130,101\n70000,"tumour, left",0,255,0\n',
        'index,label,Red,Green,Blue,alpha\n5,liver,221,130,101,255\n70000,"tumour, left",0,255,0,1\n',
        "value\tname\tcolour\n5\tliver\t#DD8265\n70000\ttumour, left\t#00ff00\n",
        '\ufeff# a\nLabelValue,Name,Color_R,Color_G,Color_B\n5,liver,221,130,101\n70000,"tumour, left",0,255,0\n',
        'number,name,r,g,b\n5,liver,0.8667,0.5098,0.3961\n70000,"tumour, left",0,1,0\n',
    ],
)  # fmt: skip
def test_tables_of_people(text, tmp_path):
    assert table(tmp_path, text) == {5: LIVER, 70000: TUMOUR}


def test_what_is_left_out_is_filled_in(tmp_path):
    found = table(tmp_path, "label,name,color\n3,,\n4,x\n5\n6,y,#123456\n")
    assert found == {
        3: Label(3, "label-3", LABEL_COLORS[2]),
        4: Label(4, "x", LABEL_COLORS[3]),
        5: Label(5, "label-5", LABEL_COLORS[4]),
        6: Label(6, "y", "#123456"),
    }
    assert table(tmp_path, "id,value\n1,7\n") == {1: label_of(1)}


def test_other_letters(tmp_path):
    assert table(tmp_path, "number,name\n1,Gro\u00dfhirn\n".encode("latin-1"))[1].name == "Gro\u00dfhirn"
    assert table(tmp_path, "number,name\n1,\u809d\u81d3\n")[1].name == "\u809d\u81d3"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("number,name\n1,a\nx,b\n", "line 3", "'x' is no number"),
        ("number,name\n1.5,a\n", "line 2", "'1.5'"),
        ("number,name\n-1,a\n", "line 2", "'-1'"),
        ("number,name\nnan,a\n", "line 2", "'nan'"),
        ("number,name\n1,a\n1,b\n", "line 3", "label 1 twice"),
        ("number,name,color\n1,a,red\n", "line 2", "colour"),
        ("number,r,g,b\n1,300,0,0\n", "line 2", "colour"),
        ("number,r,g,b\n1,nan,0,0\n", "line 2", "colour"),
        ("number,r,g,b\n1,-1,0,0\n", "line 2", "colour"),
        ('number,name\n1,"a\n', "table.txt", "no CSV"),
        ("1 liver 300 0 0 255\n", "line 1", "colour"),
        ("# nothing\n1 liver\n", "line 2", "none of a table"),
        ("name,color\nliver,#ffffff\n", "line 1", "none of a table"),
        ("", "table.txt", "names no label"),
        ("number,name\n0,clear\n", "table.txt", "names no label"),
        (b"\0\1\2", "table.txt", "no text"),
        (b"#" * (1 << 22) + b"#", "table.txt", "4,194,305 bytes"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(text, where, words, tmp_path):
    with pytest.raises(DamagedFileError, match=re.escape(words)) as refused:
        table(tmp_path, text)
    assert where in str(refused.value.where)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(ReadError, match="totalsegmentator"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(ReadError):
        read_table(tmp_path)


def test_totalsegmentator():
    found = read_table("totalsegmentator")
    assert sorted(found) == list(range(1, 118))
    assert len({label.name for label in found.values()}) == 117
    known = {
        1: "spleen",
        5: "liver",
        27: "vertebrae_L5",
        50: "vertebrae_C1",
        52: "aorta",
        90: "brain",
        92: "rib_left_1",
    }
    assert {number: found[number].name for number in known} == known
    assert (found[115].name, found[117].name) == ("rib_right_12", "costal_cartilages")
    sides = [label.name for label in found.values() if "left" in label.name or "right" in label.name]
    unpaired = {"atrial_appendage_left", "lung_middle_lobe_right"}
    for name in set(sides) - unpaired:
        other = name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")
        assert other in sides, name
    spine = [found[number].color for number in range(26, 51)]
    assert all(one != other for one, other in pairwise(spine))


def test_named_says_what_the_table_leaves_out():
    grid = geometries((3, 3, 3))["identity"]
    voxels = np.zeros(grid.shape, dtype="uint8")
    segmentation = Segmentation((Volume(voxels, grid),), tuple(map(label_of, (2, 5, 9))), (0, 0, 0))
    found = named(segmentation, {5: LIVER})
    assert found.labels == (label_of(2), LIVER, label_of(9))
    assert [(f.code, f.severity, f.where) for f in found.provenance.findings] == [("unnamed-labels", "warning", "2, 9")]
    assert segmentation.labels[1] == label_of(5)


def test_a_table_goes_before_the_names_in_the_file(tmp_path):
    grid = geometries((3, 3, 3))["identity"]
    voxels = np.full(grid.shape, 5, dtype="uint8", order="F")
    write_volume(Volume(voxels, grid), tmp_path / "l.nii")
    (tmp_path / "t.csv").write_text("number,name,color\n5,liver,#dd8265\n")
    assert read_labels(tmp_path / "l.nii", table=tmp_path / "t.csv").labels == (LIVER,)
    found = read_labels(tmp_path / "l.nii", table="totalsegmentator")
    assert found.labels[0].name == "liver"
    assert [finding.code for finding in found.provenance.findings] == ["asked-names"]


@pytest.mark.parametrize(
    ("parts", "whole", "expected"),
    [
        ((255, 0, 128), 255, "#ff0080"),
        ((1, 0, 0.5), 1, "#ff0080"),
        ((256, 0, 0), 255, ""),
        ((-1, 0, 0), 255, ""),
        ((float("nan"), 0, 0), 1, ""),
    ],
)
def test_colours(parts, whole, expected):
    assert color_of(*parts, whole=whole) == expected
