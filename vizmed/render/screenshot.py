"""A scene as a picture in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.render import gl
from vizmed.render.page import draw_page
from vizmed.render.study import Study
from vizmed.scene import Scene
from vizmed.stages import stage


@stage("drawing")
def screenshot(scene: Scene, study: Study) -> NDArray[np.uint8]:
    """Draw a scene off-screen.

    Parameters
    ----------
    scene : Scene
    study : Study

    Returns
    -------
    (height, width, 3) ndarray of uint8
        With an alpha channel as the fourth where the scene is transparent and in 3D alone.

    Raises
    ------
    DisplayError
        If the scene needs OpenGL and there is none. One of slices alone needs none.
    """
    if not scene.needs_opengl:
        return draw_page(scene, study)
    gl.require()
    from vizmed.render.stage import Stage

    stage = Stage(study, scene.size, off_screen=True)
    try:
        stage.show(scene, once=True)
        return stage.pixels()
    finally:
        stage.close()
