"""Where the slices cross, and how that moves from slice to slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.scene import PLANES, Plane, SliceLayer
from vizmed.slices.laying import laid, middle, tilted
from vizmed.slices.sampling import RIM
from vizmed.volume import Volume


def crossing(layer: SliceLayer, volume: Volume) -> FloatArray:
    """Give the point where the slices of a layer cross, LPS mm, shape (3,)."""
    return middle(volume.geometry) if layer.at is None else np.array(layer.at, dtype=np.float64)


def step(layer: SliceLayer, volume: Volume, plane: Plane, count: int) -> SliceLayer:
    """Move where the slices cross by so many slices of a plane, towards S, P or L.

    Parameters
    ----------
    layer : SliceLayer
    volume : Volume
    plane : {"axial", "coronal", "sagittal", "oblique"}
        Slices of the grid are counted along its own axis, and the first and the last stop it. The oblique plane goes
        along its normal, by the smallest spacing, and stops where the crossing would leave the scan.
    count : int
        Backwards where it is negative.

    Raises
    ------
    OptionError
        If there is no such plane.
    """
    if plane not in PLANES:
        raise OptionError(f"there is no plane {plane!r}", remedy=f"There are {', '.join(PLANES)}")
    at = crossing(layer, volume)
    if plane == "oblique":
        moved = _along_normal(layer, volume, at, count)
    else:
        grid = laid(volume, plane)
        ijk = grid.geometry.to_index(at)
        ijk[grid.across] = np.clip(slice_near(float(ijk[grid.across]), grid.count) + count, 0, grid.count - 1)
        moved = grid.geometry.to_world(ijk)
    x, y, z = moved.tolist()
    return replace(layer, at=(x, y, z))


def slice_near(place: float, count: int) -> int:
    """Give the slice that is nearest to a place along the grid's axis.

    Halves are rounded down, so that the middle of four slices is the second in every plane.
    """
    return int(np.clip(np.ceil(round(place, 6) - 0.5), 0, count - 1))


def _along_normal(layer: SliceLayer, volume: Volume, at: FloatArray, count: int) -> FloatArray:
    if layer.normal is None:
        raise OptionError("the oblique plane has no normal", remedy="Give one, or three points of it")
    tilt = tilted(volume, layer.normal)
    way = tilt.spacing_mm * tilt.normal * np.sign(count)
    start = volume.geometry.to_index(at)
    each = volume.geometry.to_index(at + way) - start
    last = np.array(volume.shape) - 1 + RIM
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(each > 0, (last - start) / each, np.where(each < 0, (-RIM - start) / each, np.inf))
    steps = min(abs(count), max(0, int(np.floor(room.min()))))
    return np.asarray(at + steps * way)
