"""Recipes: each step does what it says, in order; reports say what is so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import pyvista

from tests.phantoms import ellipsoid, ellipsoid_volume_mm3, geometries
from tests.surface.oracles import as_trimesh, assert_sound, balls, bodies
from vizmed.errors import EmptySurfaceError, OptionError
from vizmed.geometry import Geometry
from vizmed.surface import Recipe, distances, make_surface, measure
from vizmed.surface.distance import samples
from vizmed.surface.make import made_of
from vizmed.surface.report import fingerprint, report
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

GRID = Geometry.from_axes((48, 40, 36), (0.8, 0.8, 1.1), (-10, 20, -30))
RAW = Recipe(level=0, max_error_mm=0)


def three_balls() -> Volume:
    return balls(GRID, ((12, 20, 18), 8.0), ((34, 20, 18), 5.0), ((34, 6, 6), 2.5))


def hollow() -> Volume:
    """A ball of 10 mm with a cavity of 4 mm, and a speck."""
    ijk = np.stack(np.meshgrid(*map(np.arange, GRID.shape), indexing="ij"), axis=-1)
    reach = np.linalg.norm(GRID.to_world(ijk) - GRID.to_world((20, 20, 18)), axis=-1)
    speck = np.linalg.norm(GRID.to_world(ijk) - GRID.to_world((42, 5, 5)), axis=-1)
    values = np.maximum(np.minimum(10 - reach, reach - 4), 1.5 - speck)
    return Volume(np.asfortranarray(values, dtype=np.float32), GRID)


def test_by_default_a_tenth_of_a_voxel_goes_into_fewer_triangles():
    volume, _ = ellipsoid(geometries()["rotated"])
    made = make_surface(volume, Recipe(level=0))
    assert made.mesh.n_cells < 0.4 * made.raw.n_cells
    assert distances(samples(made.raw, 0.5), made.mesh).max() <= 0.09 * 1.0001
    assert distances(samples(made.mesh, 0.5), made.raw).max() <= 0.09 * 1.0001
    assert [step.code for step in made.done] == ["reduced"]
    assert f"{made.mesh.n_cells:,} of {made.raw.n_cells:,} triangles left" in str(made.done[0])


@pytest.mark.parametrize(
    "recipe", [Recipe(max_error_mm=0), Recipe(keep=1, max_error_mm=0), Recipe(smooth=2, reduce=0.2)]
)
def test_users_are_given_meshes_of_pyvista_and_commands_the_same_ones(recipe):
    made, plain = make_surface(three_balls(), recipe), made_of(three_balls(), recipe)
    for ours, theirs in ((made.mesh, plain.mesh), (made.raw, plain.raw)):
        assert isinstance(ours, pyvista.PolyData)
        assert all(np.array_equal(*pair) for pair in zip(mesh_arrays(ours), mesh_arrays(theirs), strict=True))
    assert (made.mesh is made.raw) == (plain.mesh is plain.raw) == (not recipe.smooth)
    assert (made.level, made.done) == (plain.level, plain.done)


def test_pieces_are_kept_by_what_they_enclose():
    volume = three_balls()
    all_three = bodies(make_surface(volume, RAW).mesh)
    assert len(all_three) == 3
    two = make_surface(volume, replace(RAW, keep=2))
    assert [body.volume for body in bodies(two.mesh)] == pytest.approx([body.volume for body in all_three[1:]])
    assert "2 of 3 pieces kept" in str(two.done[0])
    largest = make_surface(volume, replace(RAW, min_volume_mm3=1000.0))
    assert as_trimesh(largest.mesh).volume == pytest.approx(all_three[2].volume)
    with pytest.raises(EmptySurfaceError, match="no piece is left of 3"):
        make_surface(volume, replace(RAW, min_volume_mm3=1e6))


def test_cavities_are_pieces_that_can_be_filled():
    raw = make_surface(hollow(), RAW)
    assert measure(raw.mesh).pieces == 3
    filled = make_surface(hollow(), replace(RAW, fill=True))
    assert measure(filled.mesh).pieces == 2
    added = as_trimesh(filled.mesh).volume - as_trimesh(raw.mesh).volume
    assert added == pytest.approx(4 / 3 * np.pi * 4**3, rel=0.04)
    without_speck = make_surface(hollow(), replace(RAW, min_volume_mm3=50.0))
    assert measure(without_speck.mesh).pieces == 2  # the cavity is larger than that


def test_a_mask_keeps_the_surface_to_its_region():
    volume = three_balls()
    mask = Volume(np.zeros(GRID.shape, np.uint8, order="F"), GRID)
    voxels = mask.voxels.copy(order="F")
    voxels[24:] = 2
    mask = replace(mask, voxels=voxels)
    made = make_surface(volume, RAW, mask=mask)
    assert measure(made.mesh).pieces == 2
    assert measure(make_surface(volume, replace(RAW, labels=(2,)), mask=mask).mesh).pieces == 2
    with pytest.raises(OptionError, match="1"):
        make_surface(volume, replace(RAW, labels=(1,)), mask=mask)
    with pytest.raises(OptionError, match="mask"):
        make_surface(volume, replace(RAW, labels=(2,)))


def test_the_steps_run_in_their_order_and_are_told():
    volume = balls(Geometry.from_axes((44, 38, 11), (0.9, 1.1, 4.2), (1, 2, 3)), ((21, 18, 5), 14.0))
    recipe = Recipe(level=0, median=1, gaussian_mm=1.0, fine_slices=True, keep=1, smooth=10)
    made = make_surface(volume, recipe)
    assert_sound(made.mesh)
    codes = [step.code for step in made.done]
    assert codes[-2:] == ["smoothed", "reduced"]
    assert codes.index("fine-slices") == 2
    assert measure(made.mesh).manifold
    assert as_trimesh(made.raw).volume == pytest.approx(as_trimesh(made.mesh).volume, rel=0.005)


def test_a_report_says_what_is_so():
    volume, _ = ellipsoid(geometries()["rotated left-handed"], dtype="int16")
    made, found = report(volume, Recipe(level=0, smooth=5))
    again = json.loads(json.dumps(found))
    assert again["recipe"] | {"labels": ()} == {**found["recipe"], "labels": ()}
    assert found["input"]["shape"] == list(volume.shape)
    assert found["input"]["affine_lps"] == volume.geometry.affine.tolist()
    inside = np.count_nonzero(volume.voxels >= 0)
    assert found["voxels"]["count"] == inside
    assert found["voxels"]["volume_mm3"] == pytest.approx(inside * 0.9 * 1.1 * 1.4)
    assert found["voxels"]["volume_mm3"] == pytest.approx(ellipsoid_volume_mm3(), rel=0.02)
    oracle = as_trimesh(made.mesh)
    assert found["mesh"]["volume_mm3"] == pytest.approx(oracle.volume)
    assert found["mesh"]["area_mm2"] == pytest.approx(oracle.area)
    assert (found["mesh"]["closed"], found["mesh"]["manifold"], found["mesh"]["genus"]) == (True, True, 0)
    assert found["raw"]["triangles"] == made.raw.n_cells > found["mesh"]["triangles"] == made.mesh.n_cells
    both = found["distance_mm"]
    assert 0 < both["mesh_to_raw"]["mean_mm"] < both["mesh_to_raw"]["p95_mm"] < both["mesh_to_raw"]["max_mm"] < 0.7
    assert Recipe.from_report(again["recipe"]) == Recipe(level=0, smooth=5)
    assert found["level"] == {"low": 0.0, "high": None, "unit": "HU", "reason": "level 0 as given"}


def test_the_same_recipe_makes_the_same_mesh():
    volume, _ = ellipsoid(geometries()["sheared"], dtype="int16")
    recipe = Recipe(level=100, smooth=8, keep=1)
    first, second = (mesh_arrays(make_surface(volume, recipe).mesh) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_a_volume_is_known_by_its_values_and_its_place():
    volume, _ = ellipsoid(geometries()["rotated"], dtype="int16")
    print_of = fingerprint(volume)
    assert fingerprint(replace(volume, description="another")) == print_of
    assert fingerprint(replace(volume, voxels=np.ascontiguousarray(volume.voxels))) == print_of
    changed = volume.voxels.copy(order="F")
    changed[3, 4, 5] += 1
    assert fingerprint(replace(volume, voxels=changed)) != print_of
    assert fingerprint(replace(volume, voxels=volume.voxels.astype(np.int32))) != print_of
    moved = Geometry(volume.shape, volume.geometry.affine + np.diag([0, 0, 0, 0]) + np.eye(4, k=3) * 1e-6)
    assert fingerprint(replace(volume, geometry=moved)) != print_of


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"smooth": -1}, "smoothing"),
        ({"keep": 0}, "pieces"),
        ({"min_volume_mm3": -1.0}, "volume"),
        ({"max_error_mm": -0.1}, "positive"),
        ({"faces": 2}, "triangles"),
        ({"reduce": 1.0}, "part"),
        ({"reduce": 0.5, "faces": 100}, "several"),
    ],
)
def test_what_means_nothing_is_refused_at_once(wrong, word):
    with pytest.raises(OptionError, match=word):
        Recipe(**wrong)


@pytest.mark.parametrize("found", [None, [], {"smoothness": 3}, {"smooth": "many"}, {"keep": "x"}, {"labels": 4}])
def test_a_recipe_of_another_kind_is_refused(found):
    with pytest.raises(OptionError, match="recipe"):
        Recipe.from_report(found)
