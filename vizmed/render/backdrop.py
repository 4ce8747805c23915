"""A part of a window that shows a finished picture, pixel by pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.vtk_bridge import to_texture_image

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels, from the upper left corner of the window."""

Viewport = tuple[float, float, float, float]
"""Left, lower, right and upper edge as parts of the window."""


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
