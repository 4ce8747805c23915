"""Siemens mosaics are taken apart into the volume that dcm2niix makes of them."""

from __future__ import annotations

import random
import struct

import nibabel
import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from tests.dicom_files import slice_dataset, write_file
from tests.phantoms import asymmetric, geometries
from vizmed.errors import IrregularStackError, SeriesChoiceError
from vizmed.geometry import Geometry
from vizmed.read import describe, read
from vizmed.read.dicom.csa import csa_values
from vizmed.volume import Volume

from .compare import assert_same_in_world
from .test_read_dicom import by_dcm2niix

PHANTOM = asymmetric(geometries((6, 4, 7))["rotated"])
TILES = 3


def csa(values, *, second=True) -> bytes:
    """Write a CSA header of either version."""
    written = b"SV10\4\3\2\1" if second else b""
    written += struct.pack("<Ii", len(values), 77)
    more = 0 if second else len(next(iter(values.values())))
    for name, texts in values.items():
        written += struct.pack("<64si4siii", name.encode(), len(texts), b"FD", 4, len(texts), 77)
        for text in texts:
            raw = text.encode() + b"\0"
            length = len(raw) + more
            written += struct.pack("<iiii", length, len(raw), 77, len(raw)) + raw + bytes(-len(raw) % 4)
    return written


def write_mosaic(path, volume=PHANTOM, *, count=True, header="second", turned=False, syntax=uid.RLELossless, **own):
    """Write a volume as the scanner does; `turned` runs its slices against the normal of the picture."""
    columns, rows, slices = volume.shape
    dataset = slice_dataset(volume.voxels[:, :, 0], volume.geometry, 0)
    picture = np.zeros((rows * TILES, columns * TILES), volume.voxels.dtype)
    for k in range(slices):
        row, column = divmod(k, TILES)
        picture[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns] = volume.voxels[:, :, k].T
    corner = volume.geometry.to_world((-columns * (TILES - 1) / 2, -rows * (TILES - 1) / 2, 0))
    dataset.ImagePositionPatient = [round(float(mm), 9) for mm in corner]
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
    dataset.Modality, dataset.Manufacturer = "MR", "SIEMENS"
    dataset.Rows, dataset.Columns = picture.shape
    dataset.SpacingBetweenSlices = round(float(volume.geometry.spacing[2]), 9)
    normal = np.cross(*volume.geometry.direction[:, :2].T) * (-1 if turned else 1)
    values = {
        "Other": (),
        "NumberOfImagesInMosaic": (str(slices),),
        "SliceNormalVector": tuple(f"{part:.8f}" for part in normal),
    }
    if count:
        dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", slices)
    if header:
        raw = csa(values, second=header == "second") if isinstance(header, str) else header
        dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", raw)
    for keyword, value in own.items():
        setattr(dataset, keyword, value)
    write_file(path, dataset, [picture], syntax)


def codes(volume) -> list[str]:
    return [finding.code for finding in volume.provenance.findings]


# ---- dcm2niix


@pytest.mark.parametrize("n", range(1, 10))
def test_dcm2niix_agrees_in_nine_encodings(n, shared_data):
    found = read(shared_data("transfer-syntaxes/in") / f"{n}.dcm", strict=True)
    truth = nibabel.load(shared_data("transfer-syntaxes/expected") / f"{n}.nii")
    expected = Volume.from_nibabel(truth).reoriented(found.geometry.axis_codes)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert found.geometry.is_close(expected.geometry, 1e-3)
    assert found.shape == (64, 64, 35)


@pytest.mark.parametrize(("name", "n"), [("12bitUnsigned", 2), ("12bitUnsigned_0x0F0F", 3), ("12bitSigned_0x0F0F", 4)])
def test_dcm2niix_agrees_on_twelve_bits(name, n, shared_data):
    found = read(shared_data("twelve-bit/in") / f"{name}.dcm", strict=True)
    truth = nibabel.load(shared_data("twelve-bit/expected") / f"{n}.nii")
    expected = Volume.from_nibabel(truth).reoriented(found.geometry.axis_codes)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert found.geometry.is_close(expected.geometry, 1e-3)


# ---- phantoms


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.JPEG2000Lossless])
@pytest.mark.parametrize(("count", "header"), [(True, "second"), (False, "second"), (False, "first"), (True, "first")])
@pytest.mark.parametrize("turned", [False, True])
def test_slices_lie_where_they_were(turned, count, header, syntax, tmp_path):
    truth = PHANTOM
    if turned:
        affine = truth.geometry.affine.copy()
        affine[:3, 2] *= -1
        truth = asymmetric(Geometry(truth.shape, affine))
    write_mosaic(tmp_path / "m", truth, count=count, header=header, turned=turned, syntax=syntax)
    found = read(tmp_path / "m")
    assert_same_in_world(found, truth)
    assert codes(found) == []
    assert found.provenance.files == 1
    assert describe(tmp_path / "m").geometry.is_close(found.geometry)


