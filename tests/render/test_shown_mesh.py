from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import geometries
from vizmed.render.shown_surface import shown_surface, true_mesh
from vizmed.scene import SurfaceLayer
from vizmed.surface import Level, smooth
from vizmed.surface.extract import iso_surface
from vizmed.surface.measure import enclosed_mm3
from vizmed.surface.smooth import on_border, smooth_for_the_eye
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

SHAPE = (24, 22, 20)


def shell(geometry):
    """A mask: a thin bowl that the border cuts, with steps."""
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    away = np.linalg.norm(ijk - (11.0, 10.0, 0.0), axis=-1)
    return Volume(np.asfortranarray(((away > 7) & (away < 9)).astype(np.int16)), geometry)


@pytest.mark.parametrize("grid", geometries(SHAPE))
def test_the_eye_sees_what_is_measured_but_for_the_volume_of_thin_walls(grid):
    volume = shell(geometries(SHAPE)[grid])
    geometry = volume.geometry
    raw = iso_surface(volume, Level(0.5, ""))
    seen, measured = smooth_for_the_eye(raw, 20, geometry), smooth(raw, 20, geometry)
    before, now, wanted = (geometry.to_index(mesh_arrays(mesh)[0]) for mesh in (raw, seen, measured))
    assert np.array_equal(mesh_arrays(seen)[1], mesh_arrays(raw)[1])
    assert np.linalg.norm(now - wanted, axis=1).max() < 0.25
    assert np.linalg.norm(now - before, axis=1).max() > 0.4
    capped = on_border(mesh_arrays(raw)[0], geometry)
    assert capped.any()
    assert np.array_equal(now[capped], before[capped])


def test_without_iterations_it_stays():
    volume = shell(next(iter(geometries(SHAPE).values())))
    raw = iso_surface(volume, Level(0.5, ""))
    assert smooth_for_the_eye(raw, 0, volume.geometry) is raw


def test_what_is_saved_encloses_what_it_did_and_what_is_seen_need_not():
    volume = shell(next(iter(geometries(SHAPE).values())))
    layer = SurfaceLayer(level=1.0)
    shown = shown_surface(volume, layer)
    wanted = enclosed_mm3(iso_surface(volume, shown.level))
    assert enclosed_mm3(true_mesh(volume, layer)) == pytest.approx(wanted, rel=0.005)
    assert enclosed_mm3(shown.mesh) != pytest.approx(wanted, rel=0.005)
