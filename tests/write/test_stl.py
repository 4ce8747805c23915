"""STL written: read back by trimesh and VTK, and word by word."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest
import pyvista
import trimesh

from tests.contracts.mesh_writer import MeshWriterContract, ball, corners_of, frame_in, tetrahedron
from tests.phantoms import ellipsoid_volume_mm3
from vizmed.errors import WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import stl, stream
from vizmed.write.stl import write_stl


def parsed(data: bytes) -> tuple[bytes, np.ndarray, np.ndarray]:
    """Header, normals (n, 3) and corners (n, 3, 3), read word by word as the format's description has it."""
    (count,) = struct.unpack_from("<I", data, 80)
    assert len(data) == 84 + 50 * count
    facets = [struct.unpack_from("<12fH", data, 84 + 50 * n) for n in range(count)]
    assert all(facet[12] == 0 for facet in facets)
    numbers = np.array([facet[:12] for facet in facets]).reshape(-1, 4, 3)
    return data[:80], numbers[:, 0], numbers[:, 1:]


class TestStl(MeshWriterContract):
    name = "a.stl"
    keeps_parts = keeps_colors = False

    def read_back(self, path):
        mesh = trimesh.load(path, process=False)
        return {"": mesh.vertices[mesh.faces]}

    def said(self, path):
        header = path.read_bytes()[:80]
        assert not header.startswith(b"solid")
        return frame_in(header.decode("ascii").rstrip(" "))


class TestStlOfText(MeshWriterContract):
    name = "a.STL"
    options = {"ascii": True}  # noqa: RUF012
    keeps_colors = False

    def read_back(self, path):
        loaded = trimesh.load(path, process=False)
        if isinstance(loaded, trimesh.Trimesh):
            return {"": loaded.vertices[loaded.faces].astype(np.float32)}
        return {
            re.sub(" vizmed SPACE=LPS UNIT=mm.*", "", name): mesh.vertices[mesh.faces].astype(np.float32)
            for name, mesh in loaded.geometry.items()
        }

    def said(self, path):
        first = path.read_text("utf-8").splitlines()[0]
        _, _, words = first.partition("vizmed")
        assert first.startswith("solid ")
        return frame_in(f"vizmed{words}")

    def in_file(self, name):
        return name.replace(" ", "_")


def test_the_file_word_by_word(tmp_path):
    write_stl(ball(), tmp_path / "a.stl")
    header, normals, corners = parsed((tmp_path / "a.stl").read_bytes())
    assert header == b"vizmed SPACE=LPS UNIT=mm".ljust(80)
    assert np.array_equal(corners, corners_of(ball()))
    exact = corners.astype(np.float64)
    expected = np.cross(exact[:, 1] - exact[:, 0], exact[:, 2] - exact[:, 0])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert normals == pytest.approx(expected, abs=1e-7)
    outward = corners.mean(axis=1) - np.mean(ball().points, axis=0)
    assert ((normals * outward).sum(axis=1) > 0).all()


def test_text_is_as_the_format_has_it(tmp_path):
    write_stl([Part("a b", tetrahedron()), Part("c", tetrahedron())], tmp_path / "a.stl", ascii=True)
    lines = (tmp_path / "a.stl").read_text().splitlines()
    assert lines[:9] == [
        "solid a_b vizmed SPACE=LPS UNIT=mm",
        "facet normal 0 0 -1",
        "outer loop",
        "vertex 10 -20 30",
        "vertex 10 -15 30",
        "vertex 14 -20 30",
        "endloop",
        "endfacet",
        "facet normal 0 -1 0",
    ]
    assert [line for line in lines if "solid" in line] == [
        lines[0],
        "endsolid",
        lines[0].replace("a_b", "c"),
        "endsolid",
    ]
    assert len(lines) == 2 * (2 + 4 * 7)


