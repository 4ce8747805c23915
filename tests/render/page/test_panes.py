from __future__ import annotations

import numpy as np
import pytest

from tests.phantoms import asymmetric
from vizmed.geometry import Geometry
from vizmed.render.page import panes_of
from vizmed.scene import GRID_PLANES, PLANES, Scene, SliceLayer

WHOLE = asymmetric(Geometry.from_axes((8, 9, 10)))
FLAT = asymmetric(Geometry.from_axes((8, 9, 1)))


def panes(layout, planes=GRID_PLANES, volume=WHOLE, size=(641, 479)):
    return panes_of(Scene(layout=layout, slices=SliceLayer(planes=planes, normal=(1, 1, 1)), size=size), volume)


@pytest.mark.parametrize("size", [(64, 64), (641, 479), (101, 999), (1200, 1000)])
@pytest.mark.parametrize("volume", [WHOLE, FLAT])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("layout", ["3d", "slices", "four"])
def test_panes_tile_the_picture(layout, count, volume, size):
    covered = np.zeros((size[1], size[0]), dtype=int)
    for pane in panes(layout, PLANES[:count], volume, size):
        left, top, width, height = pane.box
        assert min(width, height) > 0
        covered[top : top + height, left : left + width] += 1
    assert (covered == 1).all()


def test_what_lies_in_which_place():
    def shown(layout, planes=GRID_PLANES, volume=WHOLE):
        return [pane.plane for pane in panes(layout, planes, volume)]

    assert shown("3d") == ["3d"]
    assert shown("slices") == ["axial", "coronal", "sagittal", "projection"]
    assert shown("slices", PLANES) == list(PLANES)
    assert shown("slices", ("sagittal", "axial")) == ["sagittal", "axial"]
    assert shown("slices", ("oblique", "axial", "coronal")) == ["oblique", "axial", "coronal", "projection"]
    assert shown("slices", ("coronal", "coronal")) == ["coronal"]
    assert shown("four") == ["axial", "coronal", "sagittal", "3d"]
    assert shown("four", ("axial",)) == ["axial", "3d"]
    assert shown("four", PLANES) == [*PLANES, "3d"]
    assert shown("slices", GRID_PLANES, FLAT) == ["axial"]
    assert shown("slices", ("sagittal", "coronal"), FLAT) == ["axial"], "others are lines of voxels"


def test_where_they_lie():
    square = [pane.box for pane in panes("four", size=(1000, 800))]
    assert square == [(0, 0, 500, 400), (500, 0, 500, 400), (0, 400, 500, 400), (500, 400, 500, 400)]
    two = [pane.box for pane in panes("four", GRID_PLANES[:2], size=(1000, 800))]
    assert two == [(0, 0, 500, 400), (0, 400, 500, 400), (500, 0, 500, 800)]
    assert [pane.box for pane in panes("slices", GRID_PLANES[:2], size=(800, 400))][1] == (400, 0, 400, 400)
    assert [pane.box for pane in panes("slices", GRID_PLANES[:2], size=(400, 800))][1] == (0, 400, 400, 400)
