"""Take the stair-steps of voxels off a surface, and leave it as large as it was."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.geometry import FloatArray, Geometry
from vizmed.stages import stage
from vizmed.surface.facets import dot
from vizmed.surface.pieces import label_pieces
from vizmed.surface.sums import Labels, sums_of_pieces, volume_growth
from vizmed.surface.threads import blocks, each
from vizmed.vtk_bridge import mesh_arrays, remade, to_mesh, use_threads

if TYPE_CHECKING:
    import pyvista

PASS_BAND = 0.1
"""Spatial frequency up to which shape is kept, of the mesh's highest (2). VTK's default; lower is smoother."""

FURTHEST = 0.5
"""How far a point may move, in voxels along each index axis: half a voxel is how far a mask's outline may be off."""

SAME_VOLUME = 1e-4
"""Part of its volume by which a piece may still differ when it counts as held."""

MOST_LOST = 0.005
"""Part of its volume that a piece may lose or gain. One that cannot be held there stays as it was: a speck of some
voxels, mostly."""

ROUNDS = 12
"""How often, at most, pieces are moved out or in to get their volume back. Two or three are enough for most."""

STEP = 0.1
"""How far pieces are moved at a time, in voxels: thin walls give back more with each step than they promise."""

BLOCK = 1 << 16
"""Points that are looked at at a time."""

ON_BORDER = 1e-3
"""How near to the outer face of the outermost voxels, in voxels, a point was capped there."""


@stage("smoothing")
def smooth(mesh: pyvista.PolyData, iterations: int, geometry: Geometry | None = None) -> pyvista.PolyData:
    """Smooth a mesh with a windowed sinc (Taubin, Zhang, Golub 1996), and give every closed piece its volume back.

    Points move, triangles stay. What the filter takes from a piece, each of its points gives back by the same distance
    along its normal; thin walls would else lose a tenth of their volume.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm, their front sides outward.
    iterations : int
        Terms of the filter, 0 (as it is) and up: below 10 hardly anything moves, 20 halves the steps of a mask.
    geometry : Geometry, optional
        The grid that the surface comes from. No point then moves by more than half a voxel along any axis of it, and
        the flat caps, with their edges, on the border of the volume stay where they are.

    Returns
    -------
    pyvista.PolyData
        As closed as it was; points in float32. Of a plain `vtkPolyData`, another.

    Raises
    ------
    OptionError
        If iterations is negative or no whole number.
    """
    check_iterations(iterations)
    points, triangles = mesh_arrays(mesh)
    if iterations == 0 or len(triangles) == 0:
        return mesh
    capped = _capped(points, geometry)
    moved = _filtered(points, triangles, capped, iterations)
    return remade(mesh, _with_volume_of(points, moved, triangles, capped, geometry), triangles)


@stage("smoothing")
def smooth_for_the_eye(mesh: pyvista.PolyData, iterations: int, geometry: Geometry) -> pyvista.PolyData:
    """Smooth a mesh as `smooth` does, but give no piece its volume back, and hold no point near.

    That takes most of the time, and moves points by parts of a voxel: it is for what is measured.
    """
    check_iterations(iterations)
    if iterations == 0:
        return mesh
    points, triangles = mesh_arrays(mesh)
    return remade(mesh, _filtered(points, triangles, _capped(points, geometry), iterations), triangles)


def check_iterations(iterations: int) -> None:
    """Refuse a number of iterations that is none, before any work is done."""
    if iterations != int(iterations) or iterations < 0:
        raise OptionError(f"the smoothing is {iterations}", remedy="It is a whole number of iterations, such as 20")


def on_border(points: NDArray[Any], geometry: Geometry) -> NDArray[np.bool_]:
    """Mark the points (n, 3), LPS mm, on the outer faces of a grid's outermost voxels. Shape (n,)."""
    i, j, k = (
        (column < ON_BORDER - 0.5) | (column > count - 0.5 - ON_BORDER)
        for column, count in zip(geometry.to_index(points).T, geometry.shape, strict=True)
    )
    return np.asarray(i | j | k)


def _capped(points: NDArray[Any], geometry: Geometry | None) -> NDArray[np.bool_]:
    capped = np.zeros(len(points), bool)
    if geometry is not None:

        def mark(block: slice) -> None:
            columns = points[block].T.copy()
            box = np.array(list(product(*zip(columns.min(axis=1), columns.max(axis=1), strict=True))))
            if on_border(box, geometry).any():  # in a box that is clear of the border no point is on it
                capped[block] = on_border(points[block], geometry)

        each(mark, blocks(len(points), BLOCK))
    return capped


