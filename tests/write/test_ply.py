"""PLY written: read back by trimesh and VTK."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista
import trimesh

from tests.contracts.mesh_writer import MeshWriterContract, ball, frame_in, tetrahedron
from tests.phantoms import ellipsoid_volume_mm3
from vizmed.errors import WriteError
from vizmed.parts import Part
from vizmed.vtk_bridge import to_polydata
from vizmed.write import ply, stream
from vizmed.write.ply import write_ply

PARTS = (Part("a", ball(), "#010203"), Part("b", tetrahedron(), "#fffefd"))


def header(path) -> list[str]:
    return path.read_bytes().partition(b"end_header\n")[0].decode("ascii").splitlines()


class TestPly(MeshWriterContract):
    name = "a.ply"
    keeps_parts = keeps_colors = False

    def read_back(self, path):
        mesh = trimesh.load(path, process=False)
        return {"": np.asarray(mesh.vertices)[mesh.faces]}

    def said(self, path):
        (comment,) = (line for line in header(path) if line.startswith("comment "))
        return frame_in(comment.removeprefix("comment "))


def test_the_header(tmp_path):
    write_ply(tetrahedron(), tmp_path / "a.ply")
    assert header(tmp_path / "a.ply") == [
        "ply",
        "format binary_little_endian 1.0",
        "comment vizmed SPACE=LPS UNIT=mm",
        "element vertex 4",
        "property float x",
        "property float y",
        "property float z",
        "element face 4",
        "property list uchar int vertex_indices",
    ]
    body = (tmp_path / "a.ply").read_bytes().partition(b"end_header\n")[2]
    assert len(body) == 4 * 12 + 4 * 13


def test_points_are_shared(tmp_path):
    write_ply(ball(), tmp_path / "a.ply")
    read = trimesh.load(tmp_path / "a.ply", process=False)
    assert read.is_watertight
    assert len(read.vertices) == ball().n_points
    assert read.volume == pytest.approx(ellipsoid_volume_mm3(), rel=0.01)


def test_points_have_colours_where_the_parts_differ(tmp_path):
    write_ply(PARTS, tmp_path / "a.ply")
    colors = trimesh.load(tmp_path / "a.ply", process=False).visual.vertex_colors
    assert (colors[: ball().n_points] == [1, 2, 3, 255]).all()
    assert (colors[ball().n_points :] == [255, 254, 253, 255]).all()
    assert len(colors) == ball().n_points + 4
    assert np.array_equal(pyvista.read(tmp_path / "a.ply")["RGB"], colors[:, :3])
    write_ply([Part("a", ball(), "#ABCDEF"), Part("b", ball(), "#abcdef")], tmp_path / "b.ply")
    assert not [line for line in header(tmp_path / "b.ply") if "red" in line]


@pytest.mark.parametrize("block", [1, 999, 10**6])
def test_the_same_bytes_in_any_blocks(block, tmp_path, monkeypatch):
    write_ply(PARTS, tmp_path / "a.ply")
    monkeypatch.setattr(ply, "BLOCK", block)
    monkeypatch.setattr(stream, "EARLY_BYTES", 1000)
    write_ply(PARTS, tmp_path / "b.ply")
    assert (tmp_path / "a.ply").read_bytes() == (tmp_path / "b.ply").read_bytes()


@pytest.mark.parametrize(("points", "triangles", "what"), [(8, 1, "8 points"), (4, 9, "9 triangles")])
def test_more_than_the_format_counts_is_refused(points, triangles, what, tmp_path, monkeypatch):
    monkeypatch.setattr(ply, "MOST", 7)
    mesh = to_polydata(np.eye(points, 3), np.tile([0, 1, 2], (triangles, 1)))
    with pytest.raises(WriteError, match=f"{what}.*no more than 7"):
        write_ply(mesh, tmp_path / "a.ply")
    assert list(tmp_path.iterdir()) == []
