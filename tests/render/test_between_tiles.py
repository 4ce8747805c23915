from __future__ import annotations

import re

import numpy as np
import pytest

from vizmed.geometry import Geometry
from vizmed.marks import Marks, Outline, Spot
from vizmed.render.between_tiles import unseen_on_montage
from vizmed.render.montage import draw_montage
from vizmed.render.study import Study
from vizmed.scene import Ruler, Scene, SliceLayer
from vizmed.volume import Volume

SHAPE = (40, 36, 90)
GRID = Geometry.from_axes(SHAPE, (1, 1, 1), (-20, -18, -30))
SCAN = Volume(np.zeros(SHAPE, np.int16, order="F"), GRID)
PLAIN = Scene(layout="slices", slices=SliceLayer(window=(100.0, 1000.0)), annotated=False)


def study(*k: float, i: float = 20) -> Study:
    return Study(SCAN, None, Marks((), tuple(Spot(GRID.to_world((i, 18, one)), "", "#ff0000", 1.0) for one in k)))


def asked(remedy: str) -> dict:
    every, first, last = map(int, re.search(r"--every (\d+) --first (\d+) --last (\d+)", remedy).groups())
    return {"every": every, "first": first - 1, "last": last - 1, "trim": "--untrimmed" not in remedy}


@pytest.mark.parametrize("every", [1, 5, 10])
def test_what_is_on_no_tile_is_told_of(every):
    lone = range(0, 90, 9)
    told = 0
    options = {"every": every, "trim": False, "width": 600}
    bare = draw_montage(PLAIN, Study(SCAN), **options)
    for k in lone:
        same = np.array_equal(draw_montage(PLAIN, study(k), **options), bare)
        found = unseen_on_montage(PLAIN, study(k), **options)
        assert bool(found) == same
        told += len(found)
    assert told == sum((89 - k) % every != 0 for k in lone)


def test_the_remedy_shows_them():
    some = study(40, 41, 44, 47, 49)
    (found,) = unseen_on_montage(PLAIN, some, every=10, first=89, trim=False)
    assert (found.code, found.severity) == ("mark-not-shown", "warning")
    assert found.message == "4 of 5 marks are on none of the tiles"
    assert found.remedy == "--every 1 --first 41 --last 48 shows them"
    assert unseen_on_montage(PLAIN, study(40, 41, 44, 47), **asked(found.remedy)) == ()


def test_marks_that_are_far_apart_are_not_all_to_be_seen_at_once():
    (found,) = unseen_on_montage(PLAIN, study(3, 86), every=10, first=89, trim=False)
    assert found.remedy == "--every 1 --first 4 --last 4 shows 1 of them"
    (left,) = unseen_on_montage(PLAIN, study(3, 86), **asked(found.remedy))
    assert left.message == "1 of 2 marks is on none of the tiles"


def test_what_was_trimmed_away_is_told_of():
    voxels = np.zeros(SHAPE, np.int16, order="F")
    voxels[25:38, 3:33] = 1000
    trimmed = Study(Volume(voxels, GRID), None, study(44, i=3).marks)
    (found,) = unseen_on_montage(PLAIN, trimmed, every=1, first=40, last=50)
    assert found.remedy == "--every 1 --first 45 --last 45 --untrimmed shows it"
    assert unseen_on_montage(PLAIN, trimmed, **asked(found.remedy)) == ()


def test_an_outline_across_the_slices_is_shown_where_they_cut_it():
    corners = GRID.to_world(np.array([[20, 5, 30], [20, 25, 30], [20, 25, 38], [20, 5, 38]]))
    upright = Study(SCAN, None, Marks((Outline(corners, closed=True, label="", color="#ff0000", thickness_mm=1.0),)))
    assert unseen_on_montage(PLAIN, upright, every=5, trim=False) == ()
    (found,) = unseen_on_montage(PLAIN, upright, every=1, first=50, last=60, trim=False)
    assert unseen_on_montage(PLAIN, upright, **{**asked(found.remedy), "trim": False}) == ()
    assert unseen_on_montage(PLAIN, upright, plane="sagittal", every=1, trim=False) == ()
    assert unseen_on_montage(PLAIN, upright, plane="sagittal", every=1, first=0, last=9, trim=False)


def test_outside_of_the_scan():
    (found,) = unseen_on_montage(PLAIN, study(500), trim=False)
    assert found.remedy == "it lies outside of the scan"


def test_a_montage_shows_no_measures():
    scene = Scene(layout="slices", measures=(Ruler((0, 0, 0), (5, 0, 0)),))
    (found,) = unseen_on_montage(scene, Study(SCAN), every=1)
    assert (found.code, found.message) == ("measure-not-shown", "1 of 1 measure is left out of a montage")
