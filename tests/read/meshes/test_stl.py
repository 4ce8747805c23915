from __future__ import annotations

import struct

import numpy as np
import pytest
import trimesh

from tests.read.meshes.contract import MeshReaderContract
from tests.read.meshes.shapes import POINTS, TETRA, TETRA_POINTS, TRIANGLES, codes, corners, only, volume_mm3
from vizmed.errors import DamagedFileError, UnknownFormatError
from vizmed.read.meshes import read_mesh
from vizmed.read.meshes import stl as room
from vizmed.vtk_bridge import mesh_arrays, to_polydata

FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def binary(facets: np.ndarray, header: bytes = b"", count: int | None = None, more: bytes = b"") -> bytes:
    table = np.zeros(len(facets), FACET)
    table["corners"] = facets
    return header.ljust(80, b"\0") + struct.pack("<I", len(facets) if count is None else count) + table.tobytes() + more


def text(facets: np.ndarray, name: str = "", end: str = "endsolid\n") -> str:
    loops = (
        "facet normal 0 0 0\n outer loop\n"
        + "".join(f"  vertex {x!r} {y!r} {z!r}\n" for x, y, z in facet.tolist())
        + " endloop\nendfacet\n"
        for facet in facets
    )
    return f"solid {name}\n" + "".join(loops) + end


class TestBinary(MeshReaderContract):
    format = "STL"

    def write(self, points, triangles, folder):
        (folder / "a.stl").write_bytes(binary(points[triangles]))
        return folder / "a.stl"

    def test_nothing_else_is_taken_for_it(self, tmp_path):
        """It has no sign of its own: zeros, text and random bytes of any length are none."""
        for size in (84, 134, 200, 1000, 5000):
            for content in (bytes(size), b"words " * size, np.random.default_rng(size).bytes(size)):
                (tmp_path / "other").write_bytes(content)
                with pytest.raises((UnknownFormatError, DamagedFileError)):
                    read_mesh(tmp_path / "other")


class TestByTrimesh(MeshReaderContract):
    format = "STL"

    def write(self, points, triangles, folder):
        mesh = trimesh.Trimesh(points.astype(float), triangles, process=False)
        (folder / "a.stl").write_bytes(trimesh.exchange.stl.export_stl(mesh))
        return folder / "a.stl"

    def test_triangles_without_extent_are_dropped_and_counted(self, tmp_path):
        pass  # trimesh drops them itself


class TestByVtk(MeshReaderContract):
    format = "STL"

    def write(self, points, triangles, folder):
        to_polydata(points, triangles).save(folder / "a.stl")
        return folder / "a.stl"


class TestText(MeshReaderContract):
    format = "STL"

    def write(self, points, triangles, folder):
        (folder / "a.stl").write_text(text(points[triangles]))
        return folder / "a.stl"


class TestTextByVtk(MeshReaderContract):
    format = "STL"
    tolerance_mm = 1e-3  # it writes six digits

    def write(self, points, triangles, folder):
        to_polydata(points, triangles).save(folder / "a.stl", binary=False)
        return folder / "a.stl"


@pytest.fixture
def read(tmp_path):
    def read_bytes(content: bytes | str):
        path = tmp_path / "a.stl"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_mesh(path)

    return read_bytes


def test_a_binary_file_may_begin_as_text(read):
    found = read(binary(POINTS[TRIANGLES], b"solid of some program\nfacet normal"))
    assert np.array_equal(corners(found.mesh), POINTS[TRIANGLES])


@pytest.mark.parametrize(
    ("header", "frame"),
    [
        (b"vizmed SPACE=LPS UNIT=mm", "LPS"),
        (b"3D Slicer output. SPACE=RAS", "RAS"),
        (b"3D Slicer output. SPACE=LPS".ljust(80, b" "), "LPS"),
        (b"solid SPACE=RAS", "RAS"),
    ],
)
def test_the_frame_in_the_header(header, frame, read):
    found = read(binary(POINTS[TRIANGLES], header))
    turned = POINTS * np.float32([-1, -1, 1]) if frame == "RAS" else POINTS
    assert found.frame == frame
    assert np.array_equal(corners(found.mesh), turned[TRIANGLES])
    assert volume_mm3(found.mesh) > 10_000  # a turn, no mirror
    assert codes(found) == []


def test_a_centred_file_goes_back(read):
    middle = np.array([41.25, -75.5, 310])
    found = read(binary((POINTS - middle)[TRIANGLES], b"vizmed SPACE=LPS UNIT=mm CENTERED=41.25,-75.5,310"))
    assert corners(found.mesh) == pytest.approx(POINTS[TRIANGLES], abs=1e-4)
    turned = (POINTS - middle) * [-1, -1, 1]
    found = read(binary(turned[TRIANGLES], b"vizmed SPACE=RAS UNIT=mm CENTERED=41.25,-75.5,310"))
    assert corners(found.mesh) == pytest.approx(POINTS[TRIANGLES], abs=1e-4)


def test_other_units_and_unknown_words(read):
    found = read(binary(TETRA_POINTS[TETRA], b"SPACE=LPS UNIT=cm"))
    assert volume_mm3(found.mesh) == pytest.approx(1000 * 1000)
    assert found.unit == "cm"
    found = read(binary(TETRA_POINTS[TETRA], b"SPACE=LAS UNIT=ell"))
    assert volume_mm3(found.mesh) == pytest.approx(1000)
    assert codes(found) == ["frame-unknown", "unit-unknown", "frame-assumed"]
    assert (found.frame, found.unit) == (None, None)
    with pytest.raises(DamagedFileError, match="CENTERED"):
        read(binary(TETRA_POINTS[TETRA], b"SPACE=LPS CENTERED=1,2"))


