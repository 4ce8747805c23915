from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.phantoms import axis_orders, geometries
from vizmed.geometry import Geometry
from vizmed.marks import Marks, Outline, Spot
from vizmed.render.page import draw_page, unseen
from vizmed.render.study import Study
from vizmed.scene import Angle, Ruler, Scene, SliceLayer
from vizmed.volume import Volume

SHAPE = (40, 36, 30)
GRID = Geometry.from_axes(SHAPE, (1, 1, 2), (-20, -18, -30))


def scan(geometry: Geometry = GRID) -> Volume:
    return Volume(np.zeros(geometry.shape, np.int16, order="F"), geometry)


def page(**options) -> Scene:
    own = {name: options.pop(name) for name in list(options) if name not in SliceLayer.__dataclass_fields__}
    slices = SliceLayer(**{"planes": ("axial",), "window": (100.0, 1000.0), "crosshair": False, **options})
    return Scene(**{"layout": "slices", "slices": slices, "size": (300, 280), **own})


def spot(ijk, geometry: Geometry = GRID) -> Spot:
    return Spot(geometry.to_world(ijk), "stone", "#ff0000", 2.0)


def square(k: float, geometry: Geometry = GRID, i: float = 20, j: float = 18) -> Outline:
    corners = np.array([[i - 4, j - 4, k], [i + 4, j - 4, k], [i + 4, j + 4, k], [i - 4, j + 4, k]])
    return Outline(geometry.to_world(corners), closed=True, label="box", color="#00ff00", thickness_mm=2.0)


def at(*ijk) -> tuple[float, float, float]:
    x, y, z = GRID.to_world(ijk).tolist()
    return x, y, z


def gone_there(scene: Scene, remedy: str) -> Scene:
    """Do what a remedy says."""
    place = re.search(r"--at (\S+) goes there", remedy)[1]
    layout = re.search(r"--layout (\w+)", remedy)
    x, y, z = map(float, place.split(","))
    return replace(scene, slices=replace(scene.slices, at=(x, y, z)), layout=layout[1] if layout else scene.layout)


def test_all_that_is_shown_is_not_spoken_of():
    marks = Marks((square(12),), (spot((5, 6, 12)),))
    ruler = Ruler(at(3, 3, 12), at(9, 9, 12))
    assert unseen(page(at=at(20, 18, 12), measures=(ruler,)), Study(scan(), None, marks)) == ()
    assert unseen(page(), Study(scan())) == ()


def test_it_is_told_how_many_marks_are_not_shown_and_where_the_nearest_is():
    marks = Marks((square(12), square(20), square(27)), (spot((5, 6, 12)), spot((5, 6, 25))))
    scene = page(at=at(20, 18, 12))
    (found,) = unseen(scene, Study(scan(), None, marks))
    assert (found.code, found.severity) == ("mark-not-shown", "warning")
    assert found.message == "3 of 5 marks are on none of the slices shown"
    assert found.remedy == "the nearest is on axial slice 21, and --at 0,0,10 goes there"
    (left,) = unseen(gone_there(scene, found.remedy), Study(scan(), None, marks))
    assert left.message.startswith("4 of 5 marks")


def test_the_same_of_measures():
    measures = (Ruler(at(3, 3, 12), at(9, 9, 12)), Ruler(at(3, 3, 5), at(9, 9, 5)))
    scene = page(at=at(20, 18, 12), measures=measures)
    (found,) = unseen(scene, Study(scan()))
    assert (found.code, found.severity) == ("measure-not-shown", "warning")
    assert found.message == "1 of 2 measures is on none of the slices shown"
    assert found.remedy == "it is on axial slice 6, and --at -14,-12,-20 goes there"
    leaning = Angle(at(3, 3, 5), at(9, 9, 15), at(20, 5, 8))
    (found,) = unseen(replace(scene, measures=(leaning,)), Study(scan()))
    assert "slab" in found.remedy
    assert unseen(replace(scene, measures=(leaning,), slices=replace(scene.slices, slab_mm=60.0)), Study(scan())) == ()


