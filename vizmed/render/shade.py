"""Soft shadows on surfaces: how much of the open sky each point sees, once for all frames.

Light that comes from everywhere reaches a point from those directions in which nothing solid stands. It is swept
through a coarse grid of what is solid from 26 directions, thinned by each cell by the part of it that is solid. Each
cell keeps the mean light and the mean direction that it comes from, which is enough to know the light on a face of any
slant. Nothing is drawn for it, so it is the same with and without a graphics card, in a window and in a picture, and it
costs nothing while things turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray, Geometry
from vizmed.render.crop import HalfSpace, voxels_shown
from vizmed.surface import Band, Level
from vizmed.surface.threads import blocks, workers
from vizmed.volume import Volume

_CELLS = 128
"""Cells along the longest side of the grid."""

_OFF = 1.2
"""Cells by which a point steps off its own surface before it looks around."""

_FLAT = 0.93
"""Light that the middle of a plain face gets from a grid whose cells blur its border; more is full light."""

_STOPPED = 0.98
"""Of the light that a wholly solid cell takes; all of it would leave no power to raise."""

_FAINTEST = np.float32(1e-30)
"""Light that is as good as none: processors take many times as long over numbers near the smallest that there are."""

_BLOCK = 1 << 15
"""Points that are looked at together: what is known of them stays in a processor's cache."""

_WAYS = 2000
"""Directions, evenly spread, that are told to the nearest of the 26."""

_STEPS = tuple(step for step in product((-1, 0, 1), repeat=3) if any(step))

Grid = NDArray[np.float32]


class _Beam(NamedTuple):
    """Light from one direction."""

    step: tuple[int, ...]
    """To the neighbour that it comes from."""
    passed: Grid
    """Part of it that each cell lets through."""
    weights: NDArray[np.float32]
    """What it adds to mean light and mean direction."""


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """The light in each cell of a coarse grid.

    Parameters
    ----------
    light : (ni, nj, nk, 4) ndarray
        Mean light, and mean direction of it.
    affine : (3, 3) ndarray
        From cells to LPS mm.
    origin : (3,) ndarray
        Middle of the first cell, LPS mm.
    """

    light: Grid
    affine: FloatArray
    origin: FloatArray

    def seen_from(self, points: NDArray[np.float32], normals: NDArray[np.float32]) -> Grid:
        """Give the part of the open sky that points of a surface see, (n,) from 0 in a closed cavity to 1.

        Parameters
        ----------
        points : (n, 3) ndarray
            LPS mm.
        normals : (n, 3) ndarray
            Outward, of length 1.
        """
        sky = np.empty(len(points), np.float32)
        to_cell = np.linalg.inv(self.affine)
        cell_mm = float(np.cbrt(abs(np.linalg.det(self.affine))))

        def look(block: slice) -> None:
            places = (points[block] + normals[block] * (_OFF * cell_mm) - self.origin) @ to_cell.T
            factors = np.concatenate([np.ones((len(places), 1), np.float32), 2 * normals[block]], axis=1)
            sky[block] = _between(self.light, places.astype(np.float32), factors)

        with workers() as threads:
            for _ in threads.map(look, blocks(len(points), _BLOCK)):
                pass
        return np.asarray(np.clip(sky / np.float32(_FLAT), 0, 1))


def sky_over(volume: Volume, level: Level | Band, sides: tuple[HalfSpace, ...] = ()) -> Sky:
    """Sweep light through what is solid of a volume.

    Parameters
    ----------
    volume : Volume
    level : Level or Band
        What of it is solid.
    sides : tuple of half spaces
        What lies outside of any is not shown, and takes no light; see `vizmed.render.crop`.
    """
    steps = _steps(volume)
    affine = volume.geometry.affine[:3, :3] * steps
    solid, of = _solid(volume, level, steps, sides)
    light = _light(np.pad(solid, 2), of, affine)
    # cell 2 (after the padding) is centred amid the voxels 0 to steps - 1
    origin = volume.geometry.to_world((np.array(steps) - 1) / 2) - affine @ (2.0, 2.0, 2.0)
    return Sky(light, affine, origin)


