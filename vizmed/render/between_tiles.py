"""What is drawn on no tile of a montage, and which slices would show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vizmed.errors import BudgetError, OptionError
from vizmed.findings import Finding
from vizmed.render.page.unseen import Mark, hidden_marks, not_shown, place_of
from vizmed.render.study import Study
from vizmed.render.tiles import lay_tiles
from vizmed.scene import Plane, Scene
from vizmed.slices import is_in_scan, take_slice

_MOST_TILES = 60
"""More slices one after the other are no remedy: then those around the first mark are named."""


def unseen_on_montage(scene: Scene, study: Study, *, plane: Plane = "axial", **tiles: Any) -> tuple[Finding, ...]:
    """Tell which marks and measures are drawn on no tile of a montage.

    Parameters
    ----------
    scene : Scene
    study : Study
    plane, **tiles
        As `draw_montage` takes them.

    Returns
    -------
    tuple of Finding
        Warnings: ``"mark-not-shown"``, ``"measure-not-shown"``, or none of them. A montage shows no measures.

    Raises
    ------
    OptionError, BudgetError
        As by `draw_montage`.
    """
    found = []
    marks = study.marks
    lost = _hidden(scene, study, plane, tiles) if len(marks) else []
    if lost:
        remedy = _way_to(lost, scene, study, plane, tiles)
        found.append(not_shown("mark", len(lost), len(marks), "on none of the tiles", remedy))
    if scene.measures:
        count = len(scene.measures)
        remedy = "vizmed slices shows those that lie on a slice"
        found.append(not_shown("measure", count, count, "left out of a montage", remedy))
    return tuple(found)


def _hidden(scene: Scene, study: Study, plane: Plane, tiles: dict[str, Any]) -> list[Mark]:
    laid = lay_tiles(scene, study.volume, plane=plane, **tiles)
    return hidden_marks(study.marks, laid.views(scene, study.volume))


def _way_to(lost: Sequence[Mark], scene: Scene, study: Study, plane: Plane, tiles: dict[str, Any]) -> str:
    """Name slices, one after the other, that show what is hidden, or as much of it as a page does."""
    inside = [mark for mark in lost if is_in_scan(study.volume.geometry, place_of(mark))]
    if not inside:
        return f"{'it lies' if len(lost) == 1 else 'they lie'} outside of the scan"
    indices = [_index(mark, scene, study, plane) for mark in inside]
    low, high = min(indices), max(indices)
    if high - low >= _MOST_TILES:
        low = high = indices[0]
    steps = {"every": 1, "every_mm": None, "first": low, "last": high}
    for trim in dict.fromkeys((tiles.get("trim", True), False)):
        try:
            still = _hidden(scene, study, plane, {**tiles, **steps, "columns": None, "trim": trim})
        except (OptionError, BudgetError):  # tiles as wide as the page, and as high as many
            return f"{'it' if len(lost) == 1 else 'the first'} is on {plane} slice {indices[0] + 1}"
        shown = len({id(mark) for mark in lost} - {id(mark) for mark in still})
        if shown:
            which = "it" if len(lost) == 1 else "them" if shown == len(lost) else f"{shown:,} of them"
            untrimmed = "" if trim == tiles.get("trim", True) else " --untrimmed"
            return f"--every 1 --first {low + 1} --last {high + 1}{untrimmed} shows {which}"
    return f"{'it' if len(lost) == 1 else 'the first'} is not on {plane} slices"


def _index(mark: Mark, scene: Scene, study: Study, plane: Plane) -> int:
    x, y, z = place_of(mark).tolist()
    return take_slice(study.volume, plane, at=(x, y, z), normal=scene.slices.normal).index
