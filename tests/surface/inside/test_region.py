from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import geometries, rotation
from tests.surface.oracles import as_trimesh, assert_sound, balls
from tests.surface.patient import band, in_patient
from vizmed.errors import GeometryError, OptionError
from vizmed.geometry import Geometry
from vizmed.surface.inside.region import region_of
from vizmed.volume import Volume

GRID = Geometry.from_axes((30, 26, 22), (1.1, 0.9, 1.4), (-12.3, 4.5, 60.1))


def labelled(geometry: Geometry, seed: int = 1) -> Volume:
    """Labels from 0 to 5 in blobs of a few voxels."""
    coarse = np.random.default_rng(seed).integers(0, 6, [n // 3 + 1 for n in geometry.shape])
    blobs = np.kron(coarse, np.ones((3, 3, 3), int))[tuple(slice(n) for n in geometry.shape)]
    return Volume(np.asfortranarray(blobs.astype(np.uint8)), geometry)


def looked_up(mask: Volume, geometry: Geometry, labels: list[int]) -> np.ndarray:
    """Mark the voxels of a grid, all at once, by way of the patient."""
    ijk = np.stack(np.meshgrid(*map(np.arange, geometry.shape), indexing="ij"), axis=-1)
    nearest = np.rint(mask.geometry.to_index(geometry.to_world(ijk))).astype(int)
    within = ((nearest >= 0) & (nearest < mask.shape)).all(axis=-1)
    found = np.zeros(geometry.shape, bool)
    found[within] = np.isin(mask.voxels[tuple(nearest[within].T)], labels)
    return found


def test_on_the_same_grid_a_mask_is_its_own_region():
    mask = labelled(GRID)
    inside, outside = region_of(mask, GRID)
    assert np.array_equal(inside, mask.voxels != 0)
    assert inside.dtype == bool
    assert inside.flags.f_contiguous
    assert outside == 0
    assert np.array_equal(region_of(mask, GRID, [2, 5]).inside, np.isin(mask.voxels, [2, 5]))


@pytest.mark.parametrize("name", geometries())
def test_a_mask_on_another_grid_is_looked_up_in_the_patient(name):
    kind = geometries((25, 31, 28))[name]
    shifted = kind.affine.copy()
    shifted[:3, 3] += GRID.to_world((14.2, 13.1, 10.6)) - kind.to_world((12, 15, 14))
    mask = labelled(Geometry(kind.shape, shifted))
    for labels in ([1, 4], [3]):
        inside = region_of(mask, GRID, labels).inside
        assert inside.any()
        assert np.array_equal(inside, looked_up(mask, GRID, labels))


@pytest.mark.parametrize("fine", [0.25, 0.5, 2.0, 3.0])
def test_a_finer_or_coarser_mask_keeps_its_size(fine):
    shape = tuple(round(30 / fine) + 4 for _ in range(3))
    mask = balls(Geometry.from_axes(shape, (fine,) * 3, (0.21, 0.13, 0.37)), (tuple((n - 1) / 2 for n in shape), 11.0))
    mask = Volume((mask.voxels >= 0).astype(np.uint8), mask.geometry)
    inside, outside = region_of(mask, Geometry.from_axes((40, 40, 40), origin=(-2, -2, -2)))
    assert inside.sum() == pytest.approx(mask.voxels.sum() * fine**3, rel=0.02)
    assert outside == 0


def test_where_borders_of_voxels_meet_centres_rounding_does_not_choose():
    # each voxel of the mask covers two of the grid along each axis, whose centres lie on its border: all fall one way
    mask = np.zeros((4, 4, 4), np.uint8)
    mask[1, 2, 1] = 1
    origin = np.array([0.1, 0.7, -0.3]) * 1e3
    coarse = Geometry.from_axes((4, 4, 4), (0.2, 0.2, 0.2), origin)
    inside = region_of(Volume(mask, coarse), Geometry.from_axes((8, 8, 8), (0.1, 0.1, 0.1), origin)).inside
    assert [set(axis.tolist()) for axis in np.nonzero(inside)] == [{1, 2}, {3, 4}, {1, 2}]


def test_what_lies_outside_of_the_volume_is_measured():
    mask = Volume(np.ones((10, 10, 10), np.uint8), Geometry.from_axes((10, 10, 10)))
    for ahead, expected in ((3, 0.3), (0, 0.0), (9, 0.9), (-4, 0.4)):
        inside, outside = region_of(mask, Geometry.from_axes((10, 40, 40), origin=(ahead, -5, -5)))
        assert outside == pytest.approx(expected)
        assert inside.sum() == round(1000 * (1 - expected))
    turned = Geometry.from_axes((10, 10, 10), direction=rotation((0, 0, 1), 45))
    assert 0.1 < region_of(mask, turned).outside < 0.6


def test_what_is_no_mark_marks_nothing():
    values = np.zeros((4, 4, 4), np.float32)
    values[0], values[1], values[2], values[3, 0, 0] = np.nan, np.inf, -2, 0.5
    mask = Volume(values, Geometry.from_axes((4, 4, 4)), padding=-2)
    assert np.argwhere(region_of(mask, mask.geometry).inside).tolist() == [[3, 0, 0]]


def test_a_mask_elsewhere_is_refused_with_both_places():
    mask = labelled(Geometry.from_axes((10, 10, 10), origin=(500, 0, 0)))
    with pytest.raises(GeometryError, match=r"mask is x 500 to 510.*volume x -13 to 20.*one frame"):
        region_of(mask, GRID)
    dot = Volume(np.ones((1, 1, 1), np.uint8), Geometry.from_axes((1, 1, 1), (0.01,) * 3, GRID.to_world((3.5, 4, 4))))
    with pytest.raises(GeometryError, match="nothing that the mask marks lies in the volume"):
        region_of(dot, GRID)


def test_a_label_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(OptionError, match=r"no label 9\. It has 1, 2, 3, 4, 5$"):
        region_of(labelled(GRID), GRID, [1, 9])
    many = Volume(np.arange(64, dtype=np.int16).reshape(4, 4, 4), Geometry.from_axes((4, 4, 4)))
    with pytest.raises(OptionError, match=r"no label 70 and no label 71\. It has 1, 2, .*, 12 and 51 more"):
        region_of(many, GRID, [70, 71])
    empty = Volume(np.zeros((4, 4, 4), np.uint8), Geometry.from_axes((4, 4, 4)))
    with pytest.raises(OptionError, match="marks no voxel"):
        region_of(empty, GRID)
    with pytest.raises(OptionError, match=r"no label 1\. It has none at all"):
        region_of(empty, GRID, [1])


def test_grids_of_wildly_different_sizes_do_not_overflow():
    mask = Volume(np.ones((3, 3, 3), np.uint8), Geometry.from_axes((3, 3, 3), (1e-12,) * 3))
    inside, outside = region_of(mask, Geometry.from_axes((5, 5, 5), (1e9,) * 3))
    assert np.argwhere(inside).tolist() == [[0, 0, 0]]
    assert outside == 0


def test_a_mask_on_a_turned_grid_cuts_a_surface_where_it_lies_in_the_patient():
    radius = 9.0
    volume = balls(geometries((34, 40, 30))["rotated and sheared"], ((17, 20, 15), 14.0))
    centre = volume.geometry.to_world((17, 20, 15))
    turn = rotation((3, -1, 2), 40)
    grid = Geometry.from_axes((80, 80, 80), (0.3,) * 3, centre - turn @ np.full(3, 11.85), turn)
    mask = balls(grid, (tuple(grid.to_index(centre)), radius))
    region = region_of(Volume((mask.voxels >= 0).astype(np.int8), grid), volume.geometry).inside
    mesh = in_patient(volume, band(0, 1e6), region=region)
    assert_sound(mesh)
    found = as_trimesh(mesh)
    assert found.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.02)
    assert np.linalg.norm(found.center_mass - centre) < 0.1
    apart = np.abs(np.linalg.norm(mesh.points - centre, axis=1) - radius)
    assert apart.max() < 0.5 * np.linalg.norm(volume.geometry.spacing)
