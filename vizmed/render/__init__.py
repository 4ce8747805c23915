"""A scene to pixels: `render` makes a picture, `show` opens a window, and both draw the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vizmed.errors import DisplayError, OptionError
from vizmed.marks import Marks
from vizmed.scene import Mode, Scene, Sources, scene_for
from vizmed.segmentation import Segmentation
from vizmed.volume import Volume

if TYPE_CHECKING:
    import numpy as np
    import pyvista
    from numpy.typing import NDArray

    from vizmed.render.study import Study

__all__ = ["plotter", "render", "show"]


def render(
    volume: Volume,
    path: str | os.PathLike[str] | None = None,
    *,
    mode: Mode = "scene",
    scene: Scene | None = None,
    overlay: Segmentation | Volume | None = None,
    marks: Marks | None = None,
    overwrite: bool = False,
    **options: Any,
) -> NDArray[np.uint8]:
    """Draw a volume off-screen, and write the picture if a path is given.

    Parameters
    ----------
    volume : Volume
    path : path-like, optional
        A ``.png`` file.
    mode : {"scene", "slices", "volume", "surface", "mip", "minip"}
    scene : Scene, optional
        A scene of your own, instead of a mode.
    overlay : Segmentation or Volume, optional
        What is laid over the slices.
    marks : Marks, optional
        Boxes, points and contours on the slices.
    overwrite : bool
        Whether a file of that name may be replaced.
    **options
        Of `scene_for`: ``window``, ``at``, ``preset``, ``level``, ``camera``, ``layout``, ``size``, ``table``, ...

    Returns
    -------
    (height, width, 3) ndarray of uint8
        With an alpha channel as the fourth where the scene is transparent and in 3D alone.

    Raises
    ------
    DisplayError
        If there is no OpenGL; the layout ``"slices"`` needs none.
    WriteError
    """
    from vizmed.render.screenshot import screenshot
    from vizmed.write import write_picture

    pixels = screenshot(_asked(mode, scene, options), _study(volume, overlay, marks))
    if path is not None:
        write_picture(pixels, path, overwrite=overwrite)
    return pixels


def show(
    volume: Volume,
    *,
    mode: Mode = "scene",
    scene: Scene | None = None,
    overlay: Segmentation | Volume | None = None,
    marks: Marks | None = None,
    sources: Sources | None = None,
    **options: Any,
) -> Scene:
    """Open an interactive window on a volume, and return when it is closed.

    Parameters
    ----------
    volume : Volume
    mode, scene, overlay, marks, **options
        As in `render`, but the layout is ``"four"`` where none is given.
    sources : Sources, optional
        Which files they were read from, for the scenes and commands that the window writes.

    Returns
    -------
    Scene
        As it was when the window was closed.

    Raises
    ------
    DisplayError
        If there is no screen.
    """
    from vizmed.render.window import show_window

    if scene is None:
        options = {"layout": "four", **options}
    return show_window(_asked(mode, scene, options), _study(volume, overlay, marks), sources)


def plotter(
    volume: Volume,
    *,
    mode: Mode = "scene",
    scene: Scene | None = None,
    plotter: pyvista.Plotter | None = None,
    **options: Any,
) -> pyvista.Plotter:
    """Draw a volume in 3D into a `pyvista.Plotter`, for those who add something to it.

    Parameters
    ----------
    volume : Volume
    mode, scene, **options
        As in `render`; of a scene's panes it is the 3D view alone.
    plotter : pyvista.Plotter, optional
        The one to draw into; a new one of the scene's size where left out. All lies in LPS mm.

    Returns
    -------
    pyvista.Plotter
        Its ``show()`` opens a window with PyVista's own keys; where there is no screen, its ``screenshot()`` gives
        the picture.

    Raises
    ------
    DisplayError
        If there is no OpenGL.
    """
    from vizmed.render import gl

    off_screen = False
    if plotter is None:
        try:
            gl.require(on_screen=True)
        except DisplayError:
            gl.require()
            off_screen = True
    from vizmed.render.draw import draw
    from vizmed.render.resolve import resolve

    resolved = resolve(_asked(mode, scene, options), _study(volume, None, None))
    drawing = draw(resolved, off_screen=off_screen, plotter=plotter)
    drawing.let_go()
    drawn: pyvista.Plotter = drawing.plotter
    return drawn


def _asked(mode: Mode, scene: Scene | None, options: dict[str, Any]) -> Scene:
    if scene is None:
        return scene_for(mode, **options)
    if options:
        raise OptionError(f"a scene and {', '.join(options)} are given", remedy="Give a scene, or options")
    return scene


def _study(volume: Volume, overlay: Segmentation | Volume | None, marks: Marks | None) -> Study:
    from vizmed.render.study import Study

    return Study(volume, overlay, marks if marks is not None else Marks())
