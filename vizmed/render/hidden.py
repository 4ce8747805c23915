"""What of a surface lies hidden behind the surface itself, for a camera that stands still: a picture does without it.

Space before the camera is parted into cells: columns that widen with distance, as views do, in steps of depth. A cell
that no triangle comes near, and whose middle lies inside, lies inside as a whole. Who looks along its column looks at
the surface that is before it, and sees nothing behind it.
"""

from __future__ import annotations

from itertools import product
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.render.view_cells import Numbers, Places, ViewCells, cells_around, places_before
from vizmed.scene import Camera
from vizmed.stages import stage
from vizmed.surface import Band, Level
from vizmed.surface.pieces import label_pieces
from vizmed.surface.threads import blocks, each
from vizmed.volume import Volume
from vizmed.vtk_bridge import mesh_arrays, to_polydata

if TYPE_CHECKING:
    import pyvista

_WORTH_IT = 0.9
"""Part of the points of which more are marked where leaving the others out takes longer than it saves."""

_ROUNDING = 1.01
"""By how much cells are larger than they must be, for what single precision rounds."""

_BLOCK = 1 << 16


class Extracted(NamedTuple):
    """What a surface was made of.

    Parameters
    ----------
    points : (n, 3) ndarray of float32
        Where its points were before they were smoothed, LPS mm.
    with_specks : (m, 3) ndarray of float32
        The very same, or those of specks that were left out among them.
    speck_share : float
        Of all that was enclosed, a speck encloses a smaller part than this.
    volume : Volume
    level : Level or Band
    """

    points: Places
    with_specks: Places
    speck_share: float
    volume: Volume
    level: Level | Band


class Sight(NamedTuple):
    """What a camera outside of a closed surface sees of it.

    Parameters
    ----------
    column, depth : (n,) ndarray of int
        In which column of cells each point lies, and at which step of it.
    walls : (across, up) ndarray of int
        The step of each column behind which nothing is seen.
    edge : float
        The longest edge of a triangle, in cells.
    outermost : (6,) ndarray of int
        Points at the bounds of all.
    """

    column: Numbers
    depth: Numbers
    walls: Numbers
    edge: float
    outermost: Numbers

    def marked(self, edges: int) -> NDArray[np.bool_]:
        """Mark a corner of each triangle that is seen, all points that are so many edges from it, and the outermost."""
        margin = 1 + ceil(edges * self.edge)
        marked = self.depth <= (_deepest_around(self.walls, margin) + margin).ravel().take(self.column)
        marked[self.outermost] = True
        return np.asarray(marked)


@stage("hidden parts")
def sight_of(mesh: pyvista.PolyData, extracted: Extracted, stand: Camera) -> Sight | None:
    """Find what a camera sees of a surface; None where it stands so near that it may see all of it.

    Parameters
    ----------
    mesh : pyvista.PolyData
        It has as many points as were extracted, in the same order.
    extracted : Extracted
    stand : Camera
    """
    points = mesh_arrays(mesh)[0]
    edge_mm = _across_voxel_mm(extracted.volume)  # a triangle was extracted within a cell of the grid
    # no place of it was further than this from its nearest corner, and none has moved further than a corner since
    near_mm = edge_mm / 3**0.5 + _furthest_mm(points, extracted.points)
    places = places_before(stand, extracted.with_specks)
    if places[2].min() <= near_mm:
        return None
    cells = cells_around(places, _ROUNDING * near_mm)
    column, depth = cells.of(places)
    walls = _walls(cells, cells.near(column, depth), extracted, stand)
    if extracted.points is not extracted.with_specks:
        column, depth = cells.of(places_before(stand, extracted.points))
    outermost = np.array([end(axis) for axis in points.T for end in (np.argmin, np.argmax)])
    return Sight(column, depth, walls, edge_mm / cells.size_mm, outermost)


