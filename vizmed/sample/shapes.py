"""Smooth solids: signed distances in mm, negative inside, each worked out only in the box that it can change.

Only additions, products, quotients and square roots are used. IEEE 754 rounds these one way everywhere, where a sine
or an exponential may differ in its last bit from one processor to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from vizmed.sample.block import Block, Floats, Point

Distance = Callable[[Any, Any, Any], Any]

FAR_MM = 1e3
"""Distance that stands for "nowhere near"."""


@dataclass(frozen=True)
class Shape:
    """A solid, and the box in LPS mm that holds it."""

    low: Point
    high: Point
    distance: Distance

    def mirrored(self) -> Shape:
        """Give the same on the other side of the midline."""
        (x0, y0, z0), (x1, y1, z1) = self.low, self.high
        return Shape((-x1, y0, z0), (-x0, y1, z1), lambda x, y, z: self.distance(-x, y, z))

    def grown(self, by_mm: float) -> Shape:
        """Give the same, thicker by so many mm all around."""
        low, high = tuple(c - by_mm for c in self.low), tuple(c + by_mm for c in self.high)
        return Shape(
            (low[0], low[1], low[2]),
            (high[0], high[1], high[2]),
            lambda x, y, z: self.distance(x, y, z) - np.float32(by_mm),
        )


def pair(shape: Shape) -> list[Shape]:
    """Give the shape and its mirror image, or the shape alone where it sits astride the midline."""
    return [shape] if shape.low[0] == -shape.high[0] else [shape, shape.mirrored()]


def smooth_min(a: Any, b: Any, blend_mm: float) -> Any:
    """Union of two distances, rounded where they meet; outside of the blend it is the plain minimum."""
    if blend_mm <= 0:
        return np.minimum(a, b)
    h = np.maximum(np.float32(blend_mm) - np.abs(a - b), np.float32(0))
    return np.minimum(a, b) - h * h * np.float32(0.25 / blend_mm)


def smooth_max(a: Any, b: Any, blend_mm: float) -> Any:
    """Intersection of two distances, rounded where they meet."""
    return -smooth_min(-a, -b, blend_mm)


@dataclass
class Solid:
    """Shapes added and carved in order, each with the width over which it blends with what is there before it."""

    steps: list[tuple[bool, float, Shape]] = field(default_factory=list)

    def add(self, shapes: Shape | Iterable[Shape], blend_mm: float = 0.0) -> Solid:
        """Put material where the shapes are."""
        return self._step(shapes, blend_mm, adds=True)

    def carve(self, shapes: Shape | Iterable[Shape], blend_mm: float = 0.0) -> Solid:
        """Take material away where the shapes are."""
        return self._step(shapes, blend_mm, adds=False)

    def _step(self, shapes: Shape | Iterable[Shape], blend_mm: float, *, adds: bool) -> Solid:
        for shape in [shapes] if isinstance(shapes, Shape) else shapes:
            self.steps.append((adds, blend_mm, shape))
        return self

    def distance(self, block: Block, start: Floats | None = None, reach_mm: float = 0.0) -> Floats:
        """Work out the distance at every point of a block.

        Parameters
        ----------
        block : Block
        start : ndarray, optional
            Distance of a solid that this one is laid on.
        reach_mm : float
            How far outside of the surface the distance must still be true.
        """
        found = np.full(block.shape, FAR_MM, dtype=np.float32, order="F") if start is None else start.copy("K")
        for adds, blend_mm, shape in self.steps:
            # beyond this margin the shape cannot move the surface, whatever it does to the numbers further out
            window = block.window(shape.low, shape.high, reach_mm + blend_mm + 3 * block.voxel_mm)
            if window is None:
                continue
            here = shape.distance(*block.at(window))
            if adds:
                found[window] = smooth_min(found[window], here, blend_mm)
            else:
                found[window] = smooth_max(found[window], -here, blend_mm)
        return found


def ellipsoid(centre: Point, radii: Point, pitch: float = 0.0, yaw: float = 0.0) -> Shape:
    """Make an ellipsoid; ``pitch`` is the slope dz/dy of its y axis, ``yaw`` the slope dx/dy of it after that."""
    reach = max(radii) if pitch or yaw else 0.0
    half = [max(r, reach) for r in radii]
    a, b = (1 + pitch * pitch) ** -0.5, (1 + yaw * yaw) ** -0.5
    rx, ry, rz = (1.0 / np.float32(r) for r in radii)

    def distance(x: Any, y: Any, z: Any) -> Any:
        x, y, z = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
        if yaw:
            x, y = (x - y * np.float32(yaw)) * np.float32(b), (y + x * np.float32(yaw)) * np.float32(b)
        if pitch:
            y, z = (y + z * np.float32(pitch)) * np.float32(a), (z - y * np.float32(pitch)) * np.float32(a)
        x, y, z = x * rx, y * ry, z * rz
        x2, y2, z2 = x * x, y * y, z * z
        level = np.sqrt(x2 + y2 + z2)
        slope = np.sqrt(x2 * (rx * rx) + y2 * (ry * ry) + z2 * (rz * rz))
        return level * (level - np.float32(1)) / (slope + np.float32(1e-6))

    low, high = _box_around([centre], half)
    return Shape(low, high, distance)


def tube(points: Sequence[Point], radii: Sequence[float], squeeze: Point = (1.0, 1.0, 1.0)) -> Shape:
    """Make a round tube along a polyline, its radius changing from point to point.

    ``squeeze`` makes the cross section flat: 0.5 along x halves its width there.
    """
    reach = max(radii)
    low, high = _box_around(points, [reach * s for s in squeeze])
    scale = np.float32(min(squeeze))
    knots = [tuple(c / s for c, s in zip(p, squeeze, strict=True)) for p in points]

    def distance(x: Any, y: Any, z: Any) -> Any:
        x, y, z = (c * np.float32(1 / s) if s != 1 else c for c, s in zip((x, y, z), squeeze, strict=True))
        nearest: Any = FAR_MM
        for ends, radii_here in zip(pairwise(knots), pairwise(radii), strict=True):
            nearest = np.minimum(nearest, _round_segment(x, y, z, ends, radii_here))
        return nearest * scale

    return Shape(low, high, distance)


def bent(points: Sequence[Point], radii: Sequence[float]) -> tuple[list[Point], list[float]]:
    """Round off a polyline and its radii: a Catmull-Rom curve through the points, in three pieces a stretch."""
    known = np.array([(*p, r) for p, r in zip(points, radii, strict=True)])
    padded = np.vstack([2 * known[0] - known[1], known, 2 * known[-1] - known[-2]])
    curve = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        curve += [
            b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
            for t in (0.0, 1 / 3, 2 / 3)
        ]
    curve.append(known[-1])
    return [(float(p[0]), float(p[1]), float(p[2])) for p in curve], [float(p[3]) for p in curve]


def _round_segment(x: Any, y: Any, z: Any, ends: tuple[Any, Any], radii: tuple[float, float]) -> Any:
    (p, q), (rp, rq) = ends, radii
    along = [b - a for a, b in zip(p, q, strict=True)]
    length2 = sum(c * c for c in along)
    dx, dy, dz = (c - np.float32(a) for c, a in zip((x, y, z), p, strict=True))
    ux, uy, uz = (np.float32(c) for c in along)
    t = (dx * (ux / length2) + dy * (uy / length2) + dz * (uz / length2)).astype(np.float32)
    t = np.clip(t, np.float32(0), np.float32(1))
    ex, ey, ez = dx - t * ux, dy - t * uy, dz - t * uz
    return np.sqrt(ex * ex + ey * ey + ez * ez) - (np.float32(rp) + t * np.float32(rq - rp))


def plate(outline: Sequence[tuple[float, float]], side_x: float, half_mm: float, lean: float, round_mm: float) -> Shape:
    """Make an upright plate: a polygon in (y, z) around ``x = side_x + lean * z``, with rounded edges."""
    y0, y1 = min(p[0] for p in outline), max(p[0] for p in outline)
    z0, z1 = min(p[1] for p in outline), max(p[1] for p in outline)
    xs = (side_x + lean * z0, side_x + lean * z1)
    low, high = _box_around([(min(xs), y0, z0), (max(xs), y1, z1)], [half_mm + round_mm, round_mm, round_mm])

    def distance(x: Any, y: Any, z: Any) -> Any:
        across = np.abs(x - np.float32(side_x) - z * np.float32(lean)) - np.float32(half_mm)
        return _extruded(_polygon(y, z, outline), across) - np.float32(round_mm)

    return Shape(low, high, distance)


def _extruded(a: Any, b: Any) -> Any:
    outside = np.sqrt(np.maximum(a, np.float32(0)) ** 2 + np.maximum(b, np.float32(0)) ** 2)
    return outside + np.minimum(np.maximum(a, b), np.float32(0))


def _polygon(u: Any, v: Any, outline: Sequence[tuple[float, float]]) -> Any:
    u, v = np.broadcast_arrays(u, v)
    nearest = np.full(u.shape, FAR_MM * FAR_MM, dtype=np.float32)
    inside = np.zeros(u.shape, dtype=bool)
    for (au, av), (bu, bv) in pairwise([*outline, outline[0]]):
        eu, ev = np.float32(bu - au), np.float32(bv - av)
        wu, wv = u - np.float32(au), v - np.float32(av)
        t = np.clip((wu * eu + wv * ev) / (eu * eu + ev * ev), np.float32(0), np.float32(1))
        du, dv = wu - eu * t, wv - ev * t
        nearest = np.minimum(nearest, du * du + dv * dv)
        inside ^= ((v >= av) != (v >= bv)) & ((wu * ev < wv * eu) == (ev > 0))
    distance = np.sqrt(nearest)
    return np.where(inside, -distance, distance)


def arch(centre: Point, radii: tuple[float, float], half: tuple[float, float], slope: float = 0.0) -> Shape:
    """Make the front half of an upright elliptic wall, as a jaw is: open to the back.

    ``half`` holds half its thickness and half its height; ``slope`` is dz/dy of its run.
    """
    rx, ry = (np.float32(1 / r) for r in radii)
    thick, tall = half
    round_mm = 0.95 * thick
    rise = abs(slope) * radii[1]

    def distance(x: Any, y: Any, z: Any) -> Any:
        x, y = (x - np.float32(centre[0])), y - np.float32(centre[1])
        z = z - np.float32(centre[2]) - y * np.float32(slope)
        u, v = x * rx, np.minimum(y, np.float32(0)) * ry
        u2, v2 = u * u, v * v
        level = np.sqrt(u2 + v2)
        run = level * (level - np.float32(1)) / (np.sqrt(u2 * rx * rx + v2 * ry * ry) + np.float32(1e-6))
        wall = np.abs(run) - np.float32(thick - round_mm)
        wall = np.maximum(wall, y)
        return _extruded(wall, np.abs(z) - np.float32(tall - round_mm)) - np.float32(round_mm)

    low, high = _box_around([centre], [radii[0] + thick, radii[1] + thick, tall + rise])
    return Shape(low, (high[0], centre[1] + thick, high[2]), distance)


def half_space(point: Point, normal: Point) -> Shape:
    """Make everything behind a plane, seen along its outward normal."""
    length = sum(c * c for c in normal) ** 0.5
    nx, ny, nz = (np.float32(c / length) for c in normal)

    def distance(x: Any, y: Any, z: Any) -> Any:
        return (x - np.float32(point[0])) * nx + (y - np.float32(point[1])) * ny + (z - np.float32(point[2])) * nz

    return Shape((-FAR_MM,) * 3, (FAR_MM,) * 3, distance)


def _box_around(points: Sequence[Point], half: Sequence[float]) -> tuple[Point, Point]:
    low = tuple(min(p[n] for p in points) - half[n] for n in range(3))
    high = tuple(max(p[n] for p in points) + half[n] for n in range(3))
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def brick(centre: Point, half: Point, yaw: float, round_mm: float) -> Shape:
    """Make a box with rounded edges, turned about z so that its x axis runs along ``(1, yaw)``."""
    c = (1 + yaw * yaw) ** -0.5
    ux, uy = np.float32(c), np.float32(c * yaw)

    def distance(x: Any, y: Any, z: Any) -> Any:
        x, y = x - np.float32(centre[0]), y - np.float32(centre[1])
        flat = _extruded(
            np.abs(x * ux + y * uy) - np.float32(half[0] - round_mm),
            np.abs(y * ux - x * uy) - np.float32(half[1] - round_mm),
        )
        return _extruded(flat, np.abs(z - np.float32(centre[2])) - np.float32(half[2] - round_mm)) - np.float32(
            round_mm
        )

    reach = half[0] + half[1]
    low, high = _box_around([centre], [reach, reach, half[2]])
    return Shape(low, high, distance)
