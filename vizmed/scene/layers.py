"""The layers of a scene, and what is laid over them, as frozen data. Places are LPS mm, values those of the volume."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import dist, isfinite
from typing import Literal, get_args

from vizmed.errors import OptionError

Point = tuple[float, float, float]
"""A place or a direction, LPS mm."""

Plane = Literal["axial", "coronal", "sagittal", "oblique"]
Projection = Literal["mip", "minip", "mean"]
Blend = Literal["shade", "mip", "minip"]

GRID_PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
"""The planes of the acquired grid, in the order of the keys 1, 2 and 3."""
PLANES: tuple[Plane, ...] = get_args(Plane)
PROJECTIONS: tuple[Projection, ...] = get_args(Projection)
BLENDS: tuple[Blend, ...] = get_args(Blend)

_THICKEST_SLAB_MM = 1000.0
MOST_ZOOM = 100.0


@dataclass(frozen=True, slots=True)
class SliceLayer:
    """Slices.

    Parameters
    ----------
    planes : tuple of {"axial", "coronal", "sagittal", "oblique"}
        What lies on the page.
    at : (x, y, z) tuple of float, optional
        Where they cross, LPS mm; the middle of the volume where left out.
    window : str or (width, level) tuple
        ``"auto"``, ``"file"``, ``"percentiles"``, the name of a CT window, or numbers. It is the ramp of a projection
        in 3D, too, where it is not ``"auto"``.
    normal : (x, y, z) tuple of float, optional
        What the oblique plane is across; needed where it is among the planes.
    slab_mm : float
        How thick a slice is; 0 for one voxel.
    projection : {"mip", "minip", "mean"}
        What of a slab is shown: its largest, smallest or mean value.
    zoom : float
        How much larger than what fits its pane.
    center : (x, y, z) tuple of float, optional
        What lies in the middle of a pane that is zoomed, LPS mm; `at` where left out.
    neurological : bool
        Whether the patient's left is on the left of axial and coronal slices, as seen from the head and from behind.
    in_3d : tuple of planes
        Which of them are shown in 3D, too.
    crosshair : bool
        Whether lines show where the slices cross.
    """

    planes: tuple[Plane, ...] = GRID_PLANES
    at: Point | None = None
    window: str | tuple[float, float] = "auto"
    normal: Point | None = None
    slab_mm: float = 0.0
    projection: Projection = "mip"
    zoom: float = 1.0
    center: Point | None = None
    neurological: bool = False
    in_3d: tuple[Plane, ...] = ()
    crosshair: bool = True

    def __post_init__(self) -> None:
        check_choices("planes", self.planes, PLANES)
        if not self.planes:
            raise OptionError("there are no planes", remedy=f"Take some of {', '.join(PLANES)}")
        check_choices("planes in 3D", self.in_3d, PLANES)
        check_choices("projection", (self.projection,), PROJECTIONS)
        check_point("place of the slices", self.at)
        check_point("middle of the slices", self.center)
        check_point("normal of the oblique plane", self.normal, is_direction=True)
        if "oblique" in (*self.planes, *self.in_3d) and self.normal is None:
            raise OptionError("the oblique plane has no normal", remedy="Give one, or three points of it")
        check_between("slab", self.slab_mm, 0, _THICKEST_SLAB_MM, "mm")
        check_between("zoom", self.zoom, 1 / MOST_ZOOM, MOST_ZOOM)


@dataclass(frozen=True, slots=True)
class VolumeLayer:
    """Volume rendering.

    Parameters
    ----------
    preset : str
        ``"auto"`` (by modality) or the name of a transfer function.
    blend : {"shade", "mip", "minip"}
        Light and shade, or the largest or the smallest value along each ray.
    opacity : float
        What the opacities of the transfer function are multiplied with.
    shift : float
        How far the transfer function is moved up the values, in the volume's unit.
    cut : bool
        Take the front left upper corner out, so that slices show on the cut.
    shown : bool
    """

    preset: str = "auto"
    blend: Blend = "shade"
    opacity: float = 1.0
    shift: float = 0.0
    cut: bool = False
    shown: bool = True

    def __post_init__(self) -> None:
        check_choices("blend", (self.blend,), BLENDS)
        check_between("opacity of the volume", self.opacity, 0, 100)
        check_between("shift of the transfer function", self.shift, -1e9, 1e9)


@dataclass(frozen=True, slots=True)
class SurfaceLayer:
    """An iso surface.

    Parameters
    ----------
    preset : str, optional
        A tissue by name.
    level : float or str, optional
        The value instead, or ``"otsu"``, ``"dark"``, ``"mid"``, ``"bright"``; where both are left out, the modality's
        default.
    color : str, optional
        ``"#rrggbb"``; the tissue's own where left out.
    opacity : float
        From 0 to 1.
    smooth : int
        Iterations of smoothing for the eye alone: it takes the steps of the voxels out of the light.
    cut : bool
        As in `VolumeLayer`.
    wireframe : bool
    shown : bool
    """

    preset: str | None = None
    level: float | str | None = None
    color: str | None = None
    opacity: float = 1.0
    smooth: int = 20
    cut: bool = False
    wireframe: bool = False
    shown: bool = True

    def __post_init__(self) -> None:
        if self.color is not None:
            check_color(self.color)
        if self.preset is not None and self.level is not None:
            raise OptionError(f"a surface has the preset {self.preset!r} and a level", remedy="It has one of them")
        check_between("opacity of a surface", self.opacity, 0, 1)
        check_between("smoothing of a surface", self.smooth, 0, 1000)


@dataclass(frozen=True, slots=True)
class OverlayLayer:
    """A label map or a second volume, laid over the slices.

    Parameters
    ----------
    opacity : float
        From 0 to 1.
    colors : str
        Of a second volume: the name of a ramp of colours.
    window : str or (width, level) tuple
        Of a second volume, as in `SliceLayer`.
    """

    opacity: float = 0.5
    colors: str = "heat"
    window: str | tuple[float, float] = "auto"

    def __post_init__(self) -> None:
        check_between("opacity of the overlay", self.opacity, 0, 1)


@dataclass(frozen=True, slots=True)
class Ruler:
    """A length between two places, LPS mm."""

    start: Point
    end: Point

    def __post_init__(self) -> None:
        for place in self.points:
            check_point("end of a ruler", place)

    @property
    def points(self) -> tuple[Point, ...]:
        """Both ends."""
        return self.start, self.end

    @property
    def mm(self) -> float:
        """How long it is."""
        return dist(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle at a corner, between the ways to two ends, LPS mm."""

    start: Point
    corner: Point
    end: Point

    def __post_init__(self) -> None:
        for place in self.points:
            check_point("point of an angle", place)

    @property
    def points(self) -> tuple[Point, ...]:
        """One end, the corner, the other end."""
        return self.start, self.corner, self.end

    @property
    def degrees(self) -> float:
        """How wide it is, 0 to 180; 0 where an end lies on the corner."""
        from math import acos, degrees

        one, other = (tuple(a - b for a, b in zip(end, self.corner, strict=True)) for end in (self.start, self.end))
        lengths = dist(self.start, self.corner) * dist(self.end, self.corner)
        if not lengths:
            return 0.0
        cosine = sum(a * b for a, b in zip(one, other, strict=True)) / lengths
        return degrees(acos(max(-1.0, min(1.0, cosine))))


