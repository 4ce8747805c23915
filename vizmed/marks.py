"""Marks that are drawn on slices, as plain data in LPS mm: outlines such as boxes and contours, and points; no VTK.

What is drawn of a mark on a plane is geometry alone, and is computed here: the whole outline in the slice that it was
drawn on, and on planes across it the segments in which they cut it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vizmed.errors import GeometryError, OptionError
from vizmed.findings import Finding
from vizmed.geometry import SAME_PLACE_MM, FloatArray, Geometry
from vizmed.segmentation import LABEL_COLORS

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A polyline that was drawn on a slice: a box has four corners, a contour has many.

    Parameters
    ----------
    points : (n, 3) array_like of float
        Corners in LPS mm, n at least 2, or 3 where it is closed. Marked read-only.
    closed : bool
        Whether the last corner is joined to the first, which is not repeated.
    label : str
        What it shows.
    color : str
        ``"#rrggbb"``, in small letters.
    thickness_mm : float
        Distance of the slices that it was drawn on: it stands for half of that to either side.

    Raises
    ------
    GeometryError, OptionError
        If the corners are no places in a room, or the colour or the thickness are none.
    """

    points: FloatArray
    closed: bool
    label: str
    color: str
    thickness_mm: float

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64)
        fewest = 3 if self.closed else 2
        if points.ndim != 2 or points.shape[1] != 3 or len(points) < fewest:
            raise GeometryError(f"the corners have the shape {points.shape}", remedy=f"It is (n, 3), n from {fewest}")
        _check(points, self.color, self.thickness_mm)
        points.setflags(write=False)
        object.__setattr__(self, "points", points)


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A point that was set on a slice.

    Parameters
    ----------
    point : (3,) array_like of float
        LPS mm. Marked read-only.
    label, color, thickness_mm
        As of an `Outline`.
    """

    point: FloatArray
    label: str
    color: str
    thickness_mm: float

    def __post_init__(self) -> None:
        point = np.array(self.point, dtype=np.float64)
        if point.shape != (3,):
            raise GeometryError(f"the point has the shape {point.shape}", remedy="It is (3,)")
        _check(point, self.color, self.thickness_mm)
        point.setflags(write=False)
        object.__setattr__(self, "point", point)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """All marks of a file, or of several: ``marks + marks``. Its length is their number.

    Parameters
    ----------
    outlines : tuple of Outline
    spots : tuple of Spot
        Each in the order of the file.
    findings : tuple of Finding
        What was noticed and assumed when they were read.
    """

    outlines: tuple[Outline, ...] = ()
    spots: tuple[Spot, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def first(self) -> FloatArray | None:
        """The middle of the first outline, or the first spot where there is no outline, LPS mm."""
        if self.outlines:
            return np.asarray(self.outlines[0].points.mean(axis=0))
        return self.spots[0].point if self.spots else None

    def __len__(self) -> int:
        return len(self.outlines) + len(self.spots)

    def __add__(self, other: Marks) -> Marks:
        if not isinstance(other, Marks):
            return NotImplemented
        return Marks(self.outlines + other.outlines, self.spots + other.spots, self.findings + other.findings)

    def __repr__(self) -> str:
        return f"<Marks: {len(self.outlines)} outlines, {len(self.spots)} spots>"


def label_colors(labels: Iterable[str]) -> dict[str, str]:
    """Give labels colours of `LABEL_COLORS`, in the order in which they first appear.

    Labels that are the same word, whatever their case, get the same colour.

    Returns
    -------
    dict of label to ``"#rrggbb"``
    """
    places: dict[str, int] = {}
    colors = {}
    for label in labels:
        place = places.setdefault(label.casefold(), len(places))
        colors[label] = LABEL_COLORS[place % len(LABEL_COLORS)]
    return colors


def thickness_of(geometry: Geometry, axis: int = 2) -> float:
    """Give the distance of neighbouring slices along their normal, in mm.

    Under a tilted gantry it is less than the spacing, which is the way from voxel to voxel.

    Parameters
    ----------
    geometry : Geometry
    axis : {0, 1, 2}
        Index axis that the slices follow each other along.
    """
    edges = geometry.affine[:3, :3]
    one, other = (edges[:, n] for n in range(3) if n != axis)
    return float(abs(np.linalg.det(edges)) / np.linalg.norm(np.cross(one, other)))


def outline_on_plane(
    outline: Outline, origin: ArrayLike, normal: ArrayLike, reach_mm: float | None = None
) -> list[FloatArray]:
    """Give what is drawn of an outline on a plane.

    Parameters
    ----------
    outline : Outline
    origin : (3,) array_like
        A point of the plane, LPS mm.
    normal : (3,) array_like
        Across the plane, of any length but 0.
    reach_mm : float, optional
        An outline no corner of which is farther from the plane belongs to it. Half its thickness where left out, so
        that it belongs to the slice that it was drawn on.

    Returns
    -------
    list of (m, 3) ndarray
        Polylines in LPS mm, m at least 2. The whole outline, a closed one with its first corner repeated at the end,
        where it belongs to the plane. Else the segments of two ends in which the plane cuts through what a closed
        outline encloses, by the rule of even and odd; of an open one the points in which the plane crosses it, each
        given twice. Empty where the plane does not meet it.

    Raises
    ------
    GeometryError
        If the normal is no direction.
    """
    heights = _heights(outline.points, origin, normal)
    if np.abs(heights).max() <= _reach(outline, reach_mm):
        return [np.concatenate([outline.points, outline.points[:1]]) if outline.closed else outline.points]
    crossings = _crossings(outline, heights)
    if not outline.closed:
        return list(np.stack([crossings, crossings], axis=1))
    return _enclosed(crossings)


def spot_on_plane(spot: Spot, origin: ArrayLike, normal: ArrayLike, reach_mm: float | None = None) -> bool:
    """Tell whether a point belongs to a plane; the parameters are those of `outline_on_plane`."""
    return bool(np.abs(_heights(spot.point, origin, normal)) <= _reach(spot, reach_mm))


def _crossings(outline: Outline, heights: FloatArray) -> FloatArray:
    """Give the points (n, 3) in which edges pass through a plane; a corner on the plane counts as above it."""
    starts, ends = outline.points, np.roll(outline.points, -1, axis=0)
    rises, falls = heights, np.roll(heights, -1)
    if not outline.closed:
        starts, ends, rises, falls = starts[:-1], ends[:-1], rises[:-1], falls[:-1]
    across = (rises >= 0) != (falls >= 0)
    starts, ends, rises, falls = starts[across], ends[across], rises[across], falls[across]
    return np.asarray(starts + (rises / (rises - falls))[:, None] * (ends - starts))


def _enclosed(crossings: FloatArray) -> list[FloatArray]:
    """Pair crossings, which lie on a line and are even in number, to the segments between them."""
    if not len(crossings):
        return []
    from_first = crossings - crossings[0]
    along = from_first[np.argmax((from_first**2).sum(axis=1))]
    order = np.argsort(from_first @ along, kind="stable")
    return list(crossings[order].reshape(-1, 2, 3))


def _heights(points: FloatArray, origin: ArrayLike, normal: ArrayLike) -> FloatArray:
    across = np.asarray(normal, dtype=np.float64)
    length = np.linalg.norm(across)
    if across.shape != (3,) or not 0 < length < np.inf:
        raise GeometryError(f"the normal of the plane is {np.asarray(normal).tolist()}", remedy="It is a direction")
    return np.asarray((points - np.asarray(origin, dtype=np.float64)) @ (across / length))


def _reach(mark: Outline | Spot, reach_mm: float | None) -> float:
    # what lies midway between two slices is shown on both, and rounding makes it vanish from neither
    return (mark.thickness_mm / 2 if reach_mm is None else reach_mm) + SAME_PLACE_MM


def _check(places: FloatArray, color: str, thickness_mm: float) -> None:
    if not np.isfinite(places).all():
        raise GeometryError("a mark lies at what is no place in a room")
    if not _COLOR.fullmatch(color):
        raise OptionError(f"the colour of a mark is {color!r}", remedy="Write it as #rrggbb, such as #e6194b")
    if not 0 < thickness_mm < np.inf:
        raise OptionError(f"a mark is {thickness_mm} mm thick", remedy="It is the distance of the slices, in mm")
