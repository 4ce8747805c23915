"""Which labels a volume holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import IrregularStackError
from vizmed.findings import Finding, counted

MOST_LABELS = 65_535
"""More distinct values than the largest atlases have labels: it is an image."""

_LARGEST = (1 << 32) - 1
_SHOWN = 6


def numbers_in(voxels: NDArray[Any], where: Path | None = None) -> list[int]:
    """List the values other than 0, growing.

    Raises
    ------
    IrregularStackError
        If one is negative or no whole number, or there are more of them than `MOST_LABELS`.
    """
    _refuse_other_numbers(voxels, where)
    found: set[int] = set()
    for k in range(voxels.shape[2]):
        flat = voxels[:, :, k].ravel(order="K")
        changes = np.flatnonzero(flat[1:] != flat[:-1])  # few, so that little is left to sort
        found.update(int(value) for value in np.unique(flat[np.append(changes, -1)]))
        if len(found) > MOST_LABELS + 1:
            raise IrregularStackError(
                f"it holds more than {MOST_LABELS:,} different values",
                where=where,
                remedy="That is an image; labels are few",
            )
    return sorted(found - {0})


def _refuse_other_numbers(voxels: NDArray[Any], where: Path | None) -> None:
    """Refuse values that are no labels, naming the first of them and its place."""
    if voxels.dtype.kind == "u" and voxels.dtype.itemsize <= 4:
        return
    for k in range(voxels.shape[2]):
        plane = voxels[:, :, k]
        with np.errstate(invalid="ignore"):
            sound = (plane >= 0) & (plane <= _LARGEST)  # NaN is neither
            if plane.dtype.kind == "f":
                sound &= np.floor(plane) == plane
        if not sound.all():
            j, i = np.argwhere(~sound.T)[0]
            raise IrregularStackError(
                f"the voxel ({i}, {j}, {k}) has the value {plane[i, j]:g}",
                where=where,
                remedy="Labels are whole numbers from 0 on; a surface of an image needs a level",
            )


def empty_labels(names: Sequence[str]) -> Finding:
    """Say that labels have no voxel."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return Finding("empty-labels", "note", f"{counted(len(names), 'label')} without a voxel", shown, "left out")
