"""The door of `read_labels`: what is at a path, and that nothing at all comes out of it but labels and refusals."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys

import nibabel
import numpy as np
import pytest

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from tests.read.labels import test_label_map, test_seg_nrrd
from tests.read.labels.label_files import write_rtstruct, write_seg
from tests.read.labels.rtstruct.test_rtstruct import circle
from vizmed.errors import ReadError, SeriesChoiceError, VizmedError
from vizmed.read import read
from vizmed.read.labels import read_labels
from vizmed.read.labels.dicom_files import kind_of_labels

GRID = geometries((24, 20, 6))["rotated"]
MASK = np.zeros(GRID.shape, dtype=bool)
MASK[3:9, 4:15, 1:4] = True


def seg(folder, **options):
    return write_seg(folder / "labels.dcm", GRID, {1: MASK, 2: MASK}, **options)


def fractions(folder):
    return seg(folder, kind="FRACTIONAL", syntax="1.2.840.10008.1.2.5")


def label_map(folder):
    return write_seg(folder / "labels.dcm", GRID, {1: MASK}, kind="LABELMAP")


def deflated(folder):
    return seg(folder, syntax="1.2.840.10008.1.2.1.99")


def rtstruct(folder):
    return write_rtstruct(folder / "labels.dcm", {"a": [circle(GRID, k, 5.0, (11.2, 9.3)) for k in (1, 2, 3)]})


def slicer(folder):
    voxels = np.stack([test_seg_nrrd.layer(2, start=0), test_seg_nrrd.layer(1, start=2)])
    return test_seg_nrrd.write(folder / "labels.seg.nrrd", voxels, test_seg_nrrd.TWO, encoding="raw")


def caret(folder):
    image = nibabel.Nifti1Image(test_label_map.numbers(), GRID.affine_ras)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, test_label_map.CARET.encode()))
    image.to_filename(folder / "labels.nii")
    return folder / "labels.nii"


KINDS = [seg, fractions, label_map, deflated, rtstruct, slicer, caret]


@pytest.mark.parametrize("write", KINDS)
def test_the_name_of_a_file_does_not_matter(write, tmp_path):
    path = write(tmp_path).rename(tmp_path / "x")
    reference = GRID if write is rtstruct else None
    assert read_labels(path, reference=reference).labels
    assert read_labels(str(path), reference=reference).labels


@pytest.mark.parametrize("write", KINDS)
def test_wounded_files_are_read_or_refused(write, tmp_path):
    path = write(tmp_path)
    whole = path.read_bytes()
    rng = random.Random(11)  # noqa: S311 (wounds that can be repeated)
    readable = 0
    for _ in range(120):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(min(128, len(data) // 8), len(data)) if data else 0
            if rng.random() < 0.9:
                data[at : at + 1] = rng.randbytes(1)
            else:
                del data[at : at + rng.choice([1, 2, 8, 1 << 20])]
        path.write_bytes(data)
        try:
            read_labels(path, reference=GRID if write is rtstruct else None)
        except VizmedError as refused:
            assert "SECRET" not in str(refused).replace(str(tmp_path), "")  # noqa: PT017 (or no exception at all)
            continue
        readable += 1
    assert readable > 1


@pytest.mark.parametrize("write", [seg, rtstruct])
def test_what_pydicom_says_of_odd_values_is_not_heard(write, tmp_path, capfd, caplog):
    path = write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"SECRET-ID", b"SECRET\xff\xfe\x1b"))
    read_labels(path, reference=GRID)
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_a_folder_with_a_scan_and_one_segmentation(tmp_path):
    write_series(tmp_path / "ct", asymmetric(GRID).voxels, GRID)
    (tmp_path / "ct" / "notes.txt").write_text("nothing")
    (tmp_path / "empty").write_bytes(b"")
    path = seg(tmp_path)
    assert [label.name for label in read_labels(tmp_path).labels] == ["organ 1", "organ 2"]
    shutil.copy(path, tmp_path / "ct" / "other")
    with pytest.raises(SeriesChoiceError, match=r"labels\.dcm\n  ct/other"):
        read_labels(tmp_path)


def test_links_in_a_folder_are_not_followed(tmp_path):
    outside = seg(tmp_path / "outside")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.dcm").symlink_to(outside)
    (tmp_path / "in" / "dangling").symlink_to(tmp_path / "absent")
    with pytest.raises(ReadError):
        read_labels(tmp_path / "in")


@pytest.mark.parametrize("place", ["absent", "folder", "empty", "text"])
def test_what_holds_no_labels_is_refused(place, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("SEG 1.2.840.10008.5.1.4.1.1.66.4" * 9)
    with pytest.raises(ReadError) as refused:
        read_labels(tmp_path / place)
    assert refused.value.where == str(tmp_path / place)


def test_only_the_class_of_the_file_itself_counts(tmp_path):
    """A scan may name segmentations that it was made with."""
    write_series(
        tmp_path, asymmetric(GRID).voxels, GRID, per_slice=lambda _k: {"ImageComments": "1.2.840.10008.5.1.4.1.1.66.4"}
    )
    start = (tmp_path / "0000.dcm").read_bytes()[:1024]
    assert kind_of_labels(start) is None
    assert kind_of_labels(start.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.66.4")) == "SEG"
    assert kind_of_labels(start.replace(b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.66.45")) is None


def test_files_without_a_preamble(tmp_path):
    for write, kind in ((seg, "SEG"), (rtstruct, "RTSTRUCT")):
        path = write(tmp_path)
        data = path.read_bytes()
        path.write_bytes(data[132:])
        assert kind_of_labels(path.read_bytes()[:1024]) == kind
        assert read_labels(path, reference=GRID).labels


@pytest.mark.parametrize("write", [seg, rtstruct])
def test_read_says_what_reads_them(write, tmp_path):
    mask = {1: MASK}
    path = write_seg(tmp_path / "labels.dcm", GRID, mask) if write is seg else write(tmp_path)
    with pytest.raises(ReadError, match="vizmed labels reads"):
        read(path)


def test_reading_labels_needs_no_vtk(tmp_path):
    seg(tmp_path)
    script = (
        f"from vizmed.read.labels import read_labels\nassert len(read_labels({str(tmp_path)!r}).labels) == 2\n"
        "import sys\nprint(*{name.split('.')[0] for name in sys.modules} & {'vtkmodules', 'pyvista', 'vtk'})"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
