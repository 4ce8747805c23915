from __future__ import annotations

import struct

import numpy as np
import pytest
import pyvista
import trimesh

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import (
    POINTS,
    TETRA,
    TETRA_POINTS,
    TRIANGLES,
    codes,
    corners,
    only,
    volume_mm3,
)
from vizmed.errors import DamagedFileError, UnknownFormatError
from vizmed.read.meshes import read_mesh
from vizmed.vtk_bridge import to_polydata

FORMS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
CODES = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d"}


def row(form: str, *fields: tuple[str, object]) -> bytes:
    """Write the numbers of one row, each of its own type; a list is given as types ``"uchar int"``."""
    parts = []
    for kind, value in fields:
        counted, _, inner = kind.rpartition(" ")
        numbers = [(counted, len(value)), *((inner, one) for one in value)] if counted else [(kind, value)]
        parts += [
            f"{number!r} ".encode() if form == "ascii" else struct.pack(FORMS[form] + CODES[each], number)
            for each, number in numbers
        ]
    return b"".join(parts) + (b"\n" if form == "ascii" else b"")


def header(form: str, *lines: str) -> bytes:
    return "\n".join(("ply", f"format {form} 1.0", *lines, "end_header", "")).encode()


def ply(form: str, points: np.ndarray, faces, *, comments: tuple[str, ...] = (), index="uchar int") -> bytes:
    lines = [f"comment {comment}" for comment in comments]
    lines += [f"element vertex {len(points)}", "property float x", "property float y", "property float z"]
    lines += [f"element face {len(faces)}", f"property list {index} vertex_indices"]
    rows = [row(form, *(("float", number) for number in point)) for point in points.tolist()]
    rows += [row(form, (index, [int(number) for number in face])) for face in faces]
    return header(form, *lines) + b"".join(rows)


class PlyContract(MeshReaderContract):
    format = "PLY"
    form = "ascii"

    def write(self, points, triangles, folder):
        (folder / "a.ply").write_bytes(ply(self.form, points, triangles))
        return folder / "a.ply"


class TestText(PlyContract):
    pass


class TestLittleEndian(PlyContract):
    form = "binary_little_endian"


class TestBigEndian(PlyContract):
    form = "binary_big_endian"


class TestByVtk(PlyContract):
    def write(self, points, triangles, folder):
        to_polydata(points, triangles).save(folder / "a.ply")
        return folder / "a.ply"


class TestTextByVtk(PlyContract):
    tolerance_mm = 1e-3

    def write(self, points, triangles, folder):
        to_polydata(points, triangles).save(folder / "a.ply", binary=False)
        return folder / "a.ply"


class TestByTrimesh(PlyContract):
    def write(self, points, triangles, folder):
        mesh = trimesh.Trimesh(points.astype(float), triangles, process=False)
        (folder / "a.ply").write_bytes(trimesh.exchange.ply.export_ply(mesh))
        return folder / "a.ply"


@pytest.fixture
def read(tmp_path):
    def read_bytes(content: bytes):
        (tmp_path / "a.ply").write_bytes(content)
        return read_mesh(tmp_path / "a.ply")

    return read_bytes


@pytest.fixture(params=FORMS)
def form(request) -> str:
    return request.param


@pytest.mark.parametrize("comment", ["vizmed SPACE=RAS UNIT=mm", "3D Slicer output. SPACE=RAS"])
def test_the_frame_in_a_comment(form, comment, read):
    found = read(ply(form, POINTS, TRIANGLES, comments=("made by hand", comment)))
    assert found.frame == "RAS"
    assert np.array_equal(corners(found.mesh), (POINTS * np.float32([-1, -1, 1]))[TRIANGLES])
    assert codes(found) == []


def test_centred_and_in_another_unit(form, read):
    content = ply(form, POINTS / np.float32(10), TRIANGLES, comments=("vizmed SPACE=LPS UNIT=cm CENTERED=1,-2,3.5",))
    assert corners(read(content).mesh) == pytest.approx(POINTS[TRIANGLES] + [1, -2, 3.5], abs=1e-3)


def test_comments_of_any_letters(read):
    content = ply("ascii", POINTS, TRIANGLES, comments=("one\x1c\x85 \u2028 property float x \xfc", "SPACE=LPS"))
    assert read(content).frame == "LPS"


