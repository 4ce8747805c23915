"""The faces between voxels that differ, and the corners and edges that these faces share.

Everything is named by the number of a voxel in a row, i fastest. A corner of voxels has the number of the voxel behind
it: of those around it the one with the least i, j and k. A face that stands across an axis has that of the voxel behind
it too, and an edge along an axis that of the least of the four voxels around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


class Touching(NamedTuple):
    """Edges along an axis at which a label touches itself.

    Of the four voxels around each, two that lie across from each other are of one label that is allowed to pass; the
    other two, `first` and `second`, are parted by it.

    Parameters
    ----------
    axis : int
    edges : (n,) ndarray of int
    is_rising : (n,) ndarray of bool
        Whether what passes lies in the least and in the largest of the four voxels.
    """

    axis: int
    edges: Index
    is_rising: NDArray[np.bool_]


class VoxelFaces:
    """The faces between voxels that differ.

    Parameters
    ----------
    ranks : (ni, nj, nk) ndarray of unsigned int
        In Fortran order, with 0 in all voxels of the outermost shell: so the end of a row may count as a neighbour of
        the beginning of the next.

    Attributes
    ----------
    count : int
        How many faces there are.
    touching : list of Touching
        For each axis.
    """

    def __init__(self, ranks: NDArray[Any]) -> None:
        self._shape = ranks.shape
        self._flat = ranks.ravel(order="F")
        self._steps = (1, ranks.shape[0], ranks.shape[0] * ranks.shape[1])
        self._differs = [self._flat[:-step] != self._flat[step:] for step in self._steps]
        self._faces = [np.flatnonzero(differs) for differs in self._differs]
        self._begins = np.cumsum([0, *map(len, self._faces)])
        self.count = int(self._begins[3])
        self.touching = [self._touching(axis) for axis in range(3)]

    def squares(self) -> tuple[Index, NDArray[Any]]:
        """Give the corners (m, 4) of all faces, right-handed around their axis, and the ranks on both sides (m, 2)."""
        squares = np.empty((self.count, 4), np.int64)
        sides = np.empty((self.count, 2), self._flat.dtype)
        for axis, faces in enumerate(self._faces):
            rows = slice(self._begins[axis], self._begins[axis + 1])
            squares[rows] = faces[:, None] + self._around(axis)
            sides[rows, 0] = self._flat[faces]
            sides[rows, 1] = self._flat[faces + self._steps[axis]]
        return squares, sides

    def is_corner(self) -> NDArray[np.bool_]:
        """Mark the corners of all faces, among all voxels."""
        marked = np.zeros(self._flat.size, bool)
        for axis, faces in enumerate(self._faces):
            for step in self._around(axis):
                marked[faces + step] = True
        return marked

    def places(self, numbers: Index) -> NDArray[np.float32]:
        """Give the indices (n, 3) of the far corners of voxels."""
        return np.stack(np.unravel_index(numbers, self._shape, order="F"), axis=1).astype(np.float32) + np.float32(0.5)

    def squares_at(self, touching: Touching) -> Iterator[tuple[Index, int, NDArray[np.bool_]]]:
        """Give the four squares at each touching edge.

        Yields
        ------
        rows : (n,) ndarray of int
            Which of the squares.
        side : int
            Which side of it the edge is: 0 to 3, from corner to corner.
        is_second : (n,) ndarray of bool
            Whether it is one around the second of the parted voxels.
        """
        axis, edges, is_rising = touching
        b, c = self._across(axis)
        never = np.zeros(len(edges), bool)
        yield self._row((axis + 1) % 3, edges), 1, never
        yield self._row((axis + 1) % 3, edges + c), 3, ~never
        yield self._row((axis + 2) % 3, edges), 2, is_rising
        yield self._row((axis + 2) % 3, edges + b), 0, ~is_rising

    def _touching(self, axis: int) -> Touching:
        b, c = self._across(axis)
        across_b, across_c = self._differs[(axis + 1) % 3], self._differs[(axis + 2) % 3]
        n = self._flat.size - b - c
        edges = np.flatnonzero(across_b[:n] & across_b[c : n + c] & across_c[:n] & across_c[b : n + b])
        least, after_b, after_c, largest = (self._flat[edges + step] for step in (0, b, c, b + c))
        rises, falls = least == largest, after_b == after_c
        # where both could pass, the higher rank does: thin vessels hang together, and what has no label never passes
        is_rising = rises & (~falls | (least > after_b))
        found = rises | falls
        return Touching(axis, edges[found], is_rising[found])

    def _across(self, axis: int) -> tuple[int, int]:
        """Give the steps along the two axes that follow an axis."""
        return self._steps[(axis + 1) % 3], self._steps[(axis + 2) % 3]

    def _around(self, axis: int) -> Index:
        """Give the steps from a face to its four corners, right-handed around its axis."""
        b, c = self._across(axis)
        return np.array([-b - c, -c, 0, -b])

    def _row(self, axis: int, faces: Index) -> Index:
        return np.asarray(self._begins[axis] + np.searchsorted(self._faces[axis], faces))
