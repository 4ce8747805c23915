"""A file of surfaces as it was read: its parts, checked and in LPS mm, and what was noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, DamagedFileError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.parts import PLAIN_COLOR, Part
from vizmed.read.meshes.frame import Declared, frame_finding
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

MOST_PARTS = 10_000
"""Parts of one file; a whole body has some hundreds, and a file that lists millions means harm."""

LONGEST_NAME = 80

_SIZES_MM = (1.0, 3000.0)
"""Lengths from a seed to a stretched-out patient; what is smaller or larger has been written in another unit."""

_ROUNDING_MM = 0.001
"""Points move by no more than this when they become float32, within 16 m of the origin; else it is said."""


@dataclass(frozen=True, slots=True, eq=False)
class MeshFile:
    """What a file of surfaces holds.

    Parameters
    ----------
    parts : tuple of Part
        Triangles in LPS mm, float32 points, all of them used, no triangle that names a point twice.
    format : str
        ``"STL"``, ``"PLY"``, ``"OBJ"``, ``"VTP"``, ``"GLB"``, ``"glTF"`` or ``"3MF"``.
    frame : {"LPS", "RAS"} or None
        What the file says of its frame, None where it says nothing.
    unit : str or None
        What the file, or its format's standard, says of its unit: ``"mm"``, ``"m"``, ``"in"``, ...
    findings : tuple of Finding
        What was noticed on the way.
    """

    parts: tuple[Part, ...]
    format: str
    frame: str | None
    unit: str | None
    findings: tuple[Finding, ...]

    @property
    def mesh(self) -> pyvista.PolyData:
        """All parts as one mesh, in LPS mm."""
        if len(self.parts) == 1:
            return self.parts[0].mesh
        arrays = [mesh_arrays(part.mesh) for part in self.parts]
        starts = np.cumsum([0, *(len(points) for points, _ in arrays)])
        triangles = [triangles + start for (_, triangles), start in zip(arrays, starts, strict=False)]
        return to_polydata(np.concatenate([points for points, _ in arrays]), np.concatenate(triangles))


@dataclass(frozen=True, slots=True, eq=False)
class Loose:
    """A part as it stands in its file, unchecked.

    Parameters
    ----------
    points : (n, 3) ndarray
    triangles : (m, 3) ndarray of integer
    name : str
    color : str or None
        ``"#rrggbb"``.
    affine : (4, 4) ndarray or None
        Its own way into the space of the file.
    """

    points: NDArray[Any]
    triangles: NDArray[Any]
    name: str = ""
    color: str | None = None
    affine: FloatArray | None = None


def assemble(
    form: str, loose: Sequence[Loose], declared: Declared, findings: Sequence[Finding], path: Path
) -> MeshFile:
    """Check the parts of a file, and bring them to LPS mm.

    Parameters
    ----------
    form : str
        Name of the format.
    loose : sequence of Loose
    declared : Declared
    findings : sequence of Finding
        What the reader noticed.
    path : pathlib.Path
        The file, to complain of.

    Raises
    ------
    DamagedFileError
        If a triangle names a point that is not there, a coordinate is no finite number, or there is no triangle.
    BudgetError
        If there are more parts than `MOST_PARTS`.
    """
    if len(loose) > MOST_PARTS:
        raise BudgetError(f"it has {len(loose):,} parts", where=path, remedy=f"No more than {MOST_PARTS:,} are read")
    noticed = _Noticed()
    parts: list[Part] = []
    for one in loose:
        points, triangles = _sound(one, declared, noticed, path)
        if len(triangles):
            number = f" {len(parts) + 1}" if parts else ""
            name = _printable(one.name) or f"surface{number}"
            parts.append(Part(name, to_polydata(points, triangles), one.color or PLAIN_COLOR))
    if not parts:
        raise DamagedFileError("it has no triangles", where=path, remedy="Surfaces of triangles or polygons are read")
    told = (*findings, *noticed.told(path), *_size_finding(parts, declared, path), *frame_finding(declared, path))
    return MeshFile(tuple(parts), form, declared.frame, declared.unit, told)


def _size_finding(parts: Sequence[Part], declared: Declared, path: Path) -> list[Finding]:
    """Warn of a size that no patient has, where the unit is not said."""
    bounds = np.array([part.mesh.GetBounds() for part in parts])
    size = float((bounds[:, 1::2].max(axis=0) - bounds[:, ::2].min(axis=0)).max())
    if declared.unit is not None or _SIZES_MM[0] <= size <= _SIZES_MM[1]:
        return []
    message = f"it measures {size:,.3g} mm, which no patient does, and does not say its unit"
    return [Finding("size-doubtful", "warning", message, path.name, "taken as it stands")]


@dataclass(slots=True)
class _Noticed:
    """What is counted over all parts."""

    degenerate: int = 0
    rounded_mm: float = 0.0
    named: dict[int, NDArray[np.bool_]] = field(default_factory=dict)

    def name(self, points: NDArray[Any], used: NDArray[Any]) -> None:
        """Mark points that a part uses; parts may share an array of them."""
        if id(points) not in self.named:
            self.named[id(points)] = np.zeros(len(points), dtype=bool)
        self.named[id(points)][used] = True

    def told(self, path: Path) -> list[Finding]:
        told = []
        if self.degenerate:
            message = f"{counted(self.degenerate, 'triangle')} without extent, with the same point twice"
            told.append(Finding("degenerate-triangles", "warning", message, path.name, "dropped"))
        unused = sum(int(np.count_nonzero(~named)) for named in self.named.values())
        if unused:
            message = f"{counted(unused, 'point')} of no triangle"
            told.append(Finding("unused-points", "note", message, path.name, "left out"))
        if self.rounded_mm > _ROUNDING_MM:
            message = f"its points lie so far out that they move by up to {self.rounded_mm:.2g} mm in single precision"
            told.append(Finding("coordinates-rounded", "warning", message, path.name, "They are rounded"))
        return told


def _sound(
    one: Loose, declared: Declared, noticed: _Noticed, path: Path
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    triangles = one.triangles
    if len(triangles) == 0:
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int64)
    low, high = int(triangles.min()), int(triangles.max())
    if low < 0 or high >= len(one.points):
        wrong = low if low < 0 else high
        raise DamagedFileError(f"a triangle of it names point {wrong} of {len(one.points):,}, from 0", where=path)
    triangles = triangles.astype(np.int64, copy=False)
    a, b, c = triangles.T
    extended = (a != b) & (b != c) & (c != a)
    if not extended.all():
        noticed.degenerate += int(np.count_nonzero(~extended))
        triangles = triangles[extended]
    given, triangles = _used(one.points, triangles, noticed)
    affine = _affine(one, declared, path)
    points = _placed(given, affine, noticed, path)
    return points, triangles[:, [0, 2, 1]] if np.linalg.det(affine[:3, :3]) < 0 else triangles


def _used(
    points: NDArray[Any], triangles: NDArray[np.int64], noticed: _Noticed
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Leave out the points that no triangle names."""
    if triangles.size < len(points) // 16:  # a small part of a file whose parts share their points
        used, numbers = np.unique(triangles, return_inverse=True)
        noticed.name(points, used)
        return points[used], numbers.reshape(-1, 3).astype(np.int64, copy=False)
    named = np.zeros(len(points), dtype=bool)
    named[triangles.ravel()] = True
    noticed.name(points, named)
    if named.all():
        return points, triangles
    return points[named], (np.cumsum(named) - 1)[triangles]


