from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import rotation
from tests.surface.meshes import ball, box, placed, together
from vizmed.surface.printing.places import find_place, relief_from
from vizmed.vtk_bridge import mesh_arrays

OUTWARD = {"L": (1, 0, 0), "R": (-1, 0, 0), "A": (0, -1, 0), "P": (0, 1, 0)}


def everywhere(mesh) -> np.ndarray:
    return np.ones(len(mesh_arrays(mesh)[1]), bool)


@pytest.mark.parametrize("side", OUTWARD)
def test_a_relief_is_how_far_out_a_ball_lies(side):
    mesh = placed(ball(20.0), turn=np.eye(3), shift=(40, -70, 110))
    relief = relief_from(mesh, everywhere(mesh), side, 1.0)
    points = relief.points[np.isfinite(relief.heights)] - (40, -70, 110)
    assert np.linalg.norm(points, axis=1) == pytest.approx(np.full(len(points), 20.0), abs=0.1)
    assert (points @ OUTWARD[side] > -0.1).all()
    assert np.isfinite(relief.heights).sum() == pytest.approx(np.pi * 20**2, rel=0.03)
    right, up, outward = relief.axes
    assert np.cross(right, up) == pytest.approx(outward)  # as one sees it from outside, not mirrored
    assert up.tolist() == [0, 0, 1]


def test_what_does_not_count_hides_what_is_behind_it():
    mesh = together(box((10, 60, 60)), box((2, 20, 20), (30, 0, 0)))
    counts = np.arange(24) < 12
    relief = relief_from(mesh, counts, "L", 2.0)
    rows, columns = np.nonzero(hidden := np.isnan(relief.heights))
    assert (len(np.unique(rows)), len(np.unique(columns))) == pytest.approx((10, 10), abs=1)
    assert hidden.sum() == len(np.unique(rows)) * len(np.unique(columns))
    assert relief.heights[~hidden] == pytest.approx(5)


def test_the_even_place_is_found():
    """A ball has none as even as the side of a box beside it."""
    mesh = together(ball(25.0), box((20, 30, 30), (0, 0, 60)))
    relief = relief_from(mesh, everywhere(mesh), "L", 1.0)
    place = find_place(relief, (15, 15), 1.5)
    assert place is not None
    assert place.middle[0] == pytest.approx(10, abs=1e-3)
    assert 45 < place.middle[2] < 75
    assert (place.below_mm, place.above_mm) == pytest.approx((0, 0), abs=1e-4)


def test_of_even_places_the_one_further_out_is_taken():
    mesh = together(box((20, 30, 30)), box((50, 30, 30), (0, 0, 60)))
    place = find_place(relief_from(mesh, everywhere(mesh), "R", 1.0), (12, 12), 1.0)
    assert place is not None
    assert place.middle[0] == pytest.approx(-25, abs=1e-3)
    assert place.outward == pytest.approx([-1, 0, 0], abs=1e-6)


@pytest.mark.parametrize("side", OUTWARD)
def test_it_lies_in_a_face_that_leans(side):
    turn = rotation((1, 1, 0.5), 18)
    mesh = placed(box((60, 60, 60)), turn=turn, shift=(5, 6, 7))
    place = find_place(relief_from(mesh, everywhere(mesh), side, 1.0), (10, 14), 0.5)
    assert place is not None
    normals = [sign * turn[:, axis] for axis in range(3) for sign in (1, -1)]
    expected = max(normals, key=lambda normal: float(normal @ OUTWARD[side]))
    assert place.outward == pytest.approx(expected, abs=1e-3)
    assert (place.middle - (5, 6, 7)) @ expected == pytest.approx(30, abs=0.01)
    assert np.stack([place.right, place.up, place.outward]) @ np.stack(
        [place.right, place.up, place.outward]
    ).T == pytest.approx(np.eye(3), abs=1e-9)
    assert place.up[2] > 0.8
    assert np.cross(place.right, place.up) == pytest.approx(place.outward)


def test_it_tells_how_uneven_the_place_is():
    radius, width = 40.0, 20.0
    mesh = ball(radius)
    place = find_place(relief_from(mesh, everywhere(mesh), "L", 0.5), (width, width), 5.0)
    assert place is not None
    corner = radius - np.sqrt(radius**2 - 2 * (width / 2) ** 2)
    assert place.below_mm + place.above_mm == pytest.approx(corner, rel=0.15)
    assert find_place(relief_from(mesh, everywhere(mesh), "L", 0.5), (width, width), corner / 2) is None


def test_what_leans_too_much_is_no_place():
    mesh = placed(box((10, 80, 80)), turn=rotation((0, 0, 1), 50), shift=(0, 0, 0))
    relief = relief_from(mesh, everywhere(mesh), "L", 1.0)
    assert find_place(relief, (9, 9), 1.0) is None


def test_what_is_taken_is_left_free():
    mesh = box((20, 100, 30))
    relief = relief_from(mesh, everywhere(mesh), "L", 1.0)
    first = find_place(relief, (20, 20), 1.0)
    second = find_place(relief, (20, 20), 1.0, taken=[(first.middle, 15.0)])
    assert np.linalg.norm(second.middle - first.middle) > 24
    assert find_place(relief, (20, 20), 1.0, taken=[((10.0, 0.0, 0.0), 60.0)]) is None


def test_what_is_larger_than_the_surface_has_no_place():
    mesh = box((20, 20, 20))
    assert find_place(relief_from(mesh, everywhere(mesh), "L", 1.0), (30, 5), 1.0) is None


def test_rays_are_bounded():
    mesh = box((20, 4000, 4000))
    assert relief_from(mesh, everywhere(mesh), "L", 0.5).heights.size <= 41_000
