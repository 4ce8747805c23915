"""A scene's fields as words of the command line: one table, read by the commands and by whoever prints one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vizmed.errors import OptionError
from vizmed.scene.parse import (
    parse_background,
    parse_camera,
    parse_clip,
    parse_crop,
    parse_mm,
    parse_names,
    parse_number,
    parse_point,
    parse_size,
    parse_window,
)
from vizmed.scene.scene import Scene
from vizmed.scene.spell import spell_camera, spell_names, spell_number, spell_point, spell_points, spell_window


@dataclass(frozen=True, slots=True)
class Word:
    """An option of the command line that stands for one field.

    Parameters
    ----------
    option : str
        Without its dashes. A negative one, such as ``no-crosshair``, turns a field off.
    field : str
        ``"size"`` of the scene, or ``"slices.at"`` of a layer.
    parse, spell : callable
        Between text and value.
    """

    option: str
    field: str
    parse: Callable[[str], Any]
    spell: Callable[[Any], str]

    def value_in(self, scene: Scene) -> Any:
        """Give the field's value; None of a layer that is not there."""
        value: Any = scene
        for name in self.field.split("."):
            value = getattr(value, name) if value is not None else None
        return value

    def put_into(self, scene: Scene, value: Any) -> Scene:
        """Give the scene with the field set.

        Raises
        ------
        OptionError
            If it is one of a layer that is not there.
        """
        layer, _, name = self.field.rpartition(".")
        if not layer:
            return replace(scene, **{name: value})
        holder = getattr(scene, layer)
        if holder is None:
            raise OptionError(f"--{self.option} means nothing without a {layer}", remedy="--rendering auto shows one")
        return replace(scene, **{layer: replace(holder, **{name: value})})


def _text(value: str) -> str:
    return value


WORDS = (
    Word("layout", "layout", _text, _text),
    Word("plane", "slices.planes", parse_names, spell_names),
    Word("normal", "slices.normal", parse_point, spell_point),
    Word("at", "slices.at", parse_point, spell_point),
    Word("window", "slices.window", parse_window, spell_window),
    Word("slab", "slices.slab_mm", parse_mm, spell_number),
    Word("projection", "slices.projection", _text, _text),
    Word("slice-zoom", "slices.zoom", parse_number, spell_number),
    Word("center", "slices.center", parse_point, spell_point),
    Word("slices-in-3d", "slices.in_3d", parse_names, spell_names),
    Word("blend", "volume.blend", _text, _text),
    Word("opacity", "volume.opacity", parse_number, spell_number),
    Word("shift", "volume.shift", parse_number, spell_number),
    Word("crop", "crop", parse_crop, spell_points),
    Word("clip", "clip", parse_clip, lambda clip: spell_points((clip.point, clip.normal))),
    Word("camera", "camera", parse_camera, spell_camera),
    Word("zoom", "zoom", parse_number, spell_number),
    Word("size", "size", parse_size, lambda size: f"{size[0]}x{size[1]}"),
    Word("background", "background", parse_background, ",".join),
    Word("overlay-opacity", "overlay.opacity", parse_number, spell_number),
    Word("overlay-colors", "overlay.colors", _text, _text),
    Word("overlay-window", "overlay.window", parse_window, spell_window),
)
"""Options with a value."""

FLAGS = {
    "neurological": ("slices.neurological", True),
    "no-crosshair": ("slices.crosshair", False),
    "cut": ("volume.cut", True),
    "transparent": ("transparent", True),
    "no-letters": ("annotated", False),
    "table": ("table", True),
}
"""Options without a value: the field that they set, and to what."""
