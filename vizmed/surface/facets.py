"""The triangles of a mesh as numbers in float64, block by block, so that no temporary grows with the mesh."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.threads import blocks, each, workers
from vizmed.vtk_bridge import cores

Found = TypeVar("Found")

BLOCK = 1 << 16
"""Triangles in a block: some MB in float64, which a processor's cache nearly holds; with fewer, threads wait for each
other."""


class Facets(NamedTuple):
    """A block of triangles.

    Parameters
    ----------
    where : slice
        Which rows of the triangles these are.
    corners : (3, n) ndarray of int
        The numbers of their points.
    a : (3, n) ndarray of float64
        Their first corners as x, y and z, mm from the mesh's middle.
    ab, ac : (3, n) ndarray of float64
        The ways from there to the second and to the third, mm.
    area_vector : (3, n) ndarray of float64
        Outward, twice the area long, mm².
    """

    where: slice
    corners: NDArray[np.integer[Any]]
    a: FloatArray
    ab: FloatArray
    ac: FloatArray
    area_vector: FloatArray

    @property
    def six_volumes(self) -> FloatArray:
        """Six times the signed volume of the tetrahedron from the mesh's middle to each triangle, mm³, shape (n,)."""
        return dot(self.a, self.area_vector)


def middle(points: NDArray[Any]) -> FloatArray:
    """Give the middle of the box around points, mm: sums taken from here lose no digits to a far origin."""
    # column by column: numpy reduces rows of three ten times as slowly
    return np.array([_middle(column) for column in points.T])


def facets(points: NDArray[Any], triangles: NDArray[Any]) -> Iterator[Facets]:
    """Go through the triangles (m, 3) of points (n, 3)."""
    return map(_looked_up(points, triangles), blocks(len(triangles), BLOCK))


def of_facets(work: Callable[[Facets], Found], points: NDArray[Any], triangles: NDArray[Any]) -> Iterator[Found]:
    """Find something of each block of triangles, some side by side, and give it in their order."""
    look_up = _looked_up(points, triangles)
    with workers() as pool:
        found: deque[Future[Found]] = deque()
        for where in blocks(len(triangles), BLOCK):
            found.append(pool.submit(lambda where: work(look_up(where)), where))
            if len(found) > 2 * cores():  # no more are kept than are soon asked for
                yield found.popleft().result()
        while found:
            yield found.popleft().result()


def _looked_up(points: NDArray[Any], triangles: NDArray[Any]) -> Callable[[slice], Facets]:
    columns = each(_centred, points.T)

    def look_up(where: slice) -> Facets:
        corners = triangles[where].T.copy()
        a, ab, ac = np.empty((3, *corners.shape))
        for axis, column in enumerate(columns):
            a[axis], b, c = column.take(corners)
            np.subtract(b, a[axis], out=ab[axis])
            np.subtract(c, a[axis], out=ac[axis])
        return Facets(where, corners, a, ab, ac, cross(ab, ac))

    return look_up


def _centred(column: NDArray[Any]) -> FloatArray:
    centred = column.astype(np.float64)
    centred -= _middle(centred)
    return centred


def _middle(column: NDArray[Any]) -> float:
    return (float(column.min()) + float(column.max())) / 2


def cross(u: FloatArray, v: FloatArray) -> FloatArray:
    """Cross product of vectors that are columns, (3, n) each."""
    product = np.empty_like(u)
    for axis, (second, third) in enumerate(((1, 2), (2, 0), (0, 1))):
        np.multiply(u[second], v[third], out=product[axis])
        product[axis] -= u[third] * v[second]
    return product


def dot(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
    """Dot product of vectors that are columns, (3, n) each."""
    product = u[0] * v[0]
    product += u[1] * v[1]
    product += u[2] * v[2]
    return np.asarray(product)
