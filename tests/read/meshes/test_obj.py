from __future__ import annotations

import numpy as np
import pytest
import pyvista
import trimesh

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, volume_mm3
from vizmed.errors import DamagedFileError, UnknownFormatError
from vizmed.read.meshes import obj as room
from vizmed.read.meshes import read_mesh
from vizmed.vtk_bridge import to_polydata


def vertices(points: np.ndarray) -> str:
    return "".join(f"v {x!r} {y!r} {z!r}\n" for x, y, z in points.tolist())


def faces(triangles: np.ndarray, start: int = 1) -> str:
    return "".join("f " + " ".join(str(number + start) for number in face) + "\n" for face in triangles.tolist())


class TestByHand(MeshReaderContract):
    format = "OBJ"

    def write(self, points, triangles, folder):
        (folder / "a.obj").write_text("# made by hand\n" + vertices(points) + faces(triangles) + "# the end")
        return folder / "a.obj"

    @pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95])
    def test_cut_short(self, share, tmp_path):
        """Nothing in the format says how long it is; what is cut so that no face is left is refused."""
        path = self.write(POINTS, TRIANGLES, tmp_path)
        text = path.read_text()
        path.write_text(text[: int(text.index("f ") * share)])
        with pytest.raises(DamagedFileError):
            read_mesh(path)


class TestByTrimesh(TestByHand):
    tolerance_mm = 1e-4

    def write(self, points, triangles, folder):
        mesh = trimesh.Trimesh(points.astype(float), triangles, process=False)
        (folder / "a.obj").write_text(trimesh.exchange.obj.export_obj(mesh))
        return folder / "a.obj"


class TestByVtk(TestByHand):
    tolerance_mm = 1e-3

    def write(self, points, triangles, folder):
        to_polydata(points, triangles).save(folder / "a.obj")
        return folder / "a.obj"


@pytest.fixture
def read(tmp_path):
    def read_text(content: str):
        (tmp_path / "a.obj").write_text(content)
        return read_mesh(tmp_path / "a.obj")

    return read_text


SOUND = vertices(TETRA_POINTS) + faces(TETRA)


@pytest.mark.parametrize("line", ["# vizmed SPACE=RAS UNIT=mm", "# 3D Slicer output. SPACE=RAS", "#SPACE=RAS"])
def test_the_frame_in_a_comment(line, read):
    for content in (f"{line}\n{SOUND}", f"{SOUND}{line}"):
        found = read(content)
        assert found.frame == "RAS"
        assert np.array_equal(corners(found.mesh), (TETRA_POINTS * np.float32([-1, -1, 1]))[TETRA])
        assert codes(found) == []


def test_centred(read):
    found = read(f"# vizmed SPACE=LPS UNIT=mm CENTERED=100,-20.5,3\n{SOUND}")
    assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA] + np.float32([100, -20.5, 3]))


@pytest.mark.parametrize("corner", ["{0}/{0}", "{0}//{1}", "{0}/{1}/{0}", "{0}/", "{0}//"])
def test_textures_and_normals_are_stepped_over(corner, read):
    written = "".join(
        "f " + " ".join(corner.format(n + 1, (n + 1) % 3 + 1) for n in face) + "\n" for face in TETRA.tolist()
    )
    content = vertices(TETRA_POINTS) + "vt 0 0.5\n" * 4 + "vn 0 0 1\n" * 4 + written
    found = read(content)
    assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA])
    assert codes(found) == ["frame-assumed"]


def test_numbers_from_the_end_count_from_where_they_stand(read):
    moved = TETRA_POINTS + np.float32(7)
    content = vertices(TETRA_POINTS) + faces(TETRA, -4) + vertices(moved) + faces(TETRA, -4) + faces(TETRA, -8)
    expected = np.concatenate([TETRA_POINTS[TETRA], moved[TETRA], TETRA_POINTS[TETRA]])
    assert np.array_equal(corners(read(content).mesh), expected)


def test_a_face_may_stand_before_its_vertices(read):
    assert volume_mm3(read(faces(TETRA) + vertices(TETRA_POINTS)).mesh) == pytest.approx(1000)


def test_objects_and_groups_are_parts(read):
    moved = TETRA_POINTS + np.float32(7)
    content = (
        f"o bone\n{vertices(TETRA_POINTS)}{faces(TETRA[:2])}g inner\n{faces(TETRA[2:])}"
        f"o skin of a head\n{vertices(moved)}usemtl some\n{faces(TETRA, 5)}g default\n{faces(TETRA, 5)}o empty\n"
        f"o bone\n{faces(TETRA[:1])}"
    )
    found = read(content)
    assert [(part.name, part.mesh.n_cells, part.mesh.n_points) for part in found.parts] == [
        ("bone", 3, 4),
        ("bone inner", 2, 4),
        ("skin of a head", 8, 4),
    ]
    assert codes(found) == ["colors-left-out", "frame-assumed"]
    assert found.mesh.n_cells == 13
    assert np.array_equal(corners(found.mesh)[5:9], moved[TETRA])


