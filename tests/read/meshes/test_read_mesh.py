"""What holds for all formats: what is no file, what is none of them, and what the parts of a file become."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest

from tests.phantoms import asymmetric, geometries
from tests.read.meshes.shapes import TETRA, TETRA_POINTS, codes, corners, volume_mm3
from tests.read.meshes.test_glb import document_of, glb
from tests.read.meshes.test_obj import faces, vertices
from tests.read.meshes.test_stl import binary, text
from vizmed.errors import BudgetError, ReadError, UnknownFormatError
from vizmed.parts import PLAIN_COLOR
from vizmed.read.meshes import read_mesh, stl
from vizmed.write import write_volume


def test_no_file(tmp_path):
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    for name, found in (
        ("absent", "no such file"),
        (".", "no plain file"),
        ("pipe", "no plain file"),
        ("dangling", "no such file"),
    ):
        with pytest.raises(ReadError, match=found):
            read_mesh(tmp_path / name)


def test_a_link_and_any_kind_of_path(tmp_path):
    (tmp_path / "a.stl").write_bytes(binary(TETRA_POINTS[TETRA]))
    (tmp_path / "link").symlink_to(tmp_path / "a.stl")
    assert read_mesh(str(tmp_path / "link")).format == "STL"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"x",
        b"solid",
        b"solid as a rock\nis no surface\n",
        b"ply",
        b"plywood\n",
        b"v",
        b"glT",
        b"{}",
        b"[]",
        b"<html></html>",
        b"<?xml version='1.0'?><svg/>",
        b"# only a comment\n" * 100,
        b"import os\nfor n in range(3):\n    print(n)\n" * 9,
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        bytes(83),
        bytes(1000),
        b"\xff" * 1000,
        b"solid" + b" " * 100_000,
        gzip.compress(binary(TETRA_POINTS[TETRA]), mtime=0),
        text(TETRA_POINTS[TETRA]).encode("utf-16"),
    ],
)
def test_other_content(content, tmp_path):
    (tmp_path / "a.stl").write_bytes(content)
    with pytest.raises(UnknownFormatError) as refused:
        read_mesh(tmp_path / "a.stl")
    assert refused.value.where == str(tmp_path / "a.stl")
    assert "STL, PLY, OBJ" in str(refused.value.remedy)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".vti"])
def test_volumes_are_no_surfaces(ending, tmp_path):
    path = write_volume(asymmetric(geometries((7, 6, 5))["rotated"]), tmp_path / f"a{ending}")[0]
    with pytest.raises(UnknownFormatError):
        read_mesh(path)


def test_a_scan_is_no_surface(sample_folder):
    with pytest.raises(UnknownFormatError):
        read_mesh(min(sample_folder.iterdir()))


def test_no_memory(tmp_path, monkeypatch):
    (tmp_path / "a.stl").write_bytes(binary(TETRA_POINTS[TETRA]))

    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(stl, "weld", full)
    with pytest.raises(BudgetError, match="does not fit"):
        read_mesh(tmp_path / "a.stl")


def test_parts_and_the_whole(tmp_path):
    """Names without what a terminal would obey, points that no triangle names, and no empty parts."""
    content = (
        vertices(TETRA_POINTS)
        + vertices(TETRA_POINTS + np.float32(100))
        + vertices(np.float32([[9, 9, 9], [8, 8, 8]]))
        + f"o evil\x1b[31m\x07{'n' * 200}\n{faces(TETRA)}o second\nf 1 1 1\no \x1b\n{faces(TETRA, 5)}"
    )
    (tmp_path / "a.obj").write_text(content)
    found = read_mesh(tmp_path / "a.obj")
    first, second = found.parts
    assert first.name.startswith("evil[31mn")
    assert len(first.name) == 80
    assert second.name == "surface 2"
    assert {part.color for part in found.parts} == {PLAIN_COLOR}
    assert [part.mesh.n_points for part in found.parts] == [4, 4]
    assert codes(found) == ["degenerate-triangles", "unused-points", "frame-assumed"]
    assert "2 points" in str(found.findings[1])
    whole = np.concatenate([corners(first.mesh), corners(second.mesh)])
    assert np.array_equal(corners(found.mesh), whole)
    assert volume_mm3(found.mesh) == pytest.approx(2000)
    assert found.mesh.n_points == 8


@pytest.mark.parametrize(("scale", "is_doubtful"), [(1, False), (1e-3, True), (0.05, False), (90, False), (1e3, True)])
def test_a_size_that_no_patient_has(scale, is_doubtful, tmp_path):
    expected = ["size-doubtful"] * is_doubtful + ["frame-assumed"]
    points = TETRA_POINTS * np.float32(scale)
    (tmp_path / "a.stl").write_bytes(binary(points[TETRA]))
    assert codes(read_mesh(tmp_path / "a.stl")) == expected
    (tmp_path / "a.glb").write_bytes(glb(*document_of(points, TETRA.astype("<u2"))))
    assert sorted(codes(read_mesh(tmp_path / "a.glb"))) == sorted(expected)
    (tmp_path / "a.stl").write_bytes(binary(points[TETRA], b"vizmed SPACE=LPS UNIT=mm"))
    assert codes(read_mesh(tmp_path / "a.stl")) == []


def test_a_few_triangles_of_many_points(tmp_path):
    points = np.random.default_rng(2).normal(size=(4000, 3)).astype(np.float32)
    chosen = np.array([[3999, 17, 2000], [17, 5, 3999]])
    (tmp_path / "a.obj").write_text(
        f"{vertices(points)}o a\n{faces(chosen)}o b\n{faces(np.arange(3999).reshape(-1, 3))}"
    )
    found = read_mesh(tmp_path / "a.obj")
    assert np.array_equal(corners(found.parts[0].mesh), points[chosen])
    assert [part.mesh.n_points for part in found.parts] == [4, 3999]
    assert codes(found) == ["frame-assumed"]
