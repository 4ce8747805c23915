"""Where the slices cross, and how that moves from slice to slice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.scene import PLANES, Plane, SliceLayer
from vizmed.slices.laying import laid, middle, tilted
from vizmed.slices.sampling import RIM
from vizmed.slices.section import grid_corners
from vizmed.volume import Volume

_ROUNDING = 1e-6
"""In voxels: what lies on the rim of a scan was reckoned there and back."""

_LEANING = 1e-3
"""Sine of the angle from which on a grid counts as turned against the patient's axes."""


def crossing(layer: SliceLayer, volume: Volume) -> FloatArray:
    """Give the point where the slices of a layer cross, LPS mm, shape (3,).

    Raises
    ------
    OptionError
        If it lies outside of the scan, even where no plane that is shown would miss the scan for that.
    """
    if layer.at is None:
        return middle(volume.geometry)
    at = np.array(layer.at, dtype=np.float64)
    if not is_in_scan(volume.geometry, at):
        corners = grid_corners(volume.geometry)
        ends = zip("xyz", corners.min(axis=0).tolist(), corners.max(axis=0).tolist(), strict=True)
        raise OptionError(
            f"the place {', '.join(f'{mm:g}' for mm in at)} lies outside of the scan",
            remedy=f"In LPS it reaches {', '.join(f'{axis} from {low:.1f} to {high:.1f}' for axis, low, high in ends)}"
            f" mm{_turned(volume.geometry)}",
        )
    return at


def is_in_scan(geometry: Geometry, place: FloatArray) -> bool:
    """Tell whether a place, LPS mm, lies within the faces of a grid's outermost voxels."""
    ijk = geometry.to_index(place)
    reach = RIM + _ROUNDING
    return bool(((ijk >= -reach) & (ijk <= np.array(geometry.shape) - 1 + reach)).all())


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


def _turned(geometry: Geometry) -> str:
    """Say that a scan does not fill the box that it reaches through."""
    leaning = np.abs(geometry.affine[:3, :3] / geometry.spacing)
    along = np.sort(leaning, axis=0)[:2].max()
    return ", in a box that it does not fill" if along > _LEANING else ""
