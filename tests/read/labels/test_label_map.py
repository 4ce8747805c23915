"""Label maps: volumes of whole numbers, whatever the format and the type of their voxels."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK

from tests.dicom_files import write_series
from tests.phantoms import geometries
from vizmed.errors import IrregularStackError, OptionError
from vizmed.read.labels import read_labels
from vizmed.read.labels.numbers import MOST_LABELS, numbers_in
from vizmed.segmentation import LABEL_COLORS
from vizmed.volume import Volume
from vizmed.write import write_volume

GRID = geometries((9, 8, 7))["rotated"]


def numbers(dtype: str = "uint8", *, largest: int = 200) -> np.ndarray:
    voxels = np.zeros(GRID.shape, dtype=dtype, order="F")
    voxels[1:4, 2:6, 1:3] = 2
    voxels[4:8, 2:6, 1:6] = 5
    voxels[8, 7, 6] = largest
    return voxels


def write(path: Path, voxels: np.ndarray) -> Path:
    write_volume(Volume(voxels, GRID), path)
    return path


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".vti"])
def test_every_format(ending, tmp_path):
    found = read_labels(write(tmp_path / f"l{ending}", numbers()))
    assert found.geometry.is_close(GRID)
    assert [(label.number, label.name, label.color) for label in found.labels] == [
        (number, f"label-{number}", LABEL_COLORS[(number - 1) % len(LABEL_COLORS)]) for number in (2, 5, 200)
    ]
    for number in (2, 5, 200):
        np.testing.assert_array_equal(found.mask(number), numbers() == number)
    assert (len(found.layers), found.layer_of) == (1, (0, 0, 0))
    assert found.layers[0].voxels.dtype == np.uint8


def test_a_dicom_series(tmp_path):
    write_series(tmp_path, numbers("int16"), GRID)
    found = read_labels(tmp_path)
    np.testing.assert_array_equal(found.layers[0].voxels, numbers())
    assert "SECRET" not in f"{found!r} {found.labels} {found.provenance} {found.layers}"


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
def test_every_type_of_number(dtype, tmp_path):
    found = read_labels(write(tmp_path / "l.nii.gz", numbers(dtype, largest=100)))
    np.testing.assert_array_equal(found.layers[0].voxels, numbers(largest=100))
    assert found.layers[0].voxels.dtype == np.uint8


@pytest.mark.parametrize(
    ("largest", "dtype"), [(255, "uint8"), (256, "uint16"), (70_000, "uint32"), (2**32 - 1, "uint32")]
)
def test_layers_are_as_small_as_may_be(largest, dtype, tmp_path):
    SimpleITK.WriteImage(
        SimpleITK.GetImageFromArray(numbers("int64", largest=largest)), path := str(tmp_path / "l.nrrd")
    )
    found = read_labels(path)
    assert found.labels[-1].number == largest
    assert found.layers[0].voxels.dtype == dtype


@pytest.mark.parametrize(
    ("value", "dtype", "shown"),
    [
        (-3, "int16", "-3"),
        (0.5, "float32", "0.5"),
        (np.nan, "float32", "nan"),
        (np.inf, "float64", "inf"),
        (-np.inf, "float64", "-inf"),
        (2.0**32, "float64", r"4.29497e\+09"),
        (1e300, "float64", r"1e\+300"),
    ],
)
def test_values_that_are_no_labels_are_refused_with_the_place_of_the_first(value, dtype, shown, tmp_path):
    voxels = numbers(dtype)
    for place in ((8, 1, 4), (3, 2, 4), (0, 0, 5)):
        voxels[place] = value
    path = write(tmp_path / "l.nrrd", voxels)
    with pytest.raises(IrregularStackError, match=rf"voxel \(8, 1, 4\) has the value {shown}") as refused:
        read_labels(path)
    assert refused.value.where == str(path)


def test_an_image_is_refused_or_told_of(tmp_path):
    noise = np.random.default_rng(3).integers(0, 400, GRID.shape).astype("uint16", order="F")
    found = read_labels(write(tmp_path / "l.nrrd", noise))
    assert [(finding.code, finding.severity) for finding in found.provenance.findings] == [
        ("looks-like-image", "warning")
    ]
    with pytest.raises(IrregularStackError, match="65,535"):
        numbers_in(np.arange(MOST_LABELS + 2, dtype="uint32").reshape(-1, 1, 1))
    assert len(numbers_in(np.arange(MOST_LABELS + 1, dtype="uint32").reshape(-1, 1, 1))) == MOST_LABELS


def test_an_empty_label_map_is_told_of(tmp_path):
    found = read_labels(write(tmp_path / "l.nrrd", numbers() * 0))
    assert found.labels == ()
    assert [(finding.code, finding.severity) for finding in found.provenance.findings] == [("no-labels", "warning")]


def test_numbers_in_any_order_of_axes():
    voxels = numbers("uint16", largest=300)
    for axes in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        assert numbers_in(voxels.transpose(axes)) == [2, 5, 300]
        assert numbers_in(np.ascontiguousarray(voxels.transpose(axes))[::-1]) == [2, 5, 300]
    assert numbers_in(np.full((1, 1, 1), 4, dtype="uint8")) == [4]


def test_a_label_map_takes_no_reference(tmp_path):
    with pytest.raises(OptionError, match="grid of its own"):
        read_labels(write(tmp_path / "l.nii", numbers()), reference=GRID)


CARET = """<?xml version="1.0" encoding="UTF-8"?> <CaretExtension>  <Date><![CDATA[2013-07-14T05:45:09]]></Date>
<VolumeInformation Index="0">   <LabelTable>
<Label Key="0" Red="0" Green="0" Blue="0" Alpha="0"><![CDATA[???]]></Label>
<Label Key="2" Red="0.0" Green="0.5019607843137255" Blue="1.0" Alpha="1"><![CDATA[vertebrae_L5]]></Label>
<Label Alpha='1' Blue='0' Green='1' Red='0.2' Key='5'>disc &amp; rim</Label>
<Label Key="x" Red="0" Green="0" Blue="0"><![CDATA[no number]]></Label>
<Label Key="200" Red="7" Green="0" Blue="0"><![CDATA[no colour]]></Label>
</LabelTable> </VolumeInformation></CaretExtension>      """


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("code", [0, 30])
def test_names_in_a_nifti_header(kind, ending, code, tmp_path):
    image = kind(numbers(), GRID.affine_ras)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"nothing of it"))
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(code, CARET.encode()))
    image.to_filename(tmp_path / f"l{ending}")
    found = read_labels(tmp_path / f"l{ending}")
    assert [(label.number, label.name, label.color) for label in found.labels] == [
        (2, "vertebrae_L5", "#0080ff"),
        (5, "disc & rim", "#33ff00"),
        (200, "no colour", LABEL_COLORS[199 % len(LABEL_COLORS)]),
    ]


def test_a_hostile_header_costs_nothing(tmp_path):
    for content in ("<CaretExtension>" + "<Label Key='2' Red=" * 9999, "<CaretExtension><Label>" + "<![CDATA[" * 99999):
        image = nibabel.Nifti1Image(numbers(), GRID.affine_ras)
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, content.encode()))
        image.to_filename(tmp_path / "l.nii")
        assert read_labels(tmp_path / "l.nii").labels[0].name == "label-2"


def test_the_real_one(shared_data):
    """TotalSegmentator's own file: its header names the vertebrae, and from S1 to T11 they lie upwards."""
    found = read_labels(shared_data("trunk-ct") / "labels.nii.gz")
    names = ["S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11"]
    assert [label.name for label in found.labels] == [f"vertebrae_{name}" for name in names]
    heights = [np.argwhere(found.mask(label.number)).mean(axis=0) for label in found.labels]
    up = found.geometry.to_world(heights)[:, 2]
    assert np.all(np.diff(up) > 10)  # mm
    asked = read_labels(shared_data("trunk-ct") / "labels.nii.gz", table="totalsegmentator")
    assert [label.name for label in asked.labels] == [label.name for label in found.labels]
    with pytest.raises(IrregularStackError, match="-1023"):
        read_labels(shared_data("trunk-ct") / "ct.nii.gz")
