"""Whether two surfaces that should lie in one place are in different frames or units: the classic mistakes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.findings import Finding
from vizmed.geometry import FloatArray
from vizmed.surface.distance import distances
from vizmed.vtk_bridge import mesh_arrays

if TYPE_CHECKING:
    import pyvista

_POINTS = 500
"""Points of the first surface that are tried in each place."""

_SAME_BOX = 0.15
"""Part of the diagonal of a box by which the corners of another may be off, to be tried at all."""

_TOGETHER = 0.005
"""Mean distance, as part of the diagonal, up to which two surfaces lie in one place as they are."""

_APART = 0.02
"""Mean distance, as part of the diagonal, up to which two surfaces, that may differ, lie in one place when moved."""

_NEARER = 0.25
"""A place is the right one if it brings the surfaces so much nearer to each other, at least."""

_TURNS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "one is in LPS and the other in RAS, x and y have the other sign": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "one is the mirror image of the other, left and right are exchanged": ((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "one stands Y up, as glTF does, and the other Z up": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "one stands Z up and the other Y up, as glTF does": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
}

_SCALES = {
    "": 1.0,
    "the first is in metres": 1000.0,
    "the second is in metres": 0.001,
    "the first is in inches": 25.4,
    "the second is in inches": 1 / 25.4,
}

Move = Callable[[FloatArray], FloatArray]
"""What moves points (n, 3)."""


def find_mismatch(mesh: pyvista.PolyData, other: pyvista.PolyData) -> Finding | None:
    """Look whether another frame or unit would lay a surface upon another, and say which.

    Parameters
    ----------
    mesh, other : pyvista.PolyData
        Triangles, taken to be in LPS mm.

    Returns
    -------
    Finding or None
        None where they lie in one place already, or no such mistake brings them there.
    """
    points, onto = (mesh_arrays(one)[0] for one in (mesh, other))
    if not len(points) or not len(onto):
        return None
    box, onto_box = _box(points), _box(onto)
    diagonal = float(np.linalg.norm(onto_box[1] - onto_box[0]))
    some = points[:: max(1, len(points) // _POINTS)].astype(np.float64)
    moves = {why: move for why, move in _moves(box, onto_box).items() if not why or _same_box(move(box), onto_box)}
    measured = distances(np.concatenate([move(some) for move in moves.values()]), other) / diagonal
    apart = dict(zip(moves, measured.reshape(len(moves), -1).mean(axis=1).tolist(), strict=True))
    best = min(apart, key=apart.__getitem__)
    if apart[""] <= _TOGETHER or apart[best] > min(_APART, _NEARER * apart[""]):
        return None
    return Finding(
        "other-frame",
        "warning",
        f"the two lie in one place if {best}",
        remedy="Write one of them in the frame and unit of the other",
    )


def _moves(box: FloatArray, onto_box: FloatArray) -> dict[str, Move]:
    """Give all mistakes, each with what undoes it; the first is none, and is told as nothing."""
    moves: dict[str, Move] = {}
    for is_moved, (scale_why, scale), (turn_why, turn) in product((False, True), _SCALES.items(), _TURNS.items()):
        matrix = scale * np.array(turn, np.float64)
        shift = onto_box.mean(axis=0) - matrix @ box.mean(axis=0) if is_moved else np.zeros(3)
        why = "; ".join(filter(None, [turn_why, scale_why, "one was moved" if is_moved else ""]))
        moves[why] = partial(_move, matrix, shift)
    return moves


def _move(matrix: FloatArray, shift: FloatArray, points: FloatArray) -> FloatArray:
    return np.asarray(points @ matrix.T + shift)


def _box(points: NDArray[Any]) -> FloatArray:
    return np.stack([points.min(axis=0), points.max(axis=0)]).astype(np.float64)


def _same_box(box: FloatArray, onto_box: FloatArray) -> bool:
    """Whether two boxes are about the same; most of what is tried is far off, and is not worth measuring."""
    off = np.abs(np.sort(box, axis=0) - onto_box).max()  # a turn has exchanged some of its ends
    return bool(off <= _SAME_BOX * np.linalg.norm(onto_box[1] - onto_box[0]))