def test_comments_that_contradict_each_other(read):
    with pytest.raises(DamagedFileError, match="LPS and RAS"):
        read(ply("ascii", POINTS, TRIANGLES, comments=("SPACE=LPS", "SPACE=RAS")))
    found = read(ply("ascii", POINTS, TRIANGLES, comments=("SPACE=LPS", "vizmed SPACE=LPS UNIT=mm")))
    assert (found.frame, found.unit) == ("LPS", "mm")


def test_polygons_of_every_size(form, read, tmp_path):
    """A cube of quads, with one face as two triangles and one as a pentagon, and something with two corners."""
    cube = pyvista.Cube(x_length=10, y_length=20, z_length=30).clean()
    points, faces = np.asarray(cube.points), [list(face) for face in cube.regular_faces]
    middle = (points[faces[0][0]] + points[faces[0][1]]) / 2
    points = np.vstack([points, middle]).astype(np.float32)
    pentagon = [faces[0][0], len(points) - 1, *faces[0][1:]]
    a, b, c, d = faces[1]
    content = ply(form, points, [pentagon, *faces[2:], [a, b, c], [a, c, d]])
    found = read(content)
    assert codes(found) == ["polygons-split", "frame-assumed"]
    assert "5 polygons" in str(found.findings[0])
    assert found.mesh.n_cells == 3 + 4 * 2 + 2
    assert volume_mm3(found.mesh) == pytest.approx(6000)
    assert pyvista.read(tmp_path / "a.ply").triangulate().volume == pytest.approx(6000)
    short = read(ply(form, points, [pentagon, *faces[2:], [a, b, c], [a, c, d], [a, b], []]))
    assert codes(short) == ["polygons-split", "degenerate-polygons", "frame-assumed"]
    assert "2 polygons" in str(short.findings[1])
    assert volume_mm3(short.mesh) == pytest.approx(6000)


def test_quads_alone(form, read):
    cube = pyvista.Cube(x_length=10, y_length=20, z_length=30).clean()
    found = read(ply(form, np.asarray(cube.points), cube.regular_faces))
    assert found.mesh.n_cells == 12
    assert volume_mm3(found.mesh) == pytest.approx(6000)


def test_any_order_and_types_and_further_elements(form, read):
    lines = [
        "obj_info something",
        "element camera 2", "property double view", "property list uchar short strange", "property char last",
        "element face 4", "property uchar flag", "property list ushort uint vertex_index",
        "property list uchar float texcoord",
        "element nothing 3",
        "element vertex 4", "property list uchar int none", "property uint id", "property double z", "property short x",
        "property float confidence", "property int y",
        "element edge 1", "property int vertex1",
    ]  # fmt: skip
    rows = [row(form, ("double", 0.5), ("uchar short", [1] * n), ("char", 3)) for n in (2, 5)]
    rows += [
        row(form, ("uchar", 1), ("ushort uint", face), ("uchar float", [0.25] * n))
        for n, face in enumerate(TETRA.tolist())
    ]
    for n, (x, y, z) in enumerate(TETRA_POINTS.astype(int).tolist()):
        rows.append(
            row(form, ("uchar int", [7]), ("uint", n), ("double", float(z)), ("short", x), ("float", 0.5), ("int", y))
        )
    rows.append(row(form, ("int", 1)))
    found = read(header(form, *lines) + b"".join(rows))
    assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA])


@pytest.mark.parametrize("kind", ["char", "uchar", "short", "ushort", "int", "uint"])
def test_every_type_of_index(kind, form, read):
    assert np.array_equal(
        corners(read(ply(form, TETRA_POINTS, TETRA, index=f"{kind} {kind}")).mesh), TETRA_POINTS[TETRA]
    )


def test_line_ends_of_windows(read):
    content = ply("ascii", POINTS, TRIANGLES).replace(b"\n", b"\r\n")
    assert np.array_equal(corners(read(content).mesh), POINTS[TRIANGLES])
    sound = ply("binary_little_endian", POINTS, TRIANGLES)
    end = sound.index(b"end_header\n")
    assert np.array_equal(
        corners(read(sound[:end].replace(b"\n", b"\r\n") + b"end_header\r\n" + sound[end + 11 :]).mesh),
        POINTS[TRIANGLES],
    )


