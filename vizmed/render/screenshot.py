"""A scene as a picture in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.render import gl
from vizmed.scene import Scene
from vizmed.volume import Volume


def screenshot(scene: Scene, volume: Volume) -> NDArray[np.uint8]:
    """Draw a scene off-screen.

    Returns
    -------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    DisplayError
        If the scene needs OpenGL and there is none. A scene of slices alone needs none.
    """
    if not scene.needs_opengl:
        from vizmed.render.sheet import draw_sheet

        return draw_sheet(scene, volume)
    gl.require()
    from vizmed.render.plotter import draw
    from vizmed.render.resolve import resolve

    plotter = draw(resolve(scene, volume), off_screen=True).plotter
    try:
        image = plotter.screenshot(return_img=True)
    finally:
        plotter.close()
    return np.ascontiguousarray(np.asarray(image)[..., :3])
