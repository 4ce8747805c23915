"""A picture that lies over the panes of a window."""

from __future__ import annotations

from typing import Any

from vizmed.render.window.lettered import Rgba
from vizmed.vtk_bridge import to_texture_image


class Sheet:
    """A place over the panes for a picture with an alpha channel.

    Parameters
    ----------
    over : vtkRenderer
        What lies over the panes.
    """

    def __init__(self, over: Any) -> None:
        from vtkmodules.vtkRenderingCore import vtkPolyDataMapper2D, vtkTexture, vtkTexturedActor2D
        from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLPolyDataMapper2D  # noqa: F401 (registers it)

        self._texture = vtkTexture()
        self._texture.SetColorModeToDirectScalars()
        self._texture.InterpolateOff()
        self.actor = vtkTexturedActor2D()
        self.actor.SetMapper(vtkPolyDataMapper2D())
        self.actor.SetTexture(self._texture)
        self.actor.VisibilityOff()
        over.AddViewProp(self.actor)

    @property
    def is_shown(self) -> bool:
        """Whether there is something on it."""
        return bool(self.actor.GetVisibility())

    def show(self, picture: Rgba, left: float, bottom: float) -> None:
        """Show a picture (height, width, 4) with its lower left corner at a place, in pixels from the window's own."""
        height, width, _ = picture.shape
        self._texture.SetInputData(to_texture_image(picture))
        self.actor.GetMapper().SetInputData(_rectangle(width, height))
        self.actor.SetPosition(round(left), round(bottom))
        self.actor.VisibilityOn()

    def hide(self) -> None:
        """Show nothing."""
        self.actor.VisibilityOff()


def _rectangle(width: int, height: int) -> Any:
    import numpy as np
    from vtkmodules.util.numpy_support import numpy_to_vtk

    from vizmed.vtk_bridge import to_polydata

    corners = np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], dtype=np.float32)
    mesh = to_polydata(corners, np.array([[0, 1, 2], [0, 2, 3]]))
    places = numpy_to_vtk(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32), deep=True)
    places.SetName("place in picture")
    mesh.GetPointData().SetTCoords(places)
    return mesh
