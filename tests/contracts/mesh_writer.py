"""What every writer of surfaces must do. A test class inherits it and says how another program reads what it wrote.

What is compared is triangles, corner by corner, in the order in which they were written.
"""

from __future__ import annotations

import re
import resource
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import pyvista

from tests.contracts.writer import bytes_below
from tests.phantoms import ellipsoid, ellipsoid_volume_mm3, geometries
from vizmed.errors import OptionError, WriteError
from vizmed.parts import PLAIN_COLOR, Part
from vizmed.surface import extract_surface
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import write_surface

APEXES_MM = np.array([[10, -20, 30], [14, -20, 30], [10, -15, 30], [10, -20, 36]], np.float32)
"""A tetrahedron in LPS."""
OUTWARD = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])
MIDDLE_MM = (12.0, -17.5, 33.0)
VOLUME_MM3 = 4 * 5 * 6 / 6

IN_FRAME = {
    "lps": APEXES_MM,
    "ras": np.array([[-10, 20, 30], [-14, 20, 30], [-10, 15, 30], [-10, 20, 36]]),
    "centered": np.array([[-2, -2.5, -3], [2, -2.5, -3], [-2, 2.5, -3], [-2, -2.5, 3]]),
}
"""Where its apexes are in a file."""

SAID = {"lps": ("LPS", "mm", None), "ras": ("RAS", "mm", None), "centered": ("LPS", "mm", MIDDLE_MM)}

ODD_NAMES = (
    "left & right",
    "left & right",
    "a <b> \"c\" 'd'",
    "line\nfacet normal 0 0 0\r\n# v 1 2 3\\",
    "\x00\x07\ud800\uffff",
    "",
    "]]>  --> {0} %s \\u0041",
    "Schädel 頭",
    "n" * 300,
)

Corners = np.ndarray


def tetrahedron(moved_mm=(0, 0, 0)) -> pyvista.PolyData:
    return to_polydata(APEXES_MM + np.array(moved_mm, np.float32), OUTWARD)


@cache
def ball() -> pyvista.PolyData:
    """An ellipsoid, off the origin, of some thousand triangles, in coordinates with all digits."""
    return extract_surface(ellipsoid(geometries()["rotated left-handed"])[0], 0)


def corners_of(mesh: pyvista.PolyData) -> Corners:
    points, triangles = mesh_arrays(mesh)
    return points[triangles]


