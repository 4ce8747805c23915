"""Stored bits become values, the same ones through both decoders and in every encoding."""

from __future__ import annotations

from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.encaps import encapsulate

from tests.dicom_files import ENCODERS, slice_dataset, write_enhanced, write_file, write_series
from tests.phantoms import ORIGIN_MM, SPACING_MM, asymmetric, axis_orders, geometries
from vizmed.errors import BudgetError, CodecError, DamagedFileError, IrregularStackError, OptionError, ReadError
from vizmed.geometry import Geometry
from vizmed.read import read
from vizmed.read.chunks import open_chunks
from vizmed.read.dicom.pixels import codecs, read_values, with_vtk
from vizmed.read.dicom.survey import survey

SHAPE = (7, 5, 6)
GRID = geometries(SHAPE)["rotated"]
SHEARED = geometries(SHAPE)["sheared"]
RIGHT_HANDED = {
    name: Geometry.from_axes(SHAPE, SPACING_MM, ORIGIN_MM, direction)
    for name, direction in axis_orders().items()
    if np.linalg.det(direction) > 0
}
RNG_SEED = 5


def noise(dtype, low=None, high=None, shape=SHAPE) -> np.ndarray:
    """All values of the range may occur, and its two ends do."""
    limits = np.iinfo(dtype)
    low, high = limits.min if low is None else low, limits.max if high is None else high
    values = np.random.default_rng(RNG_SEED).integers(low, high, shape, endpoint=True)
    values.flat[:2] = low, high
    return np.asfortranarray(values.astype(dtype))


def write(folder, stored, geometry=GRID, **options):
    return write_series(folder, stored, geometry, **options)


def frames(folder):
    return sorted(survey(folder).frames, key=lambda frame: (frame.path, frame.number))


def assert_both_decoders_agree(folder) -> None:
    one, other = read(folder, reader="vtk"), read(folder, reader="pydicom")
    assert (one.provenance.decoder, other.provenance.decoder) == ("vtk", "pydicom")
    assert one.voxels.dtype == other.voxels.dtype
    assert np.array_equal(one.voxels, other.voxels)
    assert one.geometry == other.geometry
    assert one.voxels.flags.f_contiguous
    assert other.voxels.flags.f_contiguous
    no_decoder = [replace(volume.provenance, decoder="") for volume in (one, other)]
    assert no_decoder[0] == no_decoder[1]


# ---- two decoders, one truth


@pytest.mark.parametrize("name", ["head-mr", "thorax-ct"])
def test_decoders_agree_on_real_series(name, shared_data):
    assert_both_decoders_agree(shared_data(name))


@pytest.mark.parametrize("name", RIGHT_HANDED)
def test_decoders_agree_in_all_axis_orders(name, tmp_path):
    truth = asymmetric(RIGHT_HANDED[name])
    write(tmp_path, truth.voxels, truth.geometry, name=lambda k: f"{(5 * k + 3) % 6}")
    assert_both_decoders_agree(tmp_path)
    np.testing.assert_array_equal(read(tmp_path, reader="vtk").voxels, truth.voxels)


@pytest.mark.parametrize(
    ("stored", "attributes"),
    [
        (noise("int16"), {}),
        (noise("uint16"), {}),
        (noise("uint16", 0, 4095), {"BitsStored": 12, "HighBit": 11}),
        (noise("uint16", 0, 4095), {"BitsStored": 12, "HighBit": 11, "RescaleIntercept": -1024, "RescaleSlope": 1}),
        (noise("int16", -2000, 3000), {"RescaleIntercept": -24, "RescaleSlope": 1}),
        (noise("int16"), {"RescaleIntercept": 0, "RescaleSlope": 1}),
    ],
    ids=["int16", "uint16", "12 bit", "12 bit HU", "int16 HU", "slope 1"],
)
@pytest.mark.parametrize("slices", [2, 5, 6])
def test_decoders_agree_on_value_types(stored, attributes, slices, tmp_path):
    grid = geometries((7, 5, slices))["permuted"]
    write(tmp_path, stored[:, :, :slices], grid, **attributes)
    assert_both_decoders_agree(tmp_path)
    expected = stored[:, :, :slices].astype(np.int64) + attributes.get("RescaleIntercept", 0)
    np.testing.assert_array_equal(read(tmp_path, reader="vtk").voxels, expected)


