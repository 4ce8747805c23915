"""Where in a scan there is anything to be seen: what fills the frame, and which of the voxels are drawn at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.presets import TransferFunction
from vizmed.render.crop import HalfSpace, is_shown
from vizmed.render.light import shown_values
from vizmed.slices import Slice
from vizmed.volume import Volume

if TYPE_CHECKING:
    import pyvista

Box = tuple[slice, slice, slice]

_COARSE = 96
"""Voxels along an axis that finding the body's place looks at; it only frames the picture."""

_ENOUGH_POINTS = 20_000

_VISIBLE = 0.04
"""Part of a transfer function's largest opacity from which on a voxel is there to be seen."""

_RIM, _BLOCK = 2, 16
"""Voxels around what is visible, for its light; and those in steps of which the drawn part of a volume grows."""


def points_to_frame(
    volume: Volume,
    function: TransferFunction | None,
    meshes: Sequence[pyvista.PolyData],
    slices: Sequence[Slice],
    sides: tuple[HalfSpace, ...],
) -> FloatArray:
    """Give points that the picture must show, enough of them to frame it.

    Parameters
    ----------
    volume : Volume
        What the volume rendering is drawn of.
    function : TransferFunction, optional
        Of the volume rendering, where there is one.
    meshes : sequence of pyvista.PolyData
    slices : sequence of Slice
        They fill the frame only where there is nothing else.
    sides : tuple of half spaces
        Within which alone things are shown; see `vizmed.render.crop`.

    Returns
    -------
    (n, 3) ndarray
        LPS mm.
    """
    points = [np.asarray(mesh.points[:: _every(mesh.n_points)], np.float64) for mesh in meshes]
    if function is not None:
        places = _visible(volume, function)
        points.append(places[:: _every(len(places))])
    points = [some[is_shown(some, sides)] for some in points]
    if any(len(some) for some in points):
        return np.concatenate(points)
    if slices:
        return np.concatenate([one.corners for one in slices])
    ends = [(0, n - 1) for n in volume.shape]
    return volume.geometry.to_world([(i, j, k) for i in ends[0] for j in ends[1] for k in ends[2]])


def shown_box(volume: Volume, function: TransferFunction | None) -> Box:
    """Find the box of voxels that is not wholly transparent, out to whole blocks so that it seldom changes."""
    there = [np.zeros(n, bool) for n in volume.shape]
    low, high = shown_values(function) if function else (-np.inf, np.inf)
    for k in range(volume.shape[2]):
        values = volume.voxels[..., k]
        shows = (values > low) & (values < high)
        there[2][k] = shows.any()
        there[0] |= shows.any(axis=1)
        there[1] |= shows.any(axis=0)
    if not there[2].any():
        return slice(0, volume.shape[0]), slice(0, volume.shape[1]), slice(0, volume.shape[2])
    return _out_to_blocks(there[0]), _out_to_blocks(there[1]), _out_to_blocks(there[2])


def _every(count: int) -> int:
    return max(1, -(-count // _ENOUGH_POINTS))


def _visible(volume: Volume, function: TransferFunction) -> FloatArray:
    """Give the places of voxels that a transfer function shows, LPS mm; of a large volume some of them."""
    steps = [max(1, -(-n // _COARSE)) for n in volume.shape]
    values = volume.voxels[:: steps[0], :: steps[1], :: steps[2]]
    places, opacities = (np.array(part) for part in zip(*function.opacity, strict=True))
    shows = np.interp(values, places, opacities) > _VISIBLE * max(opacities.max(), 1e-9)
    return volume.geometry.to_world(np.argwhere(shows) * steps)


def _out_to_blocks(there: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(there)
    low, high = int(places[0]) - _RIM, int(places[-1]) + 1 + _RIM
    return slice(max(0, low // _BLOCK * _BLOCK), min(len(there), -(-high // _BLOCK) * _BLOCK))