def _filtered(
    points: NDArray[Any], triangles: NDArray[Any], capped: NDArray[np.bool_], iterations: int
) -> NDArray[np.float32]:
    """Send points through the filter, but for those on caps."""
    from vtkmodules.vtkFiltersCore import vtkWindowedSincPolyDataFilter

    use_threads()
    if capped.any():
        # without its caps the mesh is open along their edges, and the filter leaves points on open edges alone
        on_caps = capped[triangles[:, 0]] & capped[triangles[:, 1]] & capped[triangles[:, 2]]
        bare = np.compress(~on_caps, triangles, axis=0)  # twice as fast as indexing
    else:
        bare = triangles
    sinc = vtkWindowedSincPolyDataFilter()
    sinc.SetInputData(to_mesh(points, bare))
    sinc.SetNumberOfIterations(iterations)
    sinc.SetPassBand(PASS_BAND)
    sinc.NormalizeCoordinatesOn()  # 2 m from the origin it is else 0.005 mm off
    sinc.BoundarySmoothingOff()
    sinc.FeatureEdgeSmoothingOff()
    sinc.NonManifoldSmoothingOff()
    sinc.Update()
    moved = np.array(mesh_arrays(sinc.GetOutput())[0], dtype=np.float32)
    still = capped | ~np.isfinite(moved[:, 0])  # VTK 9.7 divides by the size of the mesh, which may be none
    moved[still] = points[still]
    return moved


def _with_volume_of(
    points: NDArray[Any],
    moved: NDArray[np.float32],
    triangles: NDArray[Any],
    fixed: NDArray[np.bool_],
    geometry: Geometry | None,
) -> NDArray[np.float32]:
    """Move each piece out or in along its normals until it encloses what it did."""
    piece = label_pieces(triangles, len(points))
    wanted = _volumes(points, triangles, piece)
    step_mm = STEP * (_edge_mm(points, triangles) if geometry is None else float(geometry.spacing.min()))
    _hold_near(moved, points, geometry)
    astray = np.ones(len(wanted), bool)
    part = _Part(slice(None), triangles)  # of the mesh, what is astray: most pieces are held in two rounds
    for _ in range(ROUNDS):
        now, of = moved[part.points], piece[part.points]
        lost = np.where(astray, wanted - _volumes(now, part.triangles, of, len(wanted)), 0)
        astray &= np.abs(lost) > SAME_VOLUME * np.abs(wanted)
        if not astray.any():
            return moved
        growth = volume_growth(now, part.triangles)
        speed = np.sqrt(dot(growth, growth))  # mm³ for each mm
        free = np.where(fixed[part.points], 0, speed)
        gain = np.bincount(of, free, len(wanted))
        out_mm = np.clip(lost / np.where(gain > 0, gain, np.inf), -step_mm, step_mm) * astray
        _move(now, growth, out_mm[of] * (free > 0) / np.maximum(speed, np.finfo(np.float64).tiny))
        _hold_near(now, points[part.points], geometry)
        moved[part.points] = now
        part = part.of(astray[of])
    volume = _volumes(moved[part.points], part.triangles, piece[part.points], len(wanted))
    astray &= np.abs(wanted - volume) > MOST_LOST * np.abs(wanted)
    lost_for_good = astray[piece]
    moved[lost_for_good] = points[lost_for_good]
    return moved


class _Part(NamedTuple):
    """Some pieces of a mesh: which points (n,) are theirs, and their triangles (m, 3) in numbers of those."""

    points: NDArray[np.intp] | slice
    triangles: NDArray[Any]

    def of(self, chosen: NDArray[np.bool_]) -> _Part:
        """Give the part that has the chosen of its points, whole pieces."""
        if chosen.all():
            return self
        number = np.cumsum(chosen) - 1
        points = np.flatnonzero(chosen) if isinstance(self.points, slice) else self.points[chosen]
        return _Part(points, number[self.triangles[chosen[self.triangles[:, 0]]]])


def _hold_near(moved: NDArray[np.float32], points: NDArray[Any], geometry: Geometry | None) -> None:
    """Shorten the ways of points that have moved by more than half a voxel along an axis; in place."""
    if geometry is None:
        return
    to_voxels = np.linalg.inv(geometry.affine[:3, :3])

    def hold(block: slice) -> None:
        there = points[block].T.copy()  # numpy goes along rows of three ten times as slowly
        way = moved[block].T.copy() - there
        along = np.abs(to_voxels @ way)
        furthest = np.maximum(np.maximum(along[0], along[1]), along[2])
        moved[block] = (there + way * np.minimum(1, FURTHEST / np.maximum(furthest, FURTHEST))).T

    each(hold, blocks(len(points), BLOCK))


def _move(points: NDArray[np.float32], ways: FloatArray, by: FloatArray) -> None:
    """Move points (n, 3) along their ways (3, n), by so many of them (n,); in place."""

    def move(block: slice) -> None:
        points[block] = (points[block].T.copy() + ways[:, block] * by[block]).T

    each(move, blocks(len(points), BLOCK))


def _edge_mm(points: NDArray[Any], triangles: NDArray[Any]) -> float:
    return float(np.linalg.norm(points[triangles[:, 1]] - points[triangles[:, 0]], axis=1).mean())


def _volumes(points: NDArray[Any], triangles: NDArray[Any], piece: Labels, n_pieces: int | None = None) -> FloatArray:
    """Give the volume of each piece, mm³."""
    _, six_volumes = sums_of_pieces(lambda part: (part.six_volumes,), points, triangles, piece, n_pieces)
    return np.asarray(six_volumes / 6)