def test_in_3d_no_mark_is_shown_and_all_measures_are():
    marks = Marks((square(12),), (spot((5, 6, 12)),))
    scene = page(layout="3d", measures=(Ruler(at(3, 3, 5), at(9, 9, 15)),))
    (found,) = unseen(scene, Study(scan(), None, marks))
    assert found.message == "2 of 2 marks are drawn on slices alone, of which none is shown"
    four = gone_there(scene, found.remedy)
    assert four.layout == "four"
    assert [one.message for one in unseen(four, Study(scan(), None, marks))] in (
        [],
        ["1 of 2 marks is on none of the slices shown"],
    )


def test_a_bare_picture_leaves_measures_out():
    measures = (Ruler(at(3, 3, 12), at(9, 9, 12)),)
    (found,) = unseen(page(at=at(20, 18, 12), measures=measures, annotated=False), Study(scan()))
    assert found.message == "1 of 1 measure is left out of a bare picture"


def test_what_lies_outside_of_the_scan_is_said_to():
    (found,) = unseen(page(), Study(scan(), None, Marks((), (spot((5, 6, 300)),))))
    assert found.remedy == "it lies outside of the scan"


def test_what_a_zoomed_pane_leaves_out_is_not_shown():
    marks = Marks((), (spot((3, 3, 12)), spot((20, 18, 12))))
    scene = page(at=at(20, 18, 12), zoom=6.0)
    (found,) = unseen(scene, Study(scan(), None, marks))
    assert found.message == "1 of 2 marks is on none of the slices shown, or beside what is shown of them"
    (other,) = unseen(gone_there(scene, found.remedy), Study(scan(), None, marks))
    assert other.message == found.message


GRIDS = {
    **{code: Geometry.from_axes(SHAPE, (1.1, 0.8, 2), direction=way) for code, way in axis_orders().items()},
    **geometries(SHAPE),
}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(GRIDS)),
    st.sampled_from(["axial", "coronal", "sagittal", "oblique"]),
    st.tuples(*(st.integers(5, n - 6) for n in SHAPE)),
    st.tuples(*(st.floats(5, n - 6) for n in SHAPE)),
    st.sampled_from([1.0, 3.0]),
    st.booleans(),
    st.sampled_from([0.0, 15.0]),
)
def test_a_mark_is_told_of_where_its_picture_is_that_without_it(grid, plane, crossed, place, zoom, is_spot, slab):
    """What is drawn decides: the picture with the mark and the one without it differ, or it is told of."""
    geometry = GRIDS[grid]
    x, y, z = geometry.to_world(crossed).tolist()
    scene = page(at=(x, y, z), planes=(plane,), normal=(0.3, 0.2, 1.0), zoom=zoom, annotated=False, slab_mm=slab)
    i, j, k = place
    marks = Marks((), (spot(place, geometry),)) if is_spot else Marks((square(k, geometry, i, j),))
    with_it, without = (draw_page(scene, Study(scan(geometry), None, some)) for some in (marks, Marks()))
    found = unseen(scene, Study(scan(geometry), None, marks))
    if zoom > 1:  # a ring, and a line's width, are seen where what they belong to is just beside the picture
        assert found or (with_it != without).any()
    else:
        assert bool(found) == np.array_equal(with_it, without)
    for one in found:
        there = gone_there(scene, one.remedy) if "--at" in one.remedy else None
        if there is not None:
            assert unseen(there, Study(scan(geometry), None, marks)) == ()
        if is_spot:
            assert there is not None


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_measure_is_told_of_where_it_is_not_drawn(plane):
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
    for away in range(4):
        ends = [[9, 9, 9], [15, 14, 13]]
        for end in ends:
            end[axis] = 12 + away
        scene = page(at=at(12, 12, 12), planes=(plane,))
        measured = replace(scene, measures=(Ruler(at(*ends[0]), at(*ends[1])),))
        same = np.array_equal(draw_page(scene, Study(scan())), draw_page(measured, Study(scan())))
        assert same == bool(unseen(measured, Study(scan()))) == (away > 0)
