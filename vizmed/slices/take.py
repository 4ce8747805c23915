"""Slices of a volume: along its grid, across any direction, and slabs of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray
from vizmed.scene import PLANES, PROJECTIONS, Plane, Projection
from vizmed.slices.crossing import slice_near
from vizmed.slices.laying import Laid, Tilted, laid, middle, tilted
from vizmed.slices.sampling import RIM, Raster, trilinear
from vizmed.slices.section import grid_corners, section
from vizmed.slices.slab import Slab
from vizmed.slices.slice import Slice
from vizmed.volume import Volume, Voxels

_TURNED = ("axial", "coronal")
"""The planes on which left and right change sides where slices are laid the neurological way."""

_ROUNDING = 1e-6
"""Of pixels and of the way from slice to slice, as a part of their size."""

_MOST_PIXELS = 4096
"""Along a side of an oblique slice; where there were more, its pixels are larger than the smallest spacing."""


def take_slice(
    volume: Volume,
    plane: Plane = "axial",
    *,
    at: Sequence[float] | None = None,
    index: int | None = None,
    normal: Sequence[float] | None = None,
    slab_mm: float = 0.0,
    projection: Projection = "mip",
    neurological: bool = False,
) -> Slice:
    """Take the slice of a plane at a point, at an index, or through the middle.

    Parameters
    ----------
    volume : Volume
    plane : {"axial", "coronal", "sagittal", "oblique"}
        The first three follow the acquired grid, and a pixel is a voxel; an oblique plane is interpolated.
    at : (x, y, z), optional
        A point in LPS mm. The slice of the grid nearest to it is taken; an oblique plane goes through it.
    index : int, optional
        Which slice, from 0, counted towards S (axial), P (coronal) or L (sagittal); of an oblique plane in steps of
        the smallest spacing along its normal.
    normal : (x, y, z), optional
        Of the oblique plane, LPS; either of its two ways gives the same picture. It means nothing to other planes.
    slab_mm : float
        How thick a slab is projected onto the slice: of the slices whose middles lie within half of it from the
        chosen one, in mm across the plane. 0 takes that one alone.
    projection : {"mip", "minip", "mean"}
        What of a slab is shown: the value that is shown brightest (the lowest where the volume is inverted), the one
        that is shown darkest, or the mean, in float32. What is no number is left out.
    neurological : bool
        Whether the patient's left is on the left of axial and coronal slices, and of oblique ones nearest to them.

    Raises
    ------
    OptionError
        If there is no such plane or slice.
    """
    _check(plane, at, slab_mm, projection)
    point = middle(volume.geometry) if at is None else np.array(at, dtype=np.float64)
    slab = Slab(slab_mm, projection, volume.inverted)
    nearest = plane
    if plane == "oblique":
        if normal is None:
            raise OptionError("the oblique plane has no normal", remedy="Give one, or three points of it")
        tilt = tilted(volume, normal)
        nearest = tilt.nearest
        one = _of_tilt(volume, tilt, _tilt_point(volume, tilt, point, index), slab)
    else:
        grid = laid(volume, plane)
        one = _of_grid(volume, grid, _grid_index(grid, point, index), slab)
    return _mirrored(one) if neurological and nearest in _TURNED else one


def _check(plane: Plane, at: Sequence[float] | None, slab_mm: float, projection: Projection) -> None:
    if plane not in PLANES:
        raise OptionError(f"there is no plane {plane!r}", remedy=f"There are {', '.join(PLANES)}")
    if at is not None and (len(at) != 3 or not np.isfinite(at).all()):
        raise OptionError(f"the slice is to go through {tuple(at)}", remedy="A place is three numbers in LPS mm")
    if projection not in PROJECTIONS:
        raise OptionError(f"there is no projection {projection!r}", remedy=f"There are {', '.join(PROJECTIONS)}")
    if not 0 <= slab_mm < np.inf:
        raise OptionError(f"the slab is {slab_mm:g} mm thick", remedy="It is 0 or more")


def _mirrored(one: Slice) -> Slice:
    last = one.values.shape[1] - 1
    return replace(one, values=one.values[:, ::-1], origin=one.to_lps(0, last), along_row=-one.along_row)


def _of_grid(volume: Volume, grid: Laid, chosen: int, slab: Slab) -> Slice:
    first = [0, 0, 0]
    first[grid.across] = chosen
    layers = 2 * slab.around(grid.gap_mm) + 1
    raster = Raster(grid.geometry.to_world(first), grid.along_row, grid.down_column, grid.shape)
    return Slice(
        plane=grid.plane,
        values=_values_of_grid(volume, grid, raster, chosen, slab),
        origin=raster.origin,
        along_row=raster.along_row,
        down_column=raster.down_column,
        index=chosen,
        count=grid.count,
        thickness_mm=layers * grid.gap_mm,
        layers=layers,
    )


def _grid_index(grid: Laid, point: FloatArray, index: int | None) -> int:
    last = grid.count - 1
    if index is None:
        place = float(grid.geometry.to_index(point)[grid.across])
        if not -RIM <= place <= last + RIM:
            raise OptionError(
                f"the point {_said(point)} lies outside of the scan, {grid.plane} index {place:.1f}",
                remedy=f"Its {grid.plane} slices are 0 to {last}",
            )
        return slice_near(place, grid.count)
    if not 0 <= index <= last:
        raise OptionError(f"there is no {grid.plane} slice {index}", remedy=f"There are 0 to {last}")
    return int(index)


def _values_of_grid(volume: Volume, grid: Laid, raster: Raster, chosen: int, slab: Slab) -> Voxels:
    slices = np.moveaxis(grid.voxels, (grid.across, grid.down, grid.along), (0, 1, 2))
    around = slab.around(grid.gap_mm)
    if around == 0:
        return np.asarray(slices[chosen])
    first, last = max(0, chosen - around), min(grid.count - 1, chosen + around)
    across = grid.gap_mm * grid.normal
    if np.allclose(grid.next_slice, across, atol=_ROUNDING * grid.gap_mm):
        return slab.projected(slices[first : last + 1])
    # the slices of a sheared grid are shifted against each other: what lies across the plane lies between pixels
    rasters = (raster.moved(n * across) for n in range(first - chosen, last - chosen + 1))
    return slab.projected(trilinear(volume, one) for one in rasters)


def _of_tilt(volume: Volume, tilt: Tilted, point: FloatArray, slab: Slab) -> Slice:
    raster = _tilt_raster(volume, tilt, point)
    around = slab.around(tilt.spacing_mm)
    rasters = (raster.moved(n * tilt.spacing_mm * tilt.normal) for n in range(-around, around + 1))
    return Slice(
        plane="oblique",
        values=slab.projected(trilinear(volume, one) for one in rasters),
        origin=raster.origin,
        along_row=raster.along_row,
        down_column=raster.down_column,
        index=tilt.index(point),
        count=tilt.count,
        thickness_mm=(2 * around + 1) * tilt.spacing_mm,
        layers=2 * around + 1,
    )


def _tilt_point(volume: Volume, tilt: Tilted, point: FloatArray, index: int | None) -> FloatArray:
    """Give a point of the plane that is asked for."""
    if index is not None:
        if not 0 <= index < tilt.count:
            raise OptionError(f"there is no oblique slice {index}", remedy=f"There are 0 to {tilt.count - 1}")
        height = tilt.low + index * tilt.spacing_mm
        return tilt.anchor + (height - tilt.anchor @ tilt.normal) * tilt.normal
    heights = grid_corners(volume.geometry) @ tilt.normal
    rounding = _ROUNDING * tilt.spacing_mm
    if not heights.min() - rounding <= point @ tilt.normal <= heights.max() + rounding:
        raise OptionError(
            f"the oblique plane through {_said(point)} lies outside of the scan",
            remedy=f"Points of the scan lie along its normal from {heights.min():.1f} to {heights.max():.1f} mm, "
            f"this one at {point @ tilt.normal:.1f}",
        )
    return point


def _tilt_raster(volume: Volume, tilt: Tilted, point: FloatArray) -> Raster:
    """Lay pixels over what the plane cuts of the scan."""
    start = tilt.anchor + ((point - tilt.anchor) @ tilt.normal) * tilt.normal
    outline = section(grid_corners(volume.geometry), start, tilt.normal)
    # a plane may miss the scan by the rounding that its point was let through with
    reach = (outline - start if len(outline) else np.zeros((1, 3))) @ np.stack([tilt.down, tilt.right], axis=1)
    pixel_mm = max(tilt.spacing_mm, float(np.ptp(reach, axis=0).max()) / _MOST_PIXELS)
    first = np.ceil(reach.min(axis=0) / pixel_mm - _ROUNDING)
    last = np.maximum(first, np.floor(reach.max(axis=0) / pixel_mm + _ROUNDING))
    rows, columns = (last - first).astype(int) + 1
    corner = start + pixel_mm * (first[0] * tilt.down + first[1] * tilt.right)
    return Raster(corner, pixel_mm * tilt.right, pixel_mm * tilt.down, (int(rows), int(columns)))


def _said(point: FloatArray) -> str:
    return ", ".join(f"{mm:g}" for mm in point)
