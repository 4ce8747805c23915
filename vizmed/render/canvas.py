"""A window for pictures alone, by VTK alone: importing PyVista's plotting takes longer than drawing many a picture."""

from __future__ import annotations

from typing import Any


class Canvas:
    """An off-screen window with one renderer; what a drawing asks of a `pyvista.Plotter`, it has by the same names.

    Parameters
    ----------
    size : (width, height) tuple of int

    Attributes
    ----------
    off_screen : bool
    render_window : vtkRenderWindow
    renderer : vtkRenderer
    interactor : vtkRenderWindowInteractor
        Without events: the orientation marker wants one.
    camera_set : bool
    """

    off_screen = True

    def __init__(self, size: tuple[int, int]) -> None:
        import vtkmodules.vtkRenderingFreeType
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 (both register implementations)
        from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
        from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

        self.renderer: Any = vtkRenderer()
        self.renderer.AutomaticLightCreationOff()
        self.render_window: Any = vtkRenderWindow()
        self.render_window.SetOffScreenRendering(True)
        self.render_window.SetSize(*size)
        self.render_window.AddRenderer(self.renderer)
        self.interactor: Any = vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.render_window)
        self.camera_set = False

    @property
    def iren(self) -> Canvas:
        """What has the interactor."""
        return self

    @property
    def camera(self) -> Any:
        """The renderer's camera."""
        return self.renderer.GetActiveCamera()

    @property
    def window_size(self) -> list[int]:
        """Width and height in pixels."""
        return list(self.render_window.GetSize())

    def remove_all_lights(self) -> None:
        """Leave the renderer without a light."""
        self.renderer.RemoveAllLights()

    def remove_observers(self) -> None:
        """Nothing answers its events anyway."""

    def close(self) -> None:
        """Let go of the window and all that is in it."""
        self.renderer.RemoveAllViewProps()
        self.interactor.SetRenderWindow(None)
        self.render_window.Finalize()
