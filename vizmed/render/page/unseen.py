"""What lies on no slice that is shown, and where it would be: marks and measures do not vanish without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, log10
from typing import TYPE_CHECKING

import numpy as np

from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.marks import Marks, Outline, Spot
from vizmed.render.page.marked import marks_on
from vizmed.render.page.measured import lies_on
from vizmed.render.page.panes import panes_of
from vizmed.render.page.strokes import meets, polyline
from vizmed.render.page.view import PaneView, pane_view
from vizmed.scene import Angle, Point, Ruler, Scene
from vizmed.scene.spell import spell_point
from vizmed.slices import crossing, is_in_scan
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.study import Study

Mark = Outline | Spot
Measure = Ruler | Angle

_MOST_TRIED = 5
"""Places that are tried for a slice that shows something: one is enough, and each takes as long as a page's slices."""


def unseen(scene: Scene, study: Study) -> tuple[Finding, ...]:
    """Tell which marks and measures are drawn in no pane of a scene.

    Parameters
    ----------
    scene : Scene
    study : Study

    Returns
    -------
    tuple of Finding
        Warnings: ``"mark-not-shown"``, ``"measure-not-shown"``, or none of them. Each says how many of how many, and
        where the nearest is. What lies beside the part of a slice that a zoomed pane shows counts as well. Marks are
        drawn on slices alone, measures in 3D, too.

    Raises
    ------
    OptionError
        If the slices cross outside of the scan.
    """
    marks = study.marks
    in_3d = any(pane.plane == "3d" for pane in panes_of(scene, study.volume))
    views = _views(scene, study) if len(marks) or (scene.measures and not in_3d) else []
    found = []
    lost = hidden_marks(marks, views)
    if lost:
        where = "drawn on slices alone, of which none is shown" if scene.layout == "3d" else _nowhere(scene)
        remedy = _way_to(lost, scene, study) or "other planes, or less zoom, may show them"
        found.append(not_shown("mark", len(lost), len(marks), where, remedy))
    missed = [] if in_3d else hidden_measures(scene.measures, views)
    if scene.layout == "slices" and not scene.annotated and scene.measures:
        found.append(_left_out(scene))
    elif missed:
        remedy = _way_to(missed, scene, study) or "a slab, or an oblique plane, may show them"
        found.append(not_shown("measure", len(missed), len(scene.measures), _nowhere(scene), remedy))
    return tuple(found)


def not_shown(what: str, lost: int, of: int, where: str, remedy: str) -> Finding:
    """Say that so many of so many marks or measures are not shown."""
    message = f"{lost:,} of {counted(of, what)} {'is' if lost == 1 else 'are'} {where}"
    return Finding(f"{what}-not-shown", "warning", message, remedy=remedy)


def hidden_marks(marks: Marks, views: Iterable[PaneView]) -> list[Mark]:
    """Give the marks of which nothing is drawn in any view."""
    every: list[Mark] = [*marks.outlines, *marks.spots]
    left = {id(mark): mark for mark in every}
    for view in views:
        if not left:
            break
        for mark, found in marks_on(marks, view.one):
            if id(mark) in left and any(meets(polyline(view.to_pixels(part)), view.size) for part in found):
                del left[id(mark)]
    return list(left.values())


def hidden_measures(measures: Sequence[Measure], views: Iterable[PaneView]) -> list[Measure]:
    """Give the measures of which nothing is drawn in any view."""
    left = list(measures)
    for view in views:
        left = [
            measure
            for measure in left
            if not lies_on(measure, view.one)
            or not meets(polyline(view.to_pixels(np.array(measure.points))), view.size)
        ]
    return left


def place_of(mark: Mark | Measure) -> FloatArray:
    """Give the middle of a mark or measure, LPS mm, shape (3,)."""
    points = mark.point[None] if isinstance(mark, Spot) else np.asarray(mark.points, dtype=np.float64)
    return np.asarray(points.mean(axis=0))


def _views(scene: Scene, study: Study) -> list[PaneView]:
    panes = panes_of(scene, study.volume)
    return [pane_view(scene, study, pane) for pane in panes if pane.plane not in ("3d", "projection")]


def _is_drawn(one: Mark | Measure, view: PaneView) -> bool:
    if isinstance(one, Ruler | Angle):
        return not hidden_measures([one], [view])
    alone = Marks((one,)) if isinstance(one, Outline) else Marks((), (one,))
    return not hidden_marks(alone, [view])


def _way_to(lost: Sequence[Mark | Measure], scene: Scene, study: Study) -> str:
    """Say where the nearest is that a slice of the scene's planes would show; nothing where there is none."""
    start, grid = crossing(scene.slices, study.volume), study.volume.geometry
    away = sorted(lost, key=lambda one: float(np.linalg.norm(place_of(one) - start)))
    inside = [one for one in away if is_in_scan(grid, place_of(one))]
    which = "it" if len(lost) == 1 else "the nearest"
    if not inside:
        return f"{'it lies' if len(lost) == 1 else 'they lie'} outside of the scan"
    for one in inside[:_MOST_TRIED]:
        at = _rounded(place_of(one), study.volume)
        layout = "slices" if scene.layout == "3d" else scene.layout
        there = replace(scene, layout=layout, slices=replace(scene.slices, at=at))
        view = next((view for view in _views(there, study) if _is_drawn(one, view)), None)
        if view is not None:
            option = "--layout four " if scene.layout == "3d" else ""
            shown = f"{view.one.plane} slice {view.one.index + 1}"
            return f"{which} is on {shown}, and {option}--at {spell_point(at)} goes there"
    return ""


def _rounded(place: FloatArray, volume: Volume) -> Point:
    """Write a place as finely as it takes to say which voxel it lies in."""
    decimals = max(1, ceil(1 - log10(float(volume.geometry.spacing.min()))))
    rounded = np.round(place, decimals) + 0.0
    x, y, z = (rounded if is_in_scan(volume.geometry, rounded) else place).tolist()
    return x, y, z


def _nowhere(scene: Scene) -> str:
    beside = ", or beside what is shown of them" if scene.slices.zoom > 1 else ""
    return f"on none of the slices shown{beside}"


def _left_out(scene: Scene) -> Finding:
    count = len(scene.measures)
    return not_shown("measure", count, count, "left out of a bare picture", "leave --no-letters out")
