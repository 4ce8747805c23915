"""What is hidden may be left out: the picture stays the same to the pixel."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from tests.phantoms import geometries
from vizmed.geometry import Geometry
from vizmed.render import gl
from vizmed.render import shown_surface as room
from vizmed.render.camera import stand_for
from vizmed.render.hidden import Extracted, _across_voxel_mm, part_of, sight_of
from vizmed.render.once import resolve_once
from vizmed.render.screenshot import screenshot
from vizmed.render.shown_surface import unlit_surface
from vizmed.render.stage import Stage
from vizmed.render.study import Study
from vizmed.render.view_cells import cells_around, places_before
from vizmed.scene import Camera, Clip, Scene, SurfaceLayer
from vizmed.surface import Band, Level
from vizmed.surface.extract import iso_surface
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

SHAPE = (76, 62, 50)
SIZE = (180, 150)
WHOLE = SurfaceLayer(level=0.0)
WITHIN = Camera((4.0, 40.0, 76.0), (4.0, 60.0, 76.0), (0.0, 0.0, 1.0))
NEARBY = Camera((30.0, -80.0, 130.0), (0.0, 40.0, 70.0), (0.2, 0.1, 1.0))
SCENE = Scene(volume=None, surfaces=(WHOLE,), camera="A", size=SIZE)


@cache
def skull(grid: str = "identity") -> Volume:
    """A thick shell with a window in front, through which a ball is seen, and specks around it."""
    geometry = geometries(SHAPE)[grid]
    ijk = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    away = geometry.to_world(ijk) - geometry.to_world((np.array(SHAPE) - 1) / 2)
    far = np.linalg.norm(away, axis=-1)
    window = (np.hypot(away[..., 0], away[..., 2]) < 6) & (away[..., 1] < 0)
    shell = np.where(window, -9, np.minimum(far - 14, 29 - far))
    ball = 8 - np.linalg.norm(away - (2, 3, 1), axis=-1)
    chance = np.random.default_rng(7)
    values = 100 * np.clip(np.maximum(shell, ball), -9, 9) + chance.normal(0, 20, SHAPE)
    values[(far > 32) & (chance.random(SHAPE) < 3e-4)] = 300
    return Volume(np.asfortranarray(values.astype(np.int16)), geometry)


@pytest.fixture
def however_few(monkeypatch):
    """Leave hidden parts out however few triangles there are, and keep what was drawn."""
    drawn = []
    dress = room.UnlitSurface.lit

    def lit(surface, stand=None):
        shown = dress(surface, stand)
        drawn.append((surface.shown.mesh, shown.mesh))
        return shown

    monkeypatch.setattr(room, "_MANY_TO_DRAW", 0)
    monkeypatch.setattr(room.UnlitSurface, "lit", lit)
    return drawn


def whole_picture(scene, volume):
    stage = Stage(Study(volume), scene.size, off_screen=True)
    stage.show(scene)
    pixels = stage.pixels()
    stage.close()
    return pixels


SCENES = {
    "beside slices": ("left-handed", replace(SCENE, layout="four", size=(301, 233))),
    "askew": ("rotated and sheared", replace(SCENE, camera="iso")),
    "near": ("identity", replace(SCENE, camera=NEARBY, size=(230, 110), transparent=True)),
}


@pytest.mark.gl
@pytest.mark.parametrize("name", SCENES)
def test_a_picture_without_what_is_hidden_is_the_same(name, however_few):
    grid, scene = SCENES[name]
    volume = skull(grid)
    gl.require()
    found = screenshot(scene, Study(volume))
    whole, drawn = however_few[0]
    assert drawn.n_cells < 0.9 * whole.n_cells
    assert drawn.bounds == whole.bounds
    assert np.array_equal(found, whole_picture(scene, volume))
    assert np.ptp(found[..., :3]) > 100


OPENED = {
    "cut": replace(SCENE, surfaces=(replace(WHOLE, cut=True),)),
    "seen through": replace(SCENE, surfaces=(replace(WHOLE, opacity=0.5),)),
    "wires": replace(SCENE, surfaces=(replace(WHOLE, wireframe=True),)),
    "cropped": replace(SCENE, crop=((-99.0, -99.0, -99.0), (0.0, 99.0, 199.0))),
    "clipped": replace(SCENE, clip=Clip((0.0, 37.0, 75.0), (0.0, -1.0, 0.0))),
    "from within": replace(SCENE, camera=WITHIN),
}


@pytest.mark.parametrize("name", OPENED)
def test_of_what_is_open_nothing_is_left_out(name, however_few, monkeypatch):
    monkeypatch.setattr(room, "smooth_for_the_eye", lambda mesh, *_: mesh)  # which takes longest
    resolve_once(OPENED[name], Study(skull()), SIZE)
    (whole, drawn), *_ = however_few
    assert drawn.n_cells == whole.n_cells


def test_what_is_seen_has_the_light_that_it_has_in_the_whole(monkeypatch):
    monkeypatch.setattr(room, "_MANY_TO_DRAW", 0)
    surface = unlit_surface(skull(), WHOLE)
    mesh = surface.shown.mesh
    stand = stand_for("P", mesh_arrays(mesh)[0].astype(float), SIZE)
    sight = sight_of(mesh, surface.extracted, stand)
    is_seen = sight.marked(0)
    is_seen[sight.outermost] = False
    whole, drawn = surface.lit().mesh, surface.lit(stand).mesh
    number = {point.tobytes(): n for n, point in enumerate(mesh_arrays(whole)[0])}
    of = np.array([number[point.tobytes()] for point in mesh_arrays(drawn)[0]])
    assert np.isin(np.flatnonzero(is_seen), of).all()
    chosen = is_seen[of]
    assert 0.2 < is_seen.mean() < 0.9
    for what in ("GetNormals", "GetScalars"):
        found, wanted = (vtk_to_numpy(getattr(one.GetPointData(), what)()) for one in (drawn, whole))
        assert np.array_equal(found[chosen], wanted[of][chosen]), what


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_nothing_is_hidden_behind_a_speck(share):
    """A ball stands before a wall; where it is a speck it is not drawn."""
    geometry = Geometry.from_axes((60, 60, 60), (1.0, 1.0, 1.0))
    i, j, k = np.meshgrid(*map(np.arange, geometry.shape), indexing="ij")
    ball = 9 - np.linalg.norm(np.stack([i - 30, j - 15, k - 30]), axis=0)
    wall = 6 - np.abs(j - 45) + np.minimum(0, 25 - np.maximum(np.abs(i - 30), np.abs(k - 30)))
    with_ball, volume = (
        Volume(np.asfortranarray((100 * some).astype(np.int16)), geometry) for some in (np.maximum(ball, wall), wall)
    )
    mesh, raw = (iso_surface(one, Level(0.0, "")) for one in (volume, with_ball))
    points, with_specks = mesh_arrays(mesh)[0], mesh_arrays(raw)[0]
    stand = stand_for("A", points.astype(float), SIZE)
    sight = sight_of(mesh, Extracted(points, with_specks, share, with_ball, Level(0.0, "")), stand)
    behind = (np.abs(points - (30, 39, 30)) < (3, 1, 3)).all(axis=1)
    assert behind.sum() > 20
    # with no share that a speck may have, the ball is taken for one that is drawn, and hides the wall
    assert sight.marked(0)[behind].all() == (share > 0)
    back = (np.abs(points - (48, 51, 30)) < (3, 1, 10)).all(axis=1)
    assert back.sum() > 50
    assert not sight.marked(0)[back].any()


def test_who_stands_too_near_may_see_all():
    surface = unlit_surface(skull(), WHOLE)
    assert sight_of(surface.shown.mesh, surface.extracted, WITHIN) is None


def test_a_part_has_the_triangles_of_marked_corners_and_their_normals():
    mesh = unlit_surface(skull(), WHOLE).lit().mesh
    points, triangles = mesh_arrays(mesh)
    marked = points[:, 0] < -5
    part, has = part_of(mesh, marked)
    wanted = triangles[marked[triangles].any(axis=1)]
    assert np.array_equal(mesh_arrays(part)[0][mesh_arrays(part)[1]], points[wanted])
    normals, whole = (vtk_to_numpy(one.GetPointData().GetNormals()) for one in (part, mesh))
    assert np.array_equal(normals, whole[has])
    same, has = part_of(mesh, np.ones(len(points), bool))
    assert same is mesh
    assert has.all()


def behind_a_pinhole(filled_with: float) -> Volume:
    """A plate with a hole, a ball behind it, and between them a block of voxels that lie outside, however large."""
    shape = (61, 64, 61)
    i, j, k = np.meshgrid(*map(np.arange, shape), indexing="ij")
    beside = np.hypot(i - 30, k - 30)
    wide = (abs(i - 30) < 24) & (abs(k - 30) < 24)
    ball = np.linalg.norm(np.stack([i - 30, j - 48, k - 30]), axis=0) < 10
    values = np.where((wide & (j >= 10) & (j < 20) & (beside > 1.6)) | ball, 100, -100).astype(np.float32)
    values[wide & (j >= 20) & (j < 34)] = filled_with
    return Volume(np.asfortranarray(values), Geometry.from_axes(shape), padding=3000)


@pytest.mark.parametrize(
    ("filled_with", "level"),
    [
        (-100, Level(0.0, "test")),
        (3000, Level(0.0, "test")),  # padding
        (np.inf, Level(0.0, "test")),
        (500, Band(0.0, 200.0, "test")),
    ],
    ids=["nothing", "padding", "infinity", "beyond the band"],
)
def test_what_lies_outside_however_bright_hides_nothing(filled_with, level):
    volume = behind_a_pinhole(filled_with)
    mesh = iso_surface(volume, level)
    points, _ = mesh_arrays(mesh)
    stand = Camera((30.0, -150.0, 30.0), (30.0, 30.0, 30.0), (0.0, 0.0, 1.0))
    sight = sight_of(mesh, Extracted(points, points, 0.0, volume, level), stand)
    marked = sight.marked(0)
    nearest = np.argsort(np.linalg.norm(points - (30, 38.5, 30), axis=1))[:8]  # of the ball, seen through the hole
    assert marked[nearest].all()
    assert not marked.all()


def test_places_that_are_near_lie_in_cells_side_by_side():
    chance = np.random.default_rng(0)
    apart = []
    for _ in range(40):
        middle, extent = chance.normal(0, 200, 3), chance.uniform(20, 200)
        points = middle + chance.uniform(-1, 1, (500, 3)) * extent * chance.uniform(0.1, 1, 3)
        position = middle + chance.normal(size=3) * extent * chance.uniform(0.9, 4)
        focal_point = middle + chance.normal(size=3) * extent * 0.6
        stand = Camera(tuple(position), tuple(focal_point), tuple(chance.normal(size=3)))
        near_mm = chance.uniform(0.5, 4)
        ways = chance.normal(size=points.shape)
        ways *= near_mm * chance.random((len(points), 1)) / np.linalg.norm(ways, axis=1, keepdims=True)
        some, others = (places_before(stand, places.astype(np.float32)) for places in (points, points + ways))
        if some[2].min() <= near_mm:
            continue
        cells = cells_around(some, 1.01 * near_mm)
        low, step = np.array(cells.low)[:, None], np.array(cells.step)[:, None]
        apart.append(np.abs(np.floor((some - low) / step) - np.floor((others - low) / step)).max())
    assert len(apart) > 10
    assert max(apart) == 1


@pytest.mark.parametrize("turned", [(1, 1, 1, 1), (-1, 1, 1, 1), (1, -1, 1, 1), (1, 1, -1, 1)])
def test_a_voxel_is_as_far_across_as_its_corners_lie_apart(turned):
    geometry = Geometry(SHAPE, geometries(SHAPE)["rotated and sheared"].affine @ np.diag(turned))
    corners = geometry.to_world(np.array(list(np.ndindex(2, 2, 2))))
    apart = np.linalg.norm(corners[:, None] - corners, axis=-1).max()
    volume = Volume(np.zeros(SHAPE, np.int8, order="F"), geometry)
    assert _across_voxel_mm(volume) == pytest.approx(apart)


def test_a_camera_nearer_than_points_may_have_moved_sees_all():
    volume = skull()
    mesh = iso_surface(volume, Level(0.0, "test"))
    points, _ = mesh_arrays(mesh)
    front = points[points[:, 1].argmin()]
    near_mm = _across_voxel_mm(volume) / 3**0.5
    for moved_mm, away_mm, is_seen in ((0, 1.1 * near_mm, True), (0, 0.9 * near_mm, False), (2, near_mm + 1, False)):
        before = points + np.float32([moved_mm, 0, 0])
        x, y, z = map(float, front)
        stand = Camera((x + moved_mm, y - away_mm, z), (x + moved_mm, y + 99, z), (0.0, 0.0, 1.0))
        sight = sight_of(mesh, Extracted(before, before, 0.0, volume, Level(0.0, "test")), stand)
        assert (sight is not None) == is_seen
