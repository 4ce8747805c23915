"""Parts of a window, and their pixels: finished pictures in it, what lies over all, and what is seen of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.vtk_bridge import to_texture_image

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels, from the upper left corner of the window."""

Viewport = tuple[float, float, float, float]
"""Left, lower, right and upper edge as parts of the window."""

_LAYERS = 3
"""Panes, the orientation marker in the 3D pane, and what lies over all."""


class Backdrop:
    """A renderer without props, whose background is a picture.

    Parameters
    ----------
    render_window : vtkRenderWindow
    """

    def __init__(self, render_window: Any) -> None:
        from vtkmodules.vtkRenderingCore import vtkRenderer, vtkTexture
        from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderer  # noqa: F401 (registers the implementation)

        self._texture = vtkTexture()
        self._texture.InterpolateOff()  # as large as its place, it is shown exactly so
        self._texture.SetColorModeToDirectScalars()
        self.renderer = vtkRenderer()
        self.renderer.InteractiveOff()
        self.renderer.SetBackgroundTexture(self._texture)
        self.renderer.TexturedBackgroundOn()
        self.renderer.DrawOff()
        self._window = render_window
        self._window.AddRenderer(self.renderer)

    def show(self, picture: NDArray[np.uint8], box: Box) -> None:
        """Show a picture (height, width, 3) that is as large as its box."""
        self._texture.SetInputData(to_texture_image(picture))
        place(self.renderer, box, self._window.GetSize())
        self.renderer.DrawOn()

    def hide(self) -> None:
        """Show nothing, and leave to others what is there."""
        self.renderer.DrawOff()


def place(renderer: Any, box: Box, size: tuple[int, int]) -> None:
    """Lay a renderer over a box of a window of a size."""
    left, top, width, height = box
    renderer.SetViewport(left / size[0], 1 - (top + height) / size[1], (left + width) / size[0], 1 - top / size[1])


def move_along(renderer: Any, before: Viewport, after: Viewport) -> None:
    """Move a renderer that lies in another's viewport along with that one's."""
    inner = renderer.GetViewport()
    ends = []
    for n in range(4):
        low, high = n % 2, n % 2 + 2
        # as it was given, without the rounding on the way: half a pixel is lost at less
        share = round((inner[n] - before[low]) / (before[high] - before[low]), 9)
        ends.append(after[low] + share * (after[high] - after[low]))
    renderer.SetViewport(*ends)


def add_over(render_window: Any) -> Any:
    """Add a renderer that lies over all others."""
    from vtkmodules.vtkRenderingCore import vtkRenderer
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderer  # noqa: F401 (registers the implementation)

    over = vtkRenderer()
    over.InteractiveOff()
    render_window.SetNumberOfLayers(_LAYERS)
    over.SetLayer(_LAYERS - 1)
    render_window.AddRenderer(over)
    return over


def read_back(render_window: Any, box: Box) -> NDArray[np.uint8]:
    """Read what was drawn last into a box, (height, width, 3)."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    left, top, width, height = box
    bottom = render_window.GetSize()[1] - top - height
    found = vtkUnsignedCharArray()
    render_window.GetPixelData(left, bottom, left + width - 1, bottom + height - 1, False, found, False)
    pixels: NDArray[np.uint8] = vtk_to_numpy(found).reshape(height, width, 3)
    return pixels[::-1].copy()


def without_ground(on_black: NDArray[np.uint8], on_white: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the picture (height, width, 4) that looks so on both grounds: what white adds, it lets through.

    The alpha channel that VTK 9.7 reads back has colours that are multiplied with it already, and edges that are not.
    """
    black, white = on_black.astype(np.float32), on_white.astype(np.float32)
    alpha = np.clip(255 - (white - black).mean(axis=-1, keepdims=True), 0, 255)
    color = black * (255 / np.maximum(alpha, 1))
    return np.asarray(np.rint(np.clip(np.concatenate([color, alpha], axis=-1), 0, 255)), np.uint8)
