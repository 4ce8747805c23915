"""What every writer of volumes must do. A test class inherits it and says how what it wrote is read by another program.

What is compared is the world: each voxel's value at its place in LPS mm, whatever order a format counts voxels in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.phantoms import ORIGIN_MM, SHAPE, SPACING_MM, asymmetric, axis_orders, geometries
from vizmed.errors import WriteError
from vizmed.geometry import Geometry
from vizmed.volume import Provenance, Volume
from vizmed.write import write_volume

AXIS_ORDERS = axis_orders()
SMALL = geometries((9, 8, 7))
SOMEBODY = "Doe^Jane"


class WriterContract(ABC):
    """Inherit as ``class TestFormat(WriterContract)``.

    Attributes
    ----------
    name : str
        Of the file or folder that is written.
    compressed : bool
        Whether it is to be compressed.
    dtypes : tuple of str
        Types of number that the format keeps.
    holds_shear : bool
        Else it has to refuse.
    keeps_hand : bool
        Whether a left-handed grid is read back with its axes as they were.
    tolerance_mm : float
    read_by_vizmed : bool
    """

    name: str
    compressed = False
    dtypes: tuple[str, ...] = (
        "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64",
    )  # fmt: skip
    refused_dtype = "float16"
    holds_shear = True
    keeps_hand = True
    tolerance_mm = 1e-6
    read_by_vizmed = True

    @abstractmethod
    def read_back(self, path: Path) -> tuple[np.ndarray, Geometry]:
        """Read with a program that is not vizmed: voxels ``[i, j, k]``, and where they lie in LPS mm."""

    def write(self, volume: Volume, folder: Path, *, overwrite: bool = False) -> Path:
        write_volume(volume, folder / self.name, compressed=self.compressed, overwrite=overwrite)
        return folder / self.name

    def assert_same_world(self, voxels: np.ndarray, geometry: Geometry, expected: Volume) -> None:
        assert voxels.dtype == expected.voxels.dtype.newbyteorder("=")
        assert voxels.size == expected.voxels.size
        found = np.stack(np.meshgrid(*map(np.arange, voxels.shape), indexing="ij"), axis=-1)
        ijk = np.rint(expected.geometry.to_index(geometry.to_world(found))).astype(int)
        off = np.linalg.norm(expected.geometry.to_world(ijk) - geometry.to_world(found), axis=-1)
        assert off.max() <= self.tolerance_mm
        assert np.array_equal(voxels, expected.voxels[tuple(np.moveaxis(ijk, -1, 0))])

    def assert_written(self, volume: Volume, folder: Path) -> None:
        path = self.write(volume, folder)
        voxels, geometry = self.read_back(path)
        self.assert_same_world(voxels, geometry, volume)
        if self.keeps_hand or not volume.geometry.is_left_handed:
            assert geometry.is_close(volume.geometry, self.tolerance_mm)
        if self.read_by_vizmed:
            from vizmed.read import read

            back = read(path)
            self.assert_same_world(back.voxels, back.geometry, volume)
            assert [str(finding) for finding in back.provenance.findings if "sheared" not in str(finding)] == []

    @pytest.mark.parametrize("codes", sorted(AXIS_ORDERS))
    def test_every_axis_order(self, codes, tmp_path):
        geometry = Geometry.from_axes(SHAPE, SPACING_MM, ORIGIN_MM, AXIS_ORDERS[codes])
        self.assert_written(asymmetric(geometry), tmp_path)

    @pytest.mark.parametrize("kind", ["rotated", "rotated left-handed"])
    def test_oblique(self, kind, tmp_path):
        self.assert_written(asymmetric(geometries()[kind]), tmp_path)

    @pytest.mark.parametrize("kind", ["sheared", "rotated and sheared"])
    def test_sheared(self, kind, tmp_path):
        volume = asymmetric(geometries()[kind])
        if self.holds_shear:
            self.assert_written(volume, tmp_path)
            return
        with pytest.raises(WriteError, match="sheared by 15"):
            self.write(volume, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_every_type_of_number(self, tmp_path):
        for dtype in self.dtypes:
            (tmp_path / dtype).mkdir()
            self.assert_written(asymmetric(SMALL["rotated"], dtype=dtype), tmp_path / dtype)

    def test_ends_of_types(self, tmp_path):
        for dtype in self.dtypes:
            (tmp_path / dtype).mkdir()
            limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)
            voxels = np.resize(np.array([limits.min, limits.max, 0, 1], dtype), (3, 5, 2))
            self.assert_written(Volume(voxels, geometries((3, 5, 2))["rotated"]), tmp_path / dtype)

    def test_other_byte_order(self, tmp_path):
        volume = asymmetric(SMALL["rotated"], dtype=np.dtype("int16").newbyteorder())
        self.assert_written(volume, tmp_path)

    def test_a_type_that_it_has_not(self, tmp_path):
        volume = asymmetric(SMALL["rotated"], dtype=self.refused_dtype)
        odd = replace(volume, voxels=volume.voxels / np.array(3, dtype=self.refused_dtype))
        with pytest.raises(WriteError, match=self.refused_dtype) as refused:
            self.write(odd, tmp_path)
        assert refused.value.remedy
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("shape", [(7, 5, 1), (1, 6, 4), (5, 3, 3)])
    def test_thin_and_odd_shapes(self, shape, tmp_path):
        path = self.write(asymmetric(geometries(shape)["rotated"], dtype="uint8"), tmp_path)
        voxels, geometry = self.read_back(path)
        self.assert_same_world(voxels, geometry, asymmetric(geometries(shape)["rotated"], dtype="uint8"))

    @pytest.mark.parametrize("codes", ["RAS", "SPL", "AIR"])
    def test_flipped_and_permuted_views(self, codes, tmp_path, monkeypatch):
        monkeypatch.setattr("vizmed.write.blocks.BLOCK_BYTES", 8000)  # some slices to a block, the last one short
        view = asymmetric(geometries()["rotated"]).reoriented(codes)
        assert not view.voxels.flags.f_contiguous
        self.assert_written(view, tmp_path)

    def test_same_bytes_from_run_to_run(self, tmp_path):
        contents = []
        for folder in (tmp_path / "one", tmp_path / "two"):
            folder.mkdir()
            self.write(asymmetric(geometries()["rotated"]), folder)
            contents.append(bytes_below(folder))
        assert contents[0] == contents[1]

    def test_nothing_of_the_patient(self, tmp_path):
        volume = replace(
            asymmetric(SMALL["rotated"]),
            modality="CT",
            unit="HU",
            description=SOMEBODY,
            provenance=Provenance(format=SOMEBODY, decoder=SOMEBODY, sorted_by=SOMEBODY),
        )
        self.write(volume, tmp_path)
        for content in bytes_below(tmp_path).values():
            assert SOMEBODY.encode() not in content
            assert str(tmp_path).encode() not in content

    def test_existing_is_refused_and_kept(self, tmp_path):
        path = self.write(asymmetric(SMALL["rotated"]), tmp_path)
        before = bytes_below(tmp_path)
        with pytest.raises(WriteError, match="--overwrite") as refused:
            self.write(asymmetric(SMALL["flipped"]), tmp_path)
        assert refused.value.where == str(path)
        assert bytes_below(tmp_path) == before

    def test_overwriting(self, tmp_path):
        self.write(asymmetric(SMALL["rotated"]), tmp_path)
        other = asymmetric(SMALL["flipped"], dtype="uint16")
        voxels, geometry = self.read_back(self.write(other, tmp_path, overwrite=True))
        self.assert_same_world(voxels, geometry, other)
        assert [path.name for path in tmp_path.iterdir()] == [self.name]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_nothing_is_written_through_a_link(self, overwrite, tmp_path):
        aim = tmp_path / "aim"
        (tmp_path / self.name).symlink_to(aim)
        with pytest.raises(WriteError, match="link"):
            self.write(asymmetric(SMALL["rotated"]), tmp_path, overwrite=overwrite)
        assert not aim.exists()

    def test_missing_folder(self, tmp_path):
        with pytest.raises(WriteError, match="mkdir -p"):
            self.write(asymmetric(SMALL["rotated"]), tmp_path / "none")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("existing", [False, True])
    def test_a_failed_write_leaves_what_was_there(self, existing, tmp_path, monkeypatch):
        if existing:
            self.write(asymmetric(SMALL["rotated"]), tmp_path)
        before = bytes_below(tmp_path)

        def fail(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(WriteError, match="No space left"):
            self.write(asymmetric(SMALL["flipped"]), tmp_path, overwrite=existing)
        assert bytes_below(tmp_path) == before
        assert existing or list(tmp_path.iterdir()) == []

    def test_an_interruption_leaves_nothing(self, tmp_path, monkeypatch):
        def interrupt(*_args, **_kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr("os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            self.write(asymmetric(SMALL["flipped"]), tmp_path)
        assert list(tmp_path.iterdir()) == []


def bytes_below(folder: Path) -> dict[str, bytes]:
    """Give the bytes of all files of a folder, by their names in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
