"""A drawing: a plotter that follows a resolved scene, changing only what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vizmed.render.annotations import Annotations, ground_of
from vizmed.render.camera import stand_at, stand_of
from vizmed.render.drawn_measures import DrawnMeasures
from vizmed.render.drawn_surfaces import DrawnSurfaces
from vizmed.render.drawn_volume import DrawnVolume
from vizmed.render.gl import is_drawn_by_processor
from vizmed.render.layers import rgb, show_slice, slice_actor
from vizmed.render.resolve import Resolved
from vizmed.scene import PLANES, Camera, Plane, Scene

if TYPE_CHECKING:
    import pyvista

    from vizmed.render.canvas import Canvas

_SAMPLES = 8
"""Of a pixel, for smooth edges."""


class Drawing:
    """A plotter with the props of each layer.

    Attributes
    ----------
    plotter : pyvista.Plotter or Canvas
    resolved : Resolved
        What it shows.
    slices : dict of plane to vtkActor
        One for each plane there is; those not shown are invisible.
    annotations : Annotations
    measures : DrawnMeasures
    """

    def __init__(self, plotter: pyvista.Plotter | Canvas, resolved: Resolved) -> None:
        self.plotter: Any = plotter
        self.resolved = resolved
        # all slices are there from the start: of two things in one place, what was added last is seen
        self.slices: dict[Plane, Any] = {plane: slice_actor() for plane in PLANES}
        for prop in self.slices.values():
            plotter.renderer.AddViewProp(prop)
        self._volume = DrawnVolume(plotter.renderer)
        self.annotations = Annotations(plotter.renderer, plotter.iren.interactor if plotter.iren else None)
        self._surfaces = DrawnSurfaces(plotter.renderer)
        self.measures = DrawnMeasures(plotter.renderer)
        self._drawn: dict[str, Any] = {}
        self._hurried = False
        self.show(resolved)

    @property
    def volume(self) -> Any:
        """The vtkVolume of the whole volume."""
        return self._volume.whole

    @property
    def surfaces(self) -> tuple[Any, ...]:
        """One vtkActor for each surface that is shown."""
        return tuple(self._surfaces.actors)

    def show(self, resolved: Resolved) -> None:
        """Show another resolved scene, changing only what differs; the next `render` draws it."""
        self.resolved = resolved
        scene = resolved.scene
        self._show_ground(scene)
        self._show_slices(resolved)
        self._volume.show(resolved, hurried=self._hurried)
        self._surfaces.show(resolved, coarse=self._hurried)
        self._set_quality()
        captions = {"table left out": resolved.without_table, "specks left out": resolved.without_specks}
        self.annotations.show(
            shown=scene.annotated,
            caption=", ".join(words for words, is_so in captions.items() if is_so),
            height=self.size[1],
            ground=ground_of(scene),
        )
        self.measures.show(scene.measures if scene.annotated else (), self.size[1])
        self.look()

    def look(self, scene: Scene | None = None) -> None:
        """Stand where a scene has its viewer: that which is shown, or another."""
        scene = scene or self.resolved.scene
        stand_at(self.plotter, stand_of(scene, self.resolved.seen, self.size))
        self.follow()

    def camera(self) -> Camera:
        """Tell where the viewer stands now."""
        camera = self.plotter.camera
        position, focal_point, up = camera.GetPosition(), camera.GetFocalPoint(), camera.GetViewUp()
        return Camera(position, focal_point, up)

    def hurry(self, hurried: bool) -> None:  # noqa: FBT001 (the only word there is to say)
        """Draw coarsely while things move, where the processor draws, and in full again when all is still."""
        hurried = hurried and is_drawn_by_processor(self.plotter.render_window)
        if hurried != self._hurried:
            self._hurried = hurried
            self._volume.show(self.resolved, hurried=hurried)
            self._surfaces.show(self.resolved, coarse=hurried)
            self._surfaces.follow(self.plotter.camera)
            self._set_quality()

    def close(self) -> None:
        """Close the plotter, and let go of it."""
        self.annotations.close()
        self.plotter.close()

    def follow(self) -> None:
        """Let the letters say where the patient's sides are, and show the measures, as the camera stands now."""
        self.annotations.follow(self.plotter.camera)
        self.measures.follow(self.plotter.camera)
        self._surfaces.follow(self.plotter.camera)

    def let_go(self) -> None:
        """Leave the camera to others, whom `follow` does not hear of."""
        self._surfaces.show_both_sides()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the 3D view in pixels, which may be a part of the window."""
        left, bottom, right, top = self.plotter.renderer.GetViewport()
        width, height = self.plotter.window_size
        return max(1, round((right - left) * width)), max(1, round((top - bottom) * height))

    def _show_ground(self, scene: Scene) -> None:
        if not self._differs("ground", (scene.background, scene.transparent)):
            return
        renderer = self.plotter.renderer
        bottom, top = ((0, 0, 0), (0, 0, 0)) if scene.transparent else map(rgb, scene.background)
        renderer.SetBackground(*bottom)
        renderer.SetBackground2(*top)
        renderer.SetGradientBackground(not scene.transparent)

    def _show_slices(self, resolved: Resolved) -> None:
        shown = {one.plane: one for one in resolved.slices}
        for plane, actor in self.slices.items():
            one = shown.get(plane)
            if self._differs(plane, (one, resolved.window, resolved.air)):
                inverted = resolved.volume.inverted
                show_slice(actor, one, resolved.window, inverted=inverted, air=resolved.air)

    @property
    def samples(self) -> int:
        """How many samples of a pixel the 3D view is to be drawn with, for smooth edges; 0 while in a hurry."""
        return 0 if self._hurried else _SAMPLES

    def _set_quality(self) -> None:
        """Set how finely all is drawn."""
        window: Any = self.plotter.render_window
        window.SetMultiSamples(self.samples)
        # what is seen through is mixed whatever its order; depth peeling, the other way, is black with multi-sampling
        self.plotter.renderer.SetUseDepthPeeling(False)
        self.plotter.renderer.SetUseOIT(True)

    def _differs(self, what: Any, now: Any) -> bool:
        """Tell whether something is not yet drawn so, and take it as drawn."""
        if what in self._drawn and self._drawn[what] == now:
            return False
        self._drawn[what] = now
        return True
