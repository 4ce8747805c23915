"""What is written on a pane: the patient's sides, what is shown and where, and how long a millimetre is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.presets import Window, names
from vizmed.presets import window as preset_window
from vizmed.render.lettering import CAPITAL, FAINT_INK, INK, Line, fitting_size, text_width
from vizmed.render.page.colors import PLANE_COLORS, SHADOW
from vizmed.render.page.panes import panes_of
from vizmed.render.page.projected import projected
from vizmed.render.page.sizes import Sizes
from vizmed.render.page.strokes import Picture, stroke
from vizmed.render.page.view import PaneView, window_of
from vizmed.scene import Scene
from vizmed.slices import crossing, edge_letters
from vizmed.slices.crossing import slice_near
from vizmed.volume import Volume

if TYPE_CHECKING:
    from vizmed.render.study import Study

_BARS_MM = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
_BAR_SHARE = 0.3  # of the pane's width, at most

PROJECTION_WORDS = {"mip": "maximum", "minip": "minimum", "mean": "mean"}


def captions(view: PaneView, scene: Scene, study: Study, sizes: Sizes) -> list[Line]:
    """Give all that is written on the edges of a pane; what finds no room is left out."""
    lines = _letters(view, sizes)
    lines += _stacked_down(view, _head(view, scene, study.volume), sizes)
    lines += _stacked_up(view, _foot(view, scene, study.volume), sizes)
    return lines


def position_words(point: FloatArray) -> str:
    """Say where a point lies in the patient: ``"L 12.3  P 140.2  I 542.8 mm"``."""
    sides = (edge_letters(np.eye(3)[axis] * (1 if mm >= 0 else -1)) for axis, mm in enumerate(point))
    return "  ".join(f"{side} {abs(mm):.1f}" for side, mm in zip(sides, point, strict=True)) + " mm"


def index_words(volume: Volume, point: FloatArray) -> str:
    """Say which voxel a point lies in, counted from 0 as ``volume.voxels[i, j, k]`` is: ``"i 12  j 140  k 31"``."""
    # of a point midway between two voxels that one is meant whose slices are shown
    counted = volume.reoriented("LPS").geometry
    places = zip(counted.to_index(point).tolist(), counted.shape, strict=True)
    nearest = counted.to_world([slice_near(place, size) for place, size in places])
    ijk = np.rint(volume.geometry.to_index(nearest)).astype(int).tolist()
    return "  ".join(f"{name} {n}" for name, n in zip("ijk", ijk, strict=True))


def window_words(window: Window, volume: Volume) -> str:
    """Say what is black and white: ``"lung window 1500, level -600 HU"``, without a name where it has none."""
    named = [name for name in names("windows") if preset_window(name) == window] if volume.unit == "HU" else []
    unit = f" {volume.unit}" if volume.unit else ""
    return " ".join([*named[:1], f"window {window.width:.6g}, level {window.level:.6g}{unit}"])


def scale_bar(picture: Picture, view: PaneView, sizes: Sizes) -> list[Line]:
    """Draw the longest round length that has room in the lower right corner, and give what is written at it."""
    width, height = view.size
    fitting = [mm for mm in _BARS_MM if mm * view.scale <= _BAR_SHARE * width]
    if not fitting or height < 4 * sizes.caption:
        return []
    thick = max(2, round(1.6 * sizes.line))
    right, bottom = width - sizes.inset, height - sizes.inset
    left = right - fitting[-1] * view.scale
    level = bottom - thick / 2
    bar = np.array([[[left, level], [right, level]]])
    stroke(picture, bar, SHADOW, thick + 2, 0.6)
    stroke(picture, bar, INK, thick)
    return [Line(right, bottom - thick - 0.45 * sizes.caption, f"{fitting[-1]:g} mm", sizes.caption, FAINT_INK, "r")]


def _letters(view: PaneView, sizes: Sizes) -> list[Line]:
    width, height = view.size
    if min(width, height) < 5 * sizes.letter:
        return []
    left, right, top, bottom = view.one.letters
    capital = CAPITAL * sizes.letter
    return [
        Line(sizes.inset, (height + capital) / 2, left, sizes.letter),
        Line(width - sizes.inset, (height + capital) / 2, right, sizes.letter, end="r"),
        Line(width / 2, sizes.inset + capital, top, sizes.letter, end="m"),
        Line(width / 2, height - sizes.inset, bottom, sizes.letter, end="m"),
    ]


def _head(view: PaneView, scene: Scene, volume: Volume) -> list[tuple[str, str]]:
    """Give lines with their colours: what is shown, and where the slices cross."""
    one, layer = view.one, scene.slices
    if view.pane.plane == "projection":
        title = "Minimum intensity projection" if volume.inverted else "Maximum intensity projection"
        words = [f"seen from {'behind' if layer.neurological else 'the front'}"]
        if projected(volume, table=scene.table).without_table:
            words.append("table left out")
        return [(title, INK), *((text, FAINT_INK) for text in words)]
    point = crossing(layer, volume)
    return [
        (f"{one.plane.capitalize()} {one.index + 1}/{one.count}", PLANE_COLORS[one.plane]),
        (position_words(point), FAINT_INK),
        (index_words(volume, point), FAINT_INK),
    ]


def _foot(view: PaneView, scene: Scene, volume: Volume) -> list[tuple[str, str]]:
    """Give the lines at the bottom, the lowest one first."""
    words = [window_words(window_of(scene, volume, view.pane), volume)]
    if view.pane.plane != "projection" and scene.slices.slab_mm:
        is_thick = view.one.layers > 1  # else no other slice lies within what was asked for
        what = f"slab {view.one.thickness_mm:.3g} mm, {PROJECTION_WORDS[scene.slices.projection]}"
        words.append(what if is_thick else f"one slice, {view.one.thickness_mm:.3g} mm")
    last = [pane for pane in panes_of(scene, volume) if pane.plane != "3d"][-1]
    if view.pane == last:
        words.append(" x ".join(f"{mm:.3g}" for mm in volume.geometry.spacing) + " mm")
        words.append(f"{volume.modality or volume.provenance.format} {' x '.join(map(str, volume.shape))}")
    return [(text, FAINT_INK) for text in words]


def _stacked_down(view: PaneView, words: Sequence[tuple[str, str]], sizes: Sizes) -> list[Line]:
    width, height = view.size
    lines = []
    for n, (text, color) in enumerate(words):
        # the first line has the upper letter beside it
        room = width / 2 - sizes.letter if n == 0 else width - 2 * sizes.inset
        size = fitting_size(text, sizes.caption, room - sizes.inset)
        base = sizes.inset + CAPITAL * sizes.caption + n * sizes.leading
        if text_width(text, size) <= room - sizes.inset and base < height / 2 - sizes.letter:
            lines.append(Line(sizes.inset, base, text, size, color))
    return lines


def _stacked_up(view: PaneView, words: Sequence[tuple[str, str]], sizes: Sizes) -> list[Line]:
    width, height = view.size
    room = width / 2 - sizes.letter - sizes.inset
    lines = []
    for n, (text, color) in enumerate(words):
        size = fitting_size(text, sizes.caption, room)
        base = height - sizes.inset - n * sizes.leading
        if text_width(text, size) <= room and base > height / 2 + sizes.letter + 2 * sizes.caption:
            lines.append(Line(sizes.inset, base, text, size, color))
    return lines
