"""Measuring with clicks: the points that are set already, and what they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vizmed.scene import Angle, Point, Ruler, Scene

Kind = Literal["ruler", "angle"]

_POINTS: dict[Kind, int] = {"ruler": 2, "angle": 3}

_ASKS: dict[Kind, tuple[str, ...]] = {
    "ruler": ("ruler: click one end", "ruler: click the other end"),
    "angle": ("angle: click one end", "angle: click the corner", "angle: click the other end"),
}


@dataclass(frozen=True, slots=True)
class Measuring:
    """A measure that is being made.

    Parameters
    ----------
    kind : {"ruler", "angle"}
    points : tuple of (x, y, z)
        Clicked already, LPS mm.
    """

    kind: Kind
    points: tuple[Point, ...] = ()

    @property
    def asks(self) -> str:
        """What to click next, in words."""
        return _ASKS[self.kind][len(self.points)]

    def without_last(self) -> Measuring:
        """Take the last click back."""
        return replace(self, points=self.points[:-1])

    def click(self, scene: Scene, place: Point) -> tuple[Scene, Measuring | None]:
        """Set a point: the scene, with the measure in it when that was the last one, and what goes on."""
        if place in self.points:
            return scene, self
        points = (*self.points, place)
        if len(points) < _POINTS[self.kind]:
            return scene, replace(self, points=points)
        return _with(scene, points), None

    def preview(self, scene: Scene, place: Point) -> Scene:
        """Give the scene as it would be with the next point at a place."""
        points = (*self.points, place)
        return _with(scene, points) if len(points) > 1 and place not in self.points else scene


def _with(scene: Scene, points: tuple[Point, ...]) -> Scene:
    measure = Ruler(*points) if len(points) == 2 else Angle(*points)
    return replace(scene, measures=(*scene.measures, measure))
