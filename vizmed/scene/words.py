"""A scene's fields as words of the command line: one table, read by the commands and by whoever prints one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, TypeVar

from vizmed.errors import OptionError
from vizmed.scene.layers import Angle, Clip, Point, Ruler, SurfaceLayer
from vizmed.scene.scene import VIEWS, Camera, Scene

Value = TypeVar("Value")

NONE = "none"
"""The word for a layer that is not there."""


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


def parse_numbers(text: str, count: int, *, between: str = ",", whole: bool = False) -> list[float]:
    """Read so many numbers with a sign between them.

    Raises
    ------
    OptionError
        If it is something else.
    """
    try:
        numbers = [int(part) if whole else float(part) for part in text.lower().split(between)]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(isfinite, numbers)):
        example = between.join(str(200 + 50 * n) for n in range(count))
        raise OptionError(
            f"{text!r} is not {count} {'whole ' if whole else ''}numbers with {between!r} between them",
            remedy=f"Such as {example}",
        )
    return numbers


def parsed(parse: Callable[[str], Value], text: str | None) -> Value | None:
    """Read a text, if there is one."""
    return None if text is None else parse(text)


def parse_number(text: str) -> float:
    """Read one number."""
    return parse_numbers(text, 1)[0]


def parse_point(text: str) -> Point:
    """Read ``1,2,3`` as three numbers."""
    x, y, z = parse_numbers(text, 3)
    return x, y, z


def parse_points(text: str, count: int) -> tuple[Point, ...]:
    """Read ``"1,2,3 4,5,6"`` as so many places."""
    parts = text.split()
    if len(parts) != count:
        raise OptionError(f"{text!r} is not {count} places with blanks between them", remedy="Such as '1,2,3 4,5,6'")
    return tuple(parse_point(part) for part in parts)


def parse_mm(text: str) -> float:
    """Read a length, ``0.2`` or ``0.2mm``, as mm.

    Raises
    ------
    OptionError
        If it is something else.
    """
    try:
        return parse_number(text.lower().removesuffix("mm"))
    except OptionError:
        raise OptionError(f"{text!r} is no length", remedy="It is a number of mm, such as 0.2 or 0.2mm") from None


def parse_window(text: str) -> str | tuple[float, float]:
    """Read ``350,50`` as (width, level), and leave names as they are."""
    if "," not in text:
        return text
    width, level = parse_numbers(text, 2)
    return width, level


def parse_level(text: str) -> float | str:
    """Read a number as a number, and leave names as they are."""
    try:
        return float(text)
    except ValueError:
        return text


def parse_names(text: str) -> tuple[str, ...]:
    """Read ``axial,coronal`` as a tuple, and ``none`` as an empty one."""
    return () if text == NONE else tuple(part.strip() for part in text.split(","))


def parse_size(text: str) -> tuple[int, int]:
    """Read ``1200x1000`` as width and height."""
    width, height = parse_numbers(text, 2, between="x", whole=True)
    return int(width), int(height)


def parse_camera(text: str) -> str | Camera:
    """Read a view by name, or the camera's position, focal point and way up."""
    return Camera(*parse_points(text, 3)) if "," in text else {view.lower(): view for view in VIEWS}.get(text, text)


def parse_background(text: str) -> tuple[str, str]:
    """Read ``white``, ``black``, a colour, or the colours of bottom and top."""
    plain = {"white": "#ffffff", "black": "#000000"}
    colors = [plain.get(color, color) for color in text.split(",")]
    if len(colors) > 2:
        raise OptionError(f"the background has {len(colors)} colours", remedy="It has one, or one below and one above")
    return colors[0], colors[-1]


def parse_crop(text: str) -> tuple[Point, ...]:
    """Read the lower and the upper end of a box."""
    return parse_points(text, 2)


def parse_clip(text: str) -> Clip:
    """Read a plane's point and normal."""
    return Clip(*parse_points(text, 2))


def parse_measure(text: str) -> Ruler | Angle:
    """Read two places as a ruler, and three as an angle with its corner in the middle."""
    return Angle(*parse_points(text, 3)) if len(text.split()) == 3 else Ruler(*parse_points(text, 2))


def parse_surface(text: str) -> SurfaceLayer:
    """Read ``WHAT[:OPACITY][:#COLOUR][:wireframe][:cut][:smooth=N]``.

    WHAT is a tissue, a level, a way to find one, or ``auto``.
    """
    what, *parts = text.split(":")
    level = parse_level(what)
    fields: dict[str, Any] = {}
    if isinstance(level, float) or level in FOUND_LEVELS:
        fields["level"] = level
    elif level != "auto":
        fields["preset"] = level
    for part in parts:
        if part.startswith("#"):
            fields["color"] = part
        elif part in ("wireframe", "cut"):
            fields[part] = True
        elif part.startswith("smooth="):
            fields["smooth"] = int(parse_numbers(part.removeprefix("smooth="), 1, whole=True)[0])
        else:
            try:
                fields["opacity"] = parse_number(part)
            except OptionError:
                raise OptionError(
                    f"{part!r} says nothing of a surface",
                    remedy="There are an opacity, #colour, wireframe, cut, smooth=N",
                ) from None
    return SurfaceLayer(**fields)


FOUND_LEVELS = ("otsu", "dark", "mid", "bright")
"""Levels that are found in the values."""


def spell_number(value: float) -> str:
    """Write a number so that it is read as the same again."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def spell_point(place: Point) -> str:
    """Write a place."""
    return ",".join(map(spell_number, place))


def spell_points(places: tuple[Point, ...]) -> str:
    """Write places."""
    return " ".join(map(spell_point, places))


def spell_window(window: str | tuple[float, float]) -> str:
    """Write a window."""
    return window if isinstance(window, str) else ",".join(map(spell_number, window))


def spell_camera(camera: str | Camera) -> str:
    """Write a camera."""
    return camera if isinstance(camera, str) else spell_points((camera.position, camera.focal_point, camera.up))


def spell_surface(layer: SurfaceLayer) -> str:
    """Write a surface; one that is not shown has no words."""
    what = layer.preset or ("auto" if layer.level is None else spell_level(layer.level))
    parts = [what]
    if layer.opacity != 1:
        parts.append(spell_number(layer.opacity))
    if layer.color:
        parts.append(layer.color)
    parts += [word for word in ("wireframe", "cut") if getattr(layer, word)]
    if layer.smooth != SurfaceLayer().smooth:
        parts.append(f"smooth={layer.smooth}")
    return ":".join(parts)


def spell_measure(measure: Ruler | Angle) -> str:
    """Write a ruler or an angle."""
    return spell_points(measure.points)


def spell_level(level: float | str) -> str:
    """Write a level."""
    return level if isinstance(level, str) else spell_number(level)


def _text(value: str) -> str:
    return value


def _names(values: tuple[str, ...]) -> str:
    return ",".join(values) or NONE


WORDS = (
    Word("layout", "layout", _text, _text),
    Word("plane", "slices.planes", parse_names, _names),
    Word("normal", "slices.normal", parse_point, spell_point),
    Word("at", "slices.at", parse_point, spell_point),
    Word("window", "slices.window", parse_window, spell_window),
    Word("slab", "slices.slab_mm", parse_mm, spell_number),
    Word("projection", "slices.projection", _text, _text),
    Word("slice-zoom", "slices.zoom", parse_number, spell_number),
    Word("center", "slices.center", parse_point, spell_point),
    Word("slices-in-3d", "slices.in_3d", parse_names, _names),
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
