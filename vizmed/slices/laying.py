"""How slices are laid on a page: seen from the feet, from the front and from the left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.scene import GRID_PLANES, Plane
from vizmed.slices.sampling import Raster
from vizmed.slices.section import grid_corners
from vizmed.volume import Volume, Voxels

_LAYING = {"axial": (2, 0, 1, "LPS"), "coronal": (1, 0, 2, "LPI"), "sagittal": (0, 1, 2, "LPI")}
"""Plane to: index axis across it, along its rows, down its columns, and the axis codes that lay it so."""

_ROUNDING = 1e-6
"""Of a cosine, or of a number of steps."""


@dataclass(frozen=True, eq=False)
class Laid:
    """A volume turned so that its planes of one kind are laid as a page shows them.

    Parameters
    ----------
    plane : {"axial", "coronal", "sagittal"}
    voxels : (ni, nj, nk) ndarray
        A view.
    geometry : Geometry
        Of the view.
    across, along, down : int
        Index axis that slices are counted along (towards S, P or L), that rows run along, that columns run down.
    """

    plane: Plane
    voxels: Voxels
    geometry: Geometry
    across: int
    along: int
    down: int

    @property
    def count(self) -> int:
        """How many slices there are."""
        return self.geometry.shape[self.across]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.geometry.shape[self.down], self.geometry.shape[self.along]

    @property
    def along_row(self) -> FloatArray:
        """Way from one pixel to the next to the right, LPS mm."""
        return self.geometry.affine[:3, self.along]

    @property
    def down_column(self) -> FloatArray:
        """Way from one pixel to the next below, LPS mm."""
        return self.geometry.affine[:3, self.down]

    @property
    def next_slice(self) -> FloatArray:
        """Way from a pixel to the same one of the next slice, LPS mm; not across the plane where it is sheared."""
        return self.geometry.affine[:3, self.across]

    @property
    def normal(self) -> FloatArray:
        """Unit vector across the plane, LPS, to the side that slices are counted to."""
        normal = np.cross(self.along_row, self.down_column)
        normal /= np.linalg.norm(normal)
        return normal if normal @ self.next_slice > 0 else -normal

    @property
    def gap_mm(self) -> float:
        """Distance of neighbouring slices across the plane."""
        return float(self.normal @ self.next_slice)

    @property
    def raster(self) -> Raster:
        """Where the pixels of the first slice lie."""
        return Raster(self.geometry.origin, self.along_row, self.down_column, self.shape)


_FOUND: WeakKeyDictionary[Volume, dict[Plane, Laid]] = WeakKeyDictionary()
"""A page asks dozens of times how its slices are laid."""


def laid(volume: Volume, plane: Plane) -> Laid:
    """Turn a volume so that its planes of the grid of one kind are laid as a page shows them."""
    found = _FOUND.setdefault(volume, {})
    if plane not in found:
        across, along, down, codes = _LAYING[plane]
        turned = volume.reoriented(codes)
        found[plane] = Laid(plane, turned.voxels, turned.geometry, across, along, down)
    return found[plane]


def middle(geometry: Geometry) -> FloatArray:
    """Give the middle of a grid, LPS mm, shape (3,)."""
    return geometry.to_world((np.array(geometry.shape) - 1) / 2)


@dataclass(frozen=True, eq=False)
class Tilted:
    """How the planes across a direction are laid: like the plane of the grid that is nearest.

    Parameters
    ----------
    nearest : {"axial", "coronal", "sagittal"}
    normal, right, down : (3,) ndarray
        Unit vectors, LPS; the normal points to where the slices of the nearest plane are counted to.
    anchor : (3,) ndarray
        The centre of a voxel, LPS mm; pixels are laid so that its projection is the centre of one.
    spacing_mm : float
        Of pixels and of steps: the smallest of the grid.
    low, high : float
        Where along the normal the outermost voxel centres lie, in mm.
    """

    nearest: Plane
    normal: FloatArray
    right: FloatArray
    down: FloatArray
    anchor: FloatArray
    spacing_mm: float
    low: float
    high: float

    @property
    def count(self) -> int:
        """How many steps there are along the normal."""
        return int((self.high - self.low) / self.spacing_mm + _ROUNDING) + 1

    def index(self, point: FloatArray) -> int:
        """Give the step that is nearest to a point."""
        return int(np.clip(np.rint((point @ self.normal - self.low) / self.spacing_mm), 0, self.count - 1))

    def size_mm(self, geometry: Geometry) -> tuple[float, float]:
        """Height and width that the largest of the planes could fill; that of one changes from step to step."""
        reach = grid_corners(geometry) @ np.stack([self.down, self.right], axis=1)
        height, width = np.ptp(reach, axis=0).tolist()
        return height, width


def tilted(volume: Volume, normal: Sequence[float]) -> Tilted:
    """Lay the planes across a direction.

    Raises
    ------
    OptionError
        If it is no direction.
    """
    way = np.asarray(normal, dtype=np.float64)
    if way.shape != (3,) or not np.isfinite(way).all() or not way.any():
        raise OptionError(
            f"the normal of the oblique plane is {tuple(normal)}", remedy="It is three numbers, one of them not 0"
        )
    way = way / np.abs(way).max()
    way /= np.linalg.norm(way)
    grids = {plane: laid(volume, plane) for plane in GRID_PLANES}
    # of planes that are equally near the first is taken, whatever way the cosines were rounded
    nearest = max(GRID_PLANES, key=lambda plane: round(abs(float(way @ grids[plane].normal)) / _ROUNDING))
    grid = grids[nearest]
    if way @ grid.normal < 0:
        way = -way
    right = grid.along_row - (grid.along_row @ way) * way
    right /= np.linalg.norm(right)
    down = np.cross(way, right)
    if down @ grid.down_column < 0:
        down = -down
    heights = grid_corners(volume.geometry, reach=0.0) @ way
    spacing = float(volume.geometry.spacing.min())
    return Tilted(nearest, way, right, down, grid.geometry.origin, spacing, float(heights.min()), float(heights.max()))
