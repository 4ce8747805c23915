"""What keys do to the window instead of the scene."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vizmed.parts import Part
from vizmed.render.shown_surface import true_mesh
from vizmed.render.window.framing import alone, take_back, together
from vizmed.render.window.keys import Command
from vizmed.render.window.measuring import Kind, Measuring
from vizmed.render.window.saving import print_command, save_mesh, save_picture, save_scene

if TYPE_CHECKING:
    from vizmed.render.window.viewer import Viewer


def _turn_help(viewer: Viewer) -> None:
    viewer.captions.turn_help()


def _close(viewer: Viewer) -> None:
    viewer.close()


def _alone(viewer: Viewer) -> None:
    """Show the pane under the pointer alone, or all panes again."""
    before, spot = viewer.before_alone, viewer.pointer.spot
    if len(viewer.stage.panes) > 1:
        if spot is not None and spot.pane.plane != "projection":
            viewer.before_alone = before or viewer.scene
            viewer.become(alone(viewer.scene, spot.pane.plane))
        return
    viewer.before_alone = None
    viewer.become(together(viewer.scene, before or viewer.desk.first))


def _measure(kind: Kind) -> Callable[[Viewer], None]:
    def command(viewer: Viewer) -> None:
        """Begin a measure, or leave it."""
        is_on = viewer.measuring is not None and viewer.measuring.kind == kind
        viewer.measuring = None if is_on else Measuring(kind)

    return command


def _take_back(viewer: Viewer) -> None:
    """Take the last click back, else the last measure."""
    if viewer.measuring is None:
        viewer.act(take_back)
    elif viewer.measuring.points:
        viewer.measuring = viewer.measuring.without_last()
    else:
        viewer.measuring = None


def _save_picture(viewer: Viewer) -> None:
    viewer.draw(finely=True)
    path = save_picture(viewer.stage.pixels())
    viewer.captions.say(f"picture saved as {path.name}")


def _save_scene(viewer: Viewer) -> None:
    viewer.draw()  # a scene that cannot be drawn is not saved
    path = save_scene(viewer.scene, viewer.sources)
    viewer.captions.say(f"scene saved as {path.name}")


def _print_command(viewer: Viewer) -> None:
    viewer.draw()
    print_command(viewer.scene, viewer.sources)
    viewer.captions.say("the command is printed where vizmed was started")


def _save_mesh(viewer: Viewer) -> None:
    viewer.draw(finely=True)
    drawing = viewer.stage.drawing
    resolved = drawing.resolved if drawing is not None and viewer.stage.pane_3d is not None else None
    parts: list[Part] = []
    if resolved is not None:
        layers = resolved.scene.shown_surfaces
        parts = [
            Part(str(level), true_mesh(resolved.volume, layer), level.color)
            for level, layer in zip(resolved.levels, layers, strict=True)
        ]
    path = save_mesh(parts)
    viewer.captions.say(f"the whole surface, without crop and cut, saved as {path.name}")


COMMANDS: dict[Command, Callable[[Viewer], None]] = {
    "help": _turn_help,
    "close": _close,
    "alone": _alone,
    "ruler": _measure("ruler"),
    "angle": _measure("angle"),
    "take back": _take_back,
    "save picture": _save_picture,
    "save scene": _save_scene,
    "print command": _print_command,
    "save mesh": _save_mesh,
}