def test_decoders_agree_on_the_sample(tmp_path):
    from vizmed.sample import write_sample

    write_sample(tmp_path)
    assert_both_decoders_agree(tmp_path)


def test_auto_takes_a_decoder_that_may(tmp_path):
    write(tmp_path, noise("int16"), syntax=uid.RLELossless)
    assert read(tmp_path).provenance.decoder == "pydicom"
    with pytest.raises(ReadError, match="vtkDICOMImageReader may not read this series"):
        read(tmp_path, reader="vtk")


# ---- what vtkDICOMImageReader would get wrong


VTK_OBJECTIONS = {
    "in colour": {"SamplesPerPixel": 3},
    "has not 16 bits": {"dtype": "uint8"},
    "HighBit is not": {"BitsStored": 12, "HighBit": 15},
    "narrower than its pixel": {"BitsStored": 12, "HighBit": 11},
    "compressed or big endian": {"syntax": uid.ExplicitVRBigEndian},
    "not a whole intercept alone": {"RescaleSlope": 2, "RescaleIntercept": 0},
    "a UID is blank": {"StudyInstanceUID": ""},
    "slices differ": {"per_slice": lambda k: {"RescaleIntercept": -k, "RescaleSlope": 1}},
}


@pytest.mark.parametrize("reason", VTK_OBJECTIONS)
def test_vtk_objects(reason, tmp_path):
    options = dict(VTK_OBJECTIONS[reason])
    stored = noise(options.pop("dtype", "int16"), 0, 100)
    if "SamplesPerPixel" in options:
        stored_frames = _colour(tmp_path)
    else:
        write(tmp_path, stored, **options)
        stored_frames = frames(tmp_path)
    assert reason in with_vtk.objection(stored_frames)


@pytest.mark.parametrize("intercept", ["0.5", "-1024.25"])
def test_vtk_objects_to_a_broken_intercept(intercept, tmp_path):
    write(tmp_path, noise("int16"), RescaleIntercept=intercept, RescaleSlope="1")
    assert "whole intercept" in with_vtk.objection(frames(tmp_path))


def test_vtk_objects_to_one_slice_a_missing_position_and_many_frames(tmp_path):
    write(tmp_path / "plain", noise("int16"))
    assert with_vtk.objection(frames(tmp_path / "plain")) is None
    (lone,) = write(tmp_path / "one", noise("int16")[:, :, :1], geometries((7, 5, 1))["rotated"])
    assert "one slice" in with_vtk.objection(frames(lone))
    write(tmp_path / "lost", noise("int16"), ImagePositionPatient=None)
    assert "position is missing" in with_vtk.objection(frames(tmp_path / "lost"))
    (tmp_path / "many").mkdir()
    write_enhanced(tmp_path / "many" / "file", noise("int16"), GRID, range(6))
    assert "many frames" in with_vtk.objection(frames(tmp_path / "many"))


def test_vtk_objects_to_a_folder_that_holds_more(tmp_path):
    write(tmp_path, noise("int16"), name="a{}".format)
    assert with_vtk.objection(frames(tmp_path)) is None
    (tmp_path / "notes").touch()
    assert "other files" in with_vtk.objection(frames(tmp_path))
    (tmp_path / "notes").unlink()
    (tmp_path / "a5").rename(tmp_path.parent / "elsewhere")
    (tmp_path / "sub").mkdir()
    (tmp_path.parent / "elsewhere").rename(tmp_path / "sub" / "a5")
    assert "in several" in with_vtk.objection(frames(tmp_path))


