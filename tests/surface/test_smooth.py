from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, assert_sound, bodies, ellipsoid_distance
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, smooth
from vizmed.surface.smooth import on_border
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata

CUT = Geometry.from_axes((20, 38, 31), (0.9, 1.1, 1.4))
"""The border of this grid cuts the ellipsoid."""


@pytest.mark.parametrize("name", geometries())
@pytest.mark.parametrize("iterations", [20, 60])
def test_stairs_go_and_the_volume_stays(name, iterations):
    volume, centre = ellipsoid(geometries()[name])
    mask = Volume((volume.voxels >= 0).astype(np.uint8), volume.geometry)
    stairs = extract_surface(mask, 1)
    smoothed = smooth(stairs, iterations, volume.geometry)
    assert_sound(smoothed)
    assert np.array_equal(mesh_arrays(smoothed)[1], mesh_arrays(stairs)[1])
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(stairs).volume, rel=2e-4)
    assert ellipsoid_distance(smoothed, centre).mean() < 0.65 * ellipsoid_distance(stairs, centre).mean()
    roughness = [np.mean(as_trimesh(mesh).face_adjacency_angles) for mesh in (smoothed, stairs)]
    assert roughness[0] < 0.65 * roughness[1]


def thin_shell() -> Volume:
    """A shell of about one voxel: plain filters take a tenth of its volume."""
    geometry = Geometry.from_axes((40, 40, 40), (3.0, 3.0, 3.0))
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    reach = np.linalg.norm((ijk - 19.4) * (1.0, 1.1, 0.9), axis=-1)
    noise = np.random.default_rng(8).normal(0, 60, geometry.shape)
    return Volume(np.asfortranarray(800 - 900 * np.abs(reach - 14) + noise, dtype=np.float32), geometry)


def test_thin_walls_keep_their_volume_piece_by_piece():
    volume = thin_shell()
    rough = extract_surface(volume, 226)
    smoothed = smooth(rough, 20, volume.geometry)
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(rough).volume, rel=5e-4)
    before, after = bodies(rough), bodies(smoothed)
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert other.volume == pytest.approx(one.volume, rel=0.005)
    assert as_trimesh(smoothed).area < 0.97 * as_trimesh(rough).area


@pytest.mark.parametrize("name", geometries())
def test_no_point_moves_by_more_than_half_a_voxel(name):
    geometry = geometries()[name]
    rng = np.random.default_rng(3)
    volume = Volume(np.asfortranarray(rng.normal(size=geometry.shape), dtype=np.float32), geometry)
    rough = extract_surface(volume, 1.0)
    smoothed = smooth(rough, 40, geometry)
    moved = geometry.to_index(smoothed.points) - geometry.to_index(rough.points)
    assert 0.4 < np.abs(moved).max() <= 0.5 + 1e-4
    assert np.array_equal(mesh_arrays(smoothed)[1], mesh_arrays(rough)[1])


def test_caps_and_their_edges_stay_where_they_are():
    volume, _ = ellipsoid(CUT)
    rough = extract_surface(volume, 0)
    smoothed = smooth(rough, 20, CUT)
    caps = on_border(np.asarray(rough.points), CUT)
    assert 100 < np.count_nonzero(caps) < 0.5 * len(caps)
    assert np.array_equal(rough.points[caps], smoothed.points[caps])
    assert np.abs(rough.points[~caps] - smoothed.points[~caps]).max() > 0.01
    plain = smooth(rough, 20)
    assert np.abs(rough.points[caps] - plain.points[caps]).max() > 0.05  # without the grid the edge is rounded
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(rough).volume, rel=2e-4)


@pytest.mark.parametrize("name", geometries())
def test_the_border_is_found_on_every_grid(name):
    geometry = geometries()[name]
    ijk = np.array(
        [[-0.5, 3, 4], [geometry.shape[0] - 0.5, 1, 1], [5, 6, geometry.shape[2] - 0.5], [0, 3, 4], [3, 3, 3]]
    )
    assert on_border(geometry.to_world(ijk), geometry).tolist() == [True, True, True, False, False]


def test_blocks_are_looked_at_one_by_one_as_all_at_once(monkeypatch):
    rough = extract_surface(ellipsoid(CUT)[0], 0)
    at_once = smooth(rough, 20, CUT).points
    for block in (1000, 50):
        monkeypatch.setattr(import_module("vizmed.surface.smooth"), "BLOCK", block)
        assert np.array_equal(smooth(rough, 20, CUT).points, at_once)


def test_an_open_surface_keeps_its_edge():
    volume, _ = ellipsoid(CUT)
    rough = extract_surface(volume, 0, closed=False)
    smoothed = smooth(rough, 20, CUT)
    edges = np.sort(as_trimesh(rough).edges, axis=1)
    ends, count = np.unique(edges, axis=0, return_counts=True)
    rim = np.unique(ends[count == 1])
    assert np.abs(smoothed.points[rim] - rough.points[rim]).max() < 0.5 * 1.4 * 0.9
    assert not np.array_equal(smoothed.points, rough.points)


def test_far_from_the_origin_it_is_as_smooth():
    near, far = (
        extract_surface(ellipsoid(Geometry.from_axes((44, 38, 31), (0.9, 1.1, 1.4), origin))[0], 0, smooth=20).points
        for origin in ((0, 0, 0), (2000, -1500, 900))
    )
    assert far - near == pytest.approx(np.broadcast_to([2000, -1500, 900], near.shape), abs=2e-3)


def test_nothing_asked_is_nothing_done():
    mesh = extract_surface(ellipsoid(geometries()["identity"])[0], 0)
    assert smooth(mesh, 0) is mesh
    with pytest.raises(OptionError, match="-3"):
        smooth(mesh, -3)


def test_a_mesh_of_one_place_stays_there():
    points = np.full((4, 3), 7, np.float32)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])
    assert np.array_equal(smooth(to_polydata(points, triangles), 20).points, points)
