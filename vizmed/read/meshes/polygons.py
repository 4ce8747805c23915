"""Polygons and strips to triangles, many at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.findings import Finding, counted

Integers = NDArray[np.integer[Any]]


def fans(sizes: Integers, corners: Integers) -> NDArray[np.int64]:
    """Split polygons into triangles around the first corner of each.

    Parameters
    ----------
    sizes : (n,) ndarray of integer
        Corners of each polygon. Those of fewer than three make no triangle.
    corners : (sum of sizes,) ndarray of integer
        Point numbers, polygon after polygon.

    Returns
    -------
    (m, 3) ndarray of int64
    """
    if (sizes == 3).all():
        return corners.reshape(-1, 3).astype(np.int64, copy=False)
    first, step = _steps(sizes)
    return np.stack([corners[first], corners[first + step + 1], corners[first + step + 2]], axis=1).astype(np.int64)


def strips(sizes: Integers, corners: Integers) -> NDArray[np.int64]:
    """Split strips into triangles: every second one is turned, so that all face the same side; see `fans`."""
    first, step = _steps(sizes)
    odd = step % 2
    at = first + step
    return np.stack([corners[at], corners[at + 1 + odd], corners[at + 2 - odd]], axis=1).astype(np.int64)


def _steps(sizes: Integers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give, for each triangle, where its polygon begins, and the how-manieth of the polygon it is."""
    sizes = sizes.astype(np.int64)
    triangles = np.maximum(sizes - 2, 0)
    first = np.repeat(np.cumsum(sizes) - sizes, triangles)
    step = np.arange(len(first)) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    return first, step


def polygon_findings(sizes: Integers, path: Path) -> list[Finding]:
    """Note polygons that `fans` splits, and those that have too few corners to be any."""
    findings = []
    split, short = int(np.count_nonzero(sizes > 3)), int(np.count_nonzero(sizes < 3))
    if split:
        message = f"{counted(split, 'polygon')} with more than three corners"
        findings.append(Finding("polygons-split", "note", message, path.name, "split into triangles"))
    if short:
        message = f"{counted(short, 'polygon')} with fewer than three corners"
        findings.append(Finding("degenerate-polygons", "warning", message, path.name, "dropped"))
    return findings
