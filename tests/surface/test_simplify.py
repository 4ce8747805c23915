from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, assert_sound, ellipsoid_distance
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.surface import count_pieces, extract_surface, keep_largest, reduce
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


@pytest.mark.parametrize("name", geometries())
def test_a_tenth_of_the_triangles_makes_the_same_shape(name):
    volume, centre = ellipsoid(geometries()[name])
    mesh = extract_surface(volume, 0)
    fewer = reduce(mesh, 0.9)
    assert_sound(fewer)
    assert fewer.n_cells == pytest.approx(mesh.n_cells / 10, rel=0.01)
    oracle = as_trimesh(fewer)
    assert oracle.is_watertight
    assert oracle.is_winding_consistent
    assert oracle.volume == pytest.approx(as_trimesh(mesh).volume, rel=0.01)
    assert ellipsoid_distance(fewer, centre).max() < 0.3


def test_a_cut_solid_stays_closed():
    shape = (30, 30, 30)
    volume, _ = ellipsoid(Geometry.from_axes(shape, (0.5, 0.5, 0.5)))
    mesh = extract_surface(volume, 0)
    for fraction in (0.3, 0.9, 0.97):
        fewer = reduce(mesh, fraction)
        assert_sound(fewer)
        assert as_trimesh(fewer).is_watertight
        assert as_trimesh(fewer).volume == pytest.approx(as_trimesh(mesh).volume, rel=0.01)
        assert fewer.bounds == pytest.approx(mesh.bounds, abs=0.1)


def test_noise_stays_closed():
    values = np.asfortranarray(np.random.default_rng(4).integers(0, 100, (20, 20, 20)).astype(np.int16))
    mesh = extract_surface(Volume.from_numpy(values), 60)
    for fraction in (0.2, 0.5, 0.9):
        assert_sound(reduce(mesh, fraction))


def test_the_largest_piece_stays_one_piece():
    values = np.asfortranarray(np.random.default_rng(4).integers(0, 100, (20, 20, 20)).astype(np.int16))
    volume = Volume.from_numpy(values)
    assert count_pieces(reduce(keep_largest(extract_surface(volume, 60)), 0.9)) > 1
    assert count_pieces(extract_surface(volume, 60, largest=True, reduce=0.9)) == 1


def test_nothing_asked_is_nothing_done():
    mesh = extract_surface(ellipsoid(geometries()["identity"])[0], 0)
    assert reduce(mesh, 0) is mesh
    tetrahedron = reduce(reduce(mesh, 0.999), 0.999)
    assert len(mesh_arrays(tetrahedron)[1]) >= 4
    for fraction in (1, -0.1, float("nan"), 90):
        with pytest.raises(OptionError, match="part from 0"):
            reduce(mesh, fraction)