def test_zeros_of_either_sign_are_one(read):
    facets = TETRA_POINTS[TETRA].copy()
    facets[1:][facets[1:] == 0] = -0.0
    points, triangles = mesh_arrays(read(binary(facets)).mesh)
    assert len(points) == 4
    assert not np.signbit(points).any()
    assert np.array_equal(points[triangles], TETRA_POINTS[TETRA])


def test_points_come_in_the_order_of_the_file(read):
    points, triangles = mesh_arrays(read(binary(POINTS[TRIANGLES])).mesh)
    _, first = np.unique(TRIANGLES, return_index=True)
    assert np.array_equal(points, POINTS[TRIANGLES.ravel()[np.sort(first)]])
    assert triangles[0].tolist() == [0, 1, 2]


def test_nearly_the_same_is_another_point(read):
    facets = TETRA_POINTS[TETRA].copy()
    facets[0, 1, 1] = np.nextafter(np.float32(20), np.float32(21))
    assert read(binary(facets)).mesh.n_points == 5


def test_what_lies_behind_the_facets(read):
    found = read(binary(TETRA_POINTS[TETRA], more=b"made by a program that says so here"))
    assert codes(found) == ["bytes-left-over", "frame-assumed"]
    assert volume_mm3(found.mesh) == pytest.approx(1000)


@pytest.mark.parametrize("count", [5, 1000, 2**32 - 1])
def test_a_count_that_promises_more(count, read):
    facets = np.repeat(TETRA_POINTS[TETRA], 3, axis=0)[:4]
    table = np.frombuffer(bytearray(binary(facets)[84:]), FACET).copy()
    table["normal"] = [0, 0, 1]
    with pytest.raises(DamagedFileError, match=f"{count:,} facets need"):
        read(binary(facets)[:80] + struct.pack("<I", count) + table.tobytes())


@pytest.mark.parametrize("facets", [np.zeros((0, 3, 3)), np.zeros((4, 3, 3))])
def test_no_surface(facets, read):
    for content in (binary(facets), text(facets)):
        with pytest.raises(DamagedFileError, match="no triangles"):
            read(content)


class TestSolids:
    def test_each_is_a_part(self, read):
        moved = TETRA_POINTS + np.float32(50)
        found = read(text(TETRA_POINTS[TETRA], "bone", "endsolid bone\n") + text(moved[TETRA], "skin of \x07it") + "\n")
        assert [part.name for part in found.parts] == ["bone", "skin of it"]
        assert [volume_mm3(part.mesh) for part in found.parts] == pytest.approx([1000, 1000])
        assert np.array_equal(corners(found.mesh), np.concatenate([TETRA_POINTS[TETRA], moved[TETRA]]))

    def test_the_frame_is_no_name(self, read):
        found = read(text(TETRA_POINTS[TETRA], "vizmed SPACE=RAS UNIT=mm"))
        assert only(found).name == "surface"
        assert found.frame == "RAS"
        assert corners(found.mesh).min(axis=(0, 1)).tolist() == [-10, -20, 0]

    def test_contradictions(self, read):
        with pytest.raises(DamagedFileError, match="LPS and RAS"):
            read(text(TETRA_POINTS[TETRA], "SPACE=RAS") + text(TETRA_POINTS[TETRA], "SPACE=LPS"))

    def test_letters_of_either_case_and_any_blanks(self, read):
        found = read(text(TETRA_POINTS[TETRA], "x").upper().replace("\n", "\r\n \t").replace(" ", "  "))
        assert np.array_equal(corners(found.mesh), TETRA_POINTS[TETRA])
        normals = text(TETRA_POINTS[TETRA]).replace("normal 0 0 0", "normal nan -nan 1e-400")
        assert volume_mm3(read(normals).mesh) == pytest.approx(1000)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("vertex 10.0", "vertex"),
            ("vertex 10.0", "vertex 10,0"),
            ("vertex 10.0", "vertex 1_0"),
            ("vertex 10.0", "vertex 0x10"),
            ("vertex 10.0", "vertex 1-0"),
            ("vertex 10.0", "vertex 1e999"),
            ("vertex 10.0", "vertex 1e39"),
            ("endloop", "vertex 0 0 0 endloop"),
            ("outer loop", "inner loop"),
            ("endfacet\n", ""),
            ("endsolid\n", ""),
            ("endsolid\n", "endsolidity\n"),
            ("endsolid\n", "endsolid\nand more"),
        ],
    )
    def test_lies(self, old, new, read):
        sound = text(TETRA_POINTS[TETRA])
        assert old in sound
        with pytest.raises(DamagedFileError):
            read(sound.replace(old, new, 1))

    def test_blocks(self, read, monkeypatch):
        for size in (70, 300, 5000):
            monkeypatch.setattr(room, "_TEXT_BLOCK", size)
            monkeypatch.setattr(room, "_SHORT_SOLID", 16)
            assert np.array_equal(corners(read(text(POINTS[TRIANGLES])).mesh), POINTS[TRIANGLES])

    def test_a_word_without_end(self, read, monkeypatch):
        monkeypatch.setattr(room, "_TEXT_BLOCK", 500)
        with pytest.raises(DamagedFileError, match="longer than"):
            read(text(TETRA_POINTS[TETRA]).replace("vertex 10.0", f"vertex {'1' * 1000}"))
