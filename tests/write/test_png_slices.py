"""Slices as numbered pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.contracts.writer import bytes_below
from tests.phantoms import asymmetric, geometries
from vizmed.errors import OptionError, WriteError
from vizmed.slices import choose_window, take_slice, to_gray
from vizmed.write import write_slices

VOLUME = asymmetric(geometries((12, 10, 8))["rotated"])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("window", ["auto", (100.0, 40.0)])
@pytest.mark.parametrize("inverted", [False, True])
def test_each_picture_is_a_slice(plane, window, inverted, tmp_path):
    volume = replace(VOLUME, inverted=inverted)
    files = write_slices(volume, tmp_path / "s", plane=plane, window=window)
    chosen = choose_window(volume, window)
    assert len(files) == take_slice(volume, plane).count
    for index, file in enumerate(files):
        laid = take_slice(volume, plane, index=index)
        with Image.open(file) as picture:
            assert picture.mode == "L"
            assert np.array_equal(np.asarray(picture), to_gray(laid.values, chosen, inverted=inverted))
            across, down = picture.info["dpi"]
            assert (25.4 / down, 25.4 / across) == pytest.approx(laid.spacing, rel=1e-3)


def test_a_folder_gets_padded_names(tmp_path):
    files = write_slices(VOLUME, tmp_path / "s", plane="coronal")
    assert [file.name for file in files] == [f"coronal-{n:04d}.png" for n in range(1, 11)]
    assert names(tmp_path / "s") == [file.name for file in files]


@pytest.mark.parametrize(
    ("pattern", "first"), [("a-%d.png", "a-1.png"), ("%03d.png", "001.png"), ("%04d.PNG", "0001.PNG")]
)
def test_a_pattern_numbers_files_in_its_folder(pattern, first, tmp_path):
    (tmp_path / "other.png").write_bytes(b"mine")
    files = write_slices(VOLUME, tmp_path / pattern)
    assert files[0] == tmp_path / first
    assert names(tmp_path) == sorted([file.name for file in files] + ["other.png"])


def test_same_bytes_from_run_to_run(tmp_path):
    for folder in ("a", "b"):
        write_slices(VOLUME, tmp_path / folder)
    assert bytes_below(tmp_path / "a") == bytes_below(tmp_path / "b")


@pytest.mark.parametrize("pattern", ["a-%d-%d.png", "100%-%d.png", "a-%04d%s.png"])
def test_names_that_cannot_be_numbered(pattern, tmp_path):
    with pytest.raises(WriteError, match="more than one %"):
        write_slices(VOLUME, tmp_path / pattern)
    assert names(tmp_path) == []


def test_one_picture_cannot_hold_them(tmp_path):
    with pytest.raises(WriteError, match=r"head-%04d\.png"):
        write_slices(VOLUME, tmp_path / "head.png")


def test_existing_pictures_are_kept(tmp_path):
    (tmp_path / "a-5.png").write_bytes(b"old")
    with pytest.raises(WriteError, match="--overwrite") as refused:
        write_slices(VOLUME, tmp_path / "a-%d.png")
    assert refused.value.where == str(tmp_path / "a-5.png")
    assert bytes_below(tmp_path) == {"a-5.png": b"old"}
    write_slices(VOLUME, tmp_path / "a-%d.png", overwrite=True)
    assert (tmp_path / "a-5.png").read_bytes() != b"old"
    with pytest.raises(WriteError, match="not empty"):
        write_slices(VOLUME, tmp_path)


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_written_through_a_link(overwrite, tmp_path):
    aim = tmp_path / "aim"
    (tmp_path / "a-3.png").symlink_to(aim)
    with pytest.raises(WriteError, match="link"):
        write_slices(VOLUME, tmp_path / "a-%d.png", overwrite=overwrite)
    assert not aim.exists()
    assert names(tmp_path) == ["a-3.png"]


@pytest.mark.parametrize("name", ["none/a-%d.png", "none/s"])
def test_missing_folder(name, tmp_path):
    with pytest.raises(WriteError, match="mkdir -p"):
        write_slices(VOLUME, tmp_path / name)
    assert names(tmp_path) == []


@pytest.mark.parametrize("options", [{"plane": "diagonal"}, {"window": "bone"}, {"window": "file"}])
def test_what_there_is_not(options, tmp_path):
    with pytest.raises(OptionError):
        write_slices(VOLUME, tmp_path / "s", **options)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["s", "a-%d.png"])
def test_a_failed_write_leaves_nothing(name, tmp_path, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("PIL.Image.Image.save", fail)
    with pytest.raises(WriteError, match="No space left"):
        write_slices(VOLUME, tmp_path / name)
    assert names(tmp_path) == []
