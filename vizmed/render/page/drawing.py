"""Panes of slices as pictures of exact size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from vizmed.render.lettering import Line, write_lines
from vizmed.render.page.apart import apart
from vizmed.render.page.captions import captions, scale_bar
from vizmed.render.page.colors import RIM_COLOR, rgb
from vizmed.render.page.crossed import draw_crop, draw_crosshair
from vizmed.render.page.legends import color_bar, label_names
from vizmed.render.page.marked import draw_marks
from vizmed.render.page.measured import draw_measures
from vizmed.render.page.overlaid import lay_labels, lay_volume
from vizmed.render.page.panes import Pane, panes_of
from vizmed.render.page.picture import lay_gray, seen_of
from vizmed.render.page.projected import projected
from vizmed.render.page.sizes import Sizes, sizes_of
from vizmed.render.page.strokes import Picture
from vizmed.render.page.view import PaneView, pane_view, window_of
from vizmed.scene import Scene
from vizmed.slices import choose_window, to_gray
from vizmed.stages import stage
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.study import Study


@stage("drawing")
def draw_page(scene: Scene, study: Study) -> Picture:
    """Draw the slices of a scene, without OpenGL; what the 3D view would fill has the scene's background.

    Returns
    -------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    OptionError
        If the slices cross outside of the scan, or a window or ramp of colours is not there.
    """
    width, height = scene.size
    page = np.empty((height, width, 3), dtype=np.uint8)
    panes = panes_of(scene, study.volume)
    with ThreadPoolExecutor(1) as beside:
        # the projection looks at every voxel; the other panes, which are drawn meanwhile, at a few
        is_projected = any(pane.plane == "projection" for pane in panes)
        projecting = beside.submit(projected, study.volume, table=scene.table) if is_projected else None
        for pane in panes:
            if pane.plane == "projection" and projecting is not None:
                projecting.result()
            left, top, across, down = pane.box
            page[top : top + down, left : left + across] = _shown(pane, scene, study)
    return page


def _shown(pane: Pane, scene: Scene, study: Study) -> Picture | tuple[int, int, int]:
    if pane.plane == "3d":
        return rgb(scene.background[0])
    return draw_pane(pane_view(scene, study, pane), scene, study)


def draw_pane(view: PaneView, scene: Scene, study: Study) -> Picture:
    """Draw a pane.

    Parameters
    ----------
    view : PaneView
        Of `pane_view`, for the same scene and study.
    scene : Scene
        One that is not annotated shows the slice and what files lay over it, without any words or helping lines.
    study : Study

    Returns
    -------
    (height, width, 3) ndarray of uint8
    """
    width, height = view.size
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    sizes = sizes_of(scene)
    lines: list[Line] = []  # at what they name, and moved where others are
    fixed: list[Line] = []
    window = window_of(scene, study.volume, view.pane)
    seen = seen_of(view)
    if seen is not None:
        lay_gray(picture, seen, to_gray(seen.of(view.one.values), window, inverted=study.volume.inverted))
    if view.pane.plane != "projection":
        labels = lay_labels(picture, seen, scene, study, max(1, round(1.6 * sizes.line))) if seen else ()
        if seen is not None:
            lay_volume(picture, seen, scene, study)
        lines += draw_marks(picture, view, study.marks, sizes)
        if scene.annotated:
            lines += _draw_helping_lines(picture, view, scene, sizes, study.volume)
            fixed += label_names(picture, labels, sizes)
            fixed += _overlay_bar(picture, view, scene, sizes, study)
    if not scene.annotated:
        return picture
    fixed += scale_bar(picture, view, sizes)
    _draw_rim(picture, max(1, round(0.7 * sizes.line)))
    fixed += captions(view, scene, study, sizes)
    return write_lines(picture, fixed + apart(lines, fixed, view.size))


def _draw_helping_lines(picture: Picture, view: PaneView, scene: Scene, sizes: Sizes, volume: Volume) -> list[Line]:
    """Draw what is of the scene and not of the scan, and give what is to be written at it."""
    draw_crop(picture, view, scene, sizes)
    if scene.slices.crosshair:
        draw_crosshair(picture, view, scene, volume, sizes)
    return draw_measures(picture, view, scene, sizes)


def _overlay_bar(picture: Picture, view: PaneView, scene: Scene, sizes: Sizes, study: Study) -> list[Line]:
    over, layer = study.overlay, scene.overlay
    if isinstance(over, Volume) and layer.opacity and view.pane == panes_of(scene, study.volume)[0]:
        return color_bar(picture, layer.colors, choose_window(over, layer.window), over.unit, sizes)
    return []


def _draw_rim(picture: Picture, width: int) -> None:
    for edge in (picture[:width], picture[-width:], picture[:, :width], picture[:, -width:]):
        edge[:] = rgb(RIM_COLOR)