class TestColors:
    def painted(self, colors: list[tuple[int, int, int]], kind="uchar") -> bytes:
        """Two tetrahedra, a colour a point."""
        points = np.concatenate([TETRA_POINTS, TETRA_POINTS + np.float32(100)]).tolist()
        lines = ["element vertex 8", *(f"property float {axis}" for axis in "xyz")]
        lines += [f"property {kind} {name}" for name in ("red", "green", "blue")]
        lines += ["element face 8", "property list uchar int vertex_indices"]
        rows = [
            row("ascii", *(("float", n) for n in point), *((kind, n) for n in color))
            for point, color in zip(points, colors, strict=True)
        ]
        rows += [row("ascii", ("uchar int", face)) for face in np.concatenate([TETRA + 4, TETRA]).tolist()]
        return header("ascii", *lines) + b"".join(rows)

    def test_one(self, read):
        assert only(read(self.painted([(1, 171, 255)] * 8))).color == "#01abff"

    def test_a_part_for_each(self, read):
        found = read(self.painted([(255, 0, 0)] * 4 + [(0, 0, 255)] * 4))
        assert [(part.color, part.mesh.bounds[0]) for part in found.parts] == [("#0000ff", 100), ("#ff0000", 0)]
        assert [part.name for part in found.parts] == ["surface", "surface 2"]
        assert [volume_mm3(part.mesh) for part in found.parts] == pytest.approx([1000, 1000])
        assert volume_mm3(found.mesh) == pytest.approx(2000)
        assert codes(found) == ["frame-assumed"]

    def test_a_painting(self, read):
        found = read(self.painted([(255, 0, 0)] * 3 + [(0, 0, 255)] * 5))
        assert codes(found) == ["colors-left-out", "frame-assumed"]
        assert only(found).mesh.n_cells == 8
        assert codes(read(self.painted([(1, 0, 0)] * 8, "float"))) == ["colors-left-out", "frame-assumed"]


class TestHostile:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("format ascii 1.0", "format strange 1.0"),
            ("format ascii 1.0", "nothing"),
            ("element vertex 162", "element vertex 163"),
            ("element vertex 162", "element vertex 161"),
            ("element vertex 162", "element vertex -1"),
            ("element vertex 162", "element vertex 999999999999999999"),
            ("element vertex 162", "element vertex 9999999999999999999"),
            ("element face 320", "element face 321"),
            ("element face 320", "element face 999999999999999999"),
            ("element face 320", "element face 0"),
            ("property float x", "property float w"),
            ("property float x", "property float y"),
            ("property float x", "property strange x"),
            ("property float x", "property float"),
            ("property float x", "property list uchar float x"),
            ("property list uchar int", "property list float int"),
            ("property list uchar int", "property list uchar float"),
            ("property list uchar int vertex_indices", "property int vertex_indices"),
            ("property list uchar int vertex_indices", "property list uchar int others"),
            ("element face", "element vertex"),
            ("end_header", "end_headers"),
            ("\n3 ", "\n-3 "),
            ("\n3 ", "\n3.5 "),
            ("\n3 ", "\nnan "),
            ("\n3 ", "\n1e300 "),
            ("\n3 ", "\n3 -1 "),
            ("\n3 ", "\n3 162 "),
            ("\n3 ", "\n3 0.5 "),
            ("\n3 ", "\n3 x "),
            ("\n3 ", "\n3 0x1 "),
            ("\n3 ", "\n3 1_1 "),
        ],
    )  # fmt: skip
    def test_lies(self, old, new, read, tmp_path):
        sound = ply("ascii", POINTS, TRIANGLES).decode()
        assert old in sound
        with pytest.raises(DamagedFileError) as refused:
            read(sound.replace(old, new, 1).encode())
        assert refused.value.where == str(tmp_path / "a.ply")

    @pytest.mark.parametrize("form", ["binary_little_endian", "binary_big_endian"])
    @pytest.mark.parametrize("element", ["vertex 162", "face 320"])
    @pytest.mark.parametrize("count", [321, 10**9, 10**18 - 1])
    def test_counts_beyond_the_file(self, form, element, count, read):
        content = ply(form, POINTS, TRIANGLES)
        with pytest.raises(DamagedFileError):
            read(content.replace(element.encode(), f"{element.split()[0]} {count}".encode()))

    def test_no_faces(self, read):
        content = header("ascii", "element vertex 1", *(f"property float {a}" for a in "xyz")) + b"1 2 3\n"
        with pytest.raises(UnknownFormatError, match="'vertex', no surface"):
            read(content)

    def test_a_header_without_end(self, read):
        with pytest.raises(DamagedFileError, match="does not end"):
            read(b"ply\nformat ascii 1.0\n" + b"comment x\n" * 200_000)

    def test_many_properties(self, read):
        lines = [f"property float p{n}" for n in range(5000)]
        with pytest.raises(DamagedFileError, match="lists 5,000 things"):
            read(header("ascii", "element vertex 1", *lines))
