"""A drawing: a plotter that follows a resolved scene, changing only what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vizmed.geometry import Geometry
from vizmed.render.annotations import Annotations, ground_of
from vizmed.render.camera import stand_at, stand_for
from vizmed.render.crop import box_sides, clip_side, to_planes
from vizmed.render.cut import crop_corner
from vizmed.render.drawn_measures import DrawnMeasures
from vizmed.render.drawn_surfaces import DrawnSurfaces
from vizmed.render.gl import is_drawn_by_processor
from vizmed.render.layers import rgb, show_slice, slice_actor
from vizmed.render.resolve import Resolved
from vizmed.render.volume_layer import fill_volume, look_of_volume, sample_distance, volume_prop
from vizmed.scene import PLANES, Camera, Plane, Scene

if TYPE_CHECKING:
    import pyvista

_SAMPLES = 8
"""Of a pixel, for smooth edges."""

_HURRIED_PIXELS, _HURRIED_STEP = 4.0, 2.0
"""Pixels along a side that share a ray while things move, and how much longer its steps are."""


class Drawing:
    """A plotter with the props of each layer.

    Attributes
    ----------
    plotter : pyvista.Plotter
    resolved : Resolved
        What it shows.
    slices : dict of plane to vtkActor
        One for each plane there is; those not shown are invisible.
    volume : vtkVolume
        Invisible where there is none.
    annotations : Annotations
    measures : DrawnMeasures
    """

    def __init__(self, plotter: pyvista.Plotter, resolved: Resolved) -> None:
        self.plotter = plotter
        self.resolved = resolved
        # all slices are there from the start: of two things in one place, what was added last is seen
        self.slices: dict[Plane, Any] = {plane: slice_actor() for plane in PLANES}
        self.volume: Any = volume_prop()
        self.volume.VisibilityOff()
        for prop in (*self.slices.values(), self.volume):
            plotter.renderer.AddViewProp(prop)
        self.annotations = Annotations(plotter.renderer, plotter.iren.interactor if plotter.iren else None)
        self._surfaces = DrawnSurfaces(plotter.renderer)
        self.measures = DrawnMeasures(plotter.renderer)
        self._drawn: dict[str, Any] = {}
        self._box: Geometry | None = None
        self._hurried = False
        self.show(resolved)

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
        self._show_volume(resolved)
        self._surfaces.show(resolved, coarse=self._hurried)
        self._set_quality(resolved)
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
        stand = scene.camera
        if not isinstance(stand, Camera):
            stand = stand_for(stand, self.resolved.seen, self.size, zoom=scene.zoom)
        stand_at(self.plotter, stand)
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
            self._surfaces.show(self.resolved, coarse=hurried)
            self._set_quality(self.resolved)

    def close(self) -> None:
        """Close the plotter, and let go of it."""
        self.annotations.close()
        self.plotter.close()

    def follow(self) -> None:
        """Let the letters say where the patient's sides are, and show the measures, as the camera stands now."""
        self.annotations.follow(self.plotter.camera)
        self.measures.follow(self.plotter.camera)

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

    def _show_volume(self, resolved: Resolved) -> None:
        layer, function = resolved.scene.shown_volume, resolved.function
        self.volume.SetVisibility(layer is not None)
        if layer is None or function is None:
            return
        grid = resolved.volume.geometry
        box = resolved.box
        bounds = tuple((side.start, side.stop) for side in box)
        is_new = self._differs("voxels", (resolved.drawn, bounds))
        if is_new or self._box is None:
            self._box = fill_volume(self.volume, resolved.drawn, box)
        if self._differs("function", (function, layer.blend)) or is_new:
            look_of_volume(self.volume, function, layer.blend, grid.spacing)
        cut_at = resolved.crossing if layer.cut else None
        if self._differs("corner", None if cut_at is None else tuple(cut_at)) or is_new:
            crop_corner(self.volume.GetMapper(), self._box, cut_at)
        scene = resolved.scene
        if self._differs("sides", (scene.crop, scene.clip)):
            sides = (*box_sides(scene), *clip_side(scene.clip))
            self.volume.GetMapper().SetClippingPlanes(to_planes(sides))

    @property
    def samples(self) -> int:
        """How many samples of a pixel the 3D view is to be drawn with, for smooth edges; 0 while in a hurry."""
        return 0 if self._hurried else _SAMPLES

    def _set_quality(self, resolved: Resolved) -> None:
        """Set how finely all is drawn."""
        window: Any = self.plotter.render_window
        window.SetMultiSamples(self.samples)
        # what is seen through is mixed whatever its order; depth peeling, the other way, is black with multi-sampling
        self.plotter.renderer.SetUseDepthPeeling(False)
        self.plotter.renderer.SetUseOIT(True)
        layer = resolved.scene.shown_volume
        if layer is not None and resolved.function is not None and self._box is not None:
            mapper = self.volume.GetMapper()
            mapper.SetImageSampleDistance(_HURRIED_PIXELS if self._hurried else 1.0)
            step = _HURRIED_STEP if self._hurried else 1.0
            mapper.SetSampleDistance(step * sample_distance(layer.blend, self._box.spacing))

    def _differs(self, what: Any, now: Any) -> bool:
        """Tell whether something is not yet drawn so, and take it as drawn."""
        if what in self._drawn and self._drawn[what] == now:
            return False
        self._drawn[what] = now
        return True
