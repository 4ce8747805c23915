"""Slices of one plane side by side on a page, with numpy and Pillow alone: no OpenGL is needed.

All tiles have one window and one scale. They run from left to right and from top to bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vizmed.render.curves import GROUND
from vizmed.render.lettering import FAINT_INK, INK, Line, fitting_size, text_width, write, write_lines
from vizmed.render.page import PLANE_COLORS, draw_pane
from vizmed.render.page.captions import PROJECTION_WORDS, window_words
from vizmed.render.page.view import slice_of
from vizmed.render.steps import count_and_gap, place_of
from vizmed.render.study import Study
from vizmed.render.tiles import lay_tiles
from vizmed.render.tiling import WIDTH, Tiling
from vizmed.scene import Plane, Scene, SliceLayer
from vizmed.slices import Slice, choose_window, edge_letters
from vizmed.stages import stage
from vizmed.volume import Volume

_TITLE, _FACTS = 0.30, 0.20  # size of letters, as a part of the head's height
_LABEL_SHARE, _LABEL_HEIGHT = 0.055, 0.25  # size of letters, as parts of a tile's width and of its height, at most
_LARGEST_LABEL, _SMALLEST_LABEL = 20.0, 9.0  # in pixels

_BARS_MM = (1, 2, 5, 10, 20, 50, 100, 200)
_BAR_SHARE = 0.6  # of a tile's width, at most

_EXACT = 1e-3
"""Of a distance: what is nearer to it is written like it, or is rounded in the file."""


@stage("drawing")
def draw_montage(
    scene: Scene,
    study: Study,
    *,
    plane: Plane = "axial",
    every: int | None = None,
    every_mm: float | None = None,
    first: int | None = None,
    last: int | None = None,
    columns: int | None = None,
    width: int = WIDTH,
    trim: bool = True,
) -> NDArray[np.uint8]:
    """Lay slices of a plane side by side.

    Parameters
    ----------
    scene : Scene
        Its slices' window, slab, normal, and whether they are neurological; what is not annotated has no words.
    study : Study
        Its overlay and its marks are drawn on the tiles that they belong to.
    plane : {"axial", "coronal", "sagittal", "oblique"}
    every, every_mm, first, last
        Which slices, as `choose_steps` takes them: about 24 where nothing is said. Tiles run from S to I, from A to P,
        or from R to L; or from `first` to `last`. Where those are left out the slices that hold tissue are meant.
    columns : int, optional
        Tiles in a row; as many as make a page a little wider than high where left out.
    width : int
        Of the page in pixels; its height follows.
    trim : bool
        Leave out what is black before, behind and around the body, where it is told from tissue.

    Returns
    -------
    (height, width, 3) ndarray of uint8

    Raises
    ------
    OptionError
        If there are no such slices, or no room for so many columns.
    BudgetError
        If the page would be larger than 16,384 pixels along a side or 200,000,000 in all.

    Notes
    -----
    Each tile says its number, as pages of slices count it, and where its middle lies along the patient axis that it is
    most nearly across.
    """
    tiles = lay_tiles(
        scene,
        study.volume,
        plane=plane,
        every=every,
        every_mm=every_mm,
        first=first,
        last=last,
        columns=columns,
        width=width,
        trim=trim,
    )
    tiling = tiles.tiling
    page = Image.new("RGB", tiling.page, GROUND)
    for n, view in enumerate(tiles.views(scene, study.volume)):
        picture = draw_pane(view, replace(scene, layout="slices", annotated=False), study)
        if scene.annotated:
            picture = write_lines(picture, _label(view.one, tiling, scene, study.volume, with_letters=n == 0))
        page.paste(Image.fromarray(picture), tiling.corner(n))
    if scene.annotated:
        _write_head(page, tiling, *_head_words(scene, study.volume, plane, tiles.indices, every_mm))
    return np.asarray(page)


def _label(one: Slice, tiling: Tiling, scene: Scene, volume: Volume, *, with_letters: bool) -> list[Line]:
    """Give a slice's number and place, and on the first tile the patient's sides."""
    width, height = tiling.tile
    size = min(max(min(_LABEL_SHARE * width, _LABEL_HEIGHT * height), _SMALLEST_LABEL), _LARGEST_LABEL)
    x, y = 0.4 * size, 1.1 * size
    number, place = str(one.index + 1), _place_words(scene.slices, volume, one)
    lines = [Line(x, y, number, size, PLANE_COLORS[one.plane])]
    beside = x + text_width(number, size) + 0.6 * size
    if beside + text_width(place, size) <= width:
        lines.append(Line(beside, y, place, size))
    if with_letters and height > 6 * size:
        left, right, top, bottom = one.letters
        lines.append(Line(x, height / 2 + 0.36 * size, left, size))
        lines.append(Line(width - x, height / 2 + 0.36 * size, right, size, end="r"))
        lines.append(Line(width / 2, 2.3 * size, top, size, end="m"))
        lines.append(Line(width / 2, height - 0.4 * size, bottom, size, end="m"))
    return lines


def _place_words(layer: SliceLayer, volume: Volume, one: Slice) -> str:
    axis = int(np.abs(one.normal).argmax())
    mm = place_of(layer, volume, one.plane, one.index)[axis]
    return f"{edge_letters(np.eye(3)[axis] * (1 if mm >= 0 else -1))} {abs(mm):.1f} mm"


def _head_words(
    scene: Scene, volume: Volume, plane: Plane, indices: Sequence[int], every_mm: float | None
) -> tuple[str, str]:
    """Say what is shown, and how."""
    layer = scene.slices
    count, gap_mm = count_and_gap(volume, plane, layer.normal)
    title = f"{len(indices)} of {count} {plane} slices"
    if len(indices) > 1:
        first, last = (np.array(place_of(layer, volume, plane, index)) for index in (indices[0], indices[-1]))
        one = slice_of(replace(layer, slab_mm=0.0), volume, plane, indices[0])
        way = one.normal * ((last - first) @ one.normal)
        title += f", {_apart_words(indices, gap_mm, every_mm)}, from {edge_letters(-way)} to {edge_letters(way)}"
    facts = [window_words(choose_window(volume, layer.window), volume)]
    if layer.slab_mm:
        slab = slice_of(layer, volume, plane, indices[0])
        what = f"slabs of {slab.thickness_mm:.3g} mm, {PROJECTION_WORDS[layer.projection]}"
        facts.append(what if slab.layers > 1 else f"single slices of {slab.thickness_mm:.3g} mm")
    facts.append(f"voxels {' x '.join(f'{mm:.3g}' for mm in volume.geometry.spacing)} mm")
    facts.append(volume.modality or volume.provenance.format)
    return title, " · ".join(filter(None, facts))


def _apart_words(indices: Sequence[int], gap_mm: float, every_mm: float | None) -> str:
    """Say how far tiles are apart; where so many mm are asked for, the nearest slices may not be quite that."""
    steps = np.abs(np.diff(indices)) * gap_mm
    wanted = float(steps[0]) if every_mm is None else every_mm
    about = "" if np.allclose(steps, wanted, rtol=_EXACT, atol=0) else "about "
    return f"{about}every {wanted:.4g} mm"


def _write_head(page: Image.Image, tiling: Tiling, title: str, facts: str) -> None:
    """Write the title and the facts above the tiles, and draw how long some mm are on them."""
    pen = ImageDraw.Draw(page)
    left, right = tiling.margin, tiling.page[0] - tiling.margin
    fitting = [mm for mm in _BARS_MM if mm * tiling.scale <= _BAR_SHARE * tiling.tile[0]]
    size, small = _TITLE * tiling.head, _FACTS * tiling.head
    room = right - left
    if fitting:
        long = fitting[-1] * tiling.scale
        room -= round(long + size)
        level = 0.45 * tiling.head
        pen.line((right - long, level, right, level), fill=INK, width=max(2, tiling.head // 30))
        write(pen, (right, 0.78 * tiling.head), f"{fitting[-1]} mm", small, color=FAINT_INK, end="r")
    write(pen, (left, 0.45 * tiling.head), title, fitting_size(title, size, room))
    write(pen, (left, 0.78 * tiling.head), facts, fitting_size(facts, small, room), color=FAINT_INK)