def _placed(points: NDArray[Any], affine: FloatArray, noticed: _Noticed, path: Path) -> NDArray[np.float32]:
    """Send points to LPS mm, in double precision where they have it or move."""
    refuse_infinite(points, path)
    is_moved = not np.array_equal(affine, np.eye(4))
    if points.dtype == np.float32 and not is_moved:
        return np.array(points, dtype=np.float32)
    exact = points.astype(np.float64, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):
        if is_moved:
            exact = exact @ affine[:3, :3].T + affine[:3, 3]
        found = exact.astype(np.float32)
        refuse_infinite(found, path)
        noticed.rounded_mm = max(noticed.rounded_mm, float(np.abs(found - exact).max(initial=0)))
    return found


def refuse_infinite(points: NDArray[Any], path: Path) -> None:
    """Refuse points (..., 3) with a coordinate that is no finite number.

    Raises
    ------
    DamagedFileError
    """
    is_finite = np.isfinite(points)
    if not is_finite.all():
        found = ", ".join(str(float(number)) for number in points[~is_finite.all(axis=-1)][0])
        raise DamagedFileError(f"a point of it lies at ({found})", where=path)


def _affine(one: Loose, declared: Declared, path: Path) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        affine = declared.to_lps_mm if one.affine is None else declared.to_lps_mm @ one.affine
        determinant = float(np.linalg.det(affine[:3, :3]))
    if not 0 < abs(determinant) < np.inf:
        raise DamagedFileError(f"a transform of it has the determinant {determinant}", where=path)
    return affine


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME]