def test_vtk_objects_to_a_tilted_gantry(tmp_path):
    write(tmp_path, noise("int16"), SHEARED)
    assert with_vtk.objection(frames(tmp_path)) == "the gantry is tilted"
    np.testing.assert_array_equal(read(tmp_path).voxels, noise("int16"))


@pytest.mark.parametrize(("low", "intercept"), [(0, -1024), (0, 1000), (0, 40000)])
def test_vtk_result_that_wrapped_around_is_refused(low, intercept, tmp_path):
    stored = noise("uint16", low)
    write(tmp_path, stored, RescaleIntercept=intercept, RescaleSlope=1)
    with pytest.raises(ReadError, match="values from"):
        read(tmp_path, reader="vtk")
    found = read(tmp_path)
    assert found.voxels.dtype == np.int32
    np.testing.assert_array_equal(found.voxels, stored.astype(np.int64) + intercept)


def test_an_unknown_reader_is_refused(tmp_path):
    write(tmp_path, noise("int16"))
    with pytest.raises(OptionError, match="auto, vtk, pydicom"):
        read_values(frames(tmp_path), "gdcm")


# ---- bits


def test_garbage_above_the_high_bit(tmp_path):
    values = noise("uint16", 0, 4095)
    write(tmp_path, values | np.uint16(0xA000), BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(read(tmp_path).voxels, values)
    with pytest.raises(ReadError, match="12 bits allow 0 to 4095"):
        read(tmp_path, reader="vtk")


@pytest.mark.parametrize("garbage", [0, 0xF000, 0x5000])
def test_signed_twelve_bits_extend_their_sign(garbage, tmp_path):
    values = noise("int16", -2048, 2047)
    raw = (values.view("uint16") & 0x0FFF | garbage).astype("uint16").view("int16")
    write(tmp_path, np.asfortranarray(raw), BitsStored=12, HighBit=11)
    found = read(tmp_path)
    assert found.voxels.dtype == np.int16
    np.testing.assert_array_equal(found.voxels, values)


@pytest.mark.parametrize("signed", [False, True])
def test_twelve_bits_at_the_top_of_the_pixel(signed, tmp_path):
    values = noise("int16", -2048, 2047) if signed else noise("uint16", 0, 4095)
    raw = np.asfortranarray(values << 4 | 0x7)
    write(tmp_path, raw, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(read(tmp_path).voxels, values)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian])
def test_stored_types_are_kept(dtype, syntax, tmp_path):
    write(tmp_path, noise(dtype), syntax=syntax)
    found = read(tmp_path)
    assert found.voxels.dtype == dtype
    np.testing.assert_array_equal(found.voxels, noise(dtype))


# ---- rescale


@pytest.mark.parametrize(
    ("stored", "bits", "slope", "intercept", "dtype"),
    [
        (noise("int16"), 16, "1", "0", "int16"),
        (noise("uint16"), 16, "1", "0", "uint16"),
        (noise("uint16", 0, 4095), 12, "1", "-1024", "int16"),
        (noise("uint16", 0, 4095), 12, "2", "-1024", "int16"),
        (noise("uint16", 0, 4095), 12, "-1", "0", "int16"),
        (noise("uint16"), 16, "1", "-1024", "int32"),
        (noise("uint16", 0, 3000), 16, "1", "-1024", "int16"),
        (noise("int16", -1000, 3000), 16, "2", "0", "int16"),
        (noise("int16"), 16, "2", "0", "int32"),
        (noise("int16", 0, 32767), 16, "2", "0", "uint16"),
        (noise("uint16"), 16, "1000000", "0", "float32"),
        (noise("uint8"), 8, "1", "-1000", "int16"),
        (noise("uint8"), 8, "1", "-128", "int8"),
        (noise("int16"), 16, "1.0", "0.5", "float32"),
        (noise("int16"), 16, "0.25", "0", "float32"),
        (noise("uint32"), 32, "1", "-1", "float32"),
        (noise("int32", -1000, 1000), 32, "3", "1", "int32"),
    ],
)
def test_the_type_of_the_result(stored, bits, slope, intercept, dtype, tmp_path):
    attributes = {"BitsStored": bits, "HighBit": bits - 1, "RescaleSlope": slope, "RescaleIntercept": intercept}
    write(tmp_path, stored, **attributes)
    found = read(tmp_path)
    exact = stored.astype(np.float64) * float(slope) + float(intercept)
    assert found.voxels.dtype == dtype
    np.testing.assert_array_equal(found.voxels, exact.astype(dtype))


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_a_slope_for_each_slice(dtype, tmp_path):
    slopes = [0.1, 2.5, 1.0, 0.333333, 7.25, 1e-3]
    stored = noise(dtype)
    write(tmp_path, stored, per_slice=lambda k: {"RescaleSlope": f"{slopes[k]}", "RescaleIntercept": f"{-k / 2}"})
    found = read(tmp_path)
    assert found.voxels.dtype == np.float32
    exact = stored.astype(np.float64) * slopes - np.arange(6) / 2
    np.testing.assert_array_equal(found.voxels, exact.astype(np.float32))