@pytest.mark.parametrize("frame", ["lps", "ras", "centered"])
def test_text_says_what_the_binary_says(frame, tmp_path):
    write_stl(ball(), tmp_path / "a.stl", frame=frame)
    write_stl(ball(), tmp_path / "b.stl", frame=frame, ascii=True)
    header, normals, corners = parsed((tmp_path / "a.stl").read_bytes())
    lines = (tmp_path / "b.stl").read_text().splitlines()
    assert lines[0] == f"solid {header.decode().rstrip()}"
    words = [line.split() for line in lines]
    assert np.array_equal(np.array([word[2:] for word in words if word[0] == "facet"], np.float32), normals)
    assert np.array_equal(
        np.array([word[1:] for word in words if word[0] == "vertex"], np.float32).reshape(-1, 3, 3), corners
    )


@pytest.mark.parametrize("as_text", [False, True])
def test_others_read_it(as_text, tmp_path):
    write_stl(ball(), tmp_path / "a.stl", ascii=as_text)
    read = trimesh.load(tmp_path / "a.stl", process=True)
    assert read.is_watertight
    assert read.volume == pytest.approx(ellipsoid_volume_mm3(), rel=0.01)
    assert read.bounds.T.ravel() == pytest.approx(ball().bounds)
    assert pyvista.read(tmp_path / "a.stl").n_cells == ball().n_cells


@pytest.mark.parametrize("block", [1, 7, 1000, 10**6])
@pytest.mark.parametrize("as_text", [False, True])
def test_the_same_bytes_in_any_blocks(as_text, tmp_path, monkeypatch, block):
    points, triangles = mesh_arrays(ball())
    mesh = ball() if block >= 1000 else to_polydata(points, triangles[:200])
    write_stl(mesh, tmp_path / "a.stl", ascii=as_text)
    monkeypatch.setattr(stl, "BLOCK", block)
    monkeypatch.setattr(stream, "EARLY_BYTES", 1000)
    write_stl(mesh, tmp_path / "b.stl", ascii=as_text)
    assert (tmp_path / "a.stl").read_bytes() == (tmp_path / "b.stl").read_bytes()


def test_a_triangle_without_area_has_no_normal(tmp_path):
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 5, 0]], np.float32)
    write_stl(to_polydata(points, np.array([[0, 1, 2], [0, 1, 3]])), tmp_path / "a.stl")
    _, normals, _ = parsed((tmp_path / "a.stl").read_bytes())
    assert normals.tolist() == [[0, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1, 1e6, 1e12])
def test_normals_of_thin_triangles_of_every_size(size, tmp_path):
    points = np.array([[0.1, 0.2, 0.3], [1.1, 0.2, 0.3], [0.7, 0.2001, 0.30007]]) * size
    write_stl(to_polydata(points, np.array([[0, 1, 2]])), tmp_path / "a.stl")
    _, normals, corners = parsed((tmp_path / "a.stl").read_bytes())
    a, b, c = corners[0]
    expected = np.cross(b - a, c - a)
    assert normals[0] == pytest.approx(expected / np.linalg.norm(expected), abs=1e-7)


def test_more_than_the_format_counts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(stl, "MOST_TRIANGLES", 7)
    with pytest.raises(WriteError, match=r"8 triangles.*counts no more than 7"):
        write_stl([Part("a", tetrahedron()), Part("b", tetrahedron())], tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_write_leaves_nothing(tmp_path, monkeypatch):
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stl._Desk, "facets", full_disk)
    with pytest.raises(WriteError, match="No space left"):
        write_stl(ball(), tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []


def test_disks_that_take_no_advice(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(stream, "EARLY_BYTES", 1000)
    write_stl(ball(), tmp_path / "a.stl")
    monkeypatch.setattr("os.posix_fadvise", refuse)
    write_stl(ball(), tmp_path / "b.stl")
    monkeypatch.delattr("os.posix_fadvise")
    write_stl(ball(), tmp_path / "c.stl")
    assert len({(tmp_path / f"{name}.stl").read_bytes() for name in "abc"}) == 1
