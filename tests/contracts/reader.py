"""What every reader of volumes must do. A test class inherits it and says how a file of the format comes to be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pytest

from tests.phantoms import ORIGIN_MM, SHAPE, SPACING_MM, asymmetric, axis_orders, geometries
from vizmed.errors import DamagedFileError, ReadError
from vizmed.geometry import Geometry
from vizmed.volume import Volume

AXIS_ORDERS = axis_orders()
ROTATED = geometries()["rotated"]


class ReaderContract(ABC):
    """Inherit as ``class TestFormat(ReaderContract)``.

    Attributes
    ----------
    format : str
        What the provenance has to say.
    dtypes : tuple of str
        Types of number that the format holds.
    """

    format: str
    dtypes: tuple[str, ...] = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")

    @abstractmethod
    def write(self, volume: Volume, folder: Path) -> Path:
        """Write a file with a program that is not vizmed, and give what is to be read."""

    @abstractmethod
    def read(self, path: Path) -> Volume:
        """Read it with vizmed."""

    def assert_same(self, found: Volume, expected: Volume) -> None:
        assert found.voxels.dtype == expected.voxels.dtype
        assert np.array_equal(found.voxels, expected.voxels)
        assert found.geometry.is_close(expected.geometry), (found.geometry.affine, expected.geometry.affine)

    @pytest.mark.parametrize("codes", sorted(AXIS_ORDERS))
    def test_every_axis_order(self, codes, tmp_path):
        geometry = Geometry.from_axes(SHAPE, SPACING_MM, ORIGIN_MM, AXIS_ORDERS[codes])
        expected = asymmetric(geometry)
        found = self.read(self.write(expected, tmp_path))
        assert found.geometry.axis_codes == codes
        self.assert_same(found, expected)

    @pytest.mark.parametrize("kind", ["rotated", "rotated left-handed"])
    def test_oblique(self, kind, tmp_path):
        expected = asymmetric(geometries()[kind])
        self.assert_same(self.read(self.write(expected, tmp_path)), expected)

    def test_every_type_of_number(self, tmp_path):
        for dtype in self.dtypes:
            (tmp_path / dtype).mkdir()
            expected = asymmetric(ROTATED, dtype=dtype)
            self.assert_same(self.read(self.write(expected, tmp_path / dtype)), expected)

    def test_single_slice(self, tmp_path):
        expected = asymmetric(Geometry.from_axes((7, 5, 1), SPACING_MM, ORIGIN_MM))
        self.assert_same(self.read(self.write(expected, tmp_path)), expected)

    def test_voxels_are_native_in_fortran_order_and_read_only(self, tmp_path):
        voxels = self.read(self.write(asymmetric(ROTATED), tmp_path)).voxels
        assert voxels.flags.f_contiguous
        assert voxels.dtype.isnative
        assert not voxels.flags.writeable

    def test_provenance(self, tmp_path):
        path = self.write(asymmetric(ROTATED), tmp_path)
        provenance = self.read(path).provenance
        assert provenance.format == self.format
        assert provenance.decoder not in ("", "none")
        assert provenance.files == len([file for file in tmp_path.rglob("*") if file.is_file()])
        assert [finding for finding in provenance.findings if finding.severity == "warning"] == []

    def test_prints_nothing(self, tmp_path, capfd):
        path = self.write(asymmetric(ROTATED), tmp_path)
        capfd.readouterr()
        self.read(path)
        assert capfd.readouterr() == ("", "")

    def test_missing(self, tmp_path):
        path = self.write(asymmetric(ROTATED), tmp_path)
        absent = path.with_stem("absent")
        with pytest.raises(ReadError) as refused:
            self.read(absent)
        assert refused.value.where == str(absent)

    def test_truncated(self, tmp_path):
        path = self.write(asymmetric(ROTATED), tmp_path)
        largest = max((file for file in tmp_path.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
        largest.write_bytes(largest.read_bytes()[: largest.stat().st_size // 2])
        with pytest.raises(DamagedFileError) as refused:
            self.read(path)
        assert refused.value.where == str(largest)

    def test_empty_file(self, tmp_path):
        path = tmp_path / self.write(asymmetric(ROTATED), tmp_path).name
        path.write_bytes(b"")
        with pytest.raises(ReadError):
            self.read(path)

    def test_other_content(self, tmp_path):
        path = tmp_path / self.write(asymmetric(ROTATED), tmp_path).name
        path.write_bytes(bytes(range(256)) * 16)
        with pytest.raises(ReadError):
            self.read(path)

    def test_folder_without_any(self, tmp_path):
        (tmp_path / "readme.txt").write_text("nothing here")
        with pytest.raises(ReadError):
            self.read(tmp_path)
