"""The interactive window: keys and drags make one scene of another, and the window shows it."""

from __future__ import annotations

from vizmed.render import gl
from vizmed.render.study import Study
from vizmed.render.window.words import title
from vizmed.scene import Scene, Sources
from vizmed.stages import stage

__all__ = ["show_window"]


@stage("window")
def show_window(scene: Scene, study: Study, sources: Sources | None = None) -> Scene:
    """Open a window on a scene, and return when it is closed.

    Parameters
    ----------
    scene : Scene
    study : Study
    sources : Sources, optional
        What the study was read from, for the scenes and commands that the window writes.

    Returns
    -------
    Scene
        As it was when the window was closed.

    Raises
    ------
    DisplayError
        If there is no screen, or no OpenGL on it.
    OptionError, EmptySurfaceError
        If the scene does not fit the scan.
    """
    gl.require(on_screen=True)
    from vizmed.render.stage import Stage
    from vizmed.render.window.gone import Watch
    from vizmed.render.window.viewer import Viewer

    stage = Stage(study, scene.size, off_screen=False, title=title(study.volume))
    viewer, watch = Viewer(stage, scene, sources), Watch()
    try:
        viewer.run(watch)
    finally:
        viewer.stop()
        stage.close()
        watch.close()
    return viewer.scene