@pytest.mark.parametrize("turned", [False, True])
def test_dcm2niix_agrees_on_phantoms(turned, tmp_path):
    (tmp_path / "in").mkdir()
    truth = PHANTOM
    if turned:
        affine = truth.geometry.affine.copy()
        affine[:3, 2] *= -1
        truth = asymmetric(Geometry(truth.shape, affine))
    write_mosaic(tmp_path / "in" / "m", truth, turned=turned, syntax=uid.ExplicitVRLittleEndian)
    (converted,) = by_dcm2niix(tmp_path / "in", tmp_path / "out")
    assert_same_in_world(converted, truth, 1e-3)
    assert_same_in_world(read(tmp_path / "in"), truth)


def test_what_is_assumed_is_said(tmp_path):
    thickness = round(float(PHANTOM.geometry.spacing[2]), 9)
    write_mosaic(tmp_path / "m", header=None, SpacingBetweenSlices=None, SliceThickness=thickness)
    found = read(tmp_path / "m")
    assert_same_in_world(found, PHANTOM)
    assert codes(found) == ["mosaic-direction", "mosaic-spacing"]


@pytest.mark.parametrize("header", [None, b"", b"SV10\4\3\2\1", b"SV10" + bytes(200), bytes(300)])
def test_tiles_are_not_counted(header, tmp_path):
    write_mosaic(tmp_path / "m", count=False, header=header)
    with pytest.raises(IrregularStackError, match=r"Siemens mosaic.*NumberOfImagesInMosaic"):
        read(tmp_path / "m")
    assert "mosaic" in describe(tmp_path / "m").refusal


@pytest.mark.parametrize("count", ["5", "-7", "0", "x", "65000", "1e9"])
def test_counts_that_disagree_or_do_not_fit_are_refused(count, tmp_path):
    write_mosaic(tmp_path / "a", header=csa({"NumberOfImagesInMosaic": (count,)}), count=count == "5")
    with pytest.raises(IrregularStackError, match="Siemens mosaic"):
        read(tmp_path / "a")


@pytest.mark.parametrize("named", [True, False])
def test_several_mosaics_are_several_volumes(named, tmp_path):
    truths = [Volume(PHANTOM.voxels + np.int16(100 * n), PHANTOM.geometry) for n in range(3)]
    for n, truth in enumerate(truths):
        own = {"AcquisitionNumber": n + 1} if named else {}
        write_mosaic(tmp_path / f"{9 - n}", truth, InstanceNumber=n + 1, SOPInstanceUID=f"1.2.{n}", **own)
    with pytest.raises(SeriesChoiceError, match="--volume"):
        read(tmp_path)
    for n, truth in enumerate(truths):
        found = read(tmp_path, volume=n + 1)
        assert_same_in_world(found, truth)
        assert codes(found) == (["other-series"] if named else ["other-series", "phases-by-instance-number"])


def test_a_uih_grid_is_refused_by_name(tmp_path):
    dataset = slice_dataset(PHANTOM.voxels[:, :, 0], PHANTOM.geometry, 0)
    dataset.Manufacturer, dataset.Modality = "UIH", "MR"
    dataset.private_block(0x0065, "Image Private Header", create=True).add_new(0x50, "DS", "7")
    write_file(tmp_path / "m", dataset, [np.ascontiguousarray(PHANTOM.voxels[:, :, 0].T)], uid.ExplicitVRLittleEndian)
    with pytest.raises(IrregularStackError, match="UIH grid"):
        read(tmp_path / "m")


# ---- the CSA header itself

VALUES = {"A": ("1", "2.5"), "NumberOfImagesInMosaic": ("35",), "Empty": (), "SliceNormalVector": ("0", "-0.5", "0.8")}


@pytest.mark.parametrize("second", [True, False])
def test_both_versions_of_the_header(second):
    found = csa_values(csa(VALUES, second=second), tuple(VALUES))
    assert found == VALUES if second else found["A"] == VALUES["A"]


@pytest.mark.parametrize("second", [True, False])
def test_a_wounded_header_is_read_or_refused(second):
    whole = csa(VALUES, second=second)
    rng = random.Random(7)  # noqa: S311 (wounds that can be repeated)
    refused = 0
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data) or 1)
            if rng.random() < 0.8:
                data[at : at + 1] = rng.randbytes(1)
            else:
                del data[at:]
        try:
            csa_values(bytes(data), tuple(VALUES))
        except ValueError:
            refused += 1
    assert 200 < refused < 2000


@pytest.mark.filterwarnings("ignore:The DICOM readers are highly experimental")
def test_real_headers_say_the_same_as_nibabel(shared_data):
    import pydicom

    csareader = pytest.importorskip("nibabel.nicom.csareader")
    for path in sorted(shared_data("twelve-bit/in").iterdir()):
        dataset: Dataset = pydicom.dcmread(path, stop_before_pixels=True)
        raw = dataset[0x0029, 0x1010].value
        theirs = csareader.read(raw)["tags"]
        ours = csa_values(raw, tuple(theirs))
        assert [float(part) for part in ours["SliceNormalVector"]] == theirs["SliceNormalVector"]["items"]
        assert int(ours["NumberOfImagesInMosaic"][0]) == theirs["NumberOfImagesInMosaic"]["items"][0]
