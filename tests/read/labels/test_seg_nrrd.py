"""3D Slicer's .seg.nrrd: written by pynrrd in the layout that Slicer has, read by vizmed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nrrd
import numpy as np
import pytest

from tests.phantoms import geometries
from vizmed.errors import BudgetError, DamagedFileError, IrregularStackError, ReadError, UnsafePathError
from vizmed.geometry import LPS_TO_RAS
from vizmed.read.labels import read_labels
from vizmed.segmentation import LABEL_COLORS

GRIDS = geometries((7, 6, 5))
GRID = GRIDS["rotated"]


def layer(value: int, *, start: int, dtype: str = "uint8") -> np.ndarray:
    voxels = np.zeros(GRID.shape, dtype=dtype)
    voxels[start : start + 3, 1:4, 2] = value
    voxels[6, 5, start] = value
    return voxels


def segment(n: int, **fields: Any) -> dict[str, str]:
    return {f"Segment{n}_{key}": str(value) for key, value in fields.items()}


TWO = {
    **segment(0, ID="Segment_1", Name="liver", Color="0.866667 0.509804 0.396078", Layer=0, LabelValue=2),
    **segment(1, ID="Segment_2", Name="tumour", Color="0 1 0", Layer=1, LabelValue=1),
    **segment(0, Extent="0 6 0 5 0 4", Tags="Segmentation.Status:inprogress|"),
    "Segmentation_MasterRepresentation": "Binary labelmap",
}


def write(path: Path, voxels: np.ndarray, fields: dict[str, Any], *, kind: str = "rotated", **header: Any) -> Path:
    affine = GRIDS[kind].affine
    if header.get("space", "").startswith("right"):
        affine = LPS_TO_RAS @ affine
    directions = affine[:3, :3].T
    kinds = ["domain"] * 3
    if voxels.ndim == 4:
        directions, kinds = np.vstack([np.full(3, np.nan), directions]), ["list", *kinds]
    own = {
        "space": "left-posterior-superior",
        "space directions": directions,
        "space origin": affine[:3, 3],
        "kinds": kinds,
        "encoding": "gzip",
    }
    nrrd.write(str(path), voxels, own | header | fields)
    return path


@pytest.mark.parametrize("kind", sorted(GRIDS))
@pytest.mark.parametrize("encoding", ["gzip", "raw"])
def test_two_layers(kind, encoding, tmp_path):
    voxels = np.stack([layer(2, start=0), layer(1, start=2)])
    found = read_labels(write(tmp_path / "s.seg.nrrd", voxels, TWO, kind=kind, encoding=encoding))
    assert found.geometry.is_close(GRIDS[kind])
    assert [(label.number, label.name, label.color) for label in found.labels] == [
        (1, "tumour", "#00ff00"),
        (2, "liver", "#dd8265"),
    ]
    assert found.layer_of == (1, 0)
    np.testing.assert_array_equal(found.mask(2), voxels[0] == 2)
    np.testing.assert_array_equal(found.mask(1), voxels[1] == 1)
    assert found.provenance.findings == ()
    assert all(layer.voxels.flags.f_contiguous for layer in found.layers)


def test_one_layer_without_a_fourth_axis(tmp_path):
    voxels = np.maximum(layer(2, start=0), layer(7, start=3))
    fields = {**segment(0, Name="liver", LabelValue=2, Layer=0), **segment(1, Name="gall", LabelValue=7, Layer=0)}
    found = read_labels(write(tmp_path / "s.nrrd", voxels, fields, space="right-anterior-superior"))
    assert [(label.number, label.name, label.color) for label in found.labels] == [
        (2, "liver", LABEL_COLORS[1]),
        (7, "gall", LABEL_COLORS[6]),
    ]
    assert found.geometry.is_close(GRID)
    np.testing.assert_array_equal(found.layers[0].voxels, voxels)


def test_layers_with_the_same_values_are_counted_anew(tmp_path):
    voxels = np.stack([np.maximum(layer(1, start=0), layer(4, start=3)), layer(1, start=2)])
    fields = {
        **segment(0, Name="a", LabelValue=4, Layer=0),
        **segment(1, Name="b", LabelValue=1, Layer=1),
        **segment(2, Name="c", LabelValue=1, Layer=0),
    }
    found = read_labels(write(tmp_path / "s.seg.nrrd", voxels, fields))
    assert [(label.number, label.name) for label in found.labels] == [(1, "a"), (2, "b"), (3, "c")]
    for number, (place, value) in {1: (0, 4), 2: (1, 1), 3: (0, 1)}.items():
        np.testing.assert_array_equal(found.mask(number), voxels[place] == value)
    assert [(f.code, f.severity) for f in found.provenance.findings] == [("renumbered", "note")]


def test_the_layout_of_before_2020(tmp_path):
    """Each segment was a layer of its own, of ones."""
    voxels = np.stack([layer(1, start=0), layer(1, start=2), layer(1, start=1)])
    fields = {**segment(0, Name="a", ID="x"), **segment(1, Name="b", ID="y"), **segment(2, Name="c", ID="z")}
    found = read_labels(write(tmp_path / "s.seg.nrrd", voxels, fields))
    assert [label.name for label in found.labels] == ["a", "b", "c"]
    for number in (1, 2, 3):
        np.testing.assert_array_equal(found.mask(number), voxels[number - 1] == 1)


def test_what_header_and_voxels_do_not_share_is_said(tmp_path):
    voxels = np.maximum(layer(2, start=0), layer(9, start=3))
    fields = {**segment(0, Name="liver", LabelValue=2), **segment(1, Name="nothing", LabelValue=5)}
    found = read_labels(write(tmp_path / "s.seg.nrrd", voxels, fields))
    assert [(label.number, label.name) for label in found.labels] == [(2, "liver"), (9, "label-9")]
    assert {(f.code, f.severity, f.where) for f in found.provenance.findings} == {
        ("empty-labels", "note", "nothing"),
        ("unnamed-labels", "warning", "9"),
    }


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int16", ">i2", "int32", "float32"])
def test_other_types_of_number(dtype, tmp_path):
    fields = segment(0, Name="liver", LabelValue=2)
    found = read_labels(write(tmp_path / "s.seg.nrrd", layer(2, start=1).astype(dtype), fields))
    np.testing.assert_array_equal(found.layers[0].voxels, layer(2, start=1))
    assert found.layers[0].voxels.dtype == np.uint8


def test_a_plain_nrrd_has_no_segments(tmp_path):
    found = read_labels(write(tmp_path / "s.nrrd", layer(2, start=1), {}))
    assert [label.name for label in found.labels] == ["label-2"]
    with pytest.raises(IrregularStackError, match="4 axes"):
        read_labels(write(tmp_path / "s.nrrd", np.stack([layer(2, start=1)] * 2), {}))


@pytest.mark.parametrize(
    "fields",
    [
        segment(0, Name="a", LabelValue=0),
        segment(0, Name="a", LabelValue="x"),
        segment(0, Name="a", LabelValue=2, Layer=2),
        segment(0, Name="a", LabelValue=2, Layer=-1),
        {**segment(0, Name="a", LabelValue=2), **segment(1, Name="b", LabelValue=2, Layer=0)},
    ],
)
def test_absurd_segments_are_refused(fields, tmp_path):
    path = write(tmp_path / "s.seg.nrrd", layer(2, start=1), fields)
    with pytest.raises(DamagedFileError) as refused:
        read_labels(path)
    assert refused.value.where == str(path)


@pytest.mark.parametrize("color", ["", "1 0", "a b c", "7 0 0", "nan 0 0"])
def test_absurd_colours_are_replaced(color, tmp_path):
    fields = segment(0, Name="a", LabelValue=2, Color=color)
    assert read_labels(write(tmp_path / "s.seg.nrrd", layer(2, start=1), fields)).labels[0].color == LABEL_COLORS[1]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b"sizes: 2 7 6 5", b"sizes: 3 7 6 5", DamagedFileError),
        (b"sizes: 2 7 6 5", b"sizes: 2 9999999 9999999 9999999", (DamagedFileError, BudgetError)),
        (b"sizes: 2 7 6 5", b"sizes: 9999 7 6 5", IrregularStackError),
        (b"sizes: 2 7 6 5", b"sizes: 0 7 6 5", IrregularStackError),
        (b"dimension: 4", b"dimension: 3", DamagedFileError),
        (b"list domain", b"RGB-color RGB-color", IrregularStackError),
        (b"encoding: raw", b"encoding: hex", ReadError),
    ],
)
def test_absurd_headers_are_refused(old, new, error, tmp_path):
    voxels = np.stack([layer(2, start=0), layer(1, start=2)])
    path = write(tmp_path / "s.seg.nrrd", voxels, TWO, encoding="raw")
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(error):
        read_labels(path)


def test_negative_labels_and_foreign_files_are_refused(tmp_path):
    fields = segment(0, Name="a", LabelValue=2)
    with pytest.raises(IrregularStackError, match=r"voxel \(6, 5, 1\) has the value -2"):
        read_labels(write(tmp_path / "s.nrrd", layer(-2, start=1, dtype="int16"), fields))
    (tmp_path / "in").mkdir()
    path = write(tmp_path / "in" / "s.nhdr", layer(2, start=1), fields, encoding="raw")
    (tmp_path / "in" / "s.raw").rename(tmp_path / "s.raw")
    path.write_bytes(path.read_bytes().replace(b"data file: s.raw", b"data file: ../s.raw"))
    with pytest.raises(UnsafePathError):
        read_labels(path)
