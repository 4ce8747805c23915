"""Colours of points to colours of parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.findings import Finding
from vizmed.read.meshes.meshfile import Loose

_MOST_COLORS = 256
"""More colours than parts of one file have are a painting."""


def hex_color(red: float, green: float, blue: float) -> str:
    """Write a colour of three numbers from 0 to 255 as ``"#rrggbb"``."""
    return "#" + "".join(f"{round(min(max(number, 0), 255)):02x}" for number in (red, green, blue))


def parts_by_color(whole: Loose, colors: NDArray[np.uint8] | None, findings: list[Finding], path: Path) -> list[Loose]:
    """Split a surface where the colour of its points changes from piece to piece.

    Parameters
    ----------
    whole : Loose
    colors : (n, 3) ndarray of uint8, or None
        A colour a point. Where triangles run from one colour into another, the surface is painted, stays whole, and a
        note is added.
    findings : list of Finding
    path : pathlib.Path

    Returns
    -------
    list of Loose
        In the order in which their colours come first.
    """
    inside = len(whole.triangles) and whole.triangles.min() >= 0 and whole.triangles.max() < len(whole.points)
    if colors is None or not inside:  # what is out of range is refused later
        return [whole]
    of_corners = (colors[whole.triangles].astype(np.int32) << np.array([16, 8, 0], np.int32)).sum(axis=2)
    of_triangles = of_corners[:, 0]
    found, first = np.unique(of_triangles, return_index=True)
    if (of_corners != of_triangles[:, None]).any() or len(found) > _MOST_COLORS:
        findings.append(Finding("colors-left-out", "note", "its points are painted", path.name, "colours left out"))
        return [whole]
    return [
        replace(whole, triangles=whole.triangles[of_triangles == color], color=f"#{int(color):06x}")
        for color in found[np.argsort(first)]
    ]
