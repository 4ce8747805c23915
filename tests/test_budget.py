from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vizmed
from tests.dicom_files import write_series
from tests.phantoms import asymmetric, geometries
from vizmed import budget
from vizmed.budget import READING, Need, check_room, meant_for, parse_size, spell_size
from vizmed.errors import BudgetError, OptionError, VizmedError
from vizmed.write import write_volume


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1048576", 1_048_576),
        ("400MB", 400_000_000),
        ("400 mb", 400_000_000),
        ("800 M", 800_000_000),
        (" 2GB ", 2_000_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("64Ki", 65_536),
        ("0.5T", 500_000_000_000),
        ("7 B", 7),
    ],
)
def test_sizes_are_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "much", "-3MB", "1e9", "2 GBs", "i", "1 i", "0", "0.1", "1,5GB", "٣MB", "nan", "inf", "9" * 400]
)
def test_what_is_no_size_is_refused(text):
    with pytest.raises(OptionError, match="Such as 800MB"):
        parse_size(text)


@given(st.integers(1_000, 10**14))
def test_what_is_spelt_is_read_again_to_three_digits(size):
    assert parse_size(spell_size(size)) == pytest.approx(size, rel=0.0051)


@pytest.mark.parametrize(
    ("size", "words"), [(268_435_456, "268 MB"), (999_600_000, "1 GB"), (2_540_000_000, "2.54 GB"), (500, "0.5 kB")]
)
def test_sizes_are_spelt(size, words):
    assert spell_size(size) == words


FREE = 1_000_000_000
TRIPLE = Need("tripling it", 3.0, 50_000_000, "Do less")


@pytest.fixture
def gigabyte(monkeypatch):
    """A machine on which a billion bytes are free."""
    monkeypatch.setattr(budget, "available_bytes", lambda: FREE)


@pytest.mark.usefixtures("gigabyte")
class TestRoom:
    def test_a_volume_that_cannot_be_held_is_refused(self, tmp_path):
        check_room(int(FREE / READING.times), tmp_path)
        with pytest.raises(
            BudgetError, match=r"1.1 GB, reading it takes about .* and 1 GB are free\. A smaller"
        ) as told:
            check_room(int(1.1 * FREE), tmp_path)
        assert told.value.where == str(tmp_path)

    def test_it_is_held_against_what_it_is_meant_for(self, tmp_path):
        with meant_for(TRIPLE):
            check_room(FREE // 3, tmp_path)
            with pytest.raises(BudgetError, match=r"tripling it takes about 1.15 GB .* Do less"):
                check_room(int(FREE / 2.73), tmp_path)
        check_room(int(FREE / 2.73), tmp_path)

    def test_what_is_allowed_counts_instead_of_what_is_free(self, tmp_path):
        with meant_for(TRIPLE, 650_000_000):
            check_room(200_000_000, tmp_path)
            with pytest.raises(BudgetError, match="650 MB are allowed"):
                check_room(201_000_000, tmp_path)
        with meant_for(TRIPLE, 10 * FREE):
            check_room(3 * FREE, tmp_path)

    def test_where_nothing_is_known_nothing_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(budget, "available_bytes", lambda: None)
        check_room(1 << 60, tmp_path)


GRID = geometries((6, 5, 4))["rotated"]


def as_series(folder, volume):
    write_series(folder, volume.voxels, volume.geometry)
    return folder


def as_file(name):
    def write(folder, volume):
        return write_volume(volume, folder / name, compressed=name.startswith("packed"))[0]

    return write


def smaller_than(size):
    """Give what allocates less than so many bytes."""

    def allocate(shape, dtype=float, order="C", empty=np.empty):
        assert np.prod(shape) * np.dtype(dtype).itemsize < size, "it was allocated"
        return empty(shape, dtype, order)

    return allocate


@pytest.mark.parametrize(
    "write",
    [
        as_series,
        *map(as_file, ["a.mha", "packed.mha", "a.nii", "a.nii.gz", "a.nrrd", "packed.nrrd", "a.vti", "packed.vti"]),
    ],
)
def test_every_reader_refuses_what_does_not_fit_before_it_is_allocated(write, tmp_path, monkeypatch):
    volume = asymmetric(GRID)
    path = write(tmp_path, volume)
    size = volume.voxels.nbytes
    monkeypatch.setattr(budget, "available_bytes", lambda: 2 * size + 1000)
    assert np.array_equal(vizmed.read(path).voxels, volume.voxels)
    monkeypatch.setattr(budget, "available_bytes", lambda: size - 1)
    monkeypatch.setattr(np, "empty", smaller_than(size))
    with pytest.raises(BudgetError) as refused:
        vizmed.read(path)
    assert isinstance(refused.value, MemoryError)
    assert isinstance(refused.value, VizmedError)
    assert str(tmp_path) in str(refused.value.where)


@pytest.mark.parametrize("stored", [(0, 4095), (0, 65535)], ids=["float32 by its slope", "int32 by its values"])
def test_a_series_takes_the_room_of_its_values_not_of_what_is_stored(stored, tmp_path, monkeypatch):
    planes = np.zeros(GRID.shape, np.uint16)
    planes.flat[:2] = stored
    slope = "0.25" if stored[1] == 4095 else "1"
    write_series(tmp_path, planes, GRID, RescaleSlope=slope, RescaleIntercept="-1024")
    monkeypatch.setattr(budget, "available_bytes", lambda: int(1.5 * planes.nbytes))
    with pytest.raises(BudgetError):
        vizmed.read(tmp_path)
    monkeypatch.setattr(budget, "available_bytes", lambda: 3 * planes.nbytes)
    assert vizmed.read(tmp_path).voxels.itemsize == 4
