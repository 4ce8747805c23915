"""Give pieces that share borders their volumes back, as pressures do in a foam.

What one gains at a border its neighbour loses, so that the ways of all borders follow together: each piece has a
pressure, and a border moves by the difference of those on its two sides. The pressures that bring the volumes are those
of a network in which the areas of borders conduct; what has no label is its ground.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.facets import facets
from vizmed.surface.labels.nets import Index, Nets, Points

SAME_VOLUME = 1e-4
"""Part of its volume by which a piece may still differ when it counts as held."""

MOST_LOST = 0.005
"""Part of its volume that a piece may lose or gain. The points of one that cannot be held there go back to where they
started."""

ROUNDS = 12
"""How often, at most, borders are moved until the volumes are held. Three or four are enough for most."""

STEP = 0.2
"""How far borders move at a time, in voxels: thin walls give back more with each step than they promise."""

SOLVED = 1e-2
"""Part of the volumes asked for by which pressures may still miss: the next round finds it."""

MOST_STEPS = 50
"""Of solving for the pressures."""

_TRIES = 4
_LEAST_CONDUCTANCE = 0.05
"""Of a border, as part of its area: where it is crumpled, its normals nearly cancel out."""


def held(nets: Nets, moved: Points, triangles: Index, sheets: Index) -> Points:
    """Move borders until every piece encloses again what its voxels fill.

    Parameters
    ----------
    nets : Nets
    moved : (n, 3) ndarray of float32
        Its points, smoothed; voxel indices.
    triangles : (m, 3) ndarray of int
        Its squares, cut in two.
    sheets : (m, 2) ndarray of int
        The piece of a label's surface behind each triangle and in front of it, from 1; 0 is no label.

    Returns
    -------
    (n, 3) ndarray of float32
        None further from its corner than it may.
    """
    foam = _Foam(nets, triangles, sheets)
    fixed, failed = nets.fixed.copy(), np.zeros(len(foam.wanted), bool)
    for _ in range(_TRIES):
        moved = foam.blown(moved, fixed, ~failed)
        astray = foam.differ(foam.measured(moved, foam.all_rows)[0], MOST_LOST) & ~failed
        if not astray.any():
            break
        failed |= astray
        fixed[triangles[astray[sheets].any(axis=1)]] = True
        moved = np.where(fixed, nets.points, moved)
    return moved


class _Foam:
    """Triangles between pieces, and the volumes that those want.

    Attributes
    ----------
    wanted : (k,) ndarray of float
        The volume of each piece in voxels; the first is the ground, whose volume nobody asks for.
    all_rows : (m,) ndarray of int
        The numbers of all triangles.
    """

    def __init__(self, nets: Nets, triangles: Index, sheets: Index) -> None:
        self._nets, self._triangles, self._sheets = nets, triangles, sheets
        self._n_sheets = int(sheets.max(initial=0)) + 1
        bordering = np.sort(sheets, axis=1)
        borders, border = np.unique(bordering[:, 0] * self._n_sheets + bordering[:, 1], return_inverse=True)
        self._border = border.ravel()
        self._low, self._high = np.divmod(borders, self._n_sheets)
        self._is_turned = sheets[:, 0] != bordering[:, 0]
        self.all_rows = np.arange(len(triangles))
        self.wanted = self.measured(nets.corners, self.all_rows)[0]

    def blown(self, points: Points, fixed: NDArray[np.bool_], astray: NDArray[np.bool_]) -> Points:
        """Move borders until the volumes of those pieces that may be astray are held, or `ROUNDS` are over."""
        least, most = self._nets.bounds(fixed)
        rows = self.all_rows
        for _ in range(ROUNDS):
            volumes, ways = self.measured(points, rows)
            astray = astray & self.differ(volumes, SAME_VOLUME)
            if not astray.any():
                break
            # what is held is ground by now: most of what is not is a speck, and its neighbours are far larger
            kept = astray[self._sheets[rows]].any(axis=1)
            rows, ways = rows[kept], ways[kept]
            normals, areas = self._normals(ways, rows)
            conductance = self._conductance(ways, rows, normals)
            pressure = self._pressures(np.where(astray, self.wanted - volumes, 0), astray, conductance)
            out = (pressure[self._low] - pressure[self._high])[self._border[rows]]
            points = np.clip(points + self._way(out[:, None] * ways, rows, areas), least, most)
        return points.astype(np.float32)

    def differ(self, volumes: FloatArray, tolerance: float) -> NDArray[np.bool_]:
        """Mark the pieces whose volumes are not those that are wanted."""
        differ = np.abs(self.wanted - volumes) > tolerance * np.abs(self.wanted)
        differ[0] = False
        return np.asarray(differ)

    def measured(self, points: NDArray[Any], rows: Index) -> tuple[FloatArray, Points]:
        """Measure what some of the triangles enclose of each piece, voxels, and where they face.

        Returns
        -------
        volumes : (k,) ndarray of float
        ways : (rows, 3) ndarray of float32
            The area vector of each triangle, from the lower to the higher piece.
        """
        volumes = np.zeros(self._n_sheets)
        ways = np.empty((len(rows), 3), np.float32)
        sheets = self._sheets[rows]
        for part in facets(points, self._triangles[rows]):
            for side, sign in ((0, 1), (1, -1)):
                volumes += sign * np.bincount(sheets[part.where, side], part.six_volumes / 6, self._n_sheets)
            ways[part.where] = part.area_vector.T / 2
        ways[self._is_turned[rows]] *= -1
        return volumes, ways

    def _normals(self, ways: Points, rows: Index) -> tuple[FloatArray, FloatArray]:
        """Give the mean normal (n, 3) at each point, short where it is crumpled, and the area (n,) around it."""
        areas = np.maximum(self._sums(np.linalg.norm(ways, axis=1), rows), np.finfo(np.float64).tiny)
        normals = np.stack([self._sums(way, rows) for way in ways.T], axis=1)
        return normals / areas[:, None], areas

    def _conductance(self, ways: Points, rows: Index, normals: FloatArray) -> FloatArray:
        """Give what each border gains while it moves by one voxel: its area, less what its normals cancel out."""
        gains = np.zeros(len(rows))
        for way, normal in zip(ways.T, normals.T, strict=True):
            gains += way * normal[self._triangles[rows]].mean(axis=1)
        gains = np.maximum(gains, _LEAST_CONDUCTANCE * np.linalg.norm(ways, axis=1))
        return np.asarray(np.bincount(self._border[rows], gains, len(self._low)), np.float64)

    def _way(self, pushes: FloatArray, rows: Index, areas: FloatArray) -> FloatArray:
        """Give the way (n, 3) of each point, `STEP` at most, when triangles push it by their area and pressure."""
        way = np.stack([self._sums(push, rows) for push in pushes.T], axis=1) / areas[:, None]
        longest = np.abs(way).max(axis=1)
        return np.asarray(way * np.minimum(1, STEP / np.maximum(longest, STEP))[:, None])

    def _sums(self, values: NDArray[Any], rows: Index) -> FloatArray:
        """Add up the values of triangles at their points."""
        at_points = np.bincount(self._triangles[rows].ravel(), np.repeat(values, 3), len(self._nets.points))
        return np.asarray(at_points, np.float64)

    def _pressures(self, lost: FloatArray, astray: NDArray[np.bool_], conductance: FloatArray) -> FloatArray:
        """Solve the network by conjugate gradients; what is not astray is ground, whose pressure is 0."""
        n, tiny = self._n_sheets, np.finfo(np.float64).tiny
        whole = np.bincount(self._low, conductance, n) + np.bincount(self._high, conductance, n) + tiny
        pressure, rest = np.zeros(n), lost.copy()
        scaled = rest / whole
        way, size = scaled.copy(), float(rest @ scaled)
        enough = SOLVED**2 * size
        for _ in range(MOST_STEPS):
            current = conductance * (way[self._low] - way[self._high])
            flow = np.bincount(self._low, current, n) - np.bincount(self._high, current, n)
            flow[~astray] = 0
            length = size / max(float(way @ flow), tiny)
            pressure += length * way
            rest -= length * flow
            scaled = rest / whole
            before, size = size, float(rest @ scaled)
            if size <= enough:
                break
            way = scaled + size / before * way
        return pressure
