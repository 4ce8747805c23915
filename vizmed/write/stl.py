"""Surfaces as STL, the format that every printer takes; the frame and the unit are said in its header."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import PlacedPart, Placing, Surfaces, check_count, distinct, one_word, place
from vizmed.write.stream import ALIVE, made_ahead, write_blocks

HEADER_BYTES = 80
"""What a file begins with is free text. If it were ``solid``, the file would be taken for one of text."""

FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
"""A facet in the file, 50 bytes."""

MOST_TRIANGLES = 2**32 - 1
"""The file counts its triangles in 32 bits."""

BLOCK = 1 << 14
"""Facets that are made at a time: 0.8 MB, which stay in a processor's cache."""

_FACET_TEXT = (
    "facet normal %.9g %.9g %.9g\nouter loop\n"
    "vertex %.9g %.9g %.9g\nvertex %.9g %.9g %.9g\nvertex %.9g %.9g %.9g\n"
    "endloop\nendfacet\n"
)
"""Nine digits give a float32 again to its last bit."""


def write_stl(
    mesh: Surfaces,
    path: str | Path,
    *,
    frame: Frame = "lps",
    ascii: bool = False,  # noqa: A002 (the word of the format's own tools)
    overwrite: bool = False,
) -> None:
    """Write a surface as STL, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm, their front sides outward. Several surfaces become one, for a binary file has no parts; of
        their colours and, where it is binary, their names nothing is kept.
    path : str or pathlib.Path
    frame : {"lps", "ras", "centered"}
        See `vizmed.write.write_surface`.
    ascii : bool
        Write text, five times as large, with one ``solid`` to a part.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
        If a mesh is empty, holds other cells than triangles or more than the format can count, or if the file
        cannot or must not be written; see `vizmed.write.atomic.atomic_file`.
    OptionError
        If there is no such frame or colour.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    placing = place(mesh, frame, target)
    check_count(placing.n_triangles, MOST_TRIANGLES, "triangles", "STL", target)
    with atomic_file(target, overwrite=overwrite) as file:
        write_blocks(file, _text(placing) if ascii else _binary(placing))


def _binary(placing: Placing) -> Iterator[bytes | memoryview]:
    yield placing.text.encode().ljust(HEADER_BYTES)
    yield np.array(placing.n_triangles, "<u4").tobytes()
    for part in placing.parts:
        for facets in _facets(part):
            yield facets.data


def _text(placing: Placing) -> Iterator[bytes]:
    names = distinct(one_word(part.name) for part in placing.parts)
    for name, part in zip(names, placing.parts, strict=True):
        which = f"{name} " if len(names) > 1 else ""
        yield f"solid {which}{placing.text}\n".encode()
        for facets in _facets(part):
            numbers = facets.view(np.uint8).reshape(-1, FACET.itemsize)[:, :48].copy().view("<f4")
            yield ((_FACET_TEXT * len(numbers)) % tuple(numbers.ravel().tolist())).encode()
        yield b"endsolid\n"


def _facets(part: PlacedPart) -> Iterator[NDArray[np.void]]:
    """Give the facets in blocks, each of which is good until the next one is asked for."""
    blocks = (part.triangles[start : start + BLOCK] for start in range(0, len(part.triangles), BLOCK))
    desks = [_Desk(part.points, min(BLOCK, len(part.triangles))) for _ in range(ALIVE)]
    return made_ahead(lambda job: job[0].facets(job[1]), zip(cycle(desks), blocks, strict=False))


class _Desk:
    """Room to make a block of facets in. Taken from the system anew for each block, it would cost more than the work.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
    size : int
        Facets in the largest block.
    """

    def __init__(self, points: NDArray[np.float32], size: int):
        self._points = points
        self._facets = np.zeros(size, FACET)
        self._corners = np.empty((3 * size, 3), np.float32)
        self._columns = np.empty((9, size), np.float32)
        self._vectors = np.empty((3, 3, size))
        self._numbers = np.empty((2, size))

    def facets(self, triangles: NDArray[np.integer]) -> NDArray[np.void]:
        """Make the facets of a block of triangles (m, 3)."""
        count = len(triangles)
        made, corners, columns = self._facets[:count], self._corners[: 3 * count], self._columns[:, :count]
        self._points.take(
            triangles.ravel(), axis=0, out=corners, mode="clip"
        )  # numbers are checked: nothing is clipped
        # as bytes the corners go in one move each; as numbers, at odd addresses, they would go one by one
        made.view(np.uint8).reshape(-1, FACET.itemsize)[:, 12:48] = corners.view(np.uint8).reshape(-1, 36)
        columns[:] = corners.reshape(-1, 9).T
        made["normal"] = self._normals(columns.reshape(3, 3, -1)).T
        return made

    def _normals(self, corners: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give unit normals (3, n) of corners (3 corners, xyz, n); 0 where a triangle has no area, as STL has it."""
        # in float64: of a thin triangle's normal, float32 would lose half of the digits
        u, v, normals = self._vectors[:, :, : corners.shape[2]]
        product, length = self._numbers[:, : corners.shape[2]]
        np.subtract(corners[1], corners[0], out=u, dtype=np.float64)
        np.subtract(corners[2], corners[0], out=v, dtype=np.float64)
        for axis, (after, last) in enumerate(((1, 2), (2, 0), (0, 1))):
            np.multiply(u[after], v[last], out=normals[axis])
            normals[axis] -= np.multiply(u[last], v[after], out=product)
        np.multiply(normals[0], normals[0], out=length)
        for axis in (1, 2):
            length += np.multiply(normals[axis], normals[axis], out=product)
        np.sqrt(length, out=length)
        length[length == 0] = 1
        normals /= length
        return np.asarray(normals)
