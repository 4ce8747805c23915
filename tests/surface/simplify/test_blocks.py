"""Meshes reduced in blocks: the same whoever does the work, sound at the seams, and no coarser or finer there."""

from __future__ import annotations

import io
import subprocess
import sys
from threading import Lock

import numpy as np
import pytest
import pyvista

from tests.surface.oracles import as_trimesh, balls
from tests.surface.simplify.test_simplify import assert_kept, by_search, lumpy, spread
from vizmed.geometry import Geometry
from vizmed.surface import extract_surface, measure, simplify
from vizmed.surface.distance import compare, samples
from vizmed.surface.simplify import blocks, crew, cutting, to_faces, within
from vizmed.surface.simplify.block import Block, reduced
from vizmed.surface.simplify.worker import receive, send
from vizmed.vtk_bridge import mesh_arrays


@pytest.fixture
def in_small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "SIZE", 1500)
    monkeypatch.setattr(simplify, "LARGE", 4000)


def mesh():
    """Branches and handles, of some thousand triangles."""
    return extract_surface(lumpy(side=28), 0.08)


def parted_at(full: pyvista.PolyData, first: float = 0.5) -> cutting.Cut:
    """Cut a mesh as it is cut to be reduced."""
    return cutting.cut(*mesh_arrays(full), blocks.SIZE, first)


def test_blocks_leave_a_sound_surface(in_small_blocks):
    full = mesh()
    assert len(parted_at(full).blocks) > 6
    faces = full.n_cells // 5
    parted = to_faces(full, faces)
    assert_kept(parted, full)
    assert 0.85 * faces <= parted.n_cells <= faces


def test_seams_are_as_near_and_as_coarse_as_the_rest(monkeypatch):
    monkeypatch.setattr(blocks, "SIZE", 1 << 14)
    ball = extract_surface(balls(Geometry.from_axes((150, 150, 150)), ((74.3, 75.1, 73.7), 70.0)), 0)
    assert len(parted_at(ball).blocks) > 6
    parted = to_faces(ball, ball.n_cells // 10)
    monkeypatch.setattr(blocks, "SIZE", 1 << 40)
    assert len(parted_at(ball).blocks) == 1
    whole = to_faces(ball, ball.n_cells // 10)
    apart, apart_whole = compare(ball, parted, most=20000), compare(ball, whole, most=20000)
    assert apart.mean_mm <= 1.05 * apart_whole.mean_mm
    assert apart.max_mm <= 1.2 * apart_whole.max_mm
    areas, areas_whole = (as_trimesh(one).area_faces for one in (parted, whole))
    assert np.percentile(areas, 2) > 0.5 * np.percentile(areas_whole, 2)  # no rows of small triangles are left


def test_an_error_holds_across_rims_and_only_their_own_triangles_are_more(in_small_blocks, monkeypatch):
    full, error_mm = mesh(), 0.07
    points, triangles = mesh_arrays(full)
    rims = parted_at(full).locked
    assert len(parted_at(full).blocks) > 6
    parted = within(full, error_mm)
    assert_kept(parted, full)
    assert measure(parted).pieces >= measure(full).pieces
    for some in (spread(points, 80), spread(points[rims], 80)):
        assert by_search(some, parted).max() <= error_mm * 1.0001
    assert by_search(spread(samples(parted, 1.0), 80), full).max() <= error_mm * 1.0001
    monkeypatch.setattr(simplify, "LARGE", 1 << 40)
    at_rims = np.count_nonzero(rims[triangles].any(axis=1))
    assert parted.n_cells <= within(full, error_mm).n_cells + at_rims / 3


def test_points_of_two_blocks_at_one_place_are_found(in_small_blocks, monkeypatch):
    """What no block can know: a point that is written to the place of another block's."""
    work, moved, lock = crew.Crew.reduced, [], Lock()

    def careless(self, block):
        done = work(self, block)
        with lock:
            if len(moved) < 2:
                one = np.flatnonzero(np.bincount(done.stand_in, minlength=len(done.places)) > 1)[0]
                done.places[one] = meeting - block.origin
                moved.append(block.points[one] + block.origin)
        return done

    monkeypatch.setattr(crew.Crew, "reduced", careless)
    full, error_mm = mesh(), 0.07
    meeting = full.points.mean(axis=0)
    parted = within(full, error_mm)
    assert len(moved) == 2
    assert_kept(parted, full)
    assert by_search(np.array(moved, float), parted).max() <= error_mm * 1.0001


@pytest.mark.parametrize("fewer", [lambda full: to_faces(full, full.n_cells // 4), lambda full: within(full, 0.07)])
def test_processes_change_nothing_and_their_failure_neither(in_small_blocks, monkeypatch, fewer):
    full = mesh()
    alone = mesh_arrays(fewer(full))
    monkeypatch.setattr(crew, "WORTHWHILE", 0)
    monkeypatch.setattr(crew, "cores", lambda: 2)
    started = []
    start = crew._started
    monkeypatch.setattr(crew, "_started", lambda: started.append(start()) or started[-1])
    together = mesh_arrays(fewer(full))
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)
    monkeypatch.setattr(crew, "_started", lambda: subprocess.Popen([sys.executable, "-c", ""], stdin=-1, stdout=-1))
    deserted = mesh_arrays(fewer(full))
    for one in (together, deserted):
        assert all(np.array_equal(a, b) for a, b in zip(alone, one, strict=True))


def test_a_program_that_is_not_python_is_not_started_again(monkeypatch):
    for program in ("", None, "/opt/Slicer/bin/SlicerApp-real"):
        monkeypatch.setattr(sys, "executable", program)
        assert not crew._is_python()


@pytest.mark.parametrize("goal", [(np.array([7000.0]), np.array([np.inf])), (np.zeros(1), np.array([0.1]))])
def test_locked_points_stay_alone_where_they_are(goal):
    points, triangles = mesh_arrays(mesh())
    some = triangles[points[triangles[:, 0], 0] < points[:, 0].mean()]
    used, local = np.unique(some, return_inverse=True)
    locked = np.isin(used, triangles[points[triangles[:, 0], 0] >= points[:, 0].mean()])
    block = Block(points[used], local.reshape(-1, 3).astype(np.int32), locked, np.zeros(3), *goal)
    done = reduced(block)
    held = np.flatnonzero(locked)
    assert len(np.unique(done.stand_in)) < 0.8 * len(used)
    assert held.size > 50
    assert np.array_equal(done.stand_in[held], held)
    assert np.isin(done.stand_in[~locked], held, invert=True).all()
    assert np.array_equal(done.places[held], block.points[held])


def test_arrays_go_through_a_stream_as_they_are():
    stream = io.BytesIO()
    arrays = [np.arange(6, dtype=np.int32).reshape(2, 3), np.array([True, False]), np.zeros((0, 3), np.float32)]
    send(stream, arrays)
    whole = stream.getvalue()
    for sent, came in zip(arrays, receive(io.BytesIO(whole)), strict=True):
        assert sent.dtype == came.dtype
        assert np.array_equal(sent, came)
    with pytest.raises(EOFError, match="early"):
        receive(io.BytesIO(whole[:-9]))
    with pytest.raises(EOFError, match="no more"):
        receive(io.BytesIO())
