"""Plain voxels read by several threads: as numpy reads them by one."""

from __future__ import annotations

import numpy as np
import pytest

from vizmed.errors import DamagedFileError
from vizmed.read import plain
from vizmed.read.plain import read_into, read_values

NUMBERS = np.random.default_rng(4).integers(-(2**15), 2**15, 1000, dtype=np.int16)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.raw").write_bytes(b"start" + NUMBERS.tobytes())
    return tmp_path / "a.raw"


@pytest.mark.parametrize("piece", [1, 7, 512, 1999, 2000, 1 << 20])
@pytest.mark.parametrize(("start", "count"), [(5, 1000), (11, 900), (5, 1), (5, 0)])
@pytest.mark.parametrize("dtype", ["<i2", ">i2"])
def test_pieces_of_any_size(dtype, start, count, piece, path, monkeypatch):
    monkeypatch.setattr(plain, "PIECE_BYTES", piece)
    found = read_values(path, start, count, np.dtype(dtype))
    expected = np.fromfile(path, dtype=dtype, count=count, offset=start)
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("piece", [7, 512, 1 << 20])
def test_a_file_that_ends_before(piece, path, monkeypatch):
    monkeypatch.setattr(plain, "PIECE_BYTES", piece)
    assert read_into(memoryview(bytearray(3000)), path, 5) == 2000
    with pytest.raises(DamagedFileError, match="2,002 bytes expected, 2,000 found"):
        read_values(path, 5, 1001, np.dtype("i2"))