def part_of(mesh: pyvista.PolyData, marked: NDArray[np.bool_]) -> tuple[pyvista.PolyData, NDArray[np.bool_]]:
    """Take the triangles that have a marked corner, with the normals of their points.

    Returns
    -------
    mesh : pyvista.PolyData
        The very same where hardly anything would be left out.
    has : (n,) ndarray of bool
        Which points it has.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy

    points, triangles = mesh_arrays(mesh)
    if marked.mean() > _WORTH_IT:
        return mesh, np.ones(len(points), bool)
    has = np.zeros(len(points), bool)

    def choose(block: slice) -> NDArray[Any]:
        a, b, c = (marked.take(corner) for corner in triangles[block].T)
        chosen = triangles[block].compress(a | b | c, axis=0)
        has[chosen.ravel()] = True
        return np.asarray(chosen)

    chosen = each(choose, blocks(len(triangles), _BLOCK))
    number = np.cumsum(has) - 1
    part = to_polydata(points.compress(has, axis=0), np.concatenate(each(number.take, chosen)))
    normals = mesh.GetPointData().GetNormals()
    if normals is not None:
        part.GetPointData().SetNormals(numpy_to_vtk(vtk_to_numpy(normals).compress(has, axis=0)))
    return part, has


def _across_voxel_mm(volume: Volume) -> float:
    """Give how far two corners of a cell of the grid lie apart at most."""
    ways = np.array([*product((-1, 1), repeat=3)]) @ volume.geometry.affine[:3, :3].T
    return float(np.linalg.norm(ways, axis=1).max())


def _furthest_mm(points: Places, before: Places) -> float:
    """Give how far a point has moved at most."""

    def furthest(block: slice) -> float:
        x, y, z = (points[block] - before[block]).T
        return float(np.sqrt((x * x + y * y + z * z).max()))

    return max(each(furthest, blocks(len(points), _BLOCK)))


def _walls(cells: ViewCells, near: NDArray[np.bool_], extracted: Extracted, stand: Camera) -> Numbers:
    """Give at which step of depth each column first lies inside; where none does, as many as there are steps."""
    across, up, deep = cells.shape
    place = np.flatnonzero(near[..., 1:] != near[..., :-1])
    column, depth = place // (deep - 1), place % (deep - 1) + 1
    # what is free begins where something was near, and goes on to the next change
    begins = np.flatnonzero(~near.reshape(-1, deep)[column, depth])
    begins = begins[_are_inside(cells.middles(stand, column[begins], depth[begins]), extracted)]
    begins = begins[np.unique(column[begins], return_index=True)[1]]
    if extracted.points is not extracted.with_specks:
        begins = begins[_are_in_no_speck(cells, column[begins], depth[begins], depth[begins + 1], extracted)]
    walls = np.full(across * up, deep)
    walls[column[begins]] = depth[begins]
    return walls.reshape(across, up)


def _are_inside(places: FloatArray, extracted: Extracted) -> Numbers:
    """Give the numbers of those places (n, 3), LPS mm, all of whose eight voxels around lie inside."""
    volume, level = extracted.volume, extracted.level
    ijk = np.floor(volume.geometry.to_index(places)).astype(np.intp)
    inside = np.flatnonzero(((ijk >= 0) & (ijk < np.array(volume.shape) - 1)).all(axis=1))
    for corner in product((0, 1), repeat=3):
        i, j, k = (ijk[inside] + corner).T
        values = volume.voxels[i, j, k]
        holds = (values >= level.low) & (values <= level.high) & np.isfinite(values)
        if volume.padding is not None:
            holds &= values != volume.padding
        inside = inside[holds]
    return inside


def _are_in_no_speck(
    cells: ViewCells, column: Numbers, begin: Numbers, end: Numbers, extracted: Extracted
) -> NDArray[np.bool_]:
    """Mark those stretches of columns that lie within more than a speck: with those beside, they fill more than one."""
    number = np.full(cells.shape[0] * cells.shape[1], -1)
    number[column] = np.arange(len(column))
    touching = []
    for step in (1, cells.shape[1]):
        other = number[column + step]
        one = np.flatnonzero(other >= 0)
        other = other[one]
        touch = np.maximum(begin[one], begin[other]) < np.minimum(end[one], end[other])
        touching.append(np.stack([one[touch], other[touch]], axis=1))
    piece = label_pieces(np.concatenate(touching), len(column))
    least_mm3 = np.bincount(piece, end - begin) * cells.size_mm**3
    grid = extracted.volume
    whole_mm3 = grid.voxels.size * abs(np.linalg.det(grid.geometry.affine[:3, :3]))
    return np.asarray((least_mm3 >= extracted.speck_share * whole_mm3)[piece])


def _deepest_around(walls: Numbers, margin: int) -> Numbers:
    """Give the deepest of the walls of so many columns around each."""
    for axis in range(2):
        padded = np.pad(np.moveaxis(walls, axis, 0), ((margin, margin), (0, 0)))
        shifted = [padded[n : n + walls.shape[axis]] for n in range(2 * margin + 1)]
        walls = np.moveaxis(np.maximum.reduce(shifted), 0, axis)
    return walls
