"""Surfaces as binary STL, the format that every printer takes; the frame and the unit are said in its header."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError, WriteError
from vizmed.vtk_bridge import mesh_arrays
from vizmed.write.atomic import atomic_file, check_target

if TYPE_CHECKING:
    import pyvista

HEADER = b"vizmed SPACE=LPS UNIT=mm"
"""3D Slicer reads the frame from ``SPACE=LPS``. A header that began with ``solid`` would be taken for text."""

FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
"""A facet in the file, 50 bytes."""

MOST_TRIANGLES = 2**32 - 1
"""The file counts its triangles in 32 bits."""

BLOCK = 1 << 14
"""Facets that are made at a time: 0.8 MB, which stay in a processor's cache."""

THREADS = 2
"""Blocks that are made at once. numpy lets go of the interpreter meanwhile; more than two outrun the disk."""


def write_stl(mesh: pyvista.PolyData, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a surface as binary STL, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles in LPS mm, their front sides outward.
    path : str or pathlib.Path
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
        If the mesh is empty, holds other cells than triangles or more than the format can count, or if the file
        cannot or must not be written; see `vizmed.write.atomic.atomic_file`.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    points, triangles = _checked_arrays(mesh, target)
    with atomic_file(target, overwrite=overwrite) as file:
        file.write(HEADER.ljust(80))
        file.write(np.uint32(len(triangles)).astype("<u4").tobytes())
        for facets in _facets(points, triangles):
            file.write(facets.data)


def _checked_arrays(mesh: pyvista.PolyData, target: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        points, triangles = mesh_arrays(mesh)
    except GeometryError as mixed:
        raise WriteError(mixed.found, where=target, remedy=mixed.remedy) from mixed
    if len(triangles) == 0:
        raise WriteError("the mesh has no triangles, so there is nothing to write", where=target)
    if len(triangles) > MOST_TRIANGLES:
        raise WriteError(
            f"the mesh has {len(triangles):,} triangles, STL counts no more than {MOST_TRIANGLES:,}",
            where=target,
            remedy="Reduce it first",
        )
    return np.asarray(points, dtype="<f4"), triangles


def _facets(points: NDArray[np.float32], triangles: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Make the file's facets block by block; while one block is written, the next ones are made."""
    blocks = [triangles[start : start + BLOCK] for start in range(0, len(triangles), BLOCK)]
    with ThreadPoolExecutor(THREADS) as pool:
        ahead: deque[Future[NDArray[Any]]] = deque()
        for block in blocks:
            ahead.append(pool.submit(_facet_block, points, block))
            if len(ahead) > THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _facet_block(points: NDArray[np.float32], triangles: NDArray[Any]) -> NDArray[Any]:
    facets = np.zeros(len(triangles), FACET)
    corners = points.take(triangles.ravel(), axis=0).reshape(-1, 9)
    # as bytes the corners go in one move each; as numbers, at odd addresses, they would go one by one
    facets.view(np.uint8).reshape(-1, FACET.itemsize)[:, 12:48] = corners.view(np.uint8).reshape(-1, 36)
    facets["normal"] = _normals(corners.T.copy().reshape(3, 3, -1)).T
    return facets


def _normals(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give unit normals (3, n) of corners (3 corners, xyz, n); 0 where a triangle has no area, as STL has it."""
    u, v = corners[1] - corners[0], corners[2] - corners[0]
    normals = np.stack([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
    length = np.sqrt((normals * normals).sum(axis=0))
    length[length == 0] = 1
    return np.asarray(normals / length)
