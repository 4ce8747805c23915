from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vizmed.errors import OptionError
from vizmed.slices import plane_through
from vizmed.slices.section import box_corners, section


class TestPlaneThrough:
    def test_three_points(self):
        normal, at = plane_through((0, 0, 5), (10, 0, 5), (0, 7, 5))
        assert np.abs(normal) == pytest.approx((0, 0, 1))
        assert at == pytest.approx((10 / 3, 7 / 3, 5))

    @given(st.lists(st.floats(-200, 200), min_size=9, max_size=9))
    def test_all_three_lie_on_it(self, numbers):
        points = np.array(numbers).reshape(3, 3)
        ways = points[1:] - points[0]
        assume(np.linalg.norm(np.cross(*ways)) > 1e-2 * max(1, np.abs(ways).max() ** 2))
        normal, at = plane_through(*points)
        assert np.linalg.norm(normal) == pytest.approx(1)
        assert (points - at) @ normal == pytest.approx(0, abs=1e-6)

    @pytest.mark.parametrize("third", [(20, 20, 20), (0, 0, 0), (10, 10, 10.0000001)])
    def test_points_on_a_line_are_refused(self, third):
        with pytest.raises(OptionError, match="on one line"):
            plane_through((0, 0, 0), (10, 10, 10), third)

    def test_what_is_no_point_is_refused(self):
        with pytest.raises(OptionError, match="three points"):
            plane_through((0, 0, 0), (1, 0, 0), (0, float("inf"), 0))


class TestSection:
    corners = box_corners(np.zeros(3), np.array([4.0, 2.0, 1.0]))

    @settings(max_examples=60)
    @given(st.tuples(*[st.floats(-1, 1)] * 3), st.tuples(st.floats(0, 4), st.floats(0, 2), st.floats(0, 1)))
    def test_it_is_the_convex_outline_of_the_box_in_the_plane(self, normal, point):
        normal = np.array(normal)
        assume(np.abs(normal).min() > 0.05)
        found = section(self.corners, np.array(point), normal)
        assert (found - point) @ normal == pytest.approx(0, abs=1e-9)
        assert (found >= -1e-9).all()
        assert (found <= np.array([4, 2, 1]) + 1e-9).all()
        if len(found) >= 3:
            turns = np.cross(np.roll(found, -1, 0) - found, np.roll(found, -2, 0) - np.roll(found, -1, 0)) @ normal
            assert (turns >= -1e-9).all() or (turns <= 1e-9).all()

    def test_along_a_face_and_beside_it(self):
        assert len(section(self.corners, np.array([0, 0, 1.0]), np.array([0, 0, 1.0]))) == 4
        assert len(section(self.corners, np.array([0, 0, 0.5]), np.array([0, 0, 2.0]))) == 4
        assert len(section(self.corners, np.array([0, 0, 1.1]), np.array([0, 0, 1.0]))) == 0

    def test_all_six_sides_of_a_cube(self):
        cube = box_corners(np.zeros(3), np.ones(3))
        assert len(section(cube, np.full(3, 0.5), np.ones(3))) == 6
