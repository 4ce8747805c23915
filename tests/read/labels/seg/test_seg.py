"""DICOM SEG: written by hand with pydicom and by highdicom, read by vizmed."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from highdicom.seg import Segmentation as HighdicomSegmentation
from highdicom.seg import SegmentDescription
from pydicom import uid
from pydicom.sr.codedict import codes

from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from tests.read.labels.label_files import item, write_seg
from vizmed.errors import CodecError, DamagedFileError, IrregularStackError, ReadError, UnknownFormatError
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.read.labels import read_labels
from vizmed.sample import write_sample
from vizmed.segmentation import Segmentation

SHAPE = (13, 11, 7)  # 143 pixels: no frame of bits but the first begins with a byte
GRIDS = geometries(SHAPE)
GRID = GRIDS["rotated"]


def boxes() -> dict[int, np.ndarray]:
    """A box, a smaller one within it, and one of three voxels in the first and in the last slices."""
    masks = {number: np.zeros(SHAPE, dtype=bool) for number in (2, 3, 9)}
    masks[2][3:10, 2:9, 1:5] = True
    masks[3][5:8, 4:6, 2:4] = True
    masks[9][0, 10, 0] = masks[9][12, 0, 0] = masks[9][12, 10, 6] = True
    return masks


MASKS = boxes()
APART = {number: MASKS[number] for number in (2, 9)}


def assert_same(found: Segmentation, masks: dict[int, np.ndarray], grid: Geometry) -> None:
    assert found.geometry.is_close(grid)
    assert [label.number for label in found.labels] == sorted(masks)
    for number, mask in masks.items():
        np.testing.assert_array_equal(found.mask(number), mask)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL"])
@pytest.mark.parametrize("grid", sorted(GRIDS))
def test_every_kind_of_grid(kind, grid, tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRIDS[grid], MASKS, kind=kind)
    found = read_labels(path, reference=GRIDS[grid])
    assert_same(found, MASKS, GRIDS[grid])
    assert (len(found.layers), found.layer_of) == (2, (0, 1, 0))
    if not GRIDS[grid].is_left_handed:  # slices are counted along the normal
        assert_same(read_labels(path), MASKS, GRIDS[grid])


def test_left_handed_grids_without_reference_lie_in_the_same_place(tmp_path):
    grid = GRIDS["rotated left-handed"]
    found = read_labels(write_seg(tmp_path / "s.dcm", grid, MASKS))
    turned = grid.reordered((0, 1, 2), (False, False, True))
    assert_same(found, {number: mask[:, :, ::-1] for number, mask in MASKS.items()}, turned)


@pytest.mark.parametrize("codes_", ["LPS", "RAS", "SAR", "PIL"])
def test_the_reference_decides_the_axes(codes_, tmp_path):
    """A NIfTI of the same scan has its axes otherwise; the labels take those."""
    scan = asymmetric(GRIDS["sheared"])
    other = scan.reoriented(codes_)
    path = write_seg(tmp_path / "s.dcm", scan.geometry, MASKS)
    found = read_labels(path, reference=other)
    assert found.geometry.is_close(other.geometry)
    for number, mask in MASKS.items():
        assert set(other.voxels[found.mask(number)]) == set(scan.voxels[mask])
        assert found.mask(number).sum() == mask.sum()


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_frames_in_any_order_and_empty_ones(kind, tmp_path):
    masks = APART if kind == "LABELMAP" else MASKS
    count = 7 if kind == "LABELMAP" else 21
    order = np.random.default_rng(5).permutation(count)
    path = write_seg(tmp_path / "s.dcm", GRID, masks, kind=kind, keep_empty=True, order=list(order))
    assert_same(read_labels(path), masks, GRID)


def test_one_frame(tmp_path):
    """Its functional groups hold all there is to know; the header itself names no place."""
    mask = np.zeros(SHAPE, dtype=bool)
    mask[4:6, 3:9, 2] = True
    path = write_seg(tmp_path / "s.dcm", GRID, {1: mask}, measures={"SpacingBetweenSlices": 1.4})
    found = read_labels(path)
    assert_same(found, {1: mask[:, :, 2:3]}, Geometry((13, 11, 1), shifted(GRID, 2)))
    assert [finding.code for finding in found.provenance.findings] == ["single-slice"]
    assert_same(read_labels(path, reference=GRID), {1: mask}, GRID)


def shifted(grid: Geometry, k: int) -> np.ndarray:
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world((0, 0, k))
    return affine


def test_a_segment_that_all_frames_share(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, {9: MASKS[2]}, shared_segment=True)
    assert_same(read_labels(path, reference=GRID), {9: MASKS[2]}, GRID)


@pytest.mark.parametrize(("whole", "inside"), [(255, 128), (200, 100), (3, 2), (1, 1)])
def test_half_of_the_whole_counts(whole, inside, tmp_path):
    parts = np.zeros(SHAPE)
    parts[2, :, 3] = inside
    parts[5, :, 4] = inside - 1
    parts[7, 0, 0] = whole
    path = write_seg(tmp_path / "s.dcm", GRID, {1: parts / whole}, kind="FRACTIONAL", whole=whole)
    found = read_labels(path, reference=GRID)
    assert_same(found, {1: parts >= inside}, GRID)
    assert [(finding.code, finding.severity) for finding in found.provenance.findings] == [("fractional", "note")]


@pytest.mark.parametrize(
    "syntax", [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.ImplicitVRLittleEndian]
)
@pytest.mark.parametrize("kind", ["FRACTIONAL", "LABELMAP"])
def test_compressed(kind, syntax, tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, APART, kind=kind, syntax=syntax)
    assert_same(read_labels(path, reference=GRID), APART, GRID)


def test_deflated(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, MASKS, syntax=uid.DeflatedExplicitVRLittleEndian)
    assert_same(read_labels(path, reference=GRID), MASKS, GRID)


def test_label_map_of_16_bits(tmp_path):
    masks = {7: MASKS[2], 40000: MASKS[9]}
    found = read_labels(write_seg(tmp_path / "s.dcm", GRID, masks, kind="LABELMAP"))
    assert_same(found, masks, GRID)
    assert found.layers[0].voxels.dtype == np.uint16


def test_label_map_with_palette_and_padding(tmp_path):
    path = write_seg(
        tmp_path / "s.dcm",
        GRID,
        {**APART, 5: ~(MASKS[2] | MASKS[9])},
        kind="LABELMAP",
        names={2: "liver", 9: "marks"},
        PhotometricInterpretation="PALETTE COLOR",
        PixelPaddingValue=5,
    )
    found = read_labels(path)
    assert_same(found, APART, GRID)
    assert found.provenance.findings == ()


def test_names_and_colours(tmp_path):
    lab = [37137, 49837, 45359]
    segments = [
        item(SegmentNumber=2, SegmentLabel="Left \x1b[31mlung", RecommendedDisplayCIELabValue=lab),
        item(SegmentNumber=3, SegmentedPropertyTypeCodeSequence=[item(CodeMeaning="Nodule")]),
    ]
    found = read_labels(write_seg(tmp_path / "s.dcm", GRID, MASKS, SegmentSequence=segments))
    assert [label.name for label in found.labels] == ["Left [31mlung", "Nodule", "label-9"]
    rgb = highdicom.color.CIELabColor.from_dicom_value(lab).to_rgb()
    assert found.labels[0].color == "#{:02x}{:02x}{:02x}".format(*rgb)
    assert [(f.code, f.severity, f.where) for f in found.provenance.findings] == [("unnamed-labels", "warning", "9")]


def test_segments_without_a_voxel_are_left_out_and_named(tmp_path):
    masks = {**MASKS, 4: np.zeros(SHAPE, dtype=bool)}
    for keep_empty in (True, False):
        found = read_labels(write_seg(tmp_path / "s.dcm", GRID, masks, keep_empty=keep_empty))
        assert_same(found, MASKS, GRID)
        assert [(f.code, f.where) for f in found.provenance.findings] == [("empty-labels", "organ 4")]


def test_a_segmentation_without_a_voxel_is_told_of(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, {1: np.zeros(SHAPE, dtype=bool)}, keep_empty=True)
    found = read_labels(path)
    assert found.labels == ()
    assert [(f.code, f.severity) for f in found.provenance.findings] == [
        ("empty-labels", "note"),
        ("no-labels", "warning"),
    ]


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
@pytest.mark.parametrize("omit", [True, False])
def test_files_of_highdicom(kind, omit, tmp_path):
    sources = write_series(
        tmp_path / "ct",
        asymmetric(GRID).voxels,
        GRID,
        FrameOfReferenceUID="1.2.3.7",
        StudyTime="101010",
        StudyID="1",
        PatientSex="O",
        PositionReferenceIndicator="",
        Manufacturer="",
    )
    masks = {1: MASKS[2], 2: MASKS[9]} if kind == "LABELMAP" else {1: MASKS[2], 2: MASKS[3], 3: MASKS[9]}
    pixels = np.stack([mask.T for mask in masks.values()], axis=-1)
    describe = [
        SegmentDescription(
            number,
            f"part {number}",
            codes.SCT.Organ,
            codes.SCT.Liver,
            "MANUAL",
            display_color=highdicom.color.CIELabColor.from_rgb(10 * number, 200, 33),
        )
        for number in masks
    ]
    written = HighdicomSegmentation(
        [pydicom.dcmread(source) for source in sources],
        pixels.astype(float) if kind == "FRACTIONAL" else pixels,
        kind,
        describe,
        "1.2.9",
        9,
        "1.2.9.1",
        1,
        "maker",
        "model",
        "1",
        "number",
        omit_empty_frames=omit,
    )
    written.save_as(tmp_path / "s.dcm")
    for reference in (None, tmp_path / "ct"):
        found = read_labels(tmp_path / "s.dcm", reference=reference)
        assert_same(found, masks, GRID)
        assert [label.color for label in found.labels] == [f"#{10 * number:02x}c821" for number in masks]
        assert [label.name for label in found.labels] == [f"part {number}" for number in masks]


def test_nothing_of_the_patient_is_kept(tmp_path):
    found = read_labels(write_seg(tmp_path / "s.dcm", GRID, MASKS))
    assert "SECRET" not in f"{found!r} {found.labels} {found.provenance} {found.layers}"


@pytest.mark.parametrize(
    ("attributes", "error", "words"),
    [
        ({"SegmentationType": "OTHER"}, DamagedFileError, "SegmentationType"),
        ({"NumberOfFrames": 7}, DamagedFileError, "declares 7 frames and describes 8"),
        ({"Rows": 60000}, DamagedFileError, "cut short"),
        ({"Rows": 12}, DamagedFileError, "cut short"),
        ({"PixelData": b"\0\0"}, DamagedFileError, "cut short"),
        ({"SharedFunctionalGroupsSequence": None}, IrregularStackError, "is None"),
        ({"PerFrameFunctionalGroupsSequence": None}, DamagedFileError, "of no segment"),
        ({"PixelData": None}, DamagedFileError, "no pixels"),
    ],
)
def test_absurd_headers_are_refused(attributes, error, words, tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, MASKS, **attributes)
    with pytest.raises(error, match=words) as refused:
        read_labels(path)
    assert refused.value.where == str(path)
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"PixelRepresentation": 1}, DamagedFileError),
        ({"SamplesPerPixel": 3}, DamagedFileError),
        ({"BitsAllocated": 64, "BitsStored": 64, "HighBit": 63}, ReadError),
        ({"BitsAllocated": 4, "BitsStored": 4, "HighBit": 3}, CodecError),
    ],
)
def test_pixels_that_are_no_numbers_are_refused(attributes, error, tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, APART, kind="LABELMAP", **attributes)
    with pytest.raises(error):
        read_labels(path)


def test_bits_in_an_encoding_that_has_none_are_refused(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, MASKS, syntax=uid.ExplicitVRBigEndian)
    with pytest.raises(CodecError, match="little endian"):
        read_labels(path)


def test_two_frames_in_one_place_are_refused(tmp_path):
    path = write_seg(tmp_path / "s.dcm", GRID, {1: MASKS[2]}, order=[0, 1, 2, 3, 1])
    with pytest.raises(IrregularStackError, match="frames 2 and 5"):
        read_labels(path)


def test_cut_files_are_refused(tmp_path):
    path: Path = write_seg(tmp_path / "s.dcm", GRID, MASKS)
    whole = path.read_bytes()
    for end in range(200, len(whole) - 1, 97):
        path.write_bytes(whole[:end])
        with pytest.raises(ReadError):
            read_labels(path)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_labels_alone_are_no_scan(tmp_path, kind):
    path = write_seg(tmp_path / "s.dcm", next(iter(GRIDS.values())), MASKS, kind=kind)
    for place in (path, tmp_path):
        with pytest.raises(UnknownFormatError, match=r"segmentation.*vizmed labels"):
            read(place)


def test_labels_beside_a_scan_are_not_taken_for_it(tmp_path):
    write_sample(tmp_path / "scan", size=32)
    grid = read(tmp_path / "scan").geometry
    masks = {1: np.ones(grid.shape, bool)}
    write_seg(tmp_path / "scan" / "s.dcm", grid, masks)
    assert read(tmp_path / "scan").modality == "CT"
