"""All that a picture shows, as one frozen value: the window, the picture, the page and the movie draw the same."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import TYPE_CHECKING, Any, Literal, get_args

from vizmed.errors import OptionError
from vizmed.scene.layers import (
    Angle,
    Clip,
    OverlayLayer,
    Point,
    Ruler,
    SliceLayer,
    SurfaceLayer,
    VolumeLayer,
    check_between,
    check_choices,
    check_color,
    check_point,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vizmed.volume import Volume

View = Literal["A", "P", "L", "R", "S", "I", "iso"]
Layout = Literal["3d", "slices", "four"]

VIEWS: tuple[View, ...] = get_args(View)
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

SMALLEST_SIDE, LARGEST_SIDE = 64, 8192

_PARALLEL = 1e-6
"""Sine of the angle below which two ways are the same."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the viewer stands, LPS mm."""

    position: Point
    focal_point: Point
    up: Point

    def __post_init__(self) -> None:
        check_point("camera's position", self.position)
        check_point("camera's focal point", self.focal_point)
        check_point("camera's way up", self.up, is_direction=True)
        if self.position == self.focal_point:
            raise OptionError("the camera stands in its focal point", remedy="It looks from one place to another")
        ahead = [there - here for here, there in zip(self.position, self.focal_point, strict=True)]
        if _sine(ahead, self.up) < _PARALLEL:
            raise OptionError("the camera looks along its own way up", remedy="From above it is 0,-1,0")


def _sine(one: Sequence[float], other: Sequence[float]) -> float:
    """Give the sine of the angle between two ways."""
    (a, b, c), (d, e, f) = (tuple(part / hypot(*way) for part in way) for way in (one, other))
    return hypot(b * f - c * e, c * d - a * f, a * e - b * d)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a picture shows.

    Parameters
    ----------
    layout : {"3d", "slices", "four"}
        One 3D view; the slices on a page, without OpenGL; or the slices with the 3D view beside them.
    slices : SliceLayer
    volume : VolumeLayer, optional
    surfaces : tuple of SurfaceLayer
        The first is the one that the window's keys change.
    overlay : OverlayLayer
        How what is laid over the slices is shown, where there is something.
    measures : tuple of Ruler or Angle
    crop : (low, high) tuple of (x, y, z), optional
        A box in LPS mm; volume and surfaces are shown inside it alone.
    clip : Clip, optional
    camera : {"A", "P", "L", "R", "S", "I", "iso"} or Camera
        Where the viewer stands: ``"A"`` in front of the patient, whose right is then on the left of the picture.
    zoom : float
        How much nearer than a view by name stands.
    size : (width, height) tuple of int
        Of the picture in pixels.
    background : (bottom, top) tuple of "#rrggbb"
        Of the 3D view.
    transparent : bool
        Whether a picture has an alpha channel instead of the background. Slices are not transparent.
    annotated : bool
        Whether letters, captions, scale bars and the orientation marker are shown.
    table : bool
        Whether the table under the patient is shown in 3D and in the projection, where one is found on CT.
    """

    layout: Layout = "3d"
    slices: SliceLayer = field(default_factory=SliceLayer)
    volume: VolumeLayer | None = None
    surfaces: tuple[SurfaceLayer, ...] = ()
    overlay: OverlayLayer = field(default_factory=OverlayLayer)
    measures: tuple[Ruler | Angle, ...] = ()
    crop: tuple[Point, Point] | None = None
    clip: Clip | None = None
    camera: View | Camera = "iso"
    zoom: float = 1.0
    size: tuple[int, int] = (1200, 1000)
    background: tuple[str, str] = ("#0b0f14", "#2a3440")
    transparent: bool = False
    annotated: bool = True
    table: bool = False

    def __post_init__(self) -> None:
        check_choices("layout", (self.layout,), LAYOUTS)
        if not isinstance(self.camera, Camera):
            check_choices("camera", (self.camera,), VIEWS)
        if len(self.size) != 2 or not all(
            isinstance(side, int) and SMALLEST_SIDE <= side <= LARGEST_SIDE for side in self.size
        ):
            raise OptionError(
                f"the picture's size is {self.size}", remedy=f"Sides are {SMALLEST_SIDE} to {LARGEST_SIDE} pixels"
            )
        check_between("zoom", self.zoom, 0.01, 100)
        if len(self.background) != 2:
            raise OptionError(f"the background is {self.background!r}", remedy="It is two colours, below and above")
        for color in self.background:
            check_color(color)
        if self.crop is not None:
            low, high = self.crop
            check_point("lower end of the crop", low)
            check_point("upper end of the crop", high)
            if not all(a < b for a, b in zip(low, high, strict=True)):
                raise OptionError(f"the crop runs from {low} to {high}", remedy="Each lower end is below its upper end")

    @property
    def needs_opengl(self) -> bool:
        """Whether more than slices is shown."""
        return self.layout != "slices"

    @property
    def shown_surfaces(self) -> tuple[SurfaceLayer, ...]:
        """The surfaces that are not turned off."""
        return tuple(surface for surface in self.surfaces if surface.shown)

    @property
    def shown_volume(self) -> VolumeLayer | None:
        """The volume rendering, unless it is turned off."""
        return self.volume if self.volume is not None and self.volume.shown else None

    def show(self, volume: Volume, **more: Any) -> Scene:
        """Open a window on a volume; see `vizmed.show`."""
        import vizmed

        return vizmed.show(volume, scene=self, **more)

    def screenshot(self, volume: Volume, path: str | os.PathLike[str] | None = None, **more: Any) -> NDArray[np.uint8]:
        """Draw a volume off-screen; see `vizmed.render`."""
        import vizmed

        return vizmed.render(volume, path, scene=self, **more)
