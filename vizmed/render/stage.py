"""A scene in a window or off-screen: its panes beside each other, slices as pictures and the 3D view drawn by OpenGL.

Slices come from the same code that draws pages of slices without OpenGL. What stands still in 3D is kept as a picture,
so that stepping through slices does not draw it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.render.backdrop import Backdrop, Box, add_over, move_along, place, read_back, without_ground
from vizmed.render.canvas import Canvas
from vizmed.render.depends import scene_in_3d, scene_in_slices
from vizmed.render.page import Pane, PaneView, draw_pane, pane_view, panes_of
from vizmed.render.study import Study
from vizmed.scene import Scene
from vizmed.stages import stage

if TYPE_CHECKING:
    import pyvista

    from vizmed.render.draw import Drawing
    from vizmed.render.page.panes import Shown
    from vizmed.render.resolve import Resolved


_WHOLE = (0.0, 0.0, 1.0, 1.0)


class Stage:
    """The panes of a scene.

    Parameters
    ----------
    study : Study
    size : (width, height) tuple of int
    off_screen : bool
        Whether it is for a picture instead of a window.
    title : str
        Of the window.

    Attributes
    ----------
    plotter : pyvista.Plotter or Canvas
        Its own renderer is the 3D pane.
    panes : tuple of Pane
    views : dict of plane to PaneView
        What the panes of slices show, by plane.
    drawing : Drawing, optional
        Of the 3D pane, once it is drawn.
    over : vtkRenderer
        Lies over all panes, for what is of the window and not of the scene.
    """

    def __init__(
        self,
        study: Study,
        size: tuple[int, int],
        *,
        off_screen: bool,
        title: str = "vizmed",
    ) -> None:
        self.study = study
        self.plotter: pyvista.Plotter | Canvas = Canvas(size) if off_screen else _plotter(size)
        self.window.SetWindowName(title)
        self.panes: tuple[Pane, ...] = ()
        self.views: dict[Shown, PaneView] = {}
        self.drawing: Drawing | None = None
        self.over = add_over(self.window)
        self.window.SetMultiSamples(0)
        self._backdrops: dict[Shown, Backdrop] = {}
        self._still = Backdrop(self.window)
        self._is_kept = False
        self._shown: Scene | None = None
        self._is_coarse = False
        self._learned: Resolved | None = None

    @property
    def window(self) -> Any:
        """The vtkRenderWindow."""
        return self.plotter.render_window

    @property
    def events(self) -> Any:
        """PyVista's interactor, around VTK's."""
        return self.plotter.iren

    @property
    def pane_3d(self) -> Pane | None:
        """The 3D pane, where there is one."""
        return next((pane for pane in self.panes if pane.plane == "3d"), None)

    def prepare(self, scene: Scene) -> Resolved | None:
        """Make what the 3D pane needs for a scene as fine as it gets; it may run in another thread.

        Returns
        -------
        Resolved or None
            For `learn`; None where there is nothing to make.
        """
        panes = panes_of(scene, self.study.volume)
        box = next((pane.box for pane in panes if pane.plane == "3d"), None)
        return None if box is None else self._resolved(scene, box, coarse=False, once=False)

    def learn(self, prepared: Resolved | None) -> None:
        """Take what `prepare` made when the 3D pane is next shown, as far as it holds for that scene."""
        self._learned = prepared

    def show(self, scene: Scene, *, coarse: bool = False, only_slices: bool = False, once: bool = False) -> bool:
        """Show a scene; what looks the same as before is not drawn again. It is seen after `render`.

        Parameters
        ----------
        scene : Scene
        coarse : bool
            Take surfaces from a thinned copy, and where the processor draws, a ray of the volume for several pixels.
        only_slices : bool
            Leave the 3D pane for later.
        once : bool
            Make nothing of it that this one picture does without: no other scene can be shown after it.

        Returns
        -------
        bool
            Whether the 3D pane shows something else than before.

        Raises
        ------
        OptionError, EmptySurfaceError
            If the scene does not fit the volume; then all is as before.
        """
        panes = panes_of(scene, self.study.volume)
        box_3d = next((pane.box for pane in panes if pane.plane == "3d"), None)
        resolved = None if only_slices or box_3d is None else self._resolved(scene, box_3d, coarse=coarse, once=once)
        views, pictures = self._pictures(scene, panes)
        if self._shown is not None and self._shown.size != scene.size and self.window.GetSize() != scene.size:
            self.window.SetSize(*scene.size)
        is_laid = panes == self.panes and self._shown is not None and self._shown.size == scene.size
        self.panes, self.views, self._shown = panes, views, scene
        self._show_slices(pictures)
        if not is_laid:
            self._lay_3d(scene.size)
        if resolved is not None:
            self._show_3d(resolved, coarse=coarse)
        return resolved is not None

    def render(self) -> None:
        """Draw what is shown. The 3D pane is drawn where it has changed, and kept as a picture that is shown since."""
        pane = self.pane_3d
        if pane is not None and self.drawing is not None and not self._is_kept:
            lies_over = self.over.GetDraw()
            self.over.DrawOff()
            self.window.SwapBuffersOff()  # nobody is to see it without what lies over it
            self.window.SetMultiSamples(self.drawing.samples)
            self.window.Render()
            self._keep(pane.box)
            self.window.SetMultiSamples(0)  # pictures have smooth edges already, and are shown far faster without
            self.window.SwapBuffersOn()
            self.over.SetDraw(lies_over)
        self.window.Render()

    @stage("OpenGL")
    def pixels(self) -> NDArray[np.uint8]:
        """Draw, and give the picture without what lies over it.

        Returns
        -------
        (height, width, 3) ndarray of uint8
            With an alpha channel as the fourth where a 3D view alone is shown, and its scene is transparent.
        """
        self.over.DrawOff()
        try:
            if self._shown is not None and self._shown.transparent and self._shown.layout == "3d":
                return without_ground(self._on_ground(0.0), self._on_ground(1.0))
            self.render()
            width, height = self.window.GetSize()
            return read_back(self.window, (0, 0, width, height))
        finally:
            self.over.DrawOn()

    def _on_ground(self, gray: float) -> NDArray[np.uint8]:
        """Draw the 3D pane on a plain ground."""
        renderer = self.plotter.renderer
        renderer.GradientBackgroundOff()
        renderer.SetBackground(gray, gray, gray)
        self._draw_anew()
        self.render()
        width, height = self.window.GetSize()
        return read_back(self.window, (0, 0, width, height))

    def close(self) -> None:
        """Let go of the window and all that is in it."""
        if self.drawing is not None:
            self.drawing.close()
            self.drawing = None
        self._backdrops.clear()
        self.plotter.close()

    def _resolved(self, scene: Scene, box: Box, *, coarse: bool, once: bool) -> Resolved | None:
        """Resolve what the 3D pane shows; None where it would look the same."""
        from vizmed.render.resolve import resolve

        wanted = scene_in_3d(scene, (box[2], box[3]))
        if once:
            from vizmed.render.once import resolve_once

            return resolve_once(wanted, self.study, (box[2], box[3]))
        if self.drawing is None:
            return resolve(wanted, self.study, coarse=coarse)
        before = self.drawing.resolved
        if before is not None and wanted == before.scene and (coarse or not self._is_coarse):
            return None
        return resolve(wanted, self.study, self._learned or before, coarse=coarse)

    def _show_3d(self, resolved: Resolved, *, coarse: bool) -> None:
        self._is_coarse = coarse
        self._learned = None
        if self.drawing is None:
            from vizmed.render.draw import draw

            self.drawing = draw(resolved, off_screen=bool(self.plotter.off_screen), plotter=self.plotter)
        else:
            self.drawing.show(resolved)
        self.drawing.hurry(coarse)
        self._draw_anew()

    def _lay_3d(self, size: tuple[int, int]) -> None:
        """Lay the 3D pane, and the orientation marker in it, where it is now."""
        pane = self.pane_3d
        if pane is not None:
            before = self.plotter.renderer.GetViewport()
            place(self.plotter.renderer, pane.box, size)
            for renderer in self._in_3d():
                if renderer is not self.plotter.renderer and renderer.GetViewport() != _WHOLE:
                    move_along(renderer, before, self.plotter.renderer.GetViewport())
        self._draw_anew()

    def _draw_anew(self) -> None:
        """Let the 3D pane be drawn with the next rendering."""
        self._is_kept = False
        self._still.hide()
        self._turn_3d(is_on=self.pane_3d is not None)

    def _keep(self, box: Box) -> None:
        self._still.show(read_back(self.window, box), box)
        self._turn_3d(is_on=False)
        self._is_kept = True

    def _turn_3d(self, *, is_on: bool) -> None:
        for renderer in self._in_3d():
            renderer.SetDraw(is_on)

    def _in_3d(self) -> list[Any]:
        """Give the renderers of the 3D pane: the plotter's own, and that of the orientation marker."""
        others = [self.over, self._still.renderer, *(backdrop.renderer for backdrop in self._backdrops.values())]
        return [renderer for renderer in self.window.GetRenderers() if renderer not in others]

    def _pictures(
        self, scene: Scene, panes: tuple[Pane, ...]
    ) -> tuple[dict[Shown, PaneView], dict[Shown, NDArray[np.uint8]]]:
        """Draw the panes of slices, where they are to look otherwise than now."""
        if self._shown is not None and panes == self.panes and scene_in_slices(scene) == scene_in_slices(self._shown):
            return self.views, {}
        views: dict[Shown, PaneView] = {}
        pictures: dict[Shown, NDArray[np.uint8]] = {}
        for pane in panes:
            if pane.plane != "3d":
                views[pane.plane] = pane_view(scene, self.study, pane)
                pictures[pane.plane] = draw_pane(views[pane.plane], scene, self.study)
        return views, pictures

    def _show_slices(self, pictures: dict[Shown, NDArray[np.uint8]]) -> None:
        for pane in self.panes:
            if pane.plane in pictures:
                if pane.plane not in self._backdrops:
                    self._backdrops[pane.plane] = Backdrop(self.window)
                self._backdrops[pane.plane].show(pictures[pane.plane], pane.box)
        for gone in self._backdrops.keys() - {pane.plane for pane in self.panes}:
            self._backdrops[gone].hide()


def _plotter(size: tuple[int, int]) -> pyvista.Plotter:
    import pyvista

    return pyvista.Plotter(window_size=list(size), lighting="none")
