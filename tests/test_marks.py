"""Marks as data, and what a plane shows of them: held against polygons filled by other code, and by properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.phantoms import geometries, rotation
from vizmed.errors import GeometryError, OptionError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.marks import Marks, Outline, Spot, label_colors, outline_on_plane, spot_on_plane, thickness_of
from vizmed.read.labels.rtstruct.polygons import inside_polygons
from vizmed.segmentation import LABEL_COLORS

RED = "#e6194b"
BOX = np.array([(0, 0, 5), (4, 0, 5), (4, 3, 5), (0, 3, 5)], dtype=float)

angles = st.floats(-180, 180)
coordinates = st.floats(-50, 50).map(lambda value: round(value, 3))
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=12)


def outline(points: object, *, closed: bool = True, thickness_mm: float = 2.0) -> Outline:
    return Outline(points, closed, "lump", RED, thickness_mm)


class TestData:
    def test_points_are_kept_as_they_are_and_for_good(self):
        given_points = BOX.astype("float32")
        box = outline(given_points)
        given_points[:] = 0
        np.testing.assert_array_equal(box.points, BOX)
        assert box.points.dtype == np.float64
        with pytest.raises(ValueError, match="read-only"):
            box.points[0, 0] = 1
        with pytest.raises(ValueError, match="read-only"):
            Spot((1, 2, 3), "a", RED, 1).point[0] = 1

    @pytest.mark.parametrize(
        ("points", "closed"),
        [
            (BOX[:2], True),
            (BOX[:1], False),
            (BOX[:, :2], True),
            (BOX.ravel(), True),
            (np.full((4, 3), np.nan), True),
            (np.where(BOX == 4, np.inf, BOX), True),
        ],
    )
    def test_what_is_no_outline_is_refused(self, points, closed):
        with pytest.raises(GeometryError):
            outline(points, closed=closed)

    @pytest.mark.parametrize("point", [(1, 2), (1, 2, np.nan), [(1, 2, 3)]])
    def test_what_is_no_point_is_refused(self, point):
        with pytest.raises(GeometryError):
            Spot(point, "a", RED, 1)

    @pytest.mark.parametrize("color", ["red", "#E6194B", "#e6194", "#e6194b0", ""])
    def test_what_is_no_colour_is_refused(self, color):
        with pytest.raises(OptionError, match="colour"):
            Outline(BOX, True, "a", color, 1)
        with pytest.raises(OptionError, match="colour"):
            Spot((1, 2, 3), "a", color, 1)

    @pytest.mark.parametrize("thickness", [0, -1, np.nan, np.inf])
    def test_what_is_no_thickness_is_refused(self, thickness):
        with pytest.raises(OptionError, match="thick"):
            outline(BOX, thickness_mm=thickness)

    def test_marks_add_up(self):
        box, spot, note = outline(BOX), Spot((1, 2, 3), "a", RED, 1), Finding("x", "note", "y")
        both = Marks((box,), findings=(note,)) + Marks(spots=(spot,))
        assert (both.outlines, both.spots, both.findings, len(both)) == ((box,), (spot,), (note,), 2)
        assert both
        assert not Marks()
        assert not Marks(findings=(note,))
        assert len(sum([both, both], Marks())) == 4
        with pytest.raises(TypeError):
            both + 1

    def test_words_have_colours_in_their_order(self):
        colors = label_colors(["cyst", "node", "Cyst", "cyst", "rib"])
        assert colors == {
            "cyst": LABEL_COLORS[0],
            "node": LABEL_COLORS[1],
            "Cyst": LABEL_COLORS[0],
            "rib": LABEL_COLORS[2],
        }
        many = label_colors(map(str, range(40)))
        assert [many[str(n)] for n in range(40)] == [LABEL_COLORS[n % len(LABEL_COLORS)] for n in range(40)]


class TestThickness:
    @pytest.mark.parametrize("kind", sorted(geometries()))
    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_it_is_the_distance_from_plane_to_plane(self, kind, axis):
        """A point of the next slice, however far sideways, lies so far from the plane of the first."""
        grid = geometries()[kind]
        one, other = (grid.direction[:, n] for n in range(3) if n != axis)
        normal = np.cross(one, other)
        next_one = np.zeros(3)
        next_one[axis] = 1
        away = (grid.to_world(next_one + (np.arange(3) != axis) * 7) - grid.origin) @ normal / np.linalg.norm(normal)
        assert thickness_of(grid, axis) == pytest.approx(abs(away), rel=1e-12)

    def test_under_a_tilted_gantry_it_is_less_than_the_spacing(self):
        grid = geometries()["sheared"]
        assert thickness_of(grid) == pytest.approx(1.4 * np.cos(np.radians(15)), rel=1e-12)


class TestOnItsSlice:
    @pytest.mark.parametrize("height", [5, 5.99, 4.0, 6.0])
    def test_all_of_it_is_there_within_half_its_thickness(self, height):
        (drawn,) = outline_on_plane(outline(BOX), (9, 9, height), (0, 0, -3))
        np.testing.assert_array_equal(drawn, [*BOX, BOX[0]])
        (drawn,) = outline_on_plane(outline(BOX, closed=False), (9, 9, height), (0, 0, 1))
        np.testing.assert_array_equal(drawn, BOX)

    @pytest.mark.parametrize("height", [6.01, 3.99, -100])
    def test_and_nothing_beyond(self, height):
        assert outline_on_plane(outline(BOX), (0, 0, height), (0, 0, 1)) == []

    def test_the_reach_may_be_said(self):
        assert outline_on_plane(outline(BOX), (0, 0, 5.4), (0, 0, 1), reach_mm=0.3) == []
        assert len(outline_on_plane(outline(BOX), (0, 0, 5.4), (0, 0, 1), reach_mm=0.5)) == 1

    @given(turn=angles, tilt=angles, k=st.integers(0, 30), at=st.floats(-0.5, 0.5))
    def test_no_mark_vanishes_between_slices_of_a_stack(self, turn, tilt, k, at):
        """Wherever it lies, it is on the slice next to it, and on another one only midway between the two."""
        direction = rotation((0, 0, 1), turn) @ rotation((1, 2, 0), tilt)
        grid = Geometry.from_axes((9, 9, 32), (0.7, 0.7, 1.3), (-200, 31, 7), direction)
        corners = grid.to_world([(1, 1, k + at), (5, 1, k + at), (5, 6, k + at), (1, 6, k + at)])
        box, spot = outline(corners, thickness_mm=thickness_of(grid)), Spot(corners[0], "a", RED, thickness_of(grid))
        on = [n for n in range(32) if outline_on_plane(box, grid.to_world((0, 0, n)), direction[:, 2])]
        assert on == [n for n in range(32) if spot_on_plane(spot, grid.to_world((0, 0, n)), direction[:, 2])]
        if abs(at) < 0.499:
            assert on == [k]
        else:
            assert {k} <= set(on) <= {k - 1, k, k + 1}

    @pytest.mark.parametrize("normal", [(0, 0, 0), (np.nan, 0, 1), (1, 0), (np.inf, 0, 0)])
    def test_a_normal_that_is_no_direction_is_refused(self, normal):
        with pytest.raises(GeometryError, match="normal"):
            outline_on_plane(outline(BOX), (0, 0, 0), normal)
        with pytest.raises(GeometryError, match="normal"):
            spot_on_plane(Spot((1, 2, 3), "a", RED, 1), (0, 0, 0), normal)


class TestAcross:
    def test_a_box_is_a_segment(self):
        (segment,) = outline_on_plane(outline(BOX), (1.5, 0, 0), (1, 0, 0))
        np.testing.assert_allclose(segment, [(1.5, 0, 5), (1.5, 3, 5)])

    def test_a_plane_beside_it_shows_nothing(self):
        assert outline_on_plane(outline(BOX), (4.5, 0, 0), (1, 0, 0)) == []
        assert outline_on_plane(outline(BOX), (-0.1, 0, 0), (1, 0, 0)) == []

    def test_a_letter_u_is_two_segments(self):
        corners = [(0, 0, 5), (9, 0, 5), (9, 9, 5), (6, 9, 5), (6, 3, 5), (3, 3, 5), (3, 9, 5), (0, 9, 5)]
        segments = outline_on_plane(outline(corners), (0, 6, 0), (0, 1, 0))
        ends = sorted(sorted(segment[:, 0].tolist()) for segment in segments)
        assert ends == [[0, 3], [6, 9]]
        (segment,) = outline_on_plane(outline(corners), (0, 2, 0), (0, 1, 0))
        assert sorted(segment[:, 0]) == [0, 9]

    def test_a_plane_through_corners_is_as_one_beside_them(self):
        diamond = outline([(0, 0, 5), (3, -3, 5), (6, 0, 5), (3, 3, 5)])
        (segment,) = outline_on_plane(diamond, (0, 0, 0), (0, 1, 0))
        assert sorted(segment[:, 0]) == [0, 6]
        sides = [outline_on_plane(outline(BOX), (x, 0, 0), (1, 0, 0)) for x in (0.0, 4.0)]
        assert sorted(map(len, sides)) == [0, 1], "one of two sides of a box is of it, as of a pixel"
        for segment in sides[0] + sides[1]:
            np.testing.assert_allclose(sorted(segment[:, 1]), [0, 3])

    def test_an_open_one_is_crossed_in_points(self):
        zigzag = outline([(0, 0, 5), (2, 4, 5), (4, 0, 5), (6, 4, 5)], closed=False)
        points = outline_on_plane(zigzag, (0, 2, 0), (0, 1, 0))
        np.testing.assert_allclose(points, [[(x, 2, 5)] * 2 for x in (1, 3, 5)])
        away = outline([(0, 0, 5), (0, 4, 5), (4, 4, 5), (4, 0, 5)], closed=False)
        assert len(outline_on_plane(away, (0, 2, 0), (0, 1, 0))) == 2, "the last corner is not joined to the first"

    @given(corners=polygons, row=st.integers(-50, 49), turn=angles, tilt=angles)
    def test_the_segments_are_what_a_scanline_fills(self, corners, row, turn, tilt):
        """The rows of pixels that another module fills are the segments, in whichever plane the polygon lies."""
        turned = rotation((1, 0, 2), turn) @ rotation((0, 1, 0), tilt)
        flat = np.array(corners)
        height = row + 0.4567  # on no corner, which have three decimals
        points = np.column_stack([flat, np.full(len(flat), 5.0)]) @ turned.T
        segments = outline_on_plane(
            outline(points), turned @ (0, height, 0), turned[:, 1], reach_mm=-1.0
        )  # never all of it
        found = np.zeros(1000, dtype=bool)
        centres = np.linspace(-50, 50, 1000)
        for segment in segments:
            assert segment.shape == (2, 3)
            back = segment @ turned
            np.testing.assert_allclose(back[:, 1], height, atol=1e-9)
            np.testing.assert_allclose(back[:, 2], 5, atol=1e-9)
            within = (centres > back[:, 0].min()) & (centres < back[:, 0].max())
            assert not np.any(found & within), "segments do not overlap"
            found |= within
        scale = 999 / 100
        pixels = np.column_stack([(flat[:, 0] + 50) * scale, flat[:, 1] - height])
        filled = inside_polygons([pixels], (1000, 1))[:, 0]
        near_edge = np.zeros(1000, dtype=bool)
        for segment in segments:
            for x in (segment @ turned)[:, 0]:
                near_edge |= np.abs(centres - x) < 1e-4
        np.testing.assert_array_equal(found[~near_edge], filled[~near_edge])

    @given(corners=polygons, turn=angles, tilt=angles, at=st.floats(-60, 60))
    def test_ends_lie_on_the_plane_and_on_edges(self, corners, turn, tilt, at):
        normal = rotation((0, 0, 1), turn) @ rotation((0, 1, 0), tilt) @ (0, 0, 1)
        points = np.column_stack([np.array(corners), np.full(len(corners), 5.0)])
        for segment in outline_on_plane(outline(points), at * normal, normal, reach_mm=-1.0):
            np.testing.assert_allclose(segment @ normal, at, atol=1e-8)
            for end in segment:
                edges = np.roll(points, -1, axis=0) - points
                along = np.clip(((end - points) * edges).sum(1) / np.maximum((edges**2).sum(1), 1e-300), 0, 1)
                assert np.linalg.norm(points + along[:, None] * edges - end, axis=1).min() < 1e-8


def test_the_first_mark_is_a_place_to_begin():
    box = Outline([[0, 0, 5], [4, 0, 5], [4, 2, 5], [0, 2, 5]], True, "a", "#ff0000", 1.0)
    spot = Spot([7.0, 8.0, 9.0], "b", "#00ff00", 1.0)
    assert Marks((box,), (spot,)).first.tolist() == [2, 1, 5]
    assert Marks((), (spot,)).first.tolist() == [7, 8, 9]
    assert Marks().first is None