@dataclass(frozen=True, slots=True)
class Clip:
    """A plane, LPS mm; what lies on the side that its normal points to is left out of volume and surfaces."""

    point: Point
    normal: Point

    def __post_init__(self) -> None:
        check_point("point of the clipping plane", self.point)
        check_point("normal of the clipping plane", self.normal, is_direction=True)


def as_point(numbers: Iterable[float]) -> Point:
    """Give three numbers, of numpy or others, as a place of plain ones."""
    x, y, z = (float(number) for number in numbers)
    return x, y, z


def check_choices(what: str, given: tuple[object, ...], there_are: tuple[str, ...]) -> None:
    """Refuse what is not there."""
    if isinstance(given, str):
        raise OptionError(f"{what}: {given!r} is one word", remedy=f"Write ({given!r},)")
    unknown = [one for one in given if one not in there_are]
    if unknown:
        raise OptionError(f"{what}: there is no {unknown[0]!r}", remedy=f"There are {', '.join(there_are)}")


def check_point(what: str, place: Point | None, *, is_direction: bool = False) -> None:
    """Refuse a place that is not three numbers, and a direction without a length."""
    if place is None:
        return
    if len(place) != 3 or not all(isfinite(mm) for mm in place):
        raise OptionError(f"the {what} is {place}", remedy="It is three numbers in LPS mm")
    if is_direction and not any(place):
        raise OptionError(f"the {what} has no direction", remedy="One of its numbers is not 0")


def check_between(what: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Refuse a number outside of its range."""
    if not low <= value <= high:
        raise OptionError(f"the {what} is {value:g}", remedy=f"It is {low:g} to {high:g} {unit}".rstrip())


def check_color(color: str) -> None:
    """Refuse what is not ``"#rrggbb"``."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", color):
        raise OptionError(f"the colour is {color!r}", remedy="Write it as #rrggbb, such as #e8dcc3")
