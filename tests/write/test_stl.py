from __future__ import annotations

import struct

import numpy as np
import pytest
import pyvista
import trimesh

from tests.phantoms import ellipsoid, ellipsoid_volume_mm3, geometries
from vizmed.errors import WriteError
from vizmed.surface import extract_surface
from vizmed.vtk_bridge import mesh_arrays, to_polydata
from vizmed.write import stl
from vizmed.write.stl import write_stl


@pytest.fixture(scope="module")
def surface() -> pyvista.PolyData:
    return extract_surface(ellipsoid(geometries()["rotated left-handed"])[0], 0)


def parsed(data: bytes) -> tuple[bytes, np.ndarray, np.ndarray]:
    """Header, normals (n, 3) and corners (n, 3, 3), read word by word as the format's description has it."""
    (count,) = struct.unpack_from("<I", data, 80)
    assert len(data) == 84 + 50 * count
    facets = [struct.unpack_from("<12fH", data, 84 + 50 * n) for n in range(count)]
    assert all(facet[12] == 0 for facet in facets)
    numbers = np.array([facet[:12] for facet in facets]).reshape(-1, 4, 3)
    return data[:80], numbers[:, 0], numbers[:, 1:]


def test_the_file_is_the_mesh(surface, tmp_path):
    write_stl(surface, tmp_path / "a.stl")
    _, normals, corners = parsed((tmp_path / "a.stl").read_bytes())
    points, triangles = mesh_arrays(surface)
    assert np.array_equal(corners, points[triangles])
    expected = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert normals == pytest.approx(expected, abs=2e-3)
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1, abs=1e-5)
    outward = corners.mean(axis=1) - points.mean(axis=0)
    assert ((normals * outward).sum(axis=1) > 0).all()


def test_the_header_says_frame_and_unit(surface, tmp_path):
    write_stl(surface, tmp_path / "a.stl")
    header, _, _ = parsed((tmp_path / "a.stl").read_bytes())
    assert header == b"vizmed SPACE=LPS UNIT=mm".ljust(80)
    assert not header.startswith(b"solid")


def test_others_read_it(surface, tmp_path):
    write_stl(surface, tmp_path / "a.stl")
    read = trimesh.load(tmp_path / "a.stl", process=True)
    assert read.is_watertight
    assert read.volume == pytest.approx(ellipsoid_volume_mm3(), rel=0.01)
    assert read.bounds.T.ravel() == pytest.approx(surface.bounds)
    assert pyvista.read(tmp_path / "a.stl").n_cells == surface.n_cells


@pytest.mark.parametrize("block", [1, 7, 1000, 10**6])
def test_the_same_bytes_each_time_and_in_any_blocks(surface, tmp_path, monkeypatch, block):
    write_stl(surface, tmp_path / "a.stl")
    if block < 1000:
        points, triangles = mesh_arrays(surface)
        surface = to_polydata(points, triangles[:200])
        write_stl(surface, tmp_path / "a.stl", overwrite=True)
    monkeypatch.setattr(stl, "BLOCK", block)
    write_stl(surface, tmp_path / "b.stl")
    assert (tmp_path / "a.stl").read_bytes() == (tmp_path / "b.stl").read_bytes()


def test_a_triangle_without_area_has_no_normal(tmp_path):
    points = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 5, 0]], np.float32)
    write_stl(to_polydata(points, np.array([[0, 1, 2], [0, 1, 3]])), tmp_path / "a.stl")
    _, normals, _ = parsed((tmp_path / "a.stl").read_bytes())
    assert normals.tolist() == [[0, 0, 0], [0, 0, 1]]


def test_points_in_double_precision_are_rounded(surface, tmp_path):
    points, triangles = mesh_arrays(surface)
    write_stl(surface, tmp_path / "a.stl")
    write_stl(to_polydata(points.astype(np.float64), triangles), tmp_path / "b.stl")
    assert (tmp_path / "a.stl").read_bytes() == (tmp_path / "b.stl").read_bytes()


def test_nothing_is_not_written(tmp_path):
    with pytest.raises(WriteError, match="no triangles"):
        write_stl(pyvista.PolyData(), tmp_path / "a.stl")
    with pytest.raises(WriteError, match=r"other cells than triangles.*triangulate"):
        write_stl(pyvista.Box(quads=True), tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []


def test_more_than_the_format_counts_is_refused(surface, tmp_path, monkeypatch):
    monkeypatch.setattr(stl, "MOST_TRIANGLES", surface.n_cells - 1)
    with pytest.raises(WriteError, match="counts no more than"):
        write_stl(surface, tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_asked(surface, tmp_path):
    (tmp_path / "a.stl").write_text("mine")
    with pytest.raises(WriteError, match="exists"):
        write_stl(surface, tmp_path / "a.stl")
    assert (tmp_path / "a.stl").read_text() == "mine"
    write_stl(surface, str(tmp_path / "a.stl"), overwrite=True)
    assert (tmp_path / "a.stl").stat().st_size == 84 + 50 * surface.n_cells


def test_a_broken_write_leaves_nothing(surface, tmp_path, monkeypatch):
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stl, "_facet_block", full_disk)
    with pytest.raises(WriteError, match="No space left"):
        write_stl(surface, tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []
