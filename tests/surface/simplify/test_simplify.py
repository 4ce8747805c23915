"""Fewer triangles: how far they lie from the full mesh is measured by trimesh and by exhaustive search."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, assert_sound, balls, ellipsoid_distance
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.surface import count_pieces, extract_surface, keep_largest, measure, reduce, to_faces, within
from vizmed.surface.distance import samples
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata


def noise(*, side: int = 20, seed: int = 4) -> Volume:
    values = np.random.default_rng(seed).integers(0, 100, (side, side, side)).astype(np.int16)
    return Volume.from_numpy(np.asfortranarray(values))


def lumpy(*, side: int = 24, seed: int = 5) -> Volume:
    """Smooth noise: branches, handles, thin walls and specks."""
    values = np.random.default_rng(seed).normal(size=(side, side, side))
    for axis in range(3):
        for _ in range(3):
            values = (np.roll(values, 1, axis) + 2 * values + np.roll(values, -1, axis)) / 4
    return Volume(np.asfortranarray(values, dtype=np.float32), Geometry.from_axes(values.shape, (0.7, 0.9, 1.3)))


def by_search(points: np.ndarray, mesh: pyvista.PolyData) -> np.ndarray:
    """Distance of each point to the nearest of all triangles, by plane and edges of every one of them."""
    corners, triangles = mesh_arrays(mesh)
    a, b, c = (corners[triangles[:, n]].astype(float) for n in range(3))
    normal = np.cross(b - a, c - a)
    squared = np.maximum((normal**2).sum(1), 1e-300)
    found = []
    for point in points:
        w = point - a
        u = (np.cross(w, c - a) * normal).sum(1) / squared
        v = (np.cross(b - a, w) * normal).sum(1) / squared
        plane = np.abs((w * normal).sum(1)) / np.sqrt(squared)
        best = plane[(u >= 0) & (v >= 0) & (u + v <= 1)].min(initial=np.inf)
        for tail, head in ((a, b), (b, c), (c, a)):
            edge = head - tail
            t = np.clip(((point - tail) * edge).sum(1) / np.maximum((edge**2).sum(1), 1e-300), 0, 1)
            best = min(best, np.linalg.norm(point - tail - t[:, None] * edge, axis=1).min())
        found.append(best)
    return np.array(found)


def spread(points: np.ndarray, count: int) -> np.ndarray:
    """About so many of the points, from all over the list."""
    return points[:: max(1, len(points) // count)]


def assert_kept(fewer: pyvista.PolyData, mesh: pyvista.PolyData) -> None:
    """A sound, closed manifold, no triangle of which has an area of nothing or lies on another."""
    assert_sound(fewer)
    assert measure(fewer).manifold
    assert as_trimesh(fewer).is_watertight
    assert as_trimesh(fewer).is_winding_consistent
    points, triangles = mesh_arrays(fewer)
    assert len(np.unique(points, axis=0)) == len(points)
    assert len(np.unique(np.sort(triangles, axis=1), axis=0)) == len(triangles)


@pytest.mark.parametrize("name", geometries())
def test_a_tenth_of_the_triangles_makes_the_same_shape(name):
    volume, centre = ellipsoid(geometries()[name])
    mesh = extract_surface(volume, 0)
    fewer = reduce(mesh, 0.9)
    assert_kept(fewer, mesh)
    assert 0.85 * mesh.n_cells / 10 <= fewer.n_cells <= mesh.n_cells / 10
    assert as_trimesh(fewer).volume == pytest.approx(as_trimesh(mesh).volume, rel=0.01)
    assert ellipsoid_distance(fewer, centre).max() < 0.3


@pytest.mark.parametrize("name", geometries())
@pytest.mark.parametrize("error_mm", [0.03, 0.3])
def test_no_point_lies_further_than_the_error_either_way(name, error_mm):
    volume, _ = ellipsoid(geometries()[name])
    mesh = extract_surface(volume, 0)
    fewer = within(mesh, error_mm)
    assert_kept(fewer, mesh)
    assert fewer.n_cells < {0.03: 0.6, 0.3: 0.15}[error_mm] * mesh.n_cells
    for one, other in ((fewer, mesh), (mesh, fewer)):
        some = samples(one, 0.5)
        assert by_search(spread(some, 120), other).max() <= error_mm * 1.0001


def test_the_error_holds_among_branches_handles_and_specks():
    mesh = extract_surface(lumpy(), 0.08)
    before = measure(mesh)
    assert before.pieces > 10
    assert before.genus > 5
    error_mm = 0.07
    fewer = within(mesh, error_mm)
    assert_kept(fewer, mesh)
    assert fewer.n_cells < 0.8 * mesh.n_cells
    assert measure(fewer).pieces >= before.pieces  # one may part at a thread thinner than the error, none is lost
    assert by_search(spread(np.asarray(mesh.points, float), 120), fewer).max() <= error_mm * 1.0001
    assert by_search(spread(samples(fewer, 1.0), 120), mesh).max() <= error_mm * 1.0001


def test_no_triangle_is_turned_over():
    """In a ball every front looks away from the middle; a fold or a flap would not."""
    volume = balls(Geometry.from_axes((40, 40, 40)), ((19.3, 20.1, 18.7), 15.0))
    for fewer in (within(extract_surface(volume, 0), 0.1), reduce(extract_surface(volume, 0), 0.8)):
        points, triangles = mesh_arrays(fewer)
        corners = points[triangles].astype(float)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        outward = corners.mean(axis=1) - (19.3, 20.1, 18.7)
        assert (
            (normal * outward).sum(1) / np.linalg.norm(normal, axis=1) / np.linalg.norm(outward, axis=1)
        ).min() > 0.8


def test_a_cut_solid_stays_closed_and_its_caps_flat():
    volume, _ = ellipsoid(Geometry.from_axes((30, 30, 30), (0.5, 0.5, 0.5)))
    mesh = extract_surface(volume, 0)
    for fraction in (0.3, 0.9, 0.97):
        fewer = reduce(mesh, fraction)
        assert_kept(fewer, mesh)
        assert as_trimesh(fewer).volume == pytest.approx(as_trimesh(mesh).volume, rel=0.01)
        assert fewer.bounds == pytest.approx(mesh.bounds, abs=0.1)
    assert within(mesh, 0.05).n_cells < 0.6 * mesh.n_cells


def test_flat_caps_far_from_the_origin_have_no_triangles_that_are_lines():
    geometry = Geometry.from_axes((30, 30, 12), (1.5625, 1.5625, 1.0), (-195.31, 112.4, -405.8))
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    values = np.asfortranarray(1000 - 40 * np.linalg.norm((ijk - (14.2, 15.7, 0)) * (1, 1, 0), axis=-1))
    mesh = extract_surface(Volume(np.rint(values).astype(np.int16, order="F"), geometry), 600)
    for fewer in (within(mesh, 0.1), reduce(mesh, 0.7)):
        assert_kept(fewer, mesh)


def test_an_open_surface_keeps_its_edge():
    volume, _ = ellipsoid(Geometry.from_axes((20, 38, 31), (0.9, 1.1, 1.4)))
    mesh = extract_surface(volume, 0, closed=False)
    fewer = within(mesh, 0.1)
    assert fewer.n_cells < 0.6 * mesh.n_cells
    edge = mesh.extract_feature_edges(feature_edges=False, manifold_edges=False, non_manifold_edges=False)
    assert by_search(spread(np.asarray(edge.points, float), 200), fewer).max() <= 0.1001
    assert not measure(fewer).closed
    assert measure(fewer).crowded_edges == 0


def test_noise_stays_a_manifold():
    mesh = extract_surface(noise(), 60)
    for fraction in (0.2, 0.5, 0.9):
        assert_kept(reduce(mesh, fraction), mesh)
    assert_kept(within(mesh, 0.1), mesh)


def test_so_many_faces_or_fewer():
    volume, _ = ellipsoid(geometries()["rotated"])
    mesh = extract_surface(volume, 0)
    for faces in (4000, 500, 64):
        fewer = to_faces(mesh, faces)
        assert 0.8 * faces <= fewer.n_cells <= faces
        assert_kept(fewer, mesh)
    assert to_faces(mesh, mesh.n_cells) is mesh


def test_the_largest_piece_stays_one_piece():
    assert count_pieces(extract_surface(noise(), 60, largest=True, reduce=0.9)) == 1
    assert count_pieces(reduce(keep_largest(extract_surface(noise(), 60)), 0.9)) >= 1


def test_far_from_the_origin_the_error_holds_too():
    near = Geometry.from_axes((24, 24, 24), (0.02, 0.02, 0.02))
    far = Geometry.from_axes((24, 24, 24), (0.02, 0.02, 0.02), (900.0, -700.0, 1200.0))
    ijk = np.stack(np.meshgrid(*map(np.arange, near.shape), indexing="ij"), axis=-1)
    values = np.asfortranarray(8.3 - np.linalg.norm(ijk - 11.4, axis=-1), dtype=np.float32)
    counts = [within(extract_surface(Volume(values, geometry), 0), 0.004).n_cells for geometry in (near, far)]
    assert counts[1] == pytest.approx(counts[0], rel=0.25)
    fewer = within(extract_surface(Volume(values, far), 0), 0.004)
    assert_kept(fewer, fewer)


def test_it_is_the_same_each_time():
    mesh = extract_surface(lumpy(), 0.08)
    first, second = (mesh_arrays(within(mesh, 0.1)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_nothing_asked_is_nothing_done():
    mesh = extract_surface(ellipsoid(geometries()["identity"])[0], 0)
    assert reduce(mesh, 0) is mesh
    tetrahedron = reduce(reduce(mesh, 0.999), 0.999)
    assert len(mesh_arrays(tetrahedron)[1]) >= 4
    for fraction in (1, -0.1, float("nan"), 90):
        with pytest.raises(OptionError, match="part from 0"):
            reduce(mesh, fraction)
    for faces in (3, 10.5, -1):
        with pytest.raises(OptionError, match="whole number from 4"):
            to_faces(mesh, faces)
    for error_mm in (0, -1, float("inf"), float("nan")):
        with pytest.raises(OptionError, match="positive number of mm"):
            within(mesh, error_mm)
    smallest = to_polydata(np.eye(4, 3, dtype=np.float32), np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]))
    assert within(smallest, 0.1) is smallest
