"""Pictures: written by Pillow, imagecodecs and SimpleITK, read as slices and stacks."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import SimpleITK
from PIL import Image, ImageFile

from vizmed import budget
from vizmed.errors import (
    BudgetError,
    CodecError,
    DamagedFileError,
    IrregularStackError,
    OptionError,
    ReadError,
    UnknownFormatError,
    VizmedError,
)
from vizmed.read import describe, read
from vizmed.read.luminance import luminance
from vizmed.read.pictures.page import believed

ROWS, COLUMNS = 5, 7


def values(dtype="uint8", shape=(ROWS, COLUMNS), seed=0) -> np.ndarray:
    """No two rows or columns alike."""
    random = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return random.normal(size=shape).astype(dtype)
    ends = np.iinfo(dtype)
    return random.integers(ends.min, ends.max, shape, dtype=dtype, endpoint=True)


def save(path: Path, picture: np.ndarray | Image.Image, **options) -> Path:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)
    return path


def stack(folder: Path, numbers=range(1, 13), name="s{}.png") -> np.ndarray:
    """Write slices, and give what is to be read as ``[i, j, k]``."""
    slices = [values("uint16", seed=number) for number in numbers]
    for number, picture in zip(numbers, slices, strict=True):
        save(folder / name.format(number), picture)
    return np.stack([picture.T for picture in slices], axis=-1)


def codes(volume) -> dict[str, str]:
    return {finding.code: finding.severity for finding in volume.provenance.findings}


class TestOnePicture:
    @pytest.mark.parametrize(
        ("name", "dtype"),
        [("a.png", "uint8"), ("a.png", "uint16"), ("a.bmp", "uint8"), ("a.tif", "uint8"), ("a.tif", "uint16")],
    )
    def test_grey(self, name, dtype, tmp_path):
        picture = values(dtype)
        volume = read(save(tmp_path / name, picture))
        assert volume.voxels.dtype == dtype
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)
        assert volume.voxels.flags.f_contiguous
        assert volume.geometry.axis_codes == "LPS"
        assert np.array_equal(volume.geometry.affine, np.eye(4))
        assert volume.provenance.format in {"PNG", "BMP", "TIFF"}
        assert volume.provenance.files == 1
        assert codes(volume) == {"single-slice": "note", "spacing-assumed": "warning", "assumed-orientation": "warning"}

    def test_jpeg_is_as_pillow_decodes_it(self, tmp_path):
        path = save(tmp_path / "a.jpg", values(shape=(33, 41)))
        np.testing.assert_array_equal(read(path).voxels[:, :, 0], np.asarray(Image.open(path)).T)

    @pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"])
    def test_tiff_of_every_type_that_simpleitk_writes(self, dtype, tmp_path):
        picture = values(dtype)
        image = SimpleITK.GetImageFromArray(picture)
        image.SetSpacing((0.4, 0.7))
        SimpleITK.WriteImage(image, str(tmp_path / "a.tif"))
        volume = read(tmp_path / "a.tif")
        assert volume.voxels.dtype == dtype
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)
        np.testing.assert_allclose(volume.geometry.spacing, [0.4, 0.7, 1], rtol=1e-5)
        assert codes(volume)["spacing-from-file"] == "note"

    def test_tiff_of_64_bits(self, tmp_path):
        picture = values("float64")
        (tmp_path / "a.tif").write_bytes(plain_tiff(picture))
        volume = read(tmp_path / "a.tif")
        assert volume.voxels.dtype == "float64"
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)

    def test_big_tiff(self, tmp_path):
        path = save(tmp_path / "a.tif", values("uint16"), big_tiff=True)
        np.testing.assert_array_equal(read(path).voxels[:, :, 0], values("uint16").T)

    @pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
    def test_packed_tiff(self, compression, tmp_path):
        picture = values("uint16", (64, 48))
        volume = read(save(tmp_path / "a.tif", picture, compression=compression))
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)

    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
    def test_one_bit_becomes_0_and_1(self, name, tmp_path):
        picture = np.eye(9, 11, dtype=bool)
        volume = read(save(tmp_path / name, Image.fromarray(picture)))
        assert volume.voxels.dtype == np.uint8
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)

    def test_low_values_shown_bright(self, tmp_path):
        picture = values("uint16")
        volume = read(save(tmp_path / "a.tif", Image.fromarray(picture), tiffinfo={262: 0}))
        assert volume.inverted
        np.testing.assert_array_equal(volume.voxels[:, :, 0], picture.T)

    def test_content_decides_and_not_the_name(self, tmp_path):
        path = save(tmp_path / "a.dcm", values(), format="PNG")
        assert read(path).provenance.format == "PNG"

    def test_described(self, tmp_path):
        described = describe(save(tmp_path / "a.png", values("uint16")))
        assert (described.format, described.stored) == ("PNG", "uint16")
        stack(tmp_path)
        with pytest.raises(ReadError, match="--spacing"):
            describe(tmp_path)
        assert describe(tmp_path, spacing=(1, 2, 3)).geometry.spacing.tolist() == [1, 2, 3]

    def test_prints_nothing(self, tmp_path, capfd):
        info = {270: "ImageJ=1.5\nunit=mm", 50838: (3, 4)}
        read(save(tmp_path / "a.tif", Image.fromarray(values()), tiffinfo=info))
        assert capfd.readouterr() == ("", "")


def plain_tiff(picture: np.ndarray, **changes: int) -> bytes:
    """An uncompressed TIFF made by hand, of any type of number."""
    rows, columns = picture.shape
    data = picture.tobytes()
    kind = {"u": 1, "i": 2, "f": 3}[picture.dtype.kind]
    tags = {256: columns, 257: rows, 258: picture.itemsize * 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: rows,
            279: len(data), 339: kind} | {int(tag[1:]): value for tag, value in changes.items()}  # fmt: skip
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, n) for tag, n in tags.items())
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory + bytes(4)


class TestSpacing:
    @pytest.mark.parametrize(("name", "dpi"), [("a.png", 50.8), ("a.tif", 50.8), ("a.jpg", 51), ("a.bmp", 50.8)])
    def test_a_believable_resolution_is_taken_and_said(self, name, dpi, tmp_path):
        volume = read(save(tmp_path / name, values(), dpi=(dpi, 2 * dpi)))
        expected = 25.4 / dpi
        np.testing.assert_allclose(volume.geometry.spacing, [expected, expected / 2, 1], rtol=2e-3)
        assert codes(volume)["spacing-from-file"] == "note"
        assert "spacing-assumed" not in codes(volume)

    @pytest.mark.parametrize("dpi", [72, 96, 300, 1200])
    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.bmp"])
    def test_a_screens_or_printers_resolution_is_not(self, name, dpi, tmp_path):
        volume = read(save(tmp_path / name, values(), dpi=(dpi, dpi)))
        assert volume.geometry.spacing.tolist() == [1, 1, 1]
        assert f"{dpi} dpi" in "".join(map(str, volume.provenance.findings))

    def test_what_is_believed(self):
        assert believed((25.4, 12.7)) == ((1.0, 2.0), "")
        assert believed(None) == believed((1, 1)) == believed((np.nan, 2)) == believed((np.inf, np.inf)) == (None, "")
        assert believed((1e7, 1e7))[0] is None
        assert believed((1.1, 1.1))[0] is None

    def test_given(self, tmp_path):
        path = save(tmp_path / "a.png", values(), dpi=(50.8, 50.8))
        volume = read(path, spacing=(0.25, 0.5, 2))
        assert volume.geometry.spacing.tolist() == [0.25, 0.5, 2]
        assert codes(volume) == {"assumed-orientation": "warning"}

    @pytest.mark.parametrize("spacing", [(1, 1), (1, 1, 0), (1, 1, -1), (1, 1, np.nan), (1, 1, np.inf), 3, "abc", ()])
    def test_given_wrongly(self, spacing, tmp_path):
        with pytest.raises(OptionError, match="spacing"):
            read(save(tmp_path / "a.png", values()), spacing=spacing)

    def test_imagej_says_it_on_the_first_page_alone(self, tmp_path):
        pages = [Image.fromarray(values("uint16", seed=n)) for n in range(4)]
        for page in pages[1:]:
            page.encoderinfo = {"tiffinfo": {270: ""}}
        info = {270: "ImageJ=1.53t\nimages=4\nslices=4\nunit=mm\nspacing=2.5\n", 282: 4.0, 283: 2.0, 296: 1}
        pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:], tiffinfo=info)
        volume = read(tmp_path / "a.tif")
        assert volume.shape == (COLUMNS, ROWS, 4)
        assert volume.geometry.spacing.tolist() == [0.25, 0.5, 2.5]

    @pytest.mark.parametrize("text", ["ImageJ=1.5\nchannels=3\n", '<OME><Pixels SizeC="1" SizeT="7"/></OME>'])
    def test_channels_and_times_are_no_slices(self, text, tmp_path):
        with pytest.raises(IrregularStackError, match=r"3 channels|7 times"):
            read(save(tmp_path / "a.tif", Image.fromarray(values()), tiffinfo={270: text}))


class TestStack:
    def test_names_are_counted_as_people_count(self, tmp_path):
        expected = stack(tmp_path)
        volume = read(tmp_path, spacing=(0.5, 0.6, 2))
        np.testing.assert_array_equal(volume.voxels, expected)
        assert volume.geometry.spacing.tolist() == [0.5, 0.6, 2]
        assert volume.provenance.files == 12
        assert volume.provenance.sorted_by == "name"
        assert codes(volume) == {"assumed-orientation": "warning"}

    def test_spacing_is_asked_for_by_its_option(self, tmp_path):
        stack(tmp_path)
        with pytest.raises(ReadError, match=r"12 pictures .* --spacing X,Y,Z"):
            read(tmp_path)

    def test_what_is_known_of_the_spacing_is_said(self, tmp_path):
        for n in range(3):
            save(tmp_path / f"{n}.png", values(), dpi=(50.8, 50.8))
        with pytest.raises(ReadError, match=r"--spacing 0\.5,0\.5,Z") as refused:
            read(tmp_path)
        assert "size of its pixels" not in str(refused.value)

    @pytest.mark.parametrize(
        ("numbers", "told"),
        [((1, 2, 4), "1 number missing among the names: 3"), ((1, 2, 5, 9), "5 numbers .* 3 to 4, 6 to 8"),
         ((10, 20, 50), "2 numbers .* 30 to 40"), ((1, 2, 10**15), "3 to 999999999999999")],
    )  # fmt: skip
    def test_missing_numbers_are_named(self, numbers, told, tmp_path):
        stack(tmp_path, numbers)
        volume = read(tmp_path, spacing=(1, 1, 1))
        assert codes(volume)["missing-numbers"] == "warning"
        assert any(re.search(told, str(finding)) for finding in volume.provenance.findings)

    @pytest.mark.parametrize("numbers", [(1, 2, 3), (10, 20, 30), (7,)])
    def test_numbers_without_gaps(self, numbers, tmp_path):
        stack(tmp_path, numbers, "scan-2024-{}.png")
        assert "missing-numbers" not in codes(read(tmp_path, spacing=(1, 1, 1)))

    def test_names_that_do_not_count(self, tmp_path):
        for name in ("a1b2.png", "a2b1.png", "c.png"):
            save(tmp_path / name, values())
        assert codes(read(tmp_path, spacing=(1, 1, 1)))["names-not-numbered"] == "warning"

    def test_one_number_twice(self, tmp_path):
        for name in ("s1.png", "s01.png", "s2.png"):
            save(tmp_path / name, values())
        assert codes(read(tmp_path, spacing=(1, 1, 1)))["number-twice"] == "warning"

    def test_odd_ones_are_named(self, tmp_path):
        stack(tmp_path, range(1, 5))
        save(tmp_path / "s5.png", values("uint8"))
        save(tmp_path / "s6.png", values("uint16", (4, 4)))
        save(tmp_path / "s7.tif", values("uint16"))
        with pytest.raises(IrregularStackError, match=r"4 of its 7 .*s5\.png .*s6\.png .*s7\.tif"):
            read(tmp_path, spacing=(1, 1, 1))

    def test_other_things_are_counted(self, tmp_path):
        expected = stack(tmp_path)
        (tmp_path / "readme.txt").write_text("x" * 300)
        (tmp_path / "Thumbs.db").write_bytes(bytes(400))
        (tmp_path / "more").mkdir()
        (tmp_path / "s99.png").touch()
        volume = read(tmp_path, spacing=(1, 1, 1))
        np.testing.assert_array_equal(volume.voxels, expected)
        told = [str(f) for f in volume.provenance.findings if f.code == "passed-over"]
        assert len(told) == 3
        assert any("2 files passed over: no picture" in text for text in told)
        assert any("empty" in text for text in told)

    def test_links_out_of_the_folder_are_not_followed(self, tmp_path):
        folder = tmp_path / "stack"
        folder.mkdir()
        expected = stack(folder)
        save(tmp_path / "outside.png", values("uint16"))
        (folder / "s13.png").symlink_to(tmp_path / "outside.png")
        (folder / "s14.png").symlink_to(tmp_path / "nowhere")
        volume = read(folder, spacing=(1, 1, 1))
        np.testing.assert_array_equal(volume.voxels, expected)
        assert "2 files passed over: a link" in "".join(map(str, volume.provenance.findings))

    def test_dicom_goes_before_pictures(self, tmp_path, sample_folder):
        for file in list(sample_folder.iterdir())[:3]:
            (tmp_path / file.name).write_bytes(file.read_bytes())
        stack(tmp_path)
        assert read(tmp_path).provenance.format == "DICOM"

    def test_what_is_both_tiff_and_dicom_is_dicom(self, tmp_path, sample_folder):
        data = next(file for file in sample_folder.iterdir() if file.is_file()).read_bytes()
        for start in (b"II*\0\x10\0\0\0", b"\xff\xd8\xff"):
            (tmp_path / "slide").write_bytes(start + data[len(start) :])
            assert read(tmp_path / "slide").provenance.format == "DICOM"

    def test_a_damaged_slice_is_named(self, tmp_path):
        stack(tmp_path)
        path = tmp_path / "s7.png"
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(DamagedFileError) as refused:
            read(tmp_path, spacing=(1, 1, 1))
        assert refused.value.where == str(path)

    def test_pages(self, tmp_path):
        pages = [values("uint16", seed=n) for n in range(11)]
        images = [Image.fromarray(page) for page in pages]
        images[0].save(tmp_path / "a.tif", save_all=True, append_images=images[1:])
        with pytest.raises(ReadError, match="11 pictures"):
            read(tmp_path / "a.tif")
        volume = read(tmp_path / "a.tif", spacing=(1, 1, 3))
        np.testing.assert_array_equal(volume.voxels, np.stack([page.T for page in pages], axis=-1))
        assert volume.provenance.sorted_by == "page"
        assert volume.provenance.files == 1

    def test_pages_of_several_sizes(self, tmp_path):
        images = [Image.fromarray(values(shape=shape)) for shape in ((9, 9), (9, 9), (3, 3))]
        images[0].save(tmp_path / "a.tif", save_all=True, append_images=images[1:])
        with pytest.raises(IrregularStackError, match=r"a\.tif page 3"):
            read(tmp_path / "a.tif", spacing=(1, 1, 1))


class TestColours:
    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.jpg"])
    def test_refused_unless_asked_for(self, name, tmp_path):
        path = save(tmp_path / name, values(shape=(ROWS, COLUMNS, 3)))
        with pytest.raises(IrregularStackError, match=r"RGB.*--luminance"):
            read(path)
        rgb = np.asarray(Image.open(path)).astype(float)
        expected = np.rint(rgb @ [0.299, 0.587, 0.114]).astype(np.uint8)
        volume = read(path, luminance=True)
        assert volume.voxels.dtype == np.uint8
        np.testing.assert_array_equal(volume.voxels[:, :, 0], expected.T)
        assert codes(volume)["luminance"] == "note"

    def test_sixteen_bits_stay(self, tmp_path):
        rgb = values("uint16", (ROWS, COLUMNS, 3))
        (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(rgb))
        volume = read(tmp_path / "a.png", luminance=True)
        assert volume.voxels.dtype == np.uint16
        np.testing.assert_array_equal(volume.voxels[:, :, 0], np.rint(rgb @ [0.299, 0.587, 0.114]).T)

    @pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
    def test_palette(self, name, tmp_path):
        image = Image.fromarray(values(shape=(ROWS, COLUMNS, 3))).quantize(8)
        path = save(tmp_path / name, image)
        with pytest.raises(IrregularStackError, match="palette"):
            read(path)
        expected = luminance(np.asarray(Image.open(path).convert("RGB")))
        np.testing.assert_array_equal(read(path, luminance=True).voxels[:, :, 0], expected.T)

    @pytest.mark.parametrize("bands", [2, 4])
    @pytest.mark.parametrize("name", ["a.png", "a.tif"])
    def test_opacity_is_dropped_and_said(self, name, bands, tmp_path):
        picture = values(shape=(ROWS, COLUMNS, bands))
        volume = read(save(tmp_path / name, picture), luminance=True)
        assert codes(volume)["alpha-dropped"] == "warning"
        expected = picture[..., 0] if bands == 2 else luminance(picture[..., :3])
        np.testing.assert_array_equal(volume.voxels[:, :, 0], expected.T)

    @pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
    def test_printers_inks_are_refused(self, name, tmp_path):
        with pytest.raises(CodecError):
            read(save(tmp_path / name, Image.new("CMYK", (5, 5))), luminance=True)

    def test_luminance_of_real_numbers(self):
        assert luminance(np.array([[1.0, 0, 0], [1, 1, 1]], np.float32)).tolist() == pytest.approx([0.299, 1])
        assert luminance(np.array([255, 255, 255], np.uint8)) == 255


class TestDamage:
    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif"])
    @pytest.mark.parametrize("keep", [0.02, 0.3, 0.6, 0.97])
    def test_cut_short(self, name, keep, tmp_path):
        path = save(tmp_path / name, values(shape=(64, 64)))
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        with pytest.raises((DamagedFileError, UnknownFormatError)):
            read(path, luminance=True)

    def test_check_sum(self, tmp_path):
        path = save(tmp_path / "a.png", values(shape=(64, 64)))
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(DamagedFileError):
            read(path)

    @pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif"])
    def test_any_byte_changed_is_read_or_refused_in_words(self, name, tmp_path):
        data = save(tmp_path / name, values(shape=(16, 16))).read_bytes()
        random = np.random.default_rng(5)
        for _ in range(150):
            changed = bytearray(data)
            changed[random.integers(0, min(len(data), 700))] = random.integers(0, 256)
            (tmp_path / name).write_bytes(changed)
            try:
                assert read(tmp_path / name, luminance=True).voxels.size < 1 << 24
            except VizmedError as refused:
                assert str(tmp_path / name) in str(refused)  # noqa: PT017 (it may be read too)

    def test_a_png_of_impossible_size(self, tmp_path):
        data = bytearray(save(tmp_path / "a.png", values()).read_bytes())
        data[16:24] = struct.pack(">II", 65535, 65535)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(DamagedFileError, match="65535 x 65535 pixels cannot come out"):
            read(tmp_path / "a.png")

    def test_a_tiff_of_impossible_size(self, tmp_path):
        (tmp_path / "a.tif").write_bytes(plain_tiff(values("uint16"), t256=60000, t257=60000))
        with pytest.raises(DamagedFileError, match="60000 x 60000"):
            read(tmp_path / "a.tif")

    def test_a_jpeg_of_impossible_size(self, tmp_path):
        data = save(tmp_path / "a.jpg", values()).read_bytes()
        place = data.index(b"\xff\xc0") + 5
        (tmp_path / "a.jpg").write_bytes(data[:place] + struct.pack(">HH", 65000, 65000) + data[place + 4 :])
        with pytest.raises(BudgetError):
            read(tmp_path / "a.jpg")

    def test_more_than_memory(self, tmp_path, monkeypatch):
        stack(tmp_path)
        monkeypatch.setattr(budget, "available_bytes", lambda: 500)
        with pytest.raises(BudgetError, match=r"0\.5 kB are free"):
            read(tmp_path, spacing=(1, 1, 1))

    def test_pages_in_a_circle(self, tmp_path):
        data = plain_tiff(values())
        place = struct.unpack("<I", data[4:8])[0]
        (tmp_path / "a.tif").write_bytes(data[:-4] + struct.pack("<I", place))
        with pytest.raises(DamagedFileError, match="chain"):
            read(tmp_path / "a.tif")

    def test_turned_pictures_are_refused(self, tmp_path):
        (tmp_path / "a.tif").write_bytes(plain_tiff(values(), t274=6))
        exif = Image.Exif()
        exif[274] = 6
        save(tmp_path / "a.jpg", values(), exif=exif)
        for name in ("a.tif", "a.jpg"):
            with pytest.raises(CodecError, match="turned"):
                read(tmp_path / name)

    def test_moving_pictures_are_refused(self, tmp_path):
        images = [Image.fromarray(values(seed=n)) for n in range(3)]
        images[0].save(tmp_path / "a.png", save_all=True, append_images=images[1:])
        with pytest.raises(CodecError, match="moving"):
            read(tmp_path / "a.png")

    def test_odd_numbers_of_bits(self, tmp_path):
        (tmp_path / "a.tif").write_bytes(plain_tiff(values("uint16"), t258=12))
        with pytest.raises(CodecError, match="12 bits"):
            read(tmp_path / "a.tif")

    def test_filling_in_is_not_wanted(self, tmp_path, monkeypatch):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
        with pytest.raises(DamagedFileError, match="LOAD_TRUNCATED_IMAGES"):
            read(save(tmp_path / "a.jpg", values()))