def test_a_whole_slope_for_each_slice_stays_whole(tmp_path):
    stored = noise("int16", -500, 500)
    write(tmp_path, stored, per_slice=lambda k: {"RescaleSlope": k + 1, "RescaleIntercept": -10 * k})
    found = read(tmp_path)
    assert found.voxels.dtype == np.int16
    np.testing.assert_array_equal(found.voxels, stored * np.arange(1, 7) - 10 * np.arange(6))


@pytest.mark.parametrize("number", [b"nan   ", b"inf   ", b"-inf  ", b"1e300 "])
@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
def test_an_absurd_rescale_is_refused(keyword, number, tmp_path):
    paths = write(tmp_path, noise("int16"), **{"RescaleSlope": "1", "RescaleIntercept": "0", keyword: "1.2345"})
    for path in paths:
        path.write_bytes(path.read_bytes().replace(b"1.2345", number))
    with pytest.raises(DamagedFileError, match="rescale"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("dtype", "padding", "value"),
    [("int16", -2000, -3024.0), ("uint16", 63536, 62512.0), ("int8", -128, -1152.0), ("int32", -2000, -3024.0)],
)
def test_padding_goes_through_the_rescale(dtype, padding, value, tmp_path):
    write(
        tmp_path, noise(dtype, 0, 100), PixelPaddingValue=padding, RescaleIntercept=-1024, RescaleSlope=1, Modality="CT"
    )
    assert read(tmp_path).padding == value


def test_monochrome1_keeps_its_values(tmp_path):
    write(tmp_path / "1", noise("uint16"), PhotometricInterpretation="MONOCHROME1")
    write(tmp_path / "2", noise("uint16"))
    for name, inverted in (("1", True), ("2", False)):
        found = read(tmp_path / name)
        assert found.inverted is inverted
        np.testing.assert_array_equal(found.voxels, noise("uint16"))


# ---- encodings


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16"])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian, *ENCODERS])
def test_lossless_encodings(syntax, dtype, tmp_path):
    write(tmp_path, noise(dtype), syntax=syntax)
    found = read(tmp_path)
    assert found.voxels.dtype == dtype
    np.testing.assert_array_equal(found.voxels, noise(dtype))
    assert found.geometry.is_close(GRID, 1e-9)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", ENCODERS)
def test_twelve_bits_in_lossless_encodings(syntax, signed, tmp_path):
    values = noise("int16", -2048, 2047) if signed else noise("uint16", 0, 4095)
    raw = values
    if signed and syntax not in (uid.JPEG2000Lossless, uid.HTJ2KLossless):
        raw = np.asfortranarray(values & 0x0FFF)
    write(tmp_path, raw, syntax=syntax, BitsStored=12, HighBit=11, RescaleIntercept=-1024, RescaleSlope=1)
    found = read(tmp_path)
    assert found.voxels.dtype == np.int16
    np.testing.assert_array_equal(found.voxels, values.astype(np.int16) - 1024)


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless])
def test_many_compressed_frames_in_one_file(syntax, tmp_path):
    stored = noise("int16")
    order = [4, 0, 5, 2, 1, 3]
    path = tmp_path / "file"
    write_enhanced(path, stored, GRID, order)
    dataset = pydicom.dcmread(path)
    planes = [np.ascontiguousarray(stored[:, :, k].T) for k in order]
    write_file(path, dataset, planes, syntax)
    np.testing.assert_array_equal(read(path).voxels, stored)


