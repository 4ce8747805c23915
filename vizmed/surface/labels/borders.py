"""The borders between labels in patient space: nets made smooth, their volumes held, cut into triangles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import Geometry
from vizmed.stages import stage
from vizmed.surface.clean import compact
from vizmed.surface.edges import pinched, twins
from vizmed.surface.labels.joint import within_together
from vizmed.surface.labels.nets import Index, Nets, Points, nets_of
from vizmed.surface.labels.parting import parted
from vizmed.surface.labels.pressure import held
from vizmed.surface.labels.relax import relaxed
from vizmed.surface.pieces import label_pieces
from vizmed.vtk_bridge import to_polydata

if TYPE_CHECKING:
    import pyvista

Sides = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Borders:
    """The triangles between labels.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        LPS mm.
    triangles : (m, 3) ndarray of int
    sides : (m, 2) ndarray of unsigned int
        The rank of the label behind each triangle, and of the one that it faces. 0 is none.
    """

    points: Points
    triangles: Index
    sides: Sides

    def meshes(self, n_ranks: int) -> Iterator[pyvista.PolyData | None]:
        """Give the mesh of each rank, from 1: closed, outward, a sheet around each point; None if it has no voxel."""
        for behind, in_front in _by_rank(self.sides, n_ranks):
            triangles = np.concatenate([self.triangles[behind], self.triangles[in_front][:, ::-1]])
            yield _mesh(self.points, triangles) if len(triangles) else None


@stage("contouring")
def borders_of(
    ranks: NDArray[Any],
    first: tuple[int, int, int],
    geometry: Geometry,
    *,
    smooth: int,
    max_error_mm: float | None,
) -> Borders:
    """Find the borders between voxels of different ranks.

    Parameters
    ----------
    ranks, first
        As `vizmed.surface.labels.nets.nets_of` takes them.
    geometry : Geometry
        Of the scan.
    smooth : int
        Rounds of smoothing.
    max_error_mm : float, optional
        How far the borders may move while triangles are removed.
    """
    nets = nets_of(ranks, first, geometry.shape)
    points = relaxed(nets, smooth) if smooth else nets.points
    triangles, sides = _cut(nets, points)
    if smooth:
        points = held(nets, points, triangles, _sheets(triangles, sides))
    if geometry.is_left_handed:  # the affine mirrors, and so turns every triangle inside out
        triangles = triangles[:, ::-1]
    borders = Borders(geometry.to_world(points).astype(np.float32), triangles, sides)
    return borders if max_error_mm is None else _reduced(borders, max_error_mm)


def _cut(nets: Nets, points: Points) -> tuple[Index, Sides]:
    """Cut each square along its shorter diagonal, and give its sides to both triangles."""
    corners = points[nets.squares]
    first, second = (((corners[:, n] - corners[:, n + 2]) ** 2).sum(axis=1) for n in (0, 1))
    squares = nets.squares.copy()
    across = (second < first) & (squares[:, 2] != squares[:, 3])
    squares[across] = np.roll(squares[across], 1, axis=1)
    triangles = squares[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
    is_one = np.repeat(squares[:, 2] != squares[:, 3], 2)
    is_one[::2] = True  # what was a triangle before has no second half
    return triangles[is_one], np.repeat(nets.sides, 2, axis=0)[is_one]


def _by_rank(sides: Sides, n_ranks: int) -> Iterator[tuple[Index, Index]]:
    """Give for each rank, from 1, the triangles that it lies behind, and those that it lies in front of."""
    orders = [np.argsort(side, kind="stable") for side in sides.T]
    ranks = np.arange(1, n_ranks + 2)
    ends = [np.searchsorted(side[order], ranks) for side, order in zip(sides.T, orders, strict=True)]
    for behind, in_front in zip(*map(pairwise, ends), strict=True):
        yield orders[0][slice(*behind)], orders[1][slice(*in_front)]


def _sheets(triangles: Index, sides: Sides) -> Index:
    """Number the pieces of each label's surface, from 1, on both sides of each triangle (m, 2); 0 is no label."""
    sheets = np.zeros(sides.shape, np.int64)
    known = 0
    for behind, in_front in _by_rank(sides, int(sides.max(initial=0))):
        ours, _ = _near_zero(triangles[np.concatenate([behind, in_front])])
        if len(ours):
            pieces = label_pieces(ours, int(ours.max()) + 1)[ours[:, 0]]
            numbers = known + 1 + np.unique(pieces, return_inverse=True)[1].ravel()
            sheets[behind, 0], sheets[in_front, 1] = numbers[: len(behind)], numbers[len(behind) :]
            known = int(numbers.max())
    return sheets


def _near_zero(triangles: Index) -> tuple[Index, slice]:
    """Count the points of triangles from the least of them, and give the span of the points that this leaves.

    A label lies in one part of the scan, and the numbers of its points near each other.
    """
    least = int(triangles.min()) if len(triangles) else 0
    return triangles - least, slice(least, int(triangles.max(initial=-1)) + 1)


def _mesh(points: Points, triangles: Index) -> pyvista.PolyData:
    """Make the mesh of one label. Sheets of it that still touch at a point, between others, get their own copies."""
    triangles, span = _near_zero(triangles)
    points, triangles = compact(points[span], triangles)
    touching = np.zeros(len(points), bool)
    touching[pinched(triangles, twins(triangles))] = True
    triangles, sources = parted(triangles, len(points), touching)
    return to_polydata(np.concatenate([points, points[sources]]), triangles)


def _reduced(borders: Borders, max_error_mm: float) -> Borders:
    """Remove as many triangles as an error allows, from all borders together, so that they stay shared."""
    triangles, sides = borders.triangles.copy(), borders.sides.copy()
    is_falling = sides[:, 0] > sides[:, 1]
    # each border then faces one way all over, as what is reduced must
    triangles[is_falling], sides[is_falling] = triangles[is_falling, ::-1], sides[is_falling, ::-1]
    border = sides[:, 0] * (int(sides.max(initial=0)) + 1) + sides[:, 1].astype(np.int64)
    points, triangles, rows = within_together(borders.points, triangles, border, max_error_mm)
    return Borders(points, triangles, sides[rows])
