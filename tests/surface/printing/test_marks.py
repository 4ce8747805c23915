"""Letters and bars on solids: where they are, how they read, what they weigh."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tests.surface.meshes import ball, box, inside_out, placed, together
from tests.surface.oracles import as_trimesh, assert_sound
from vizmed.errors import GeometryError, MissingExtraError, OptionError
from vizmed.surface import measure
from vizmed.surface.printing.glyphs import text_shape
from vizmed.surface.printing.marks import RAISED, add_marks
from vizmed.surface.printing.rays import first_hits
from vizmed.vtk_bridge import mesh_arrays, to_polydata

BLOCK = box((60, 80, 70), (12, -30, 200))
HEIGHT_MM = 5.0
"""Of its letters: 6 % of 80 mm is less."""


@pytest.fixture(scope="module")
def marked():
    return add_marks(BLOCK)


def raised(mesh, mark, pitch=0.1) -> np.ndarray:
    """What stands out at a mark as they see it who look at it, the head up: rows from above, True is raised."""
    up = np.array([0.0, 0.0, 1.0])
    to_the_right = np.cross(-mark.outward, up)  # forward, up, right as of a hand
    steps = np.arange(-5, 5, pitch) + 0.013
    places = mark.place_mm - steps[:, None, None] * up + steps[None, :, None] * to_the_right
    starts = (places + 20 * mark.outward).reshape(-1, 3)
    hits = first_hits(mesh, starts, np.broadcast_to(-mark.outward, starts.shape), 40)
    picture = hits.distances_mm.reshape(len(steps), -1) < 20 - 0.3
    rows, columns = np.nonzero(picture)
    return picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def test_it_is_one_sound_solid(marked):
    found = measure(marked.mesh)
    assert (found.closed, found.manifold, found.pieces, found.genus) == (True, True, 1, 0)
    assert_sound(marked.mesh)
    assert as_trimesh(marked.mesh).is_watertight


def test_it_weighs_the_raised_part_of_the_letters_more(marked):
    area = sum(text_shape(letter, HEIGHT_MM).area() for letter in "LR")
    more = as_trimesh(marked.mesh).volume - 60 * 80 * 70
    assert more == pytest.approx(area * RAISED * HEIGHT_MM, rel=0.01)
    low, high = measure(marked.mesh).bounds_mm.T
    expected = np.array([60 + 2 * RAISED * HEIGHT_MM, 80, 70])
    assert high - low == pytest.approx(expected, abs=1e-3)


def test_left_is_where_x_grows(marked):
    left, right = marked.marks
    assert (left.text, right.text) == ("L", "R")
    assert left.place_mm[0] == pytest.approx(12 + 30, abs=1e-3)
    assert right.place_mm[0] == pytest.approx(12 - 30, abs=1e-3)
    assert left.outward == pytest.approx([1, 0, 0], abs=1e-6)
    assert right.outward == pytest.approx([-1, 0, 0], abs=1e-6)


def test_l_reads_right_from_outside(marked):
    """A stem at its left edge, a foot below, nothing above the foot. Mirrored, the stem would be at the right."""
    picture = raised(marked.mesh, marked.marks[0])
    rows, columns = picture.shape
    assert picture.shape[0] * 0.1 == pytest.approx(HEIGHT_MM, abs=0.3)
    assert picture[:, columns // 8].mean() > 0.95
    assert picture[-rows // 10].mean() > 0.9
    assert not picture[: rows // 2, columns // 2 :].any()


def test_r_reads_right_from_outside(marked):
    """A stem at its left edge, a bowl above, and two legs: below, its right edge is at the foot alone."""
    picture = raised(marked.mesh, marked.marks[1])
    rows, columns = picture.shape
    assert picture[:, columns // 10].mean() > 0.95
    assert picture[rows // 20].mean() > 0.6
    assert picture[-rows // 20, columns * 3 // 4 :].any()
    assert not picture[rows * 6 // 10 : rows * 7 // 10, columns * 9 // 10 :].any()
    edges = np.count_nonzero(np.diff(np.pad(picture[rows // 4].astype(int), 1)) == 1)
    assert edges == 2, "its bowl is open in the middle"


def test_a_print_of_the_patients_left_hand_has_both_letters_too():
    """They say which way left and right lie."""
    found = add_marks(placed(BLOCK, turn=np.eye(3), shift=(500, 0, 0)))
    assert [mark.text for mark in found.marks] == ["L", "R"]


def test_letters_follow_a_round_surface():
    solid = ball(60.0)
    found = add_marks(solid)
    assert measure(found.mesh).pieces == 1
    assert measure(found.mesh).closed
    more = measure(found.mesh).volume_mm3 - measure(solid).volume_mm3
    area = sum(text_shape(mark.text, mark.height_mm).area() for mark in found.marks)
    assert area * RAISED * 7.2 < more < area * (RAISED * 7.2 + 0.5)
    for mark in found.marks:
        assert mark.height_mm == pytest.approx(7.2, rel=1e-3)
        assert np.linalg.norm(mark.place_mm) == pytest.approx(60, abs=0.5)


def test_they_stand_on_the_largest_piece_and_where_they_are_seen():
    body, table = box((60, 80, 70)), box((4, 300, 20), (40, 0, -60))
    screen = box((2, 40, 40), (50, 10, 10))
    solid = together(table, body, screen)
    found = add_marks(solid)
    left = found.marks[0]
    assert left.place_mm[0] == pytest.approx(30, abs=1e-3)
    assert max(abs(left.place_mm[1] - 10), abs(left.place_mm[2] - 10)) > 20
    assert measure(found.mesh).pieces == 3


@pytest.mark.parametrize("length", [30.0, 45.5])
def test_a_scale_bar_is_as_long_as_it_says(length):
    found = add_marks(BLOCK, sides=False, scale_bar_mm=length)
    (bar,) = found.marks
    assert bar.text == f"{length:g} mm"
    assert measure(found.mesh).closed
    points = as_trimesh(found.mesh).vertices - (12, -30, 200)
    on_top = points[(np.abs(points) > np.array([30, 40, 35]) + 0.9).any(axis=1)]
    assert np.ptp(on_top, axis=0).max() == pytest.approx(length, abs=1e-3)


def test_letters_and_bar_keep_clear_of_each_other():
    found = add_marks(BLOCK, scale_bar_mm=30)
    places = np.array([mark.place_mm for mark in found.marks])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[np.triu_indices(3, 1)]
    assert apart.min() > 18
    assert measure(found.mesh).manifold


def test_marks_are_the_same_each_time(marked):
    again = add_marks(BLOCK)
    assert np.array_equal(marked.mesh.points, again.mesh.points)
    assert np.array_equal(*(mesh_arrays(one.mesh)[1] for one in (marked, again)))


def test_what_was_there_stays(marked):
    """The corners of the block are corners still, to the last bit."""
    corners = {tuple(point) for point in mesh_arrays(BLOCK)[0].tolist()}
    assert corners <= {tuple(point) for point in mesh_arrays(marked.mesh)[0].tolist()}


def opened(mesh):
    points, triangles = mesh_arrays(mesh)
    return to_polydata(points, triangles[1:])


@pytest.mark.parametrize(
    ("solid", "found"),
    [
        (opened(BLOCK), "3 open edges"),
        (inside_out(BLOCK), "inside out"),
        (box((60, 4, 4)), "no even place for a letter of 5 mm"),
        (to_polydata(np.empty((0, 3), np.float32), np.empty((0, 3), np.int64)), "closed surface"),
    ],
)
def test_what_cannot_be_marked_is_refused(solid, found):
    with pytest.raises(GeometryError, match=found):
        add_marks(solid)


def test_a_bar_that_has_no_room_is_refused():
    with pytest.raises(GeometryError, match="scale bar of 200 mm"):
        add_marks(BLOCK, sides=False, scale_bar_mm=200)


@pytest.mark.parametrize("length", [0, -5, 0.5, float("inf"), float("nan")])
def test_a_bar_without_a_length_is_refused(length):
    with pytest.raises(OptionError, match="1 mm or longer"):
        add_marks(BLOCK, scale_bar_mm=length)


def test_without_manifold3d_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "manifold3d", None)
    with pytest.raises(MissingExtraError, match=r"vizmed\[print\]"):
        add_marks(BLOCK)