@pytest.mark.parametrize("fragments", [1, 3])
@pytest.mark.parametrize("has_offsets", [False, True])
def test_frames_in_one_or_several_items_with_or_without_a_table(fragments, has_offsets, tmp_path):
    path = tmp_path / "file"
    write_enhanced(path, stored := noise("int16"), GRID, range(6))
    dataset = pydicom.dcmread(path)
    frames = [imagecodecs.jpegls_encode(plane.view("u2")) for plane in dataset.pixel_array]
    dataset.PixelData = encapsulate(frames, fragments_per_frame=fragments, has_bot=has_offsets)
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = uid.JPEGLSLossless
    dataset.save_as(path)
    np.testing.assert_array_equal(read(path).voxels, stored)
    np.testing.assert_array_equal(open_chunks(path).fetch(2, 4), stored[..., 2:4])


def test_one_damaged_frame_among_many_is_refused(tmp_path):
    path = tmp_path / "file"
    write_enhanced(path, noise("int16"), GRID, range(6))
    dataset = pydicom.dcmread(path)
    frames = [imagecodecs.jpegls_encode(plane.view("u2")) for plane in dataset.pixel_array]
    frames[4] = bytes(len(frames[4]))
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = uid.JPEGLSLossless
    dataset.save_as(path)
    with pytest.raises(CodecError, match="JPEG-LS"):
        read(path)


@pytest.mark.parametrize("order", [range(6), range(5, -1, -1), [3, 1, 5, 0, 4, 2]])
@pytest.mark.parametrize("name", ["rotated", "sheared", "permuted"])
def test_enhanced_multi_frame(order, name, tmp_path):
    truth = asymmetric(geometries(SHAPE)[name])
    write_enhanced(tmp_path / "file", truth.voxels, truth.geometry, list(order))
    found = read(tmp_path / "file")
    np.testing.assert_array_equal(found.voxels, truth.voxels)
    assert found.geometry.is_close(truth.geometry, 1e-9)
    assert found.provenance.files == 1


def test_enhanced_file_that_describes_fewer_frames_than_it_declares(tmp_path):
    write_enhanced(tmp_path / "file", noise("int16"), GRID, range(6), NumberOfFrames=5)
    with pytest.raises(DamagedFileError, match="declares 5 frames and describes 6"):
        read(tmp_path / "file")


# ---- refusals


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian])
@pytest.mark.parametrize("cut", [1, 30, 69])
def test_cut_pixels_are_refused_with_their_bytes(syntax, cut, tmp_path):
    file = write(tmp_path, noise("int16"), syntax=syntax)[3]
    file.write_bytes(file.read_bytes()[:-cut])
    with pytest.raises(DamagedFileError, match=rf"{file.name}.*70 bytes expected, {70 - cut} found"):
        read(tmp_path)


