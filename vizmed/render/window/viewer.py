"""The window's state: a scene, that keys and the mouse make another of, and what is drawn of it when."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

from vizmed.errors import VizmedError
from vizmed.render.depends import scene_in_slices
from vizmed.render.resolve import Resolved
from vizmed.render.stage import Stage
from vizmed.render.window.captions import Captions
from vizmed.render.window.commands import COMMANDS
from vizmed.render.window.desk import Act, Desk, value_step_of
from vizmed.render.window.drags import triple
from vizmed.render.window.events import Events
from vizmed.render.window.gone import Watch
from vizmed.render.window.keys import ACTS, Command
from vizmed.render.window.making import Making
from vizmed.render.window.measuring import Measuring
from vizmed.render.window.pointer import Pointer
from vizmed.render.window.words import readout
from vizmed.scene import Plane, Point, Scene, Sources
from vizmed.scene.scene import LARGEST_SIDE, SMALLEST_SIDE
from vizmed.surface import Level

_TICK_S = 0.01
"""How often the window looks whether there is something to draw: what came in since is drawn at once."""

_STILL_AFTER_S = 0.4

_HEAVY_S = 0.1
"""Where drawing in 3D takes longer than this, slices do not wait for it while they move."""


class Viewer:
    """A window with its scene.

    Parameters
    ----------
    stage : Stage
    scene : Scene
    sources : Sources, optional

    Attributes
    ----------
    scene : Scene
        As it is now; it is drawn with the next tick.
    desk : Desk
    captions : Captions
    measuring : Measuring, optional
        The measure that is being made.
    before_alone : Scene, optional
        As it was before one pane was shown alone.
    """

    def __init__(self, stage: Stage, scene: Scene, sources: Sources | None = None) -> None:
        self.stage = stage
        self.scene = scene
        self.sources = sources
        self.desk = Desk(stage.study, first=scene, value_step=value_step_of(stage.study.volume))
        self.captions = Captions(stage)
        self.measuring: Measuring | None = None
        self.before_alone: Scene | None = None
        self.interactor: Any = stage.events.interactor
        self._good = scene
        self._is_due = True
        self._is_heavy = False
        self._is_behind = False
        self._still_at: float | None = None
        self._making: Making[Resolved | None] | None = None
        self.events = Events(self.close)
        self._style = _trackball()
        self.interactor.SetInteractorStyle(self._style)
        self.pointer = Pointer(self, self._style)

    def run(self, watch: Watch) -> None:
        """Show the slices at once and the rest as soon as it is made, and answer until the window is closed.

        Parameters
        ----------
        watch : Watch
            It hears when the window is gone.

        Raises
        ------
        OptionError, EmptySurfaceError
            If the scene does not fit the scan.
        """
        self._listen_to_window()
        self.interactor.EnableRenderOff()  # drawing is up to the ticks
        self.interactor.Initialize()
        watch.follow(self.stage.window)
        self.stage.show(self.scene, only_slices=True)
        self.captions.wait()
        self.captions.lay()
        self.stage.render()
        # VTK's own loop would never let another thread run
        while not self.interactor.GetDone() and not watch.is_gone():
            self.interactor.ProcessEvents()
            self.events.guard(self.tick)
            sleep(_TICK_S)
        self.events.raise_again()

    def stop(self) -> None:
        """Let go of VTK's events."""
        self.events.stop()
        self._making = None

    def close(self) -> None:
        """End the window."""
        self.interactor.TerminateApp()

    @property
    def plane(self) -> Plane:
        """The plane under the pointer; where there is none, the first that is shown."""
        spot = self.pointer.spot
        planes: list[Any] = [plane for plane in self.stage.views if plane != "projection"]
        if spot is not None and spot.pane.plane in planes:
            return spot.pane.plane  # type: ignore[return-value]
        return next(iter([*planes, *self.scene.slices.in_3d, *self.scene.slices.planes]))

    def become(self, scene: Scene) -> None:
        """Show another scene with the next tick."""
        if scene != self.scene:
            self.scene = scene
            self._is_due = True
            self._still_at = monotonic() + _STILL_AFTER_S

    def act(self, act: Act) -> None:
        """Do to the scene what a key does."""
        after = act(self.scene, replace(self.desk, plane=self.plane, **self._first_surface()))
        if after == self.scene:
            self.captions.say("there is nothing to change here")
            self._is_due = True
        self.become(after)

    def do(self, command: Command) -> None:
        """Do to the window what a key does."""
        try:
            COMMANDS[command](self)
        except VizmedError as error:
            self.captions.say(str(error))
        self._is_due = True

    def click(self, place: Point) -> None:
        """Set a point of the measure that is being made."""
        if self.measuring is not None:
            scene, self.measuring = self.measuring.click(self.scene, place)
            self.become(scene)
            self._is_due = True

    def hover(self) -> None:
        """Follow the pointer: say what is under it, and let a measure that is being made reach to it."""
        self._is_due = True

    def draw(self, *, finely: bool = False) -> None:
        """Draw the scene as it is now: quickly, or as finely as it gets."""
        later = not finely and self._is_left_for_later()
        try:
            scene = self.scene if finely else self._with_preview()
            began = monotonic()
            is_new = self.stage.show(scene, coarse=not finely, only_slices=later)
        except VizmedError as error:
            if self._good == self.scene:
                raise
            self.captions.say(str(error))
            self.scene = self._good
            return
        self._good, self._is_due = self.scene, False
        self._write_captions()
        self.stage.render()
        now = monotonic()
        self._is_behind = later
        if finely:
            self._still_at = None
        elif is_new:
            self._is_heavy = now - began > _HEAVY_S
            self._still_at = now + _STILL_AFTER_S

    def tick(self) -> None:
        """Draw what is to be drawn now."""
        self._is_due |= self.captions.forget()
        if self._is_due:
            self.draw()
        elif self._making is not None:
            self._take_what_is_made(self._making)
        elif self._still_at is not None and monotonic() >= self._still_at:
            self._be_still()

    def _be_still(self) -> None:
        """Draw finely; what that takes long for is made beside the window's work."""
        scene = self.scene
        if self._is_heavy:
            self._making = Making(lambda: self.stage.prepare(scene))
        else:
            self.draw(finely=True)

    def _take_what_is_made(self, making: Making[Resolved | None]) -> None:
        """Draw what was made; where the scene has moved on meanwhile, what still holds of it is drawn the next time."""
        if not making.is_done:
            return
        self._making = None
        with suppress(VizmedError):  # it is raised again, and told, if the scene is still the same
            self.stage.learn(making.take())
        if self._still_at is None or monotonic() >= self._still_at:
            self.draw(finely=True)

    def _is_left_for_later(self) -> bool:
        """Whether only slices are drawn now, since they move and drawing in 3D would hold them up."""
        is_in_slices = scene_in_slices(self.scene) != scene_in_slices(self._good)
        return self._is_heavy and (is_in_slices or (self._is_behind and self.scene == self._good))

    def _listen_to_window(self) -> None:
        self.stage.events.remove_observers()  # PyVista's own: keys, and a double click that takes the style away
        # VTK's style has keys of its own (3 is stereo, e ends the process); an observer takes the place of its answers
        self.events.listen(self._style, "CharEvent", lambda _: None)
        for event in ("InteractionEvent", "EndInteractionEvent"):
            self.events.listen(self._style, event, lambda _: self._follow_camera())
        self.events.listen(self.interactor, "KeyPressEvent", lambda _: self.press(self.interactor.GetKeySym()))
        self.events.listen(self.interactor, "RenderEvent", lambda _: self.hover())
        self.events.listen(self.stage.window, "WindowResizeEvent", lambda _: self._follow_size())

    def press(self, key: str) -> None:
        """Answer a key, by X11's name of it."""
        act = ACTS.get(key)
        if isinstance(act, str):
            self.do(act)
        elif act is not None:
            self.act(act)

    def _follow_camera(self) -> None:
        if self.stage.drawing is not None:
            self.become(replace(self.scene, camera=self.stage.drawing.camera()))

    def _follow_size(self) -> None:
        width, height = self.stage.window.GetSize()
        if min(width, height) >= SMALLEST_SIDE and max(width, height) <= LARGEST_SIDE:
            self.become(replace(self.scene, size=(width, height)))

    def _first_surface(self) -> dict[str, Any]:
        """Give level and colour of the first surface as it is drawn, where it is."""
        resolved = self.stage.drawing.resolved if self.stage.drawing else None
        if resolved is None or not resolved.levels or not self.scene.surfaces[0].shown:
            return {}
        first = resolved.levels[0]
        # a range has two ends: moving one of them would make another thing of it
        return {"level": first.low, "color": first.color} if isinstance(first, Level) else {}

    def _with_preview(self) -> Scene:
        """Give the scene with the measure that is being made, as far as the pointer."""
        view, spot = self.pointer.view, self.pointer.spot
        if self.measuring is None or view is None or spot is None:
            return self.scene
        return self.measuring.preview(self.scene, triple(view.to_lps(spot.x, spot.y)))

    def _write_captions(self) -> None:
        view, spot = self.pointer.view, self.pointer.spot
        words = readout(view, self.desk.study.volume, spot.x, spot.y) if view is not None and spot is not None else ""
        self.captions.read(words, spot.pane if spot else None)
        self.captions.ask(self.measuring.asks if self.measuring is not None else "")
        if self.stage.drawing is not None or self.stage.pane_3d is None:
            self.captions.wait_no_more()
        self.captions.lay()


def _trackball() -> Any:
    """Make VTK's own trackball; PyVista's has answers of its own to the mouse."""
    from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera

    return vtkInteractorStyleTrackballCamera()
