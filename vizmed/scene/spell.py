"""Values written as words of the command line, so that they are read as the same again."""

from __future__ import annotations

from vizmed.scene.layers import Angle, Point, Ruler, SurfaceLayer
from vizmed.scene.parse import NONE
from vizmed.scene.scene import Camera


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


def spell_names(values: tuple[str, ...]) -> str:
    """Write names."""
    return ",".join(values) or NONE
