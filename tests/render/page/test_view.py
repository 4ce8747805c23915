from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.phantoms import asymmetric, axis_orders, geometries
from vizmed.errors import OptionError
from vizmed.geometry import Geometry
from vizmed.render.page import Pane, pane_view, panes_of
from vizmed.render.study import Study
from vizmed.scene import GRID_PLANES, PLANES, Scene, SliceLayer

SHAPE = (7, 9, 8)


def views(volume, size=(500, 420), layout="slices", **slices):
    scene = Scene(layout=layout, slices=SliceLayer(**slices), size=size)
    study = Study(volume)
    return [pane_view(scene, study, pane) for pane in panes_of(scene, volume) if pane.plane != "3d"]


@st.composite
def grids(draw):
    numbers = st.floats(-1, 1)
    direction = np.array(draw(st.lists(numbers, min_size=9, max_size=9))).reshape(3, 3)
    edges = np.linalg.norm(direction, axis=0)
    assume(edges.min() > 0.2)
    direction = direction / edges
    assume(abs(np.linalg.det(direction)) > 0.3)
    spacing = draw(st.tuples(*[st.floats(0.3, 4)] * 3))
    return Geometry.from_axes(SHAPE, spacing, draw(st.tuples(*[st.floats(-300, 300)] * 3)), direction)


