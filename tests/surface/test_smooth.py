from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import as_trimesh, assert_sound, ellipsoid_distance
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, smooth
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays


@pytest.mark.parametrize("name", geometries())
@pytest.mark.parametrize("iterations", [20, 60])
def test_stairs_go_and_the_volume_stays(name, iterations):
    volume, centre = ellipsoid(geometries()[name])
    mask = Volume((volume.voxels >= 0).astype(np.uint8), volume.geometry)
    stairs = extract_surface(mask, 1)
    smoothed = smooth(stairs, iterations)
    assert_sound(smoothed)
    assert np.array_equal(mesh_arrays(smoothed)[1], mesh_arrays(stairs)[1])
    assert as_trimesh(smoothed).volume == pytest.approx(as_trimesh(stairs).volume, rel=0.01)
    assert ellipsoid_distance(smoothed, centre).mean() < 0.65 * ellipsoid_distance(stairs, centre).mean()
    roughness = [np.mean(as_trimesh(mesh).face_adjacency_angles) for mesh in (smoothed, stairs)]
    assert roughness[0] < 0.65 * roughness[1]


def test_far_from_the_origin_it_is_as_smooth():
    near, far = (
        extract_surface(ellipsoid(Geometry.from_axes((44, 38, 31), (0.9, 1.1, 1.4), origin))[0], 0, smooth=20).points
        for origin in ((0, 0, 0), (2000, -1500, 900))
    )
    assert far - near == pytest.approx(np.broadcast_to([2000, -1500, 900], near.shape), abs=1e-3)


def test_nothing_asked_is_nothing_done():
    mesh = extract_surface(ellipsoid(geometries()["identity"])[0], 0)
    assert smooth(mesh, 0) is mesh
    with pytest.raises(OptionError, match="-3"):
        smooth(mesh, -3)