def test_polygons_and_other_elements(read, tmp_path):
    cube = pyvista.Cube(x_length=10, y_length=20, z_length=30).clean()
    content = vertices(np.asarray(cube.points)) + faces(cube.regular_faces) + "l 1 2 3\np 1\nl 1 2\ns off\n"
    found = read(content)
    assert codes(found) == ["polygons-split", "cells-left-out", "cells-left-out", "frame-assumed"]
    assert [str(one) for one in found.findings[1:3]] == [
        "2 line elements (a.obj): left out",
        "1 point element (a.obj): left out",
    ]
    assert volume_mm3(found.mesh) == pytest.approx(6000)
    assert trimesh.load(tmp_path / "a.obj").volume == pytest.approx(6000)


@pytest.mark.parametrize("more", [" 1.0", " 0.5 0.25 1.0"])
def test_weights_and_colours_of_vertices(more, read):
    content = "".join(line + more + "\n" for line in vertices(TETRA_POINTS).splitlines()) + faces(TETRA)
    found = read(content)
    assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA])
    assert ("colors-left-out" in codes(found)) == (len(more) > 5)


def test_blanks_line_ends_and_continued_lines(read):
    content = "\n\n" + SOUND.replace(" ", " \t ").replace("\n", " \r\n  ")
    assert np.array_equal(corners(read(content).mesh), TETRA_POINTS[TETRA])
    continued = SOUND.replace("f 1 3", "f 1 \\\n3").replace("v 10.0 ", "v 10.0\\\r\n ")
    assert np.array_equal(corners(read(continued).mesh), TETRA_POINTS[TETRA])


@pytest.mark.parametrize("size", [1, 10, 60, 1000, 10**6])
def test_blocks_and_mixed_lines(size, read, monkeypatch):
    monkeypatch.setattr(room, "_BLOCK", size)
    assert np.array_equal(corners(read(vertices(POINTS) + faces(TRIANGLES)).mesh), POINTS[TRIANGLES])
    alternating = vertices(POINTS).replace("v ", "vn 0 0 1\nv ") + faces(TRIANGLES).replace("f ", "s 1\nf ")
    assert np.array_equal(corners(read(alternating).mesh), POINTS[TRIANGLES])
    continued = (vertices(POINTS) + faces(TRIANGLES)).replace("f ", "f \\\n")
    assert np.array_equal(corners(read(continued).mesh), POINTS[TRIANGLES])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v 10.0", "v"),
        ("v 10.0", "v 10,0"),
        ("v 10.0", "v 1_0"),
        ("v 10.0", "v 1-0"),
        ("v 10.0", "v 0x10"),
        ("v 10.0", "v 1e39"),
        ("v 10.0 0.0 0.0\n", "v\n"),
        ("v 10.0 0.0 0.0\n", "v\nv\n"),
        ("v 10.0 0.0 0.0\n", "v 10.0 0.0\n"),
        ("f 1 3", "f 0 3"),
        ("f 1 3", "f 5 3"),
        ("f 1 3", "f -5 3"),
        ("f 1 3", "f 1.5 3"),
        ("f 1 3", "f a 3"),
        ("f 1 3", "f /1 3"),
        ("f 1 3", "f 99999999999999999999 3"),
        ("f 1 3", "f nan 3"),
    ],
)
def test_lies(old, new, read, tmp_path):
    assert old in SOUND
    for content in (SOUND.replace(old, new, 1), "o a\n" + SOUND.replace(old, new, 1)):
        with pytest.raises(DamagedFileError) as refused:
            read(content)
        assert refused.value.where == str(tmp_path / "a.obj")


@pytest.mark.parametrize("content", ["# a comment\nand prose\n", "v for victory\nf for fun\n", "f\nf\n", "g a\nv\n"])
def test_other_text(content, read):
    with pytest.raises(UnknownFormatError):
        read(content)


def test_a_face_of_nothing(read):
    assert codes(read(SOUND + "f\nf\n")) == ["degenerate-polygons", "frame-assumed"]


def test_too_many_parts(read):
    with pytest.raises(DamagedFileError, match="more than 10,000 parts"):
        read(vertices(TETRA_POINTS) + "".join(f"o {n}\nf 1 2 3\n" for n in range(10_050)))


def test_a_line_without_end(read, monkeypatch):
    monkeypatch.setattr(room, "_BLOCK", 100)
    monkeypatch.setattr(room, "_LONGEST_LINE", 1000)
    with pytest.raises(DamagedFileError, match="1,000 letters"):
        read(SOUND + "f" + " 1" * 2000)
