"""Surfaces as they stand in a file: checked, in the frame that is asked for, with the words that say which it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError, OptionError, WriteError
from vizmed.parts import Frame, Part
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista

Surfaces: TypeAlias = "pyvista.PolyData | Sequence[Part]"
"""What is written: a mesh in LPS mm, or several that have names and colours."""

ONLY_PART = "surface"
"""What a mesh without a name is called."""

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPart:
    """One surface as it stands in a file.

    Parameters
    ----------
    name : str
        Printable, on one line, no other part's.
    color : str
        ``"#rrggbb"``.
    points : (n, 3) ndarray of little-endian float32
        In the frame of the file, mm.
    triangles : (m, 3) ndarray of integers
        Numbers of points, counted from 0 in each part.
    """

    name: str
    color: str
    points: NDArray[np.float32]
    triangles: NDArray[Any]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0 to 255."""
        return int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """All surfaces of a file, and the frame that they stand in.

    Parameters
    ----------
    parts : tuple of PlacedPart
    space : str
        ``"LPS"`` or ``"RAS"``.
    centre : tuple of float, optional
        What was subtracted from each point, LPS mm.
    """

    parts: tuple[PlacedPart, ...]
    space: str = "LPS"
    centre: tuple[float, float, float] | None = None

    @property
    def text(self) -> str:
        """What a file says of its frame, 72 letters at most. 3D Slicer reads ``SPACE=``."""
        centred = "" if self.centre is None else f" CENTERED={','.join(f'{value:.6g}' for value in self.centre)}"
        return f"vizmed SPACE={self.space} UNIT=mm{centred}"

    @property
    def n_points(self) -> int:
        """How many points all parts have."""
        return sum(len(part.points) for part in self.parts)

    @property
    def n_triangles(self) -> int:
        """How many triangles all parts have."""
        return sum(len(part.triangles) for part in self.parts)

    @property
    def has_colors(self) -> bool:
        """Whether the parts are of more than one colour."""
        return len({part.rgb for part in self.parts}) > 1

    def numbered(self) -> Iterator[tuple[PlacedPart, int]]:
        """Give each part, and the number of its first point where the points of all are counted together."""
        first = 0
        for part in self.parts:
            yield part, first
            first += len(part.points)


def place(mesh: Surfaces, frame: Frame, target: Path) -> Placing:
    """Check surfaces, and bring them into the frame of a file.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm.
    frame : {"lps", "ras", "centered"}
        ``"ras"`` turns x and y round; ``"centered"`` moves the middle of the box around all points to 0.
    target : pathlib.Path
        The file, for messages.

    Raises
    ------
    WriteError
        If there is no triangle, or anything else than triangles, or a point that no number or no file can say.
    OptionError
        If the frame is none of these, or a colour is not written as ``#rrggbb``.
    """
    if frame not in get_args(Frame):
        raise OptionError(f"no frame is called {frame!r}", remedy=f"Choose from {', '.join(get_args(Frame))}")
    parts = _parts_of(mesh, target)
    arrays = [_checked_arrays(part, target, is_only=parts is not mesh) for part in parts]
    centre = _middle([points for points, _ in arrays]) if frame == "centered" else None
    placed = [
        PlacedPart(name, part.color, _moved(points, frame, centre), triangles)
        for name, part, (points, triangles) in zip(
            distinct(_one_line(part.name) for part in parts), parts, arrays, strict=True
        )
    ]
    return Placing(tuple(placed), "RAS" if frame == "ras" else "LPS", centre)


def distinct(names: Iterable[str]) -> list[str]:
    """Number the names that have been there before: bone, bone-2, bone-3."""
    taken: list[str] = []
    for name in names:
        numbered, count = name, 1
        while numbered in taken:
            count += 1
            numbered = f"{name}-{count}"
        taken.append(numbered)
    return taken


def one_word(name: str) -> str:
    """Write a name in letters, digits and ``_ . + -`` alone, at most 64, for formats whose words end at a blank."""
    return re.sub(r"[^\w.+-]+", "_", name)[:64]


def bounds(points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the least and the greatest x, y and z of points (n, 3)."""
    # column by column: numpy's min(axis=0) goes row by row, in eight times the time
    return np.array([column.min() for column in points.T]), np.array([column.max() for column in points.T])


def check_count(count: int, most: int, what: str, format_name: str, target: Path) -> None:
    """Refuse more points or triangles than the numbers of a format can count.

    Raises
    ------
    WriteError
    """
    if count > most:
        raise WriteError(
            f"the mesh has {count:,} {what}, {format_name} counts no more than {most:,}",
            where=target,
            remedy="Reduce it first",
        )


def _one_line(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split()) or ONLY_PART


def _parts_of(mesh: Surfaces, target: Path) -> Sequence[Part]:
    if not isinstance(mesh, Sequence):
        return [Part(ONLY_PART, mesh)]
    if not mesh:
        raise WriteError("there is no surface to write", where=target)
    for part in mesh:
        if not isinstance(part, Part):
            raise OptionError(
                f"among the surfaces is a {type(part).__name__}", remedy="Part(name, mesh) gives a mesh its name"
            )
        if not re.fullmatch("#[0-9a-fA-F]{6}", part.color):
            raise OptionError(
                f"the colour of {part.name!r} is {part.color!r}", remedy="Write it as #rrggbb, such as #e8dcc3"
            )
    return mesh


def _checked_arrays(part: Part, target: Path, *, is_only: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    which = "the mesh" if is_only else f"the surface {_one_line(part.name)!r}"
    try:
        points, triangles = mesh_arrays(part.mesh)
    except GeometryError as mixed:
        raise WriteError(f"{which} holds other cells than triangles", where=target, remedy=mixed.remedy) from mixed
    if part.mesh.GetNumberOfCells() != len(triangles):  # lines and strips, which `mesh_arrays` does not look at
        remedy = "mesh.triangulate(pass_verts=False, pass_lines=False) leaves triangles alone"
        raise WriteError(f"{which} holds other cells than triangles", where=target, remedy=remedy)
    if len(triangles) == 0:
        raise WriteError(f"{which} has no triangles, so there is nothing to write", where=target)
    if triangles.view(f"u{triangles.itemsize}").max() >= len(points):  # without a sign, numbers below 0 are large too
        raise WriteError(f"{which} has triangles of points that are not there", where=target)
    if not (points.min() >= -_LARGEST and points.max() <= _LARGEST):
        raise WriteError(f"{which} has points whose coordinates are no numbers of 32 bits", where=target)
    return points, triangles


def _middle(places: list[NDArray[Any]]) -> tuple[float, float, float]:
    """Give the middle of the box around points, to the six digits with which files say it."""
    boxes = [bounds(points) for points in places]
    least = np.min([least for least, _ in boxes], axis=0).astype(np.float64)
    most = np.max([most for _, most in boxes], axis=0).astype(np.float64)
    x, y, z = (float(f"{value:.6g}") + 0.0 for value in (least + most) / 2)  # adding 0 turns -0.0 into 0.0
    return x, y, z


def _moved(points: NDArray[Any], frame: Frame, centre: tuple[float, float, float] | None) -> NDArray[np.float32]:
    if frame == "lps":
        return np.ascontiguousarray(points, dtype="<f4")
    moved = np.empty(points.shape, dtype="<f4")
    if centre is not None:
        np.subtract(points, centre, out=moved, casting="same_kind")
    else:
        np.subtract(0, points[:, :2], out=moved[:, :2], casting="same_kind")  # from 0, so that no 0 becomes -0
        moved[:, 2] = points[:, 2]
    return moved
