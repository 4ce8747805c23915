"""Colours become one value a pixel where that is asked for, whatever way they are stored in."""

from __future__ import annotations

import imagecodecs
import nibabel
import numpy as np
import pytest
import SimpleITK
from pydicom import uid
from pydicom.encaps import encapsulate
from pydicom.pixels import encoders

from tests.dicom_files import slice_dataset, write_file
from tests.phantoms import geometries
from vizmed.errors import CodecError, DamagedFileError
from vizmed.read import read
from vizmed.volume import Volume

GRID = geometries((8, 6, 3))["rotated"]
RGB = np.random.default_rng(3).integers(0, 256, (3, 6, 8, 3), dtype="uint8")
LUMA = np.rint(RGB @ [0.299, 0.587, 0.114]).astype("uint8")
PLAIN = (uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian)


def write(folder, pictures, photometric="RGB", syntax=uid.ExplicitVRLittleEndian, encode=None, **own):
    for k, picture in enumerate(pictures):
        dataset = slice_dataset(np.zeros((8, 6), picture.dtype), GRID, k)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PlanarConfiguration = 3, photometric, 0
        for keyword, value in own.items():
            setattr(dataset, keyword, value)
        if encode is None:
            write_file(folder / f"{k}", dataset, [picture], syntax)
            continue
        write_file(folder / f"{k}", dataset, [np.zeros((6, 8, 3), "uint8")], uid.ExplicitVRLittleEndian)
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.PixelData = encapsulate([encode(picture)])
        dataset["PixelData"].VR = "OB"
        dataset.save_as(folder / f"{k}")


def luma(folder) -> np.ndarray:
    volume = read(folder, luminance=True)
    assert volume.geometry.is_close(GRID, 1e-9)
    return volume.voxels.T


@pytest.mark.parametrize("syntax", PLAIN)
@pytest.mark.parametrize("planar", [0, 1])
def test_plain_rgb(planar, syntax, tmp_path):
    pictures = np.ascontiguousarray(RGB.transpose(0, 3, 1, 2)) if planar else RGB
    write(tmp_path, pictures, syntax=syntax, PlanarConfiguration=planar)
    np.testing.assert_array_equal(luma(tmp_path), LUMA)


def test_sixteen_bits_a_colour(tmp_path):
    wide = RGB.astype("uint16") * 257
    write(tmp_path, wide, syntax=uid.ExplicitVRBigEndian)
    found = luma(tmp_path)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.rint(wide @ [0.299, 0.587, 0.114]))


@pytest.mark.parametrize("planar", [0, 1])
def test_ybr_full_is_its_first_sample(planar, tmp_path):
    pictures = np.ascontiguousarray(RGB.transpose(0, 3, 1, 2)) if planar else RGB
    write(tmp_path, pictures, "YBR_FULL", PlanarConfiguration=planar)
    np.testing.assert_array_equal(luma(tmp_path), RGB[..., 0])


def test_two_pixels_to_a_colour(tmp_path):
    y = RGB[..., 0]
    pictures = np.concatenate([y.reshape(3, 6, 4, 2), RGB[:, :, ::2, 1:]], axis=-1)
    write(tmp_path, pictures, "YBR_FULL_422")
    np.testing.assert_array_equal(luma(tmp_path), y)


def test_two_pixels_to_a_colour_that_are_not(tmp_path):
    write(tmp_path, RGB, "YBR_FULL_422")
    with pytest.raises(CodecError, match="not two to a colour"):
        read(tmp_path, luminance=True)


def rle(picture) -> bytes:
    return encoders.RLELosslessEncoder.encode(
        picture.tobytes(),
        encoding_plugin="pydicom",
        rows=6,
        columns=8,
        samples_per_pixel=3,
        number_of_frames=1,
        bits_allocated=8,
        bits_stored=8,
        pixel_representation=0,
        photometric_interpretation="RGB",
        planar_configuration=0,
    )


LOSSLESS = {
    uid.RLELossless: rle,
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: lambda picture: imagecodecs.jpeg2k_encode(picture, codecformat="j2k", reversible=True),
    uid.JPEGLosslessSV1: lambda picture: imagecodecs.jpeg8_encode(
        picture, lossless=True, colorspace="RGB", outcolorspace="RGB"
    ),
}


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_lossless_codecs(syntax, planar, tmp_path):
    write(tmp_path, RGB, syntax=syntax, encode=LOSSLESS[syntax], PlanarConfiguration=planar)
    np.testing.assert_array_equal(luma(tmp_path), LUMA)


def test_rle_of_ybr(tmp_path):
    write(tmp_path, RGB, "YBR_FULL", syntax=uid.RLELossless, encode=rle)
    np.testing.assert_array_equal(luma(tmp_path), RGB[..., 0])


