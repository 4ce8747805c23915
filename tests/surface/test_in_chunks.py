"""A volume that is read in chunks has the surface of the whole, point for point and triangle for triangle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import ellipsoid, geometries
from tests.surface.oracles import assert_sound
from tests.surface.patient import band
from vizmed.chunked import Chunked
from vizmed.errors import BudgetError, EmptySurfaceError, OptionError
from vizmed.geometry import Geometry
from vizmed.surface import Recipe, choose_level, make_surface, measure
from vizmed.surface.contour import contour, layers
from vizmed.surface.inside.values import Values
from vizmed.surface.report import described
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

SHAPES = ((6, 5, 15), (7, 6, 1), (5, 5, 2))


def noise(shape: tuple[int, int, int], dtype: str, *, padding: float | None = None) -> Volume:
    """Few values, so that levels lie on them, and a surface that crosses every seam."""
    rng = np.random.default_rng(3)
    values = np.asfortranarray(rng.integers(0, 6, shape).astype(dtype))
    if values.dtype.kind == "f":
        values[rng.random(shape) < 0.05] = np.nan
    return Volume(values, geometries(shape)["sheared"], padding=padding)


def forward_only(volume: Volume, longest: int) -> Chunked:
    """Chunks of some slices at most; who holds on to one finds it overwritten."""
    given: list[np.ndarray] = []

    def fetch(first: int, last: int) -> np.ndarray:
        assert last - first <= longest
        if len(given) > 2:
            given.pop(0)[:] = 0
        given.append(volume.voxels[..., first:last].copy(order="F"))
        return given[-1]

    return replace(Chunked.of(volume), fetch=fetch)


@pytest.mark.parametrize("thick", [2, 3, 7])
@pytest.mark.parametrize("dtype", ["int16", "uint8", "float32"])
@pytest.mark.parametrize("shape", SHAPES)
def test_layers_change_neither_points_nor_triangles_nor_their_order(monkeypatch, shape, dtype, thick):
    for padding in (None, 4):
        volume = noise(shape, dtype, padding=padding)
        for level in (3, band(2, 3)):
            for closed in (True, False) if min(shape) > 1 else (True,):
                monkeypatch.setattr(layers, "thickness", lambda _: 1000)
                points, triangles = contour(volume, level, closed=closed)
                monkeypatch.setattr(layers, "thickness", lambda _: thick)
                for found in (volume, forward_only(volume, thick)):
                    again, same = contour(found, level, closed=closed)
                    assert np.array_equal(again, points)
                    assert np.array_equal(same, triangles)


@pytest.mark.parametrize(("most", "read"), [(1, 4), (4, 4), (5, 5), (11, 11), (1000, 15)])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_the_thickness_of_layers_follows_from_how_many_slices_are_allowed(most, read, dtype):
    volume = noise((6, 5, 15), dtype, padding=4)
    whole = contour(volume, band(2, 3))
    thin = contour(replace(forward_only(volume, read), most_slices=most), band(2, 3))
    assert all(np.array_equal(*pair) for pair in zip(thin, whole, strict=True))


def test_a_region_and_other_orders_of_memory_go_through_layers(monkeypatch):
    volume = noise((9, 8, 15), "int16")
    region = np.random.default_rng(1).random(volume.shape) < 0.7
    whole = contour(volume, 3, region=region)
    monkeypatch.setattr(layers, "thickness", lambda _: 4)
    other = Volume(np.ascontiguousarray(volume.voxels), volume.geometry)
    for found in (contour(volume, 3, region=region), contour(other, 3, region=region)):
        assert all(np.array_equal(*pair) for pair in zip(found, whole, strict=True))


@pytest.mark.parametrize("name", geometries())
def test_a_recipe_makes_the_same_of_chunks(monkeypatch, name):
    volume, _ = ellipsoid(geometries()[name], dtype="int16")
    volume = replace(volume, modality="CT", unit="HU")
    recipe = Recipe(level=0, keep=1, smooth=5, reduce=0.5)
    whole = make_surface(volume, recipe)
    monkeypatch.setattr(layers, "thickness", lambda _: 5)
    made = make_surface(forward_only(volume, 5), recipe)
    for found, expected in ((made.raw, whole.raw), (made.mesh, whole.mesh)):
        assert all(np.array_equal(*pair) for pair in zip(mesh_arrays(found), mesh_arrays(expected), strict=True))
    assert_sound(made.mesh)
    assert str(measure(made.mesh)) == str(measure(whole.mesh))
    assert made.done == whole.done
    assert described(forward_only(volume, 5)) == described(volume)


def test_a_level_is_found_from_the_same_sample(monkeypatch):
    from vizmed.surface.inside import values

    rng = np.random.default_rng(7)
    voxels = np.asfortranarray(np.where(rng.random((31, 29, 23)) < 0.3, 400, 20) + rng.normal(0, 30, (31, 29, 23)))
    volume = Volume(voxels.astype(np.int16), Geometry.from_axes(voxels.shape), padding=20)
    monkeypatch.setattr(values, "CHUNK", 31 * 29 * 4)
    for size in (1000, 5000, 10**6):
        monkeypatch.setattr(values, "SAMPLE_SIZE", size)
        for chunks in (forward_only(volume, 4), replace(forward_only(volume, 2), most_slices=2)):
            assert np.array_equal(Values(chunks).sample, Values(volume).sample)
            for level in (None, "otsu", "bright"):
                assert choose_level(chunks, level=level) == choose_level(volume, level=level)


def test_what_a_sample_misses_is_found_and_what_is_not_there_is_refused(monkeypatch):
    from vizmed.surface.inside import values

    monkeypatch.setattr(values, "SAMPLE_SIZE", 100)
    voxels = np.zeros((20, 20, 20), np.int16, order="F")
    voxels[3, 5, 2] = 900
    voxels[1, 1, 1] = -5
    volume = Volume.from_numpy(voxels)
    for found in (volume, Chunked.of(volume)):
        assert choose_level(found, level=800).low == 800
        with pytest.raises(EmptySurfaceError, match="no voxel is at or above it; the values run from -5 to 900"):
            choose_level(found, level=901)
    with pytest.raises(BudgetError, match="all the same"):
        choose_level(Chunked.of(volume))


@pytest.mark.parametrize("asked", [{"body": True}, {"median": 1}, {"gaussian_mm": 1.0}, {"fine_slices": True}])
def test_what_needs_all_voxels_is_refused(asked):
    volume, _ = ellipsoid(geometries()["identity"], dtype="int16")
    with pytest.raises(OptionError, match="in chunks"):
        make_surface(Chunked.of(volume), Recipe(level=0, **asked))
    with pytest.raises(OptionError, match="--mask"):
        make_surface(Chunked.of(volume), Recipe(level=0), mask=volume)
