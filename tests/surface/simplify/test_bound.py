"""What has lost its proof is looked at again, and nothing else need be: against looking at everything anew."""

from __future__ import annotations

import numpy as np
import pytest
from trimesh.triangles import closest_point

from tests.surface.oracles import as_trimesh
from tests.surface.simplify.test_simplify import by_search, lumpy
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface
from vizmed.surface.distance import distances
from vizmed.surface.edges import ALONE, twins
from vizmed.surface.simplify import within
from vizmed.surface.simplify.bound import SAFE, Bound
from vizmed.surface.simplify.collapse import Collapse, with_corner
from vizmed.surface.simplify.taking_back import take_back
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata

ERROR_MM = 0.08


@pytest.fixture(scope="module")
def bold() -> Collapse:
    """Branches and handles, reduced further than the error allows."""
    points, triangles = mesh_arrays(extract_surface(lumpy(side=16), 0.08))
    collapse = Collapse(points, triangles, np.zeros(3))
    collapse.within(3 * ERROR_MM)
    return collapse


def again(collapse: Collapse) -> Collapse:
    """The same mesh and what stands in for its points, to be changed."""
    other = Collapse(collapse.full, collapse.all_triangles, collapse.origin)
    other.join(np.arange(len(collapse.full)), collapse.stand_in, collapse.places)
    return other


def mesh_normals(collapse: Collapse) -> np.ndarray:
    return as_trimesh(to_polydata(collapse.full, collapse.all_triangles)).vertex_normals.astype(np.float32)


def test_groups_that_are_far_are_found_and_few_others(bold):
    found = Bound(bold, ERROR_MM).too_far(with_corner(bold.joined, bold.corners))
    apart = distances(bold.full, to_polydata(bold.places, bold.triangles()))
    far = bold.groups_of(np.flatnonzero(apart > SAFE * ERROR_MM * 1.001))
    assert far.sum() > 5
    assert found[far].all()
    assert found.sum() < 0.5 * bold.joined.sum()


def test_what_reaches_out_is_found_from_wherever_it_is_sought(bold):
    collapse = again(bold)
    out = np.flatnonzero(collapse.joined)[::9]
    outward = mesh_normals(collapse)[out]
    reach = np.linspace(0.1, 8, len(out)).astype(np.float32)[:, None]
    collapse.places[out] = collapse.full[out] + reach * outward
    found = Bound(collapse, ERROR_MM).spikes.among(np.arange(len(collapse.all_triangles)))
    mesh = to_polydata(collapse.full, collapse.all_triangles)
    far = by_search(collapse.places[out], mesh) > SAFE * ERROR_MM * 1.001
    assert far.sum() > 10
    assert found[out[far]].all()
    own = np.flatnonzero(collapse.joined & ~found)
    assert by_search(collapse.places[own][:200], mesh).max() <= SAFE * ERROR_MM * 1.001


def test_what_changed_last_is_all_that_need_be_looked_at(bold):
    """Groups that nothing is wrong with are parted too, so that proofs are lost where nothing was looked at before."""
    collapse, rng = again(bold), np.random.default_rng(3)
    bound, changed = Bound(collapse, ERROR_MM), with_corner(collapse.joined, collapse.corners)
    for share in (0.1, 0.05, 0.05, 0.02, *[0] * 40):
        found = bound.too_far(changed)
        changed = collapse.take_back(found | (collapse.joined & (rng.random(len(found)) < share)))
        if not (share or changed.size):
            break
    assert changed.size == 0
    assert collapse.joined.sum() > 50
    fewer = to_polydata(collapse.places, collapse.triangles())
    middles = collapse.full[collapse.all_triangles[:, :2]].mean(axis=1)
    assert distances(np.concatenate([collapse.full, middles]), fewer).max() <= SAFE * ERROR_MM * 1.001


def test_every_proof_is_a_triangle_that_is_left_and_near_enough(bold):
    collapse, rng = again(bold), np.random.default_rng(4)
    bound, changed = Bound(collapse, ERROR_MM), with_corner(collapse.joined, collapse.corners)
    while changed.size:
        changed = collapse.take_back(bound.too_far(changed))
    changed = collapse.take_back(collapse.joined & (rng.random(len(collapse.full)) < 0.3))
    far = bound.too_far(changed)[collapse.stand_in]
    proof = bound._proof[: len(far)]
    points, proof = collapse.full[~far], proof[~far]
    assert len(points) > 0.5 * len(far)
    assert collapse.left[proof].all()
    nearest = closest_point(collapse.places[collapse.corners[:, proof].T].astype(float), points.astype(float))
    assert np.linalg.norm(points - nearest, axis=1).max() <= SAFE * ERROR_MM * 1.001


def test_in_the_end_nothing_is_wrong_as_seen_anew(bold):
    collapse = again(bold)
    take_back(collapse, Bound(collapse, ERROR_MM))
    left, joined = collapse.left.sum(), collapse.joined.sum()
    assert joined > 50
    take_back(collapse, Bound(again(collapse), ERROR_MM))
    fresh = again(collapse)
    take_back(fresh, Bound(fresh, ERROR_MM))
    assert (collapse.left.sum(), fresh.left.sum(), fresh.joined.sum()) == (left, left, joined)


def test_a_flat_face_is_near_itself_however_large_its_triangles_are():
    """The nearest of the points that are known to be near is many steps away."""
    plate = np.pad(np.ones((40, 40, 3), np.int16), 1)
    points, triangles = mesh_arrays(extract_surface(Volume.from_numpy(plate), 1))
    collapse = Collapse(points, triangles, np.zeros(3))
    collapse.within(0.1 * ERROR_MM)
    assert collapse.left.sum() < len(triangles) / 10
    rows = np.arange(len(triangles))
    assert not Bound(collapse, ERROR_MM).spikes.among(rows).any()
    raised = collapse.joined & (collapse.places[:, 2] > 1.5)
    collapse.places[raised, 2] += 2 * ERROR_MM
    assert raised.any()
    assert Bound(collapse, ERROR_MM).spikes.among(rows)[raised].all()


@pytest.mark.parametrize("seed", range(3))
def test_an_error_holds_along_rims_too_whichever_way_their_edges_run(seed):
    values = np.random.default_rng(seed).normal(size=(24, 22, 20))
    for axis in (0, 1, 2) * 3:
        values = (np.roll(values, 1, axis) + 2 * values + np.roll(values, -1, axis)) / 4
    volume = Volume(np.asfortranarray((1000 * values).astype(np.int16)), Geometry.from_axes(values.shape))
    full = extract_surface(volume, 50, closed=False)
    fewer = within(full, 0.3)
    assert fewer.n_cells < 0.8 * full.n_cells
    for one, another in ((full, fewer), (fewer, full)):
        points, triangles = mesh_arrays(one)
        side = np.flatnonzero(twins(triangles) == ALONE)
        ends = triangles.ravel()[side], np.roll(triangles, -1, axis=1).ravel()[side]
        assert (ends[0] > ends[1]).sum() > 50
        middles = (points[ends[0]] + points[ends[1]]) / 2
        assert distances(middles, another).max() <= SAFE * 0.3 * 1.001
