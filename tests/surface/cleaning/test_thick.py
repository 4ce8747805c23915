"""Thick slices give a surface without stair-steps, nearer to the truth, and nothing that was not there."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.phantoms import rotation
from tests.surface.cleaning.test_outline import crossings
from tests.surface.oracles import assert_sound, bodies
from vizmed.errors import GeometryError
from vizmed.geometry import Geometry
from vizmed.surface import count_pieces, extract_surface, measure
from vizmed.surface.cleaning.thick import fine_slices
from vizmed.surface.inside.band import Band
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays

SHAPE, SPACING = (64, 64, 16), (1.0, 1.0, 4.0)
GRID = Geometry.from_axes(SHAPE, SPACING)
CENTRE = np.array([32.3, 31.6, 31.8])
TILT = rotation((1, 0.3, 0), 25)

BALL_MM = 22.0
ELLIPSOID_MM = np.array([24.0, 16.0, 20.0])
CONE_APEX_MM, CONE_SLOPE = 22.0, 0.35


def ball(places: np.ndarray) -> np.ndarray:
    return np.linalg.norm(places - CENTRE, axis=-1) - BALL_MM


def tilted_ellipsoid(places: np.ndarray) -> np.ndarray:
    """Distance to first order, outside positive."""
    offset = (places - CENTRE) @ TILT
    reached = np.linalg.norm(offset / ELLIPSOID_MM, axis=-1)
    return reached * (reached - 1) / np.maximum(np.linalg.norm(offset / ELLIPSOID_MM**2, axis=-1), 1e-9)


def tilted_cone(places: np.ndarray) -> np.ndarray:
    """A cone whose base lies below the scan."""
    offset = (places - CENTRE + [0, 8, 0]) @ TILT
    radius = np.hypot(offset[..., 0], offset[..., 1])
    return (radius - (CONE_APEX_MM - offset[..., 2]) * CONE_SLOPE) / np.hypot(1, CONE_SLOPE)


@cache
def scan(distance, geometry: Geometry = GRID, *, thickness: float = 1.0, along: int = 2) -> Volume:
    """What a scanner sees: the average of 0 and 1000 over the pixel and that part of the distance of two slices."""
    seen = np.zeros(geometry.shape)
    ijk = np.moveaxis(np.indices(geometry.shape), 0, -1)
    steps = {axis: np.array([-0.25, 0.25]) for axis in range(3)}
    steps[along] = ((np.arange(8) + 0.5) / 8 - 0.5) * thickness
    offsets = np.stack(np.meshgrid(*steps.values()), axis=-1).reshape(-1, 3)
    for offset in offsets:
        seen += distance(geometry.to_world(ijk + offset)) < 0
    values = np.rint(1000 * seen / len(offsets))
    return Volume(np.asfortranarray(values).astype("int16", order="F"), geometry, modality="CT", unit="HU")


def surfaces(volume: Volume, level: float = 500):
    fine = fine_slices(volume, level)
    return extract_surface(volume, level), extract_surface(fine.volume, fine.level)


def apart(mesh, distance) -> np.ndarray:
    """Distance of the points from the truth, those of flat caps left out."""
    points = np.asarray(mesh.points, np.float64)
    ends = SPACING[2] * np.array([-0.5, SHAPE[2] - 0.5])
    return np.abs(distance(points[np.abs(points[:, 2, None] - ends).min(axis=1) > 2.1]))


@pytest.mark.parametrize("distance", [ball, tilted_ellipsoid, tilted_cone])
@pytest.mark.parametrize(("thickness", "mean", "p95"), [(1.0, 0.7, 0.85), (0.25, 0.4, 0.6)])
def test_the_surface_is_nearer_to_the_truth(distance, thickness, mean, p95):
    stepped, fine = surfaces(scan(distance, thickness=thickness))
    before, after = apart(stepped, distance), apart(fine, distance)
    assert after.mean() < mean * before.mean()
    assert np.percentile(after, 95) < p95 * np.percentile(before, 95)
    assert after.mean() < 0.13
    assert_sound(fine)


@pytest.mark.parametrize(
    ("distance", "mm3"),
    [(ball, 4 / 3 * np.pi * BALL_MM**3), (tilted_ellipsoid, 4 / 3 * np.pi * np.prod(ELLIPSOID_MM))],
)
def test_the_volume_is_the_true_one(distance, mm3):
    _, fine = surfaces(scan(distance))
    assert measure(fine).volume_mm3 == pytest.approx(mm3, rel=0.005)


def test_away_from_half_way_the_steps_are_worse_and_go_as_well():
    volume = scan(tilted_ellipsoid)
    for level in (180, 750):
        stepped, fine = surfaces(volume, level)
        # the level moves the surface as a whole; the steps are what is left
        before, after = (tilted_ellipsoid(np.asarray(mesh.points, float)).std() for mesh in (stepped, fine))
        assert after < 0.7 * before


GRIDS = {
    "sagittal": ((4.0, 1.0, 1.0), np.eye(3)),
    "coronal": ((1.0, 4.0, 1.0), np.eye(3)),
    "mirrored": ((1.0, 1.0, 4.0), np.diag([1.0, 1.0, -1.0])),
    "oblique": ((1.2, 0.9, 4.0), rotation((1, 2, 3), 33)),
    "sheared": ((1.0, 1.0, 4.0), np.array([[1, 0, 0], [0, 1, np.sin(0.2)], [0, 0, np.cos(0.2)]])),
}


@pytest.mark.parametrize("name", GRIDS)
def test_on_every_grid(name):
    spacing, direction = GRIDS[name]
    along = int(np.argmax(spacing))
    shape = tuple(round(64 / mm) for mm in spacing)
    grid = Geometry.from_axes(shape, spacing, (0, 0, 0), direction)
    grid = Geometry.from_axes(shape, spacing, CENTRE - grid.to_world((np.array(shape) - 1) / 2), direction)
    volume = scan(ball, grid, along=along)
    fine = fine_slices(volume, 500)
    assert fine.volume.shape[along] in (3 * shape[along], 5 * shape[along])
    np.testing.assert_allclose(fine.volume.geometry.extent, grid.extent, atol=1e-9)
    stepped, mesh = extract_surface(volume, 500), extract_surface(fine.volume, 0)
    before, after = (np.abs(ball(np.asarray(each.points, float))) for each in (stepped, mesh))
    assert after.mean() < 0.6 * before.mean()
    assert_sound(mesh)


def test_outlines_stay_where_they_were():
    for distance in (ball, tilted_ellipsoid, tilted_cone):
        volume = scan(distance)
        fine = fine_slices(volume, 500).volume.voxels[..., 2::5]  # five slices for one
        for axis in (0, 1):
            moved = np.abs(crossings(fine, axis) - crossings(volume.voxels - 499.5, axis))
            assert np.nanmax(moved) < 0.1
            assert np.nanmean(moved) < 0.02


def test_both_ends_are_as_far_out_as_before():
    stepped, fine = surfaces(scan(tilted_cone))
    assert fine.bounds[4] == pytest.approx(stepped.bounds[4]) == pytest.approx(-2)
    caps = [np.isclose(np.asarray(mesh.points)[:, 2], -2) for mesh in (stepped, fine)]
    for mesh, cap in zip((stepped, fine), caps, strict=True):
        reach = np.asarray(mesh.points)[cap][:, :2]
        np.testing.assert_allclose(
            np.ptp(reach, axis=0), np.ptp(np.asarray(stepped.points)[caps[0]][:, :2], axis=0), atol=0.1
        )


def noise(seed: int, shape=(24, 22, 9)) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0, 1, shape)
    for axis in (0, 1, 0, 1):
        values = (np.roll(values, 1, axis) + values + np.roll(values, -1, axis)) / 3
    return values.astype("float32")


@pytest.mark.parametrize("seed", range(6))
def test_between_slices_nothing_comes_in_and_nothing_is_lost(seed):
    values = noise(seed)
    fine = fine_slices(Volume.from_numpy(values, (1, 1.2, 3)), 0.05).volume.voxels >= 0
    inside = values >= 0.05
    np.testing.assert_array_equal(fine[..., 1::3], inside)
    for step in (2, 3):
        between = fine[..., step : -1 if step == 2 else None : 3][..., : inside.shape[2] - 1]
        assert not (between & ~inside[..., :-1] & ~inside[..., 1:]).any()
        assert (between | ~(inside[..., :-1] & inside[..., 1:])).all()


def rods(*ways: tuple[float, float]) -> Volume:
    """Rods of 5 mm, each from (x, way 0) at the bottom to (x, way 1) at the top, 7 mm from the next."""
    x, y, z = np.moveaxis(GRID.to_world(np.moveaxis(np.indices(SHAPE), 0, -1)), -1, 0)
    depth = np.max(
        [2.5 - np.hypot(x - 12 - 7 * n, y - low - (high - low) * z / 60) for n, (low, high) in enumerate(ways)], axis=0
    )
    return Volume(np.asfortranarray(np.clip(250 + 250 * depth, 0, 1000)).astype("int16", order="F"), GRID)


def test_what_is_apart_stays_apart_and_what_branches_hangs_together():
    apart_, meeting = rods((12, 40), (40, 12), (20, 35)), rods((12, 40), (12, 40))
    forked = replace(meeting, voxels=np.array(meeting.voxels))
    bottom = np.array(forked.voxels)
    bottom[10:22, 9:15, :2] = 1000
    forked = replace(forked, voxels=np.asfortranarray(bottom))
    for volume, pieces in ((apart_, 3), (meeting, 2), (forked, 1)):
        assert [count_pieces(mesh) for mesh in surfaces(volume)] == [pieces, pieces]


def test_what_is_in_one_slice_alone_is_closed_as_a_dome():
    radius, middle = 5.0, np.array([30.2, 33.1, 28.0])
    stepped, fine = surfaces(scan(lambda places: np.linalg.norm(places - middle, axis=-1) - radius, thickness=0.5))
    assert [count_pieces(mesh) for mesh in (stepped, fine)] == [1, 1]
    off = [np.abs(np.linalg.norm(np.asarray(mesh.points) - middle, axis=1) - radius).mean() for mesh in (stepped, fine)]
    assert off[1] < 0.7 * off[0]


def test_a_hole_closes_as_what_is_around_it_does():
    solid = scan(ball)
    hollow = replace(solid, voxels=np.asfortranarray(1000 - solid.voxels))
    (_, filled), (_, cavity) = surfaces(solid, 500), surfaces(hollow, 501)
    inner = bodies(cavity)[0]
    assert -inner.volume == pytest.approx(measure(filled).volume_mm3, rel=2e-3)


def test_padding_nan_and_what_a_region_leaves_out_lie_outside():
    values = noise(1)
    values[3:6, 4:9, 2:5], values[10:12] = np.nan, 77
    region = np.ones(values.shape, bool)
    region[:, 15:18] = False
    volume = replace(Volume.from_numpy(values, (1, 1, 3)), padding=77)
    fine = fine_slices(volume, 0, region=region).volume
    hidden = ~np.isfinite(values) | (values == 77)
    np.testing.assert_array_equal(fine.voxels[..., 1::3] >= 0, (values >= 0) & ~hidden & region)
    assert np.isfinite(fine.voxels).all()
    assert fine.padding is None
    with pytest.raises(GeometryError, match="region"):
        fine_slices(volume, 0, region=region[1:])


def test_a_band_has_two_sides():
    ramp = Volume(np.asfortranarray(-100 * ball(GRID.to_world(np.moveaxis(np.indices(SHAPE), 0, -1)))), GRID)
    fine = fine_slices(ramp, Band(0, 800, "a shell"))
    shell = extract_surface(fine.volume, fine.level)
    assert measure(shell).volume_mm3 == pytest.approx(4 / 3 * np.pi * (BALL_MM**3 - (BALL_MM - 8) ** 3), rel=0.01)
    assert count_pieces(shell) == 2


@pytest.mark.parametrize("spacing", [(1, 1, 1), (1, 1, 1.5), (4, 1, 4), (3, 2.1, 1)])
def test_without_thick_slices_it_is_the_very_same_volume(spacing):
    volume = Volume.from_numpy(noise(0), spacing)
    cleaned = fine_slices(volume, 0)
    assert cleaned.volume is volume
    assert cleaned.level is None
    assert str(cleaned.done).startswith("no slices are thick")
    assert fine_slices(Volume.from_numpy(noise(0)[..., :1], (1, 1, 5)), 0).level is None


def test_what_comes_out_is_no_longer_in_hounsfield_units_and_says_so():
    volume = scan(ball)
    cleaned = fine_slices(volume, 500)
    assert str(cleaned.done) == "16 slices of 4 mm made 80 of 0.8 mm along the shape of their outlines"
    assert cleaned.volume.provenance.findings == (cleaned.done,)
    assert (cleaned.volume.unit, cleaned.volume.modality, cleaned.level) == (None, "CT", 0)
    assert cleaned.volume.voxels.dtype == np.float32
    assert cleaned.volume.voxels.tobytes("F") == fine_slices(volume, 500).volume.voxels.tobytes("F")


def test_bone_of_a_real_head(shared_data):
    from vizmed.read import read

    volume = read(shared_data("head-nifti/ct.nii.gz"))
    volume = Volume.from_numpy(np.asfortranarray(volume.voxels[:128]), volume.geometry.spacing)
    fine = fine_slices(volume, 226).volume
    meshes = extract_surface(volume, 226), extract_surface(fine, 0)
    pieces, steps, mm3 = zip(
        *((count_pieces(mesh), stepped_part(mesh), measure(mesh).volume_mm3) for mesh in meshes), strict=True
    )
    assert pieces[1] <= pieces[0]
    assert steps[1] < 0.5 * steps[0]
    assert mm3[1] == pytest.approx(mm3[0], rel=0.05)
    for axis in (0, 1):
        moved = np.abs(crossings(fine.voxels[..., 1::3], axis) - crossings(volume.voxels - 225.5, axis))
        assert (moved[np.isfinite(moved)] < 0.1).mean() > 0.99


def stepped_part(mesh) -> float:
    """The part of the triangles, away from both caps, that face up or down as steps do."""
    points, triangles = mesh_arrays(mesh)
    a, b, c = points[triangles].transpose(1, 0, 2)
    facing = np.cross(b - a, c - a)
    between = np.abs(a[:, 2] - mesh.center[2]) < 40
    return float((np.abs(facing[between, 2]) > 0.9 * np.linalg.norm(facing[between], axis=1)).mean())
