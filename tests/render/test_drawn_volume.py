from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from tests.phantoms import geometries
from vizmed.render import gl
from vizmed.render.backdrop import read_back
from vizmed.render.camera import stand_at, stand_for
from vizmed.render.canvas import Canvas
from vizmed.render.draw import set_lights
from vizmed.render.drawn_volume import DrawnVolume
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import scene_for
from vizmed.volume import Volume

pytestmark = pytest.mark.gl

SIZE = (96, 96)
GRIDS = geometries((40, 36, 32))


@pytest.mark.parametrize("grid", ["identity", "left-handed", "rotated and sheared"])
def test_while_things_move_a_thin_copy_is_drawn_in_the_same_place(grid, monkeypatch):
    gl.require()
    monkeypatch.setattr(import_module(DrawnVolume.__module__), "_HURRIED_VOXELS", 12_000)
    ijk = np.stack(np.meshgrid(*map(np.arange, GRIDS[grid].shape), indexing="ij"), axis=-1)
    bar = (ijk[..., 0] > 6) & (np.abs(ijk[..., 1] - 12) < 6) & (np.abs(ijk[..., 2] - 20) < 8)  # off the middle
    volume = Volume(np.asfortranarray(np.where(bar, 900, -1000).astype(np.int16)), GRIDS[grid], unit="HU")
    resolved = resolve(replace(scene_for("volume", size=SIZE), table=True), Study(volume))
    canvas = Canvas(SIZE)
    set_lights(canvas.renderer)
    drawn = DrawnVolume(canvas.renderer)
    silhouettes = []
    for hurried in (False, True, False):
        drawn.show(resolved, hurried=hurried)
        assert (drawn.whole.GetVisibility(), drawn.thin.GetVisibility()) == (not hurried, hurried)
        stand_at(canvas, stand_for("iso", resolved.seen, SIZE))
        canvas.render_window.Render()
        silhouettes.append(read_back(canvas.render_window, (0, 0, *SIZE)).max(axis=-1) > 20)
    canvas.close()
    full, thin, again = silhouettes
    assert np.array_equal(full, again)
    assert full.mean() > 0.05
    middle = [np.argwhere(seen).mean(axis=0) for seen in (full, thin)]
    assert np.abs(middle[0] - middle[1]).max() < 3  # pixels: a ray is shared by four along a side
    assert (full != thin).sum() < 0.3 * full.sum()


def test_what_is_small_is_drawn_whole_anyway(sample_head):
    gl.require()
    canvas = Canvas(SIZE)
    drawn = DrawnVolume(canvas.renderer)
    drawn.show(resolve(scene_for("volume", size=SIZE), Study(sample_head)), hurried=True)
    assert drawn.whole.GetVisibility() == (sample_head.voxels.size <= 4_000_000)
    drawn.show(resolve(scene_for("surface", size=SIZE), Study(sample_head)), hurried=True)
    assert not drawn.whole.GetVisibility()
    assert not drawn.thin.GetVisibility()
    canvas.close()
