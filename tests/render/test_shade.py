from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import geometries
from vizmed.geometry import Geometry
from vizmed.render.crop import box_sides, clip_side
from vizmed.render.shade import sky_over
from vizmed.scene import Clip, Scene
from vizmed.surface import Level
from vizmed.volume import Volume

GRIDS = geometries((60, 56, 52))
SOLID = Level(0.0, "of a phantom")


def phantom(geometry, inside):
    """A volume that is solid where a function of the way from its middle, LPS mm, says so."""
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    middle = geometry.to_world((np.array(geometry.shape) - 1) / 2)
    values = np.where(inside(geometry.to_world(ijk) - middle), 100, -100).astype(np.int16)
    return Volume(np.asfortranarray(values), geometry), middle


def sky(volume, points, normals, sides=()):
    points, normals = np.atleast_2d(points), np.atleast_2d(normals)
    return sky_over(volume, SOLID, sides).seen_from(points.astype(np.float32), normals.astype(np.float32))


def ways(count=200):
    n = np.arange(count) + 0.5
    z, turn = 1 - 2 * n / count, n * 2.39996
    return np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)


@pytest.mark.parametrize("grid", GRIDS)
def test_a_ball_is_in_full_light_all_around(grid):
    volume, middle = phantom(GRIDS[grid], lambda away: np.linalg.norm(away, axis=-1) < 18)
    seen = sky(volume, middle + 18 * ways(), ways())
    assert seen.min() > 0.85
    assert seen.mean() > 0.97


@pytest.mark.parametrize("grid", GRIDS)
def test_the_floor_of_a_groove_is_darker_than_its_rim(grid):
    """A block with a groove along x, 6 mm wide and 14 mm deep: its floor sees a narrow strip of sky."""

    def inside(away):
        block = (np.abs(away) < (20, 18, 16)).all(axis=-1)
        return block & ~((np.abs(away[..., 1]) < 3) & (away[..., 2] > 2))

    volume, middle = phantom(GRIDS[grid], inside)
    up = np.array([0.0, 0.0, 1.0])
    floor, top = sky(volume, [middle + np.array([0, 0, 2]), middle + np.array([0, 11, 16])], [up, up])
    assert top > 0.9
    # of a strip of half width a at depth d a diffuse floor sees a / sqrt(a^2 + d^2); cells of a mm see a little more
    assert 3 / np.hypot(3, 14) - 0.1 < floor < 0.5
    wall_high, wall_low = sky(volume, [middle + np.array([0, 3, 14]), middle + np.array([0, 3, 4])], [[0, -1, 0]] * 2)
    assert wall_low < wall_high - 0.1


def test_a_closed_cavity_sees_nothing():
    shell = lambda away: (np.linalg.norm(away, axis=-1) < 20) & (np.linalg.norm(away, axis=-1) > 12)  # noqa: E731
    volume, middle = phantom(GRIDS["rotated and sheared"], shell)
    assert sky(volume, middle + 12 * ways(50), -ways(50)).max() < 0.03


def test_thick_slices_are_lit_alike():
    geometry = Geometry.from_axes((80, 80, 14), (0.7, 0.7, 5.0), (0, 0, 0))
    volume, middle = phantom(geometry, lambda away: np.linalg.norm(away, axis=-1) < 20)
    assert sky(volume, middle + 20 * ways(), ways()).mean() > 0.93


def test_the_border_of_the_scan_takes_no_light():
    """What is solid to the last slice stands free there."""
    volume, middle = phantom(GRIDS["identity"], lambda away: np.abs(away[..., 0]) < 10)
    top = 51 / 2 * 1.4  # the last slice
    assert sky(volume, middle + np.array([0, 0, top]), [0, 0, 1.0])[0] > 0.9


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("how", ["crop", "clip"])
def test_what_is_left_out_takes_no_light(grid, how):
    """A plate above a block keeps its light away, until the plate is left out."""

    def inside(away):
        x, y, z = np.moveaxis(away, -1, 0)
        return (np.abs(x) < 18) & (np.abs(y) < 18) & ((np.abs(z + 8) < 6) | (np.abs(z - 6) < 3))

    volume, middle = phantom(GRIDS[grid], inside)
    scene = {
        "crop": Scene(crop=(tuple(middle - 99), tuple(middle + np.array([99, 99, 1])))),
        "clip": Scene(clip=Clip(tuple(middle), (0.0, 0.0, 5.0))),
    }[how]
    sides = (*box_sides(scene), *clip_side(scene.clip))
    place, up = middle + np.array([0, 0, -2.0]), np.array([0, 0, 1.0])
    assert sky(volume, place, up)[0] < 0.5
    assert sky(volume, place, up, sides)[0] > 0.95
    # the wrong half left out: it is as dark as before
    above = clip_side(Clip(tuple(middle - [0, 0, 20]), (0.0, 0.0, -1.0)))
    assert sky(volume, place, up, above)[0] == pytest.approx(sky(volume, place, up)[0], abs=0.02)


def test_it_is_the_same_each_time_and_for_no_points_nothing():
    volume, middle = phantom(GRIDS["sheared"], lambda away: np.linalg.norm(away, axis=-1) < 18)
    assert np.array_equal(sky(volume, middle + 18 * ways(), ways()), sky(volume, middle + 18 * ways(), ways()))
    assert len(sky_over(volume, SOLID).seen_from(np.empty((0, 3), np.float32), np.empty((0, 3), np.float32))) == 0
