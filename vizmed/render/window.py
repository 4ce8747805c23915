"""The interactive window: the drawing of a scene, and keys that turn its layers on and off and step its slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from vizmed.render import gl
from vizmed.render.cut import crop_corner, onto_slice, without_corner
from vizmed.render.layers import move_slice_actor, with_normals
from vizmed.render.plotter import Drawing, draw, look_from, place_letters
from vizmed.render.resolve import resolve
from vizmed.scene import Plane, Scene, View
from vizmed.slices import Slice, take_slice
from vizmed.volume import Volume

HELP = """1 2 3         axial, coronal, sagittal slice
4             volume
5             surface
Up Down       step the axial slice
PgUp PgDn     step the coronal slice
Left Right    step the sagittal slice
w s           surface as wireframe, as surface
A P L R S I   view from that side
0             view from the corner
r             reset the view
h             this help
q             close

drag turns, Ctrl-drag rolls, Shift-drag moves, wheel zooms"""
"""What each key does. Those that PyVista has keep their meaning: q, r, s, w."""

_HINT = "h  help"

_PLANE_KEYS: dict[str, Plane] = {"1": "axial", "2": "coronal", "3": "sagittal"}
_STEPS: dict[str, tuple[Plane, int]] = {
    "Up": ("axial", 1),
    "Down": ("axial", -1),
    "Prior": ("coronal", 1),
    "Next": ("coronal", -1),
    "Right": ("sagittal", 1),
    "Left": ("sagittal", -1),
}
"""X11's names of keys to the slice they step; Prior and Next are PgUp and PgDn."""

_COARSE = 3.0
"""Pixels of a volume rendering that share a ray while it moves, where the processor draws."""

_STILL_AFTER_MS = 400


def show_window(scene: Scene, volume: Volume) -> None:
    """Open a window on a scene, and return when it is closed.

    Raises
    ------
    DisplayError
        If there is no screen, or no OpenGL on it.
    """
    drawn_by = gl.require(on_screen=True)
    drawing = draw(resolve(scene, volume), off_screen=False, title=_title(volume))
    viewer = _Viewer(drawing)
    viewer.listen()
    if drawn_by.is_software:
        viewer.draw_coarsely_while_moving()
    drawing.plotter.show(auto_close=True)


def _title(volume: Volume) -> str:
    # the description of the series, never the patient
    return " - ".join(filter(None, [volume.description or volume.modality, "vizmed"]))


