from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from vizmed.errors import WriteError
from vizmed.write import write_picture
from vizmed.write.picture import check_ending

PIXELS = np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_the_pixels_come_back(tmp_path):
    assert write_picture(PIXELS, tmp_path / "a.png") == tmp_path / "a.png"
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
        assert picture.mode == "RGB"
        assert np.array_equal(np.asarray(picture), PIXELS)


def test_there_is_nothing_in_it_but_the_picture(tmp_path):
    """No text, no time, no name of a program or a machine."""
    data = write_picture(PIXELS, tmp_path / "a.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = [], 8
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        chunks.append(kind)
        place += 12 + length
    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}
    assert write_picture(PIXELS, tmp_path / "b.png").read_bytes() == data


@pytest.mark.parametrize("name", ["a.PNG", "a.b.png"])
def test_endings_in_capitals_are_endings(tmp_path, name):
    assert write_picture(PIXELS, tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize("name", ["a.jpg", "a", "png", "a.png.txt"])
def test_another_ending_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(WriteError, match=r"no format for pictures.*.png") as refused:
        write_picture(PIXELS, tmp_path / name)
    assert refused.value.where == str(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path):
    (tmp_path / "a.png").write_bytes(b"mine")
    with pytest.raises(WriteError):
        write_picture(PIXELS, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    write_picture(PIXELS, tmp_path / "a.png", overwrite=True)
    assert (tmp_path / "a.png").read_bytes() != b"mine"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises((TypeError, ValueError)):
        write_picture(np.zeros((3, 3, 7), np.uint8), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_an_ending_is_one_of_several():
    check_ending("a.mhd", (".mha", ".mhd"), "volumes")
    with pytest.raises(WriteError, match=r"'.stl' is of no format for volumes. vizmed writes volumes as .mha, .mhd"):
        check_ending("a.stl", (".mha", ".mhd"), "volumes")
