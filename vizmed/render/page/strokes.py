"""Fine lines on a picture, smoothed at their edges, by numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.render.page.colors import rgb

Picture = NDArray[np.uint8]
"""(height, width, 3), drawn into."""

Mask = NDArray[np.float32]


def polyline(points: FloatArray, *, closed: bool = False) -> FloatArray:
    """Give the segments, shape (n, 2, 2), that join points (m, 2) one after the other."""
    ends = np.roll(points, -1, axis=0)
    segments = np.stack([points, ends], axis=1)
    return segments if closed else segments[:-1]


def ring(middle: FloatArray, radius: float) -> FloatArray:
    """Give the segments of a circle."""
    angles = np.linspace(0, 2 * np.pi, 33)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return polyline(middle + radius * around)


def dashes(segments: FloatArray, on: float, off: float) -> FloatArray:
    """Part segments into dashes of some pixels, each segment beginning with one."""
    parts = [np.empty((0, 2, 2))]
    for start, end in segments:
        length = float(np.linalg.norm(end - start))
        if length > 0:
            first = np.arange(0, length, on + off)
            shares = np.stack([first, np.minimum(first + on, length)], axis=1) / length
            parts.append(start + shares[..., None] * (end - start))
    return np.concatenate(parts)


def stroke(picture: Picture, segments: FloatArray, color: str, width: float, opacity: float = 1.0) -> None:
    """Draw segments into a picture; where they overlap they are no denser.

    Parameters
    ----------
    picture : (height, width, 3) ndarray of uint8
    segments : (n, 2, 2) ndarray
        Both ends of each, as x and y in pixels; the middle of the first pixel is at 0.5, 0.5.
    color : str
        ``"#rrggbb"``.
    width : float
        In pixels.
    opacity : float
    """
    within = _clipped(_capped(np.asarray(segments, dtype=np.float64) - 0.5, width), picture.shape[:2], width)
    if not len(within):
        return
    low = np.maximum(np.floor(within.min(axis=(0, 1)) - width).astype(int), 0)
    high = np.minimum(np.ceil(within.max(axis=(0, 1)) + width).astype(int) + 1, picture.shape[1::-1])
    if (high <= low).any():
        return
    mask = np.zeros((high[1] - low[1], high[0] - low[0]), dtype=np.float32)
    ways = np.abs(within[:, 1] - within[:, 0])
    level = ways[:, 0] >= ways[:, 1]
    _sweep(mask, within[level] - low, width)
    _sweep(mask.T, within[~level][..., ::-1] - low[::-1], width)
    blend(picture[low[1] : high[1], low[0] : high[0]], rgb(color), mask * np.float32(opacity))


def meets(segments: FloatArray, size: tuple[int, int]) -> bool:
    """Tell whether anything of segments (n, 2, 2) lies in a picture of a width and a height."""
    return len(_clipped(np.asarray(segments, dtype=np.float64) - 0.5, size[::-1], 0.0)) > 0


def blend(part: Picture, color: Sequence[int], alpha: Mask) -> None:
    """Lay a colour over a part of a picture, as densely as alpha (height, width), 0 to 1, says."""
    seen = alpha > 0
    if seen.any():
        before, share = part[seen].astype(np.float32), alpha[seen][:, None]
        part[seen] = (before + share * (np.asarray(color, dtype=np.float32) - before) + 0.5).astype(np.uint8)


def _capped(segments: FloatArray, width: float) -> FloatArray:
    """Lengthen wide segments at both ends, so that they fill the corners in which they meet."""
    way = segments[:, 1] - segments[:, 0]
    cap = max(0.0, (width - 1) / 2) * way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    return np.stack([segments[:, 0] - cap, segments[:, 1] + cap], axis=1)


def _clipped(segments: FloatArray, size: tuple[int, ...], width: float) -> FloatArray:
    """Cut off what lies outside of the picture (Liang and Barsky), so that a line of a great zoom costs nothing."""
    low, high = np.full(2, -2.0 - width), np.array(size[::-1]) + 1.0 + width
    start, way = segments[:, 0], segments[:, 1] - segments[:, 0]
    enters, leaves = np.zeros(len(segments)), np.ones(len(segments))
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in range(2):
            still = way[:, axis] == 0
            near, far = ((edge[axis] - start[:, axis]) / way[:, axis] for edge in (low, high))
            near, far = np.minimum(near, far), np.maximum(near, far)
            beside = still & ((start[:, axis] < low[axis]) | (start[:, axis] > high[axis]))
            enters = np.where(still, np.where(beside, 2.0, enters), np.fmax(enters, near))
            leaves = np.where(still, leaves, np.fmin(leaves, far))
    meets = enters < leaves
    first, last = (start + share[:, None] * way for share in (enters, leaves))
    return np.asarray(np.stack([first, last], axis=1)[meets])


def _sweep(mask: Mask, segments: FloatArray, width: float) -> None:
    """Cover the pixels along segments that run more along the mask's columns than along its rows."""
    if not len(segments):
        return
    order = np.argsort(segments[:, :, 0], axis=1)
    start, end = (np.take_along_axis(segments, order[:, n, None, None], axis=1)[:, 0] for n in (0, 1))
    first, last = np.ceil(start[:, 0] - 0.5).astype(int), np.ceil(end[:, 0] - 0.5).astype(int)
    last = np.maximum(last, first + 1)
    which = np.repeat(np.arange(len(segments)), last - first)
    x = np.arange(len(which)) - np.repeat(np.cumsum(last - first) - (last - first), last - first) + first[which]
    way = end - start
    slope = way[:, 1] / np.where(way[:, 0] > 0, way[:, 0], 1)
    y = start[which, 1] + np.clip(x - start[which, 0], 0, way[which, 0]) * slope[which]
    cosine = 1 / np.hypot(1, slope[which])
    reach = int(np.ceil(width / 2 * np.sqrt(2) + 1))
    for offset in range(-reach, reach + 1):
        row = np.rint(y).astype(int) + offset
        cover = np.clip(width / 2 + 0.5 - np.abs(row - y) * cosine, 0, 1)
        inside = (cover > 0) & (row >= 0) & (row < mask.shape[0]) & (x >= 0) & (x < mask.shape[1])
        np.maximum.at(mask, (row[inside], x[inside]), cover[inside].astype(np.float32))