class _Viewer:
    """A drawing that listens to keys."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.plotter = drawing.plotter
        self.interactor: Any = drawing.plotter.iren
        self.mapper: Any = None
        self.crossing = drawing.resolved.crossing
        self.whole: Any = None
        self.timer = -1
        self.indices = {one.plane: one.index for one in drawing.resolved.slices}
        self.hint = self.plotter.add_text(_HINT, position="lower_right", font_size=9, color="#93a1b0")
        self.help = self.plotter.add_text(HELP, position="upper_left", font_size=10, color="#e8eef4", font="courier")
        self.help.SetVisibility(False)
        self.help.GetTextProperty().SetBackgroundColor(0.04, 0.06, 0.08)
        self.help.GetTextProperty().SetBackgroundOpacity(0.8)
        self.actions: dict[str, Callable[[], None]] = self._actions()

    def listen(self) -> None:
        """Take over the keys from PyVista and VTK, and follow the camera with the letters."""
        self.interactor.clear_key_event_callbacks()
        self.interactor.add_observer("KeyPressEvent", self._on_key)
        # VTK's style has keys of its own (3 is stereo, e ends the process); an observer takes their place
        self._style().AddObserver("CharEvent", lambda *_: None)
        self.plotter.camera.AddObserver("ModifiedEvent", lambda *_: place_letters(self.drawing))

    def draw_coarsely_while_moving(self) -> None:
        """Let several pixels share a ray of the volume while something changes, and none when all is still."""
        if self.drawing.volume is None:
            return
        self.mapper = self.drawing.volume.GetMapper()
        self._style().AddObserver("StartInteractionEvent", lambda *_: self._change())
        self._style().AddObserver("EndInteractionEvent", lambda *_: self._wait())
        self.interactor.add_observer("TimerEvent", lambda *_: self._be_still())

    def _change(self) -> None:
        if self.mapper is not None:
            self.mapper.SetImageSampleDistance(_COARSE)

    def _wait(self) -> None:
        if self.mapper is not None:
            self.interactor.interactor.DestroyTimer(self.timer)
            self.timer = self.interactor.interactor.CreateOneShotTimer(_STILL_AFTER_MS)

    def _be_still(self) -> None:
        if self.mapper is not None and self.mapper.GetImageSampleDistance() > 1:
            self.mapper.SetImageSampleDistance(1.0)
            self.plotter.render()

    def _style(self) -> Any:
        return self.interactor.interactor.GetInteractorStyle()

    def _on_key(self, interactor: Any, _event: str) -> None:
        action = self.actions.get(interactor.GetKeySym())
        if action is None:
            return
        self._change()
        action()
        self.plotter.render()
        self._wait()

    def _actions(self) -> dict[str, Callable[[], None]]:
        actions: dict[str, Callable[[], None]] = {
            "4": lambda: _turn(self.drawing.volume),
            "5": lambda: _turn(self.drawing.surface),
            "w": lambda: self._represent(wireframe=True),
            "s": lambda: self._represent(wireframe=False),
            "r": lambda: self._look(self.drawing.resolved.scene.camera),
            "h": lambda: _turn(self.help),
            "q": self._close,
            "Escape": self._close,
        }
        for key, plane in _PLANE_KEYS.items():
            actions[key] = lambda plane=plane: _turn(self.drawing.slices.get(plane))  # type: ignore[misc]
        for key, (plane, step) in _STEPS.items():
            actions[key] = lambda plane=plane, step=step: self._step(plane, step)  # type: ignore[misc]
        for view in get_args(View):
            actions["0" if view == "iso" else view] = lambda view=view: self._look(view)  # type: ignore[misc]
        return actions

    def _look(self, view: View) -> None:
        look_from(self.plotter, self.drawing.resolved, view)

    def _represent(self, *, wireframe: bool) -> None:
        if self.drawing.surface is None:
            return
        looks = self.drawing.surface.GetProperty()
        looks.SetRepresentationToWireframe() if wireframe else looks.SetRepresentationToSurface()

    def _step(self, plane: Plane, step: int) -> None:
        actor = self.drawing.slices.get(plane)
        if actor is None:
            return
        resolved = self.drawing.resolved
        count = next(one.count for one in resolved.slices if one.plane == plane)
        self.indices[plane] = min(max(self.indices[plane] + step, 0), count - 1)
        one = take_slice(resolved.volume, plane, index=self.indices[plane])
        move_slice_actor(actor, one, resolved.window, inverted=resolved.volume.inverted, air=resolved.air)
        self._move_cut(one)

    def _move_cut(self, moved: Slice) -> None:
        """Let the corner that is taken out follow the slice that was moved."""
        scene, geometry = self.drawing.resolved.scene, self.drawing.resolved.volume.geometry
        self.crossing = onto_slice(self.crossing, moved, geometry)
        if self.drawing.volume is not None and scene.volume is not None and scene.volume.cut:
            crop_corner(self.drawing.volume.GetMapper(), geometry, self.crossing)
        if self.drawing.surface is not None and scene.surface is not None and scene.surface.cut:
            if self.whole is None:
                self.whole = with_normals(self.drawing.resolved.mesh)
            self.drawing.surface.GetMapper().SetInputData(without_corner(self.whole, geometry, self.crossing))

    def _close(self) -> None:
        self.interactor.terminate_app()


def _turn(prop: Any) -> None:
    """Turn a prop on or off."""
    if prop is not None:
        prop.SetVisibility(not prop.GetVisibility())
