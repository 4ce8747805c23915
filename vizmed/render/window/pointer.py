"""The mouse: in panes of slices it makes one scene of another, in the 3D pane it is left to VTK's trackball."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from vizmed.render.window.drags import pane_at, triple, zoom_at
from vizmed.render.window.grab import Button, Drag, take_hold
from vizmed.render.window.slicing import step_slices

if TYPE_CHECKING:
    from vizmed.render.page import Pane, PaneView
    from vizmed.render.window.viewer import Viewer

_ZOOM_STEP = 1.2

_TWICE_WITHIN_S, _TWICE_WITHIN_PIXELS = 0.4, 4

_ANSWERS = {
    "LeftButtonPressEvent": "OnLeftButtonDown",
    "LeftButtonReleaseEvent": "OnLeftButtonUp",
    "MiddleButtonPressEvent": "OnMiddleButtonDown",
    "MiddleButtonReleaseEvent": "OnMiddleButtonUp",
    "RightButtonPressEvent": "OnRightButtonDown",
    "RightButtonReleaseEvent": "OnRightButtonUp",
    "MouseMoveEvent": "OnMouseMove",
    "MouseWheelForwardEvent": "OnMouseWheelForward",
    "MouseWheelBackwardEvent": "OnMouseWheelBackward",
}
"""What happens with the mouse, and VTK's own answer to it."""

_BUTTONS: tuple[Button, ...] = ("Left", "Middle", "Right")


@dataclass(frozen=True, slots=True)
class Spot:
    """A pane, and a place in it in pixels from its upper left corner."""

    pane: Pane
    x: float
    y: float


class Pointer:
    """The mouse of a window.

    Parameters
    ----------
    viewer : Viewer
    style : vtkInteractorStyle
        What answers in 3D.

    Attributes
    ----------
    spot : Spot, optional
        Where the pointer is.
    """

    def __init__(self, viewer: Viewer, style: Any) -> None:
        self.spot: Spot | None = None
        self._viewer = viewer
        self._style = style
        self._pressed: Button | None = None
        self._pressed_at = (0.0, 0.0)
        self._held: tuple[Pane, Drag | None] | None = None
        self._last_press = (0.0, 0.0, 0.0)
        for event in _ANSWERS:
            viewer.events.listen(style, event, self._on_event)

    @property
    def view(self) -> PaneView | None:
        """The view of slices under the pointer."""
        return self._viewer.stage.views.get(self.spot.pane.plane) if self.spot else None

    def _on_event(self, event: str) -> None:
        interactor = self._viewer.interactor
        x, y = interactor.GetEventPosition()
        x, y = x + 0.5, self._viewer.stage.window.GetSize()[1] - y - 0.5
        pane = pane_at(self._viewer.stage.panes, x, y)
        self.spot = Spot(pane, x - pane.box[0], y - pane.box[1]) if pane else None
        if event == "MouseMoveEvent":
            self._move(x, y)
        elif event.endswith("PressEvent"):
            self._press(event, x, y)
        elif event.endswith("ReleaseEvent"):
            self._release(event, x, y)
        else:
            self._turn_wheel(event)

    def _move(self, x: float, y: float) -> None:
        if self._held is None:
            self._viewer.hover()
            return
        pane, drag = self._held
        self._last_press = (0.0, 0.0, 0.0)  # what follows a drag is no double click
        if drag is None:
            self._answer("MouseMoveEvent")
        else:
            self._viewer.become(drag(self._viewer.scene, x - pane.box[0], y - pane.box[1]))

    def _press(self, event: str, x: float, y: float) -> None:
        if self._held is not None or self.spot is None:
            return
        self._pressed = next(button for button in _BUTTONS if event.startswith(button))
        self._pressed_at = x, y
        is_measured = self._viewer.measuring is not None and self.spot.pane.plane != "3d"
        if self._pressed == "Left" and not is_measured and self._is_second(x, y):
            self._viewer.do("alone")
        elif self.spot.pane.plane == "3d":
            self._held = self.spot.pane, None
            self._answer(event)
        else:
            self._take_hold(self.spot)

    def _is_second(self, x: float, y: float) -> bool:
        """Whether a press is the second of a double click."""
        at, last_x, last_y = self._last_press
        now = monotonic()
        twice = now - at < _TWICE_WITHIN_S and max(abs(x - last_x), abs(y - last_y)) < _TWICE_WITHIN_PIXELS
        self._last_press = (0.0 if twice else now, x, y)
        return twice

    def _take_hold(self, spot: Spot) -> None:
        view, button = self.view, self._pressed
        if view is None or button is None:
            return
        if button == "Left" and self._viewer.measuring is not None:
            if spot.pane.plane == "projection":  # its pixels are many places
                return
            self._viewer.click(triple(view.to_lps(spot.x, spot.y)))
            return
        if button == "Left" and self._viewer.interactor.GetShiftKey():
            button = "Middle"
        scene, volume = self._viewer.scene, self._viewer.desk.study.volume
        drag = take_hold(button, scene, volume, view, (spot.x, spot.y))
        self._held = spot.pane, drag
        self._viewer.become(drag(scene, spot.x, spot.y) if button == "Left" else scene)

    def _release(self, event: str, x: float, y: float) -> None:
        if self._pressed is None or not event.startswith(self._pressed):
            return
        if self._held is not None and self._pressed_at != (x, y):  # VTK leaves moves out where it is busy
            self._move(x, y)
        held, self._held, self._pressed = self._held, None, None
        if held is not None and held[1] is None:
            self._answer(event)
        self._viewer.hover()

    def _turn_wheel(self, event: str) -> None:
        sign = 1 if "Forward" in event else -1
        if self.spot is None or self._held is not None:
            return
        view = self.view
        if self.spot.pane.plane == "3d":
            self._answer(event)
        elif view is not None and self._viewer.interactor.GetControlKey():
            volume = self._viewer.desk.study.volume
            under = (self.spot.x, self.spot.y)
            self._viewer.become(zoom_at(self._viewer.scene, volume, view, under, _ZOOM_STEP**sign))
        elif self.spot.pane.plane != "projection":
            self._viewer.act(step_slices(sign))

    def _answer(self, event: str) -> None:
        """Leave an event to VTK."""
        getattr(self._style, _ANSWERS[event])()