def test_cut_deflated_pixels_are_refused(tmp_path):
    file = write(tmp_path, noise("int16"), syntax=uid.DeflatedExplicitVRLittleEndian, Rows=6)[3]
    with pytest.raises(DamagedFileError, match="84 bytes expected, 70 found"):
        read(tmp_path)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        read(tmp_path)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_a_codec_that_gets_half_a_picture_says_so(syntax, tmp_path):
    """The item is whole and its length honest, but what was compressed is cut."""
    file = write(tmp_path, noise("int16"), syntax=syntax)[3]
    plane = np.ascontiguousarray(noise("int16")[:, :, 3].T)
    encoded = ENCODERS[syntax](plane)
    dataset = pydicom.dcmread(file)
    for share in (0.5, 0.7, 0.8):
        dataset.PixelData = encapsulate([encoded[: int(len(encoded) * share) // 2 * 2]])
        dataset.save_as(file)
        with pytest.raises((DamagedFileError, CodecError), match=file.name):
            read(tmp_path)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_cut_compressed_pixels_are_refused(syntax, tmp_path):
    file = write(tmp_path, noise("int16"), syntax=syntax)[3]
    file.write_bytes(file.read_bytes()[:-60])
    with pytest.raises((DamagedFileError, CodecError), match=file.name):
        read(tmp_path)


@pytest.mark.parametrize("wound", [(0, 1), (0, 15), (0, 0), (4, 60), (8, 10_000_000), (8, 64), (8, 0xFFFFFFFF)])
def test_rle_offsets_that_leave_the_data_are_refused(wound, tmp_path):
    file = write(tmp_path, noise("int16"), syntax=uid.RLELossless)[3]
    encoded = bytearray(ENCODERS[uid.RLELossless](np.ascontiguousarray(noise("int16")[:, :, 3].T)))
    at, value = wound
    encoded[at : at + 4] = value.to_bytes(4, "little")
    dataset = pydicom.dcmread(file)
    dataset.PixelData = encapsulate([bytes(encoded)])
    dataset.save_as(file)
    with pytest.raises(CodecError, match=file.name):
        read(tmp_path)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_rubbish_for_compressed_pixels_is_refused(syntax, tmp_path):
    file = write(tmp_path, noise("int16"), syntax=syntax)[3]
    dataset = pydicom.dcmread(file)
    dataset.PixelData = encapsulate([bytes(range(200))])
    dataset.save_as(file)
    with pytest.raises((DamagedFileError, CodecError), match=file.name):
        read(tmp_path)


def test_a_compressed_picture_of_another_size_is_refused(tmp_path):
    write(tmp_path, noise("int16"), syntax=uid.JPEG2000Lossless, Rows=6)
    with pytest.raises(DamagedFileError, match=r"\(5, 7\), its header says \(6, 7\)"):
        read(tmp_path)


@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless])
def test_sizes_are_held_against_the_bytes_that_are_there(syntax, tmp_path):
    write(tmp_path, noise("int16"), syntax=syntax, NumberOfFrames=2_000_000_000)
    with pytest.raises(DamagedFileError, match="bytes expected"):
        read(tmp_path)


def test_a_deflated_file_promises_no_more_than_deflate_can_hold(tmp_path):
    syntax = uid.DeflatedExplicitVRLittleEndian
    write(tmp_path, noise("int16"), syntax=syntax, NumberOfFrames=2_000_000_000)
    with pytest.raises(DamagedFileError, match="140,000,000,000 bytes expected, 70 found"):
        read(tmp_path)


@pytest.mark.parametrize("syntax", ENCODERS)
def test_an_absurd_size_of_a_compressed_picture_is_refused(syntax, tmp_path):
    write(tmp_path, noise("int16"), syntax=syntax, Rows=65535, Columns=65535)
    with pytest.raises((DamagedFileError, CodecError, BudgetError)):
        read(tmp_path)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_damaged_functional_groups_are_refused(keyword, tmp_path):
    path = tmp_path / "file"
    write_enhanced(path, noise("int16"), GRID, range(6))
    sample = pydicom.dcmread(path)
    group = sample.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    if keyword == "ImagePositionPatient":
        group = sample.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence[0]
    number = str(group[keyword].value[0]).encode()
    assert number in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(number, b"x" * len(number)))
    with pytest.raises((DamagedFileError, IrregularStackError), match=r"functional groups|ImageOrientationPatient"):
        read(path)


def test_an_absurd_picture_size_is_refused(tmp_path):
    write(tmp_path, noise("int16"), Rows=65535, Columns=65535)
    with pytest.raises(DamagedFileError, match="8,589,672,450 bytes expected, 70 found"):
        read(tmp_path)