def signed_volume(corners: Corners) -> float:
    """What is enclosed, mm³; positive where the front sides are outward."""
    a, b, c = (corners[:, n].astype(np.float64) for n in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def frame_in(text: str) -> tuple[str, str, tuple[float, ...] | None]:
    """Space, unit and centre as a line says them that holds nothing else but the program's name."""
    found = re.fullmatch(r"vizmed SPACE=(LPS|RAS) UNIT=(mm)(?: CENTERED=(\S+))?", text)
    assert found, text
    return found[1], found[2], tuple(float(number) for number in found[3].split(",")) if found[3] else None


class MeshWriterContract(ABC):
    """Inherit as ``class TestFormat(MeshWriterContract)``.

    Attributes
    ----------
    name : str
        Of the file that is written.
    options : mapping
        More arguments of `write_surface`.
    keeps_parts, keeps_colors : bool
        Whether the format holds them.
    keeps_folded : bool
        Whether it may hold triangles that have a point twice.
    """

    name: str
    options: Mapping[str, object] = {}
    keeps_parts = True
    keeps_colors = True
    keeps_folded = True

    @abstractmethod
    def read_back(self, path: Path) -> dict[str, Corners]:
        """Read with a program that is not vizmed: corners (m, 3, 3) in mm, as the file has them, by part."""

    @abstractmethod
    def said(self, path: Path) -> tuple[str, str, tuple[float, ...] | None]:
        """Give space, unit and centre as the file says them."""

    def colors(self, path: Path) -> dict[str, str]:
        """Give the colour of each part; of all together, under "", where the file has no parts."""
        raise NotImplementedError

    def in_file(self, name: str) -> str:
        """Give a part's name as the format has it."""
        return name

    def write(self, mesh, folder: Path, **options) -> Path:
        return write_surface(mesh, folder / self.name, **(dict(self.options) | options))

    def corners(self, path: Path) -> Corners:
        return np.concatenate(list(self.read_back(path).values()))

    def test_the_file_is_the_mesh(self, tmp_path):
        before = [array.copy() for array in mesh_arrays(ball())]
        path = self.write(ball(), tmp_path)
        assert path == tmp_path / self.name
        assert np.array_equal(self.corners(path), corners_of(ball()))
        assert all(np.array_equal(*pair) for pair in zip(before, mesh_arrays(ball()), strict=True))

    @pytest.mark.parametrize("frame", sorted(IN_FRAME))
    def test_a_known_point_lies_where_the_frame_says(self, frame, tmp_path):
        path = self.write(tetrahedron(), tmp_path, frame=frame)
        corners = self.corners(path)
        assert np.array_equal(corners, IN_FRAME[frame][OUTWARD])
        assert signed_volume(corners) == pytest.approx(VOLUME_MM3)
        assert self.said(path) == SAID[frame]

    @pytest.mark.parametrize("frame", sorted(IN_FRAME))
    def test_what_is_said_puts_it_back(self, frame, tmp_path):
        path = self.write(ball(), tmp_path, frame=frame)
        corners = self.corners(path)
        assert signed_volume(corners) == pytest.approx(ellipsoid_volume_mm3(), rel=0.01)
        space, _, centre = self.said(path)
        turned = corners * ([-1, -1, 1] if space == "RAS" else 1)
        assert np.abs(turned + (centre or 0) - corners_of(ball())).max() < 1e-5
        if frame == "centered":
            box = corners.reshape(-1, 3)
            assert (box.min(axis=0) + box.max(axis=0)) / 2 == pytest.approx(0, abs=1e-4)

    def test_far_away_is_centred_by_what_is_said(self, tmp_path):
        """The centre is said in six digits, so that is what must be subtracted."""
        path = self.write(tetrahedron((1234567, -7654321, 0.015625)), tmp_path, frame="centered")
        _, _, centre = self.said(path)
        assert centre == (1234580, -7654340, 33.0156)
        far = corners_of(tetrahedron((1234567, -7654321, 0.015625))).astype(np.float64)
        assert self.corners(path) + centre == pytest.approx(far, abs=1e-6)

    def test_the_centre_is_that_of_all_parts(self, tmp_path):
        parts = [Part("here", tetrahedron()), Part("there", tetrahedron((100, 0, 0)))]
        path = self.write(parts, tmp_path, frame="centered")
        assert self.said(path)[2] == (62, -17.5, 33)
        expected = np.concatenate([APEXES_MM[OUTWARD] - (62, -17.5, 33), APEXES_MM[OUTWARD] - (-38, -17.5, 33)])
        assert np.array_equal(self.corners(path), expected)

    def test_parts(self, tmp_path):
        meshes = {"bone": ball(), "left lung": tetrahedron(), "skin": tetrahedron((50, 0, 0))}
        colors = {"bone": "#e8dcc3", "left lung": "#Ff0080", "skin": "#e8dcc3"}
        path = self.write([Part(name, mesh, colors[name]) for name, mesh in meshes.items()], tmp_path)
        found = self.read_back(path)
        if self.keeps_parts:
            assert list(found) == [self.in_file(name) for name in meshes]
            for name, mesh in meshes.items():
                assert np.array_equal(found[self.in_file(name)], corners_of(mesh))
        assert np.array_equal(self.corners(path), np.concatenate([corners_of(mesh) for mesh in meshes.values()]))
        if self.keeps_colors:
            assert self.colors(path) == {self.in_file(name): color.lower() for name, color in colors.items()}

    def test_a_mesh_without_a_name(self, tmp_path):
        path = self.write(tetrahedron(), tmp_path)
        named = self.write([Part("surface", tetrahedron(), PLAIN_COLOR)], tmp_path, overwrite=True)
        assert named.read_bytes() == path.read_bytes()

    def test_odd_names_break_nothing(self, tmp_path):
        parts = [Part(name, tetrahedron((n, 0, 0))) for n, name in enumerate(ODD_NAMES)]
        found = self.read_back(self.write(parts, tmp_path))
        assert len(found) == (len(parts) if self.keeps_parts else 1)
        expected = np.concatenate([corners_of(part.mesh) for part in parts])
        assert np.array_equal(np.concatenate(list(found.values())), expected)
        assert all(name.isprintable() for name in found)

    @pytest.mark.parametrize("seed", range(3))
    def test_any_triangles(self, seed, tmp_path):
        """Points that no triangle has, triangles that meet nowhere, coordinates of every size."""
        random = np.random.default_rng(seed)
        points = random.normal(size=(40, 3)) * 10.0 ** random.integers(-6, 7, (40, 1))
        triangles = np.array([random.permutation(36)[:3] for _ in range(60)])
        mesh = to_polydata(points, triangles)  # float64, to be rounded
        assert np.array_equal(self.corners(self.write(mesh, tmp_path)), points.astype(np.float32)[triangles])

    def test_double_precision_is_rounded(self, tmp_path):
        points, triangles = mesh_arrays(ball())
        path = self.write(ball(), tmp_path)
        before = path.read_bytes()
        self.write(to_polydata(points.astype(np.float64), triangles), tmp_path, overwrite=True)
        assert path.read_bytes() == before

    def test_folded_triangles(self, tmp_path):
        """Those that have a point twice; beside them, all is as it was."""
        folded = to_polydata(APEXES_MM, np.concatenate([[[0, 0, 1]], OUTWARD[:2], [[2, 3, 2], [1, 3, 3]], OUTWARD[2:]]))
        expected = corners_of(folded) if self.keeps_folded else corners_of(tetrahedron())
        assert np.array_equal(self.corners(self.write(folded, tmp_path)), expected)

    @pytest.mark.parametrize("frame", sorted(IN_FRAME))
    def test_same_bytes_from_run_to_run(self, frame, tmp_path):
        contents = []
        for folder in (tmp_path / "one", tmp_path / "two"):
            folder.mkdir()
            self.write([Part("bone", ball()), Part("skin", tetrahedron(), "#112233")], folder, frame=frame)
            contents.append(bytes_below(folder))
        assert contents[0] == contents[1]
        assert str(tmp_path).encode() not in contents[0][self.name]

    def test_nothing_is_not_written(self, tmp_path):
        for empty in (pyvista.PolyData(), [Part("bone", ball()), Part("skin", pyvista.PolyData())]):
            with pytest.raises(WriteError, match="no triangles") as refused:
                self.write(empty, tmp_path)
            assert refused.value.where == str(tmp_path / self.name)
        with pytest.raises(WriteError, match="'skin'"):
            self.write([Part("skin", pyvista.PolyData())], tmp_path)
        with pytest.raises(WriteError, match="no surface"):
            self.write([], tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("kind", ["quads", "mixed", "strips", "lines", "points"])
    def test_other_cells_than_triangles(self, kind, tmp_path):
        mesh = {
            "quads": lambda: pyvista.Box(quads=True),
            "mixed": lambda: pyvista.PolyData(APEXES_MM, [3, 0, 1, 2, 4, 0, 1, 2, 3]),
            "strips": lambda: pyvista.PolyData(APEXES_MM, faces=[3, 0, 1, 2], strips=[4, 0, 1, 2, 3]),
            "lines": lambda: pyvista.PolyData(APEXES_MM, faces=[3, 0, 1, 2], lines=[2, 0, 1]),
            "points": lambda: pyvista.PolyData(APEXES_MM),
        }[kind]()
        with pytest.raises(WriteError, match=r"other cells than triangles.*triangulate"):
            self.write(mesh, tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e39])
    def test_points_that_are_no_numbers(self, wrong, tmp_path):
        points = APEXES_MM.astype(np.float64)
        points[3, 1] = wrong
        with pytest.raises(WriteError, match="coordinates"):
            self.write(to_polydata(points, OUTWARD), tmp_path, frame="centered")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("number", [-1, 4, 2**40])
    def test_points_that_are_not_there(self, number, tmp_path):
        triangles = OUTWARD.copy()
        triangles[2, 1] = number
        with pytest.raises(WriteError, match="not there"):
            self.write(to_polydata(APEXES_MM, triangles), tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_options_that_are_none(self, tmp_path):
        for wrong in ("RAS", "lpi", ""):
            with pytest.raises(OptionError, match="lps, ras, centered"):
                self.write(ball(), tmp_path, frame=wrong)
        for wrong in ("red", "#12345", "#1234567", "112233", "#12345g", "#112233\n"):
            with pytest.raises(OptionError, match="#rrggbb"):
                self.write([Part("bone", ball(), wrong)], tmp_path)
        with pytest.raises(OptionError, match=r"PolyData.*Part"):
            self.write([ball()], tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_existing_is_refused_and_kept(self, tmp_path):
        path = self.write(ball(), tmp_path)
        before = bytes_below(tmp_path)
        with pytest.raises(WriteError, match="--overwrite") as refused:
            self.write(tetrahedron(), tmp_path)
        assert refused.value.where == str(path)
        assert bytes_below(tmp_path) == before

    def test_overwriting(self, tmp_path):
        self.write(ball(), tmp_path)
        path = self.write(tetrahedron(), tmp_path, overwrite=True)
        assert np.array_equal(self.corners(path), corners_of(tetrahedron()))
        assert [path.name for path in tmp_path.iterdir()] == [self.name]

    @pytest.mark.parametrize("overwrite", [False, True])
    def test_nothing_is_written_through_a_link(self, overwrite, tmp_path):
        aim = tmp_path / "aim"
        (tmp_path / self.name).symlink_to(aim)
        with pytest.raises(WriteError, match="link"):
            self.write(ball(), tmp_path, overwrite=overwrite)
        assert not aim.exists()

    def test_missing_folder(self, tmp_path):
        with pytest.raises(WriteError, match="mkdir -p"):
            self.write(ball(), tmp_path / "none")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("existing", [False, True])
    def test_a_failed_write_leaves_what_was_there(self, existing, tmp_path, monkeypatch):
        if existing:
            self.write(ball(), tmp_path)
        before = bytes_below(tmp_path)

        def fail(*_args, **_kwargs):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", fail)
        with pytest.raises(WriteError, match="No space left"):
            self.write(tetrahedron(), tmp_path, overwrite=existing)
        assert bytes_below(tmp_path) == before

    @pytest.mark.parametrize("room", [0, 50, 3000])
    def test_a_disk_that_fills_up(self, room, tmp_path):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(WriteError, match="File too large"):
                self.write(ball(), tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert list(tmp_path.iterdir()) == []

    def test_an_interruption_leaves_nothing(self, tmp_path, monkeypatch):
        def interrupt(*_args, **_kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr("os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            self.write(ball(), tmp_path)
        assert list(tmp_path.iterdir()) == []