def _steps(volume: Volume) -> NDArray[np.intp]:
    extent = volume.geometry.spacing * volume.shape
    most = np.maximum(np.array(volume.shape) // 2, 1)
    steps = np.clip(np.rint(extent.max() / _CELLS / volume.geometry.spacing), 1, most)
    return np.asarray(steps, dtype=np.intp)


def _solid(
    volume: Volume, level: Level | Band, steps: NDArray[np.intp], sides: tuple[HalfSpace, ...]
) -> tuple[NDArray[np.uint8], int]:
    """Count the solid voxels of each cell, of up to eight that are looked at, and tell of how many."""
    cells = -(-np.array(volume.shape) // steps)
    solid = np.zeros(tuple(cells), np.uint8, order="F")  # as voxels are
    offsets = [sorted({int(step) // 4, (3 * int(step)) // 4}) for step in steps]
    for starts in product(*offsets):
        values = volume.voxels[tuple(slice(start, None, step) for start, step in zip(starts, steps, strict=True))]
        inside = values >= level.low
        if level.high < np.inf:
            inside &= values <= level.high
        if sides:
            affine = volume.geometry.affine @ _placed(starts, steps)
            inside &= voxels_shown(Geometry(inside.shape, affine), sides)
        # the last cell may be cut short before this one of its voxels
        i, j, k = inside.shape
        solid[:i, :j, :k] += inside
    return np.ascontiguousarray(solid), math.prod(len(one) for one in offsets)


def _placed(starts: tuple[int, ...], steps: NDArray[np.intp]) -> FloatArray:
    """Give the matrix from every so many voxels' indices to those of all."""
    matrix = np.diag([*steps, 1.0])
    matrix[:3, 3] = starts
    return matrix


def _light(solid: NDArray[np.uint8], of: int, affine: FloatArray) -> Grid:
    """Give mean light and mean direction of it, (ni, nj, nk, 4), by how many voxels of so many are solid in a cell."""
    light = np.zeros((4, *solid.shape), np.float32)
    ways = np.array(_STEPS) @ affine.T
    lengths = np.linalg.norm(ways, axis=1)
    cell_mm = np.cbrt(abs(np.linalg.det(affine)))
    shares = _shares(tuple(map(tuple, (ways / lengths[:, None]).round(6).tolist())))
    open_part = 1 - np.float32(_STOPPED) * (np.arange(of + 1, dtype=np.float32) / np.float32(of))
    passed_over = {
        length: (open_part ** np.float32(length / cell_mm)).take(solid) for length in {*lengths.round(6).tolist()}
    }
    beams: dict[tuple[int, int], list[_Beam]] = {}
    for step, way, length, share in zip(_STEPS, ways, lengths, shares, strict=True):
        axis = next(n for n in range(3) if step[n])
        weights = np.array([share, *(share * way / length)], np.float32)
        beam = _Beam(step, passed_over[round(float(length), 6)], weights)
        beams.setdefault((axis, step[axis]), []).append(beam)
    for (axis, side), along in beams.items():
        _sweep(light, axis, side, along)
    return np.ascontiguousarray(np.moveaxis(_softened(light), 0, -1))


@cache
def _shares(ways: tuple[tuple[float, float, float], ...]) -> FloatArray:
    """Give the part of the sky that is nearest to each direction."""
    n = np.arange(_WAYS) + 0.5
    height, turn = 1 - 2 * n / _WAYS, np.pi * (1 + 5**0.5) * n
    around = np.sqrt(1 - height**2)
    sky = np.stack([around * np.cos(turn), around * np.sin(turn), height], axis=1)
    nearest = np.argmax(sky @ np.array(ways).T, axis=1)
    return np.bincount(nearest, minlength=len(ways)) / _WAYS


def _sweep(light: Grid, axis: int, side: int, beams: list[_Beam]) -> None:
    """Add the light that comes from directions on one side, layer by layer along an axis.

    What a cell gets is what its neighbour in the light's direction lets through.
    """
    layers = np.moveaxis(light, axis + 1, 0)
    weights = np.stack([beam.weights for beam in beams], axis=1)
    across = [n for n in range(3) if n != axis]
    tracks = []
    for beam in beams:
        to, of = zip(*(_shift(beam.step[n]) for n in across), strict=True)
        tracks.append((np.moveaxis(beam.passed, axis, 0), to, of))
    # cells at the rim that have no neighbour in the direction see the sky: they stay 1 in both
    arriving = np.ones((len(beams), *layers.shape[2:]), np.float32)
    following = np.ones_like(arriving)
    for n in range(len(layers))[::-side]:
        layers[n] += np.tensordot(weights, arriving, 1)
        for now, after, (through, to, of) in zip(arriving, following, tracks, strict=True):
            np.multiply(now[of], through[n][of], out=after[to])
        arriving, following = np.maximum(following, _FAINTEST, out=following), arriving


def _shift(step: int) -> tuple[slice, slice]:
    """Give where a neighbour's values go, and which they are."""
    if step == 0:
        return slice(None), slice(None)
    return (slice(None, -1), slice(1, None)) if step > 0 else (slice(1, None), slice(None, -1))


def _softened(light: Grid) -> Grid:
    """Blur by half a cell, which takes the 26 beams out."""
    for channel in light:
        for axis in range(3):
            moved = np.moveaxis(channel, axis, 0)
            inner = moved[:-2] + moved[2:]
            inner *= np.float32(0.5)
            inner += moved[1:-1]
            inner *= np.float32(0.5)
            moved[1:-1] = inner
    return light


def _between(grid: Grid, places: NDArray[np.float32], factors: NDArray[np.float32]) -> Grid:
    """Interpolate a grid (ni, nj, nk, channels) linearly at places (n, 3), and sum its channels times factors there."""
    ni, nj, nk, channels = grid.shape
    places = np.clip(places, 0, np.array([ni, nj, nk], np.float32) - 1.001)
    corner = places.astype(np.intp)
    far = (places - corner.astype(np.float32)).T.copy()
    near = 1 - far
    flat = grid.reshape(-1, channels)
    at = (corner[:, 0] * nj + corner[:, 1]) * nk + corner[:, 2]
    out = np.zeros(len(places), np.float32)
    values = np.empty((len(places), channels), np.float32)
    for ends in product((0, 1), repeat=3):
        di, dj, dk = ends
        i_weight, j_weight, k_weight = ((far if end else near)[axis] for axis, end in enumerate(ends))
        # take, of all ways to index, lets other threads run; its check of the bounds would be done on a copy
        np.take(flat, at + ((di * nj + dj) * nk + dk), axis=0, out=values, mode="clip")
        out += np.einsum("nc,nc->n", values, factors) * (i_weight * j_weight * k_weight)
    return out