@pytest.mark.parametrize(("stored", "high"), [(17, 16), (12, 10), (12, 16), (0, 11)])
def test_bits_that_do_not_fit_together_are_refused(stored, high, tmp_path):
    write(tmp_path, noise("uint16"), BitsStored=stored, HighBit=high)
    if stored == 0:  # taken as BitsAllocated, and then HighBit does not fit
        high = 11
    with pytest.raises(DamagedFileError, match=f"HighBit {high}"):
        read(tmp_path)


def _colour(folder):
    folder.mkdir(exist_ok=True)
    for k in range(2):
        dataset = slice_dataset(noise("uint8")[:, :, k], GRID, k)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, "RGB", 0
        write_file(folder / f"{k}", dataset, [np.zeros((5, 7, 3), "uint8")], uid.ExplicitVRLittleEndian)
    return frames(folder)


def test_colour_is_refused(tmp_path):
    _colour(tmp_path)
    with pytest.raises(CodecError, match="colour"):
        read(tmp_path)


def test_real_colour_is_refused(shared_data):
    with pytest.raises(CodecError, match="colour"):
        read(shared_data("codecs/rgb/001"))


def test_an_unknown_transfer_syntax_is_refused_by_name(tmp_path):
    write(tmp_path, noise("int16"))
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.9\0"))
    with pytest.raises(CodecError, match=r"1\.2\.840\.10008\.1\.2\.9"):
        read(tmp_path)


def test_pixels_of_one_bit_are_refused(tmp_path):
    write(tmp_path, noise("uint8"), BitsAllocated=1, BitsStored=1, HighBit=0)
    with pytest.raises(CodecError, match="1 bit"):
        read(tmp_path)


# ---- one picture in nine transfer syntaxes; twelve bits with garbage above


def _picture(path):
    """Lay the slices of a mosaic side by side again."""
    volume = read(path)
    tiles = int(np.ceil(np.sqrt(volume.shape[2])))
    columns, rows, count = volume.shape
    padded = np.zeros((columns, rows, tiles**2), volume.voxels.dtype)
    padded[:, :, :count] = volume.voxels
    return padded.reshape(columns, rows, tiles, tiles).transpose(2, 1, 3, 0).reshape(tiles * rows, tiles * columns)


def test_one_picture_in_nine_encodings(shared_data):
    paths = sorted(shared_data("transfer-syntaxes/in").iterdir())
    pictures = [_picture(path) for path in paths]
    assert len(pictures) == 9
    assert len({pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID for path in paths}) >= 7
    assert np.ptp(pictures[0]) > 100
    for picture in pictures[1:]:
        assert picture.dtype == pictures[0].dtype
        np.testing.assert_array_equal(picture, pictures[0])


def test_encodings_equal_pydicoms_own_decoding_where_it_has_one(shared_data):
    compared = 0
    for path in sorted(shared_data("transfer-syntaxes/in").iterdir()):
        dataset = pydicom.dcmread(path)
        try:
            expected = dataset.pixel_array
        except (RuntimeError, NotImplementedError, AttributeError):
            continue  # pydicom has no plugin for it here
        compared += 1
        np.testing.assert_array_equal(_picture(path), expected)
    assert compared >= 4


@pytest.mark.parametrize("name", ["12bitSigned_0x0F0F", "12bitUnsigned", "12bitUnsigned_0x0F0F"])
def test_twelve_bits_with_garbage_above(name, shared_data):
    path = shared_data("twelve-bit/in") / f"{name}.dcm"
    dataset = pydicom.dcmread(path)
    raw = np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns).astype(np.int64) & 0x0FFF
    if dataset.PixelRepresentation == 1:
        raw = np.where(raw >= 2048, raw - 4096, raw)
    assert dataset.BitsStored == 12
    picture = _picture(path)
    np.testing.assert_array_equal(picture, raw)
    assert (picture.min() < 0) == (dataset.PixelRepresentation == 1)


def test_codecs_are_those_that_imagecodecs_has():
    for _title, codec in codecs.CODECS.values():
        assert callable(getattr(imagecodecs, f"{codec}_decode"))
