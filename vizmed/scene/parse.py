"""Words of the command line read as values: numbers, places in LPS mm, windows, cameras, surfaces."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

from vizmed.errors import OptionError
from vizmed.scene.layers import Angle, Clip, Point, Ruler, SurfaceLayer
from vizmed.scene.scene import VIEWS, Camera

Value = TypeVar("Value")

NONE = "none"
"""The word for a layer that is not there."""


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