def unmarked(encoded: bytes) -> bytes:
    """Take out the JFIF or Adobe marker, which says how the colours are stored."""
    for marker in (b"\xff\xe0", b"\xff\xee"):
        while (at := encoded.find(marker)) >= 0:
            encoded = encoded[:at] + encoded[at + 2 + int.from_bytes(encoded[at + 2 : at + 4], "big") :]
    return encoded


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize(("photometric", "stored"), [("RGB", "RGB"), ("YBR_FULL", "YCBCR"), ("YBR_FULL_422", "YCBCR")])
def test_jpeg(photometric, stored, marked, tmp_path):
    smooth = np.zeros((3, 6, 8, 3), "uint8") + np.array([200, 90, 20], "uint8") + np.arange(8, dtype="uint8")[:, None]

    def encode(picture):
        encoded = imagecodecs.jpeg8_encode(picture, level=100, outcolorspace=stored, subsampling="444")
        return encoded if marked else unmarked(encoded)

    write(tmp_path, smooth, photometric, syntax=uid.JPEGBaseline8Bit, encode=encode)
    np.testing.assert_allclose(luma(tmp_path), smooth @ [0.299, 0.587, 0.114], atol=2)


# ---- palettes


def palette(bits, count, first=0, *, packed=False):
    table = np.random.default_rng(8).integers(0, 1 << bits, (count, 3)).astype("uint8" if packed else "uint16")
    own = {"SamplesPerPixel": 1}
    for n, colour in enumerate(("Red", "Green", "Blue")):
        own[f"{colour}PaletteColorLookupTableDescriptor"] = [count & 0xFFFF, first, bits]
        own[f"{colour}PaletteColorLookupTableData"] = np.ascontiguousarray(table[:, n]).tobytes()
    return table, own


@pytest.mark.parametrize(
    ("bits", "count", "first", "packed", "dtype"),
    [
        (8, 256, 0, False, "uint8"),
        (8, 256, 0, True, "uint8"),
        (16, 256, 0, False, "uint8"),
        (16, 200, 30, False, "uint8"),
        (16, 65536, 0, False, "uint16"),
    ],
)
def test_palette(bits, count, first, packed, dtype, tmp_path):
    table, own = palette(bits, count, first, packed=packed)
    indices = RGB[..., 0].astype(dtype) * (256 if dtype == "uint16" else 1)
    write(tmp_path, indices, "PALETTE COLOR", **own)
    found = luma(tmp_path)
    assert found.dtype == ("uint8" if bits == 8 else "uint16")
    expected = np.rint(table @ [0.299, 0.587, 0.114])[np.clip(indices.astype(int) - first, 0, count - 1)]
    np.testing.assert_array_equal(found, expected)


def test_simpleitk_agrees_on_palettes(tmp_path):
    _, own = palette(8, 256, packed=True)
    write(tmp_path, RGB[..., 0], "PALETTE COLOR", **own)
    image = SimpleITK.ReadImage([tmp_path / f"{k}" for k in range(3)])
    colours = SimpleITK.GetArrayFromImage(image)
    np.testing.assert_array_equal(luma(tmp_path), np.rint(colours @ [0.299, 0.587, 0.114]))


@pytest.mark.parametrize("planar", [0, 1])
def test_simpleitk_agrees_on_rgb(planar, tmp_path):
    pictures = np.ascontiguousarray(RGB.transpose(0, 3, 1, 2)) if planar else RGB
    write(tmp_path, pictures, PlanarConfiguration=planar)
    colours = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage([tmp_path / f"{k}" for k in range(3)]))
    np.testing.assert_array_equal(luma(tmp_path), np.rint(colours @ [0.299, 0.587, 0.114]))


def test_a_palette_is_refused_without_being_asked_for(tmp_path):
    _, own = palette(8, 256)
    write(tmp_path, RGB[..., 0], "PALETTE COLOR", **own)
    with pytest.raises(CodecError, match=r"colour.*--luminance"):
        read(tmp_path)


@pytest.mark.parametrize("wound", ["missing", "short", "unlike", "bits"])
def test_a_damaged_palette_is_refused(wound, tmp_path):
    _, own = palette(16, 256)
    if wound == "missing":
        own = {"SamplesPerPixel": 1}
    elif wound == "short":
        own["GreenPaletteColorLookupTableData"] = bytes(100)
    elif wound == "unlike":
        own["BluePaletteColorLookupTableDescriptor"] = [256, 5, 16]
    else:
        own["RedPaletteColorLookupTableDescriptor"] = [256, 0, 12]
    write(tmp_path, RGB[..., 0], "PALETTE COLOR", **own)
    with pytest.raises((DamagedFileError, CodecError), match="palette"):
        read(tmp_path, luminance=True)


@pytest.mark.parametrize("photometric", ["CMYK", "ARGB", "HSV", "MONOCHROME2"])
def test_unknown_colours_are_refused(photometric, tmp_path):
    write(tmp_path, RGB, photometric)
    with pytest.raises(CodecError, match=photometric):
        read(tmp_path, luminance=True)


def test_real_colour(shared_data):
    folder = shared_data("codecs/rgb")
    truth = nibabel.load(folder / "001_ground_truth.nii.gz")
    found = read(folder / "001", luminance=True)
    samples = np.asarray(truth.dataobj)
    grey = np.rint(sum(samples[name] * w for name, w in zip("RGB", (0.299, 0.587, 0.114), strict=True)))
    expected = Volume.from_nibabel(nibabel.Nifti1Image(grey.astype("uint8"), truth.affine))
    expected = expected.reoriented(found.geometry.axis_codes)
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    assert found.geometry.is_close(expected.geometry, 1e-3)
