"""What every reader of surfaces must do. A test class inherits it and says how a file of the format comes to be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pytest

from tests.read.meshes.shapes import POINTS, TRIANGLES, as_trimesh_reads, codes, corners, only, volume_mm3
from vizmed.errors import DamagedFileError, ReadError, UnknownFormatError
from vizmed.read.meshes import read_mesh
from vizmed.vtk_bridge import mesh_arrays


class MeshReaderContract(ABC):
    """Inherit as ``class TestFormat(MeshReaderContract)``.

    Attributes
    ----------
    format : str
        What the file must be told to be.
    unit : str or None
        What a file that says nothing has.
    tolerance_mm : float
        How far the file's numbers are from the points that were written.
    """

    format: str
    unit: str | None = None
    tolerance_mm: float = 0.0
    is_known_to_trimesh = True

    @abstractmethod
    def write(self, points: np.ndarray, triangles: np.ndarray, folder: Path) -> Path:
        """Write points in LPS mm with a program that is not vizmed, without saying the frame."""

    def to_lps_mm(self, points: np.ndarray) -> np.ndarray:
        """From where the format's standard has its points to LPS mm."""
        return points

    def test_the_points_and_triangles_are_those_that_were_written(self, tmp_path):
        found = read_mesh(self.write(POINTS, TRIANGLES, tmp_path))
        np.testing.assert_allclose(corners(only(found).mesh), POINTS[TRIANGLES], rtol=0, atol=self.tolerance_mm)
        assert (found.format, found.frame, found.unit) == (self.format, None, self.unit)
        assert volume_mm3(found.mesh) == pytest.approx(volume_mm3(found.parts[0].mesh))
        assert volume_mm3(found.mesh) > 10_000

    def test_as_trimesh_reads_it(self, tmp_path):
        if not self.is_known_to_trimesh:
            return
        path = self.write(POINTS, TRIANGLES, tmp_path)
        theirs, ours = as_trimesh_reads(path), read_mesh(path).mesh
        assert self.to_lps_mm(theirs.triangles) == pytest.approx(corners(ours), abs=max(self.tolerance_mm, 1e-4))

    def test_points_are_shared_used_and_in_single_precision(self, tmp_path):
        points, triangles = mesh_arrays(read_mesh(self.write(POINTS, TRIANGLES, tmp_path)).mesh)
        assert points.dtype == np.float32
        assert len(points) == len(POINTS)
        assert np.array_equal(np.unique(triangles), np.arange(len(points)))

    def test_the_frame_is_assumed_and_noted(self, tmp_path):
        assert codes(read_mesh(self.write(POINTS, TRIANGLES, tmp_path))) == ["frame-assumed"]

    def test_the_name_does_not_matter(self, tmp_path):
        path = self.write(POINTS, TRIANGLES, tmp_path)
        for name in ("scan", "scan.stl", "scan.ply", "scan.dcm"):
            assert read_mesh(path.rename(tmp_path / name)).format == self.format
            path = tmp_path / name

    def test_prints_nothing(self, tmp_path, capfd):
        path = self.write(POINTS, TRIANGLES, tmp_path)
        capfd.readouterr()
        read_mesh(path)
        assert capfd.readouterr() == ("", "")

    def test_the_mesh_outlives_the_file(self, tmp_path):
        path = self.write(POINTS, TRIANGLES, tmp_path)
        found = read_mesh(path)
        path.write_bytes(bytes(path.stat().st_size))
        np.testing.assert_allclose(corners(found.mesh), POINTS[TRIANGLES], rtol=0, atol=self.tolerance_mm)

    @pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95])
    def test_cut_short(self, share, tmp_path):
        path = self.write(POINTS, TRIANGLES, tmp_path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(DamagedFileError) as refused:
            read_mesh(path)
        assert refused.value.where == str(path)

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
    def test_what_is_no_finite_number(self, wrong, tmp_path):
        points = POINTS.copy()
        points[17, 1] = wrong
        try:
            path = self.write(points, TRIANGLES, tmp_path)
        except (ValueError, ArithmeticError, RuntimeWarning):
            return  # the other program refuses to write it
        with pytest.raises(DamagedFileError):
            read_mesh(path)

    def test_triangles_without_extent_are_dropped_and_counted(self, tmp_path):
        triangles = np.concatenate([TRIANGLES, [[3, 3, 4], [5, 6, 5], [7, 7, 7]]])
        found = read_mesh(self.write(POINTS, triangles, tmp_path))
        np.testing.assert_allclose(corners(found.mesh), POINTS[TRIANGLES], rtol=0, atol=self.tolerance_mm)
        (finding,) = [one for one in found.findings if one.code == "degenerate-triangles"]
        assert finding.severity == "warning"
        assert "3 triangles" in str(finding)

    def test_missing(self, tmp_path):
        with pytest.raises(ReadError, match="no such file"):
            read_mesh(tmp_path / "absent")

    def test_nothing_else_is_taken_for_it(self, tmp_path):
        start = self.write(POINTS, TRIANGLES, tmp_path).read_bytes()[:3]
        (tmp_path / "other").write_bytes(start + b" and then something else\n" * 9)
        with pytest.raises(UnknownFormatError, match=r"STL, PLY, OBJ, \.vtp, \.glb"):
            read_mesh(tmp_path / "other")
