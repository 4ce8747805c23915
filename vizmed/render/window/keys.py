"""Every key of the window, once: what it is called, what it does, and what the help says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vizmed.render.window.desk import Act
from vizmed.render.window.framing import change_layout, look_from, reset, turn_crop
from vizmed.render.window.layering import (
    change_blend,
    change_function,
    fade_overlay,
    multiply_opacity,
    raise_level,
    represent,
    shift_function,
    turn_skin,
    turn_surfaces,
    turn_volume,
)
from vizmed.render.window.slicing import (
    change_slab,
    change_window,
    first_slice,
    last_slice,
    step_slices,
    thicken,
    turn_crosshair,
    turn_in_3d,
    turn_side,
)

Command = Literal[
    "help", "close", "alone", "ruler", "angle", "take back", "save picture", "save scene", "print command", "save mesh"
]
"""What a key does to the window instead of the scene."""


@dataclass(frozen=True)
class Line:
    """A line of the help.

    Parameters
    ----------
    shown : str
        The keys, as they are called on a keyboard.
    words : str
    acts : mapping of str to Act or Command
        X11's name of each key to what it does; empty for what the mouse does.
    """

    shown: str
    words: str
    acts: Mapping[str, Act | Command] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """Lines of the help under a heading."""

    heading: str
    lines: tuple[Line, ...]


_SLICES = Section(
    "Slices",
    (
        Line(
            "arrows",
            "one slice on or back",
            {"Up": step_slices(1), "Right": step_slices(1), "Down": step_slices(-1), "Left": step_slices(-1)},
        ),
        Line("PgUp PgDn", "ten slices", {"Prior": step_slices(10), "Next": step_slices(-10)}),
        Line("Home End", "first, last slice", {"Home": first_slice, "End": last_slice}),
        Line("[ ]", "window: one of the list", {"bracketleft": change_window(-1), "bracketright": change_window(1)}),
        Line("p", "thin, then slab: MIP, MinIP, mean", {"p": change_slab}),
        Line("( )", "thinner, thicker slab", {"parenleft": thicken(-1), "parenright": thicken(1)}),
        Line("c", "crosshair", {"c": turn_crosshair}),
        Line("n", "neurological, radiological", {"n": turn_side}),
        Line("v V", "overlay fainter, denser", {"v": fade_overlay(-1), "V": fade_overlay(1)}),
    ),
)

_MEASURING = Section(
    "Measuring and cropping",
    (
        Line("m", "ruler: click both ends", {"m": "ruler"}),
        Line("a", "angle: click end, corner, end", {"a": "angle"}),
        Line("Backspace", "take the last one back", {"BackSpace": "take back", "Delete": "take back"}),
        Line("x", "cropping box: drag its edges", {"x": turn_crop}),
    ),
)

_MOUSE = Section(
    "Mouse on slices",
    (
        Line("click, drag", "move the crosshair"),
        Line("right drag", "window: width across, level up"),
        Line("wheel", "one slice; with Ctrl zoom"),
        Line("middle drag", "move; Shift and left, too"),
        Line("double click", "this pane alone, and back"),
    ),
)

_VOLUME = Section(
    "3D",
    (
        Line("drag", "turn; Shift moves, Ctrl rolls, wheel zooms"),
        Line("A P L R S I", "view from that side", {side: look_from(side) for side in ("A", "P", "L", "R", "S", "I")}),
        Line("0", "view from the corner", {"0": look_from("iso")}),
        Line(
            "1 2 3",
            "axial, coronal, sagittal slice",
            {"1": turn_in_3d("axial"), "2": turn_in_3d("coronal"), "3": turn_in_3d("sagittal")},
        ),
        Line("4", "volume", {"4": turn_volume}),
        Line("5", "surface", {"5": turn_surfaces}),
        Line("6", "volume: light, MIP, MinIP", {"6": change_blend}),
        Line(", .", "transfer function: one of the list", {"comma": change_function(-1), "period": change_function(1)}),
        Line("f F", "transfer function down, up", {"f": shift_function(-1), "F": shift_function(1)}),
        Line("o O", "volume fainter, denser", {"o": multiply_opacity(-1), "O": multiply_opacity(1)}),
        Line(
            "- +",
            "level of the surface down, up",
            {
                "minus": raise_level(-1),
                "KP_Subtract": raise_level(-1),
                "plus": raise_level(1),
                "equal": raise_level(1),
                "KP_Add": raise_level(1),
            },
        ),
        Line("t", "skin over bone, or see through", {"t": turn_skin}),
        Line("s w", "surface, wireframe", {"s": represent(wireframe=False), "w": represent(wireframe=True)}),
    ),
)

_WINDOW = Section(
    "Window",
    (
        Line("Tab", "four panes, 3D, slices", {"Tab": change_layout}),
        Line("Space", "the pane under the pointer alone, and back", {"space": "alone"}),
        Line("r", "all as at first", {"r": reset}),
        Line("F2", "save the picture", {"F2": "save picture"}),
        Line("F3", "save the scene for vizmed render", {"F3": "save scene"}),
        Line("F4", "print the command that draws this", {"F4": "print command"}),
        Line("F5", "save the whole surface as STL", {"F5": "save mesh"}),
        Line("h ?", "this help", {"h": "help", "question": "help"}),
        Line("q Esc", "close", {"q": "close", "Escape": "close"}),
    ),
)

COLUMNS: tuple[tuple[Section, ...], ...] = ((_SLICES, _MEASURING, _MOUSE), (_VOLUME, _WINDOW))
"""The help as it is laid out."""

ACTS: dict[str, Act | Command] = {
    key: act for column in COLUMNS for section in column for line in section.lines for key, act in line.acts.items()
}
"""X11's names of all keys to what they do."""