@settings(max_examples=60, deadline=None)
@given(
    grids(),
    st.sampled_from(PLANES),
    st.floats(0.3, 40),
    st.booleans(),
    st.booleans(),
    st.tuples(*[st.floats(-20, 520)] * 2),
)
def test_from_a_pixel_to_the_patient_and_back(geometry, plane, zoom, neurological, centred, place):
    volume = asymmetric(geometry)
    center = tuple(geometry.to_world((2, 3, 4))) if centred else None
    (view,) = views(
        volume, planes=(plane,), normal=(0.5, -0.2, 0.7), zoom=zoom, center=center, neurological=neurological
    )
    point = view.to_lps(*place)
    assert view.to_pixel(point) == pytest.approx(place, abs=1e-6)
    assert view.one.away(point) == pytest.approx(0, abs=1e-8)
    # true proportions: so many pixels are so many mm, whatever the way
    beside = view.to_lps(place[0] + 30, place[1] - 40)
    assert np.linalg.norm(beside - point) * view.scale == pytest.approx(50)
    # what lies off the plane is projected onto it at a right angle
    assert view.to_pixel(point + 7 * view.one.normal) == pytest.approx(place, abs=1e-6)
    middle = (view.size[0] / 2, view.size[1] / 2)
    if zoom != 1:
        wanted = center or geometry.to_world((np.array(SHAPE) - 1) / 2)
        assert view.to_pixel(np.array(wanted)) == pytest.approx(middle, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(grids(), st.sampled_from(GRID_PLANES), st.booleans())
def test_the_value_under_a_pixel_is_that_of_its_voxel(geometry, plane, neurological):
    volume = asymmetric(geometry)
    (view,) = views(volume, planes=(plane,), neurological=neurological)
    rows, columns = view.one.values.shape
    for row, column in ((0, 0), (rows - 1, 0), (rows // 2, columns - 1)):
        for lean in ((0, 0), (0.45, -0.45), (-0.45, 0.45)):
            place = view.one.to_lps(row + lean[0], column + lean[1])
            value, ijk = view.value_at(volume, *view.to_pixel(place))
            assert value == volume.voxels[ijk] == view.one.values[row, column]
            assert geometry.to_world(ijk) == pytest.approx(view.one.to_lps(row, column), abs=1e-6)
    assert view.value_at(volume, *view.to_pixel(view.one.to_lps(-0.6, 0))) is None
    assert view.value_at(volume, *view.to_pixel(view.one.to_lps(0, columns - 0.4))) is None


def test_an_oblique_plane_gives_the_nearest_voxel_and_not_what_was_interpolated():
    volume = asymmetric(geometries(SHAPE)["rotated and sheared"])
    (view,) = views(volume, planes=("oblique",), normal=(0.5, -0.2, 0.7))
    width, height = view.size
    found = 0
    for x, y in np.random.default_rng(0).uniform((0, 0), (width, height), (200, 2)):
        hit = view.value_at(volume, x, y)
        ijk = volume.geometry.to_index(view.to_lps(x, y))
        if hit is None:
            assert not ((ijk > -0.1) & (ijk < np.array(SHAPE) - 0.9)).all()
            continue
        found += 1
        assert hit[1] == tuple(np.rint(ijk).astype(int))
        assert hit[0] == volume.voxels[hit[1]]
    assert found > 30


def test_of_a_slab_and_a_projection_the_shown_value_is_given():
    volume = asymmetric(Geometry.from_axes(SHAPE))
    for view in views(volume, slab_mm=4.0):
        place = view.one.to_lps(3, 2)
        value, ijk = view.value_at(volume, *view.to_pixel(place))
        assert value == view.one.values[3, 2]
        assert value > volume.voxels[ijk]
        assert volume.geometry.to_world(ijk) == pytest.approx(place)
    oblique, *_ = views(volume, planes=("oblique",), normal=(0, 0.1, 1), slab_mm=4.0)
    assert oblique.value_at(volume, *oblique.to_pixel(oblique.one.to_lps(4, 3)))[0] == oblique.one.values[4, 3]


@pytest.mark.parametrize("inverted", [False, True])
def test_the_projection_has_the_brightest_of_all_coronal_slices(inverted):
    volume = replace(asymmetric(Geometry.from_axes(SHAPE)), inverted=inverted)
    extreme = volume.voxels.min(axis=1) if inverted else volume.voxels.max(axis=1)
    *_, view = views(volume)
    assert view.pane.plane == "projection"
    assert np.array_equal(view.one.values, extreme.T[::-1])
    *_, turned = views(volume, neurological=True)
    assert np.array_equal(turned.one.values, view.one.values[:, ::-1])
    assert turned.one.letters == ("L", "R", "S", "I")


@pytest.mark.parametrize("code", axis_orders())
def test_all_panes_share_one_scale_and_all_fit(code):
    volume = asymmetric(Geometry.from_axes((9, 7, 5), (1, 2, 4), direction=axis_orders()[code]))
    for layout in ("slices", "four"):
        found = views(volume, layout=layout)
        assert len({view.scale for view in found}) == 1
        room = []
        for view in found:
            height, width = (mm * view.scale for mm in view.one.size_mm)
            room += [view.size[0] - width, view.size[1] - height]
            corner = view.to_pixel(view.one.to_lps(-0.5, -0.5))
            assert corner == pytest.approx(((view.size[0] - width) / 2, (view.size[1] - height) / 2))
        assert min(room) == pytest.approx(2 * round(0.036 * 420))
        assert views(volume, layout=layout, zoom=2.5)[0].scale == pytest.approx(2.5 * found[0].scale)


def test_the_scale_of_an_oblique_plane_does_not_change_from_step_to_step():
    volume = asymmetric(Geometry.from_axes((20, 30, 25)))
    seen = [
        views(volume, planes=("oblique",), normal=(1, 1, 1), at=at)[0] for at in ((3, 3, 3), (10, 15, 12), (18, 28, 23))
    ]
    assert len({view.scale for view in seen}) == 1
    for point in ((0, 0, 0), (19, 29, 24)):
        places = np.array([view.to_pixel(np.array(point)) for view in seen])
        assert np.ptp(places, axis=0) == pytest.approx(0, abs=1e-9)


def test_the_3d_pane_has_no_slice():
    with pytest.raises(OptionError, match="no slice"):
        pane_view(Scene(layout="3d"), Study(asymmetric(Geometry.from_axes(SHAPE))), Pane("3d", (0, 0, 100, 100)))
