"""OBJ written: read back by trimesh, by VTK, and line by line."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista
import trimesh

from tests.contracts.mesh_writer import APEXES_MM, MeshWriterContract, ball, corners_of, frame_in, tetrahedron
from vizmed.parts import Part
from vizmed.write import stream
from vizmed.write.obj import write_obj


class TestObj(MeshWriterContract):
    name = "a.obj"
    keeps_colors = False

    def read_back(self, path):
        """Line by line, for trimesh sorts the parts and merges their points."""
        points, corners = [], {}
        for line in path.read_text("utf-8").splitlines():
            word, *rest = line.split(" ")
            if word == "o":
                (name,) = rest
                assert name not in corners
                corners[name] = []
            elif word == "v":
                points.append([float(number) for number in rest])
            elif word == "f":
                corners[name].append([points[int(number) - 1] for number in rest])
            else:
                assert word == "#"
        return {name: np.array(triangles, np.float32) for name, triangles in corners.items()}

    def said(self, path):
        return frame_in(path.read_text("utf-8").splitlines()[0].removeprefix("# "))

    def in_file(self, name):
        return name.replace(" ", "_")


def test_the_text(tmp_path):
    write_obj([Part("a", tetrahedron()), Part("b c", tetrahedron((0.1, 0, 0)))], tmp_path / "a.obj", frame="ras")
    assert (tmp_path / "a.obj").read_text().splitlines() == [
        "# vizmed SPACE=RAS UNIT=mm",
        *("o a", "v -10 20 30", "v -14 20 30", "v -10 15 30", "v -10 20 36"),
        *("f 1 3 2", "f 1 2 4", "f 2 3 4", "f 1 4 3"),
        *("o b_c", "v -10.1000004 20 30", "v -14.1000004 20 30", "v -10.1000004 15 30", "v -10.1000004 20 36"),
        *("f 5 7 6", "f 5 6 8", "f 6 7 8", "f 5 8 7"),
    ]


def test_no_zero_has_a_sign(tmp_path):
    write_obj(tetrahedron(-APEXES_MM[0]), tmp_path / "a.obj", frame="ras")
    assert "v 0 0 0\n" in (tmp_path / "a.obj").read_text()


def test_others_read_it(tmp_path):
    write_obj([Part("a", ball()), Part("b", tetrahedron())], tmp_path / "a.obj")
    parts = trimesh.load(tmp_path / "a.obj", process=False, split_objects=True, maintain_order=True).geometry
    for name, mesh in (("a", ball()), ("b", tetrahedron())):
        assert parts[name].is_watertight
        assert np.array_equal(parts[name].vertices[parts[name].faces].astype(np.float32), corners_of(mesh))
    read = pyvista.read(tmp_path / "a.obj")
    expected = np.concatenate([corners_of(ball()), corners_of(tetrahedron())])
    assert np.array_equal(corners_of(read).astype(np.float32), expected)


@pytest.mark.parametrize("rows", [1, 7, 10**6])
def test_the_same_bytes_in_any_blocks(rows, tmp_path, monkeypatch):
    write_obj(ball(), tmp_path / "a.obj")
    monkeypatch.setattr(stream, "ROWS", rows)
    write_obj(ball(), tmp_path / "b.obj")
    assert (tmp_path / "a.obj").read_bytes() == (tmp_path / "b.obj").read_bytes()
