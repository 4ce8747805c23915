"""A scene to pixels: `render` makes a picture, `show` opens a window, and both draw the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vizmed.errors import OptionError
from vizmed.scene import Mode, Scene, scene_for
from vizmed.volume import Volume

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["render", "show"]


def render(
    volume: Volume,
    path: str | os.PathLike[str] | None = None,
    *,
    mode: Mode = "scene",
    scene: Scene | None = None,
    overwrite: bool = False,
    **options: Any,
) -> NDArray[np.uint8]:
    """Draw a volume off-screen, and write the picture if a path is given.

    Parameters
    ----------
    volume : Volume
    path : path-like, optional
        A ``.png`` file.
    mode : {"scene", "slices", "volume", "surface", "mip"}
    scene : Scene, optional
        A scene of your own, instead of a mode.
    overwrite : bool
        Whether a file of that name may be replaced.
    **options
        Of `scene_for`: ``window``, ``at``, ``preset``, ``level``, ``camera``, ``size``, ``table``.

    Returns
    -------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    DisplayError
        If there is no OpenGL; the mode ``"slices"`` needs none.
    WriteError
    """
    from vizmed.render.screenshot import screenshot
    from vizmed.write import write_picture

    pixels = screenshot(_asked(mode, scene, options), volume)
    if path is not None:
        write_picture(pixels, path, overwrite=overwrite)
    return pixels


def show(volume: Volume, *, mode: Mode = "scene", scene: Scene | None = None, **options: Any) -> None:
    """Open an interactive window on a volume, and return when it is closed.

    Parameters
    ----------
    volume : Volume
    mode, scene, **options
        As in `render`.

    Raises
    ------
    DisplayError
        If there is no screen.
    """
    from vizmed.render.window import show_window

    show_window(_asked(mode, scene, options), volume)


def _asked(mode: Mode, scene: Scene | None, options: dict[str, Any]) -> Scene:
    if scene is None:
        return scene_for(mode, **options)
    if options:
        raise OptionError(f"a scene and {', '.join(options)} are given", remedy="Give a scene, or options")
    return scene
