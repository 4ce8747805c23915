"""Surfaces as binary PLY: points shared by triangles, the frame and the unit in a comment."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import PlacedPart, Placing, Surfaces, check_count, place
from vizmed.write.stream import ALIVE, made_ahead, write_blocks

VERTEX = np.dtype([("place", "<f4", 3), ("color", "u1", 3)])
"""A point that has a colour, 15 bytes."""

FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])
"""A triangle, 13 bytes."""

MOST = 2**31 - 1
"""Points are counted in ``int``, 32 bits with a sign."""

BLOCK = 1 << 15
"""Points or triangles that are laid out at a time: half a megabyte, which a processor's cache holds."""


def write_ply(mesh: Surfaces, path: str | Path, *, frame: Frame = "lps", overwrite: bool = False) -> None:
    """Write surfaces as binary little-endian PLY, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm. Several become one; the points have colours where those of the parts differ.
    path : str or pathlib.Path
    frame : {"lps", "ras", "centered"}
        See `vizmed.write.write_surface`.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError, OptionError
        See `vizmed.write.write_surface`.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    placing = place(mesh, frame, target)
    check_count(placing.n_points, MOST, "points", "PLY", target)
    check_count(placing.n_triangles, MOST, "triangles", "PLY", target)
    with atomic_file(target, overwrite=overwrite) as file:
        write_blocks(file, _blocks(placing))


def _blocks(placing: Placing) -> Iterator[bytes | memoryview]:
    yield _header(placing)
    for part in placing.parts:
        yield from _coloured(part) if placing.has_colors else [part.points.data]
    for part, first in placing.numbered():
        yield from _faces(part, first)


def _header(placing: Placing) -> bytes:
    colors = "".join(f"property uchar {name}\n" for name in ("red", "green", "blue") if placing.has_colors)
    return (
        "ply\nformat binary_little_endian 1.0\n"
        f"comment {placing.text}\n"
        f"element vertex {placing.n_points}\n"
        f"property float x\nproperty float y\nproperty float z\n{colors}"
        f"element face {placing.n_triangles}\n"
        "property list uchar int vertex_indices\n"
        "end_header\n"
    ).encode()


def _coloured(part: PlacedPart) -> Iterator[memoryview]:
    made = np.empty(min(BLOCK, len(part.points)), VERTEX)
    made["color"] = part.rgb
    for start in range(0, len(part.points), BLOCK):
        places = part.points[start : start + BLOCK]
        made["place"][: len(places)] = places
        yield made[: len(places)].data


def _faces(part: PlacedPart, first: int) -> Iterator[memoryview]:
    """Give the faces in blocks, each of which is good until the next one is asked for."""
    rooms = np.empty((ALIVE, min(BLOCK, len(part.triangles))), FACE)
    rooms["count"] = 3

    def lay_out(room: NDArray[np.void], block: NDArray[np.integer]) -> memoryview:
        np.add(block, first, out=room["corners"][: len(block)], casting="same_kind")
        return room[: len(block)].data

    blocks = (part.triangles[start : start + BLOCK] for start in range(0, len(part.triangles), BLOCK))
    return made_ahead(lambda job: lay_out(*job), zip(cycle(rooms), blocks, strict=False))
