from __future__ import annotations

import numpy as np
import pytest

from vizmed.render import gl
from vizmed.render.backdrop import read_back
from vizmed.render.canvas import Canvas
from vizmed.render.draw import draw
from vizmed.render.resolve import resolve
from vizmed.render.study import Study
from vizmed.scene import scene_for

pytestmark = pytest.mark.gl

SIZE = (200, 160)


@pytest.mark.parametrize("mode", ["surface", "volume"])
def test_a_canvas_gives_the_picture_that_a_plotter_gives(sample_head, mode):
    import pyvista

    gl.require()
    resolved = resolve(scene_for(mode, size=SIZE), Study(sample_head))
    pictures = []
    for plotter in (Canvas(SIZE), pyvista.Plotter(off_screen=True, window_size=list(SIZE), lighting="none")):
        drawing = draw(resolved, off_screen=True, plotter=plotter)
        plotter.render_window.Render()
        pictures.append(read_back(plotter.render_window, (0, 0, *SIZE)))
        drawing.close()
    assert np.array_equal(*pictures)
    assert np.ptp(pictures[0]) > 100
