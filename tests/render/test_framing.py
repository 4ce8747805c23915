from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.phantoms import geometries
from tests.render.test_screenshot import body_with_knob
from vizmed import render
from vizmed.geometry import Geometry
from vizmed.presets import transfer_function
from vizmed.render.framing import points_to_frame, shown_box
from vizmed.scene import VIEWS, scene_for
from vizmed.volume import Volume

LEAST, MOST = 0.80, 0.97


@pytest.mark.gl
@pytest.mark.parametrize("size", [(200, 200), (300, 150), (150, 300)])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("mode", ["surface", "volume"])
def test_the_body_fills_the_frame_from_every_side_and_touches_no_border(mode, view, size):
    volume, _ = body_with_knob("rotated and sheared")
    options = {"level": 0} if mode == "surface" else {"preset": "ct-soft-tissue"}
    scene = replace(scene_for(mode, camera=view, size=size, **options), annotated=False)
    picture = render(volume, scene=scene).astype(int)
    rows, columns = np.nonzero(np.abs(picture - picture[:, :1]).max(axis=-1) > 14)
    assert LEAST < max((np.ptp(rows) + 1) / size[1], (np.ptp(columns) + 1) / size[0]) < MOST
    assert min(rows.min(), columns.min()) > 0
    assert rows.max() < size[1] - 1
    assert columns.max() < size[0] - 1
    # in the direction that limits, as much is left on one side as on the other
    margins = [(rows.min(), size[1] - 1 - rows.max()), (columns.min(), size[0] - 1 - columns.max())]
    one, other = min(margins, key=sum)
    assert abs(one - other) <= 3


@pytest.mark.parametrize("grid", geometries())
def test_the_drawn_box_holds_every_voxel_that_is_visible(grid):
    geometry = geometries((70, 50, 60))[grid]
    voxels = np.full(geometry.shape, -1000, np.int16, order="F")
    voxels[21:40, 30, 44] = 500
    voxels[33, 12:20, 44] = 300
    box = shown_box(Volume(voxels, geometry), transfer_function("ct-bone"))
    inside = np.zeros(geometry.shape, bool)
    inside[box] = True
    assert inside[voxels > 0].all()
    assert inside.sum() < 0.5 * inside.size
    assert [side.start % 16 for side in box] == [0, 0, 0]


def test_where_nothing_is_visible_the_whole_is_drawn():
    volume = Volume(np.full((20, 30, 40), -1000, np.int16, order="F"), Geometry((20, 30, 40), np.eye(4)))
    assert shown_box(volume, transfer_function("ct-bone")) == (slice(0, 20), slice(0, 30), slice(0, 40))
    points = points_to_frame(volume, transfer_function("ct-bone"), [], [], ())
    assert np.ptp(points, axis=0) == pytest.approx([19, 29, 39])
