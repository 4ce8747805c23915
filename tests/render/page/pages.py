"""Scans whose pages are known, and what is found on pages."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw

from tests.phantoms import axis_orders
from vizmed.geometry import Geometry
from vizmed.marks import Marks
from vizmed.render.page import draw_page, draw_pane, pane_view, panes_of
from vizmed.render.study import Study
from vizmed.scene import Scene, SliceLayer
from vizmed.volume import Volume

WIDTH, HEIGHT = 640, 560
EDGES_MM = np.array([70.0, 60.0, 50.0])
"""Of the box that is scanned, along x, y and z."""
MIDDLE = np.array([12.0, -30.0, 90.0])
BALL = MIDDLE + np.array([-13.0, -9.0, 7.0])
RADIUS_MM = 13.0
WINDOW = (1000.0, 0.0)
"""The ball's rim, where its values are 0, is shown in the middle grey."""


def box_scan(code: str = "LPS") -> Volume:
    """A ball right, in front and above of the middle, in a box with other spacing along each axis."""
    direction = axis_orders()[code]
    spacing = np.array([1.0, 1.5, 2.0])
    shape = np.rint(np.abs(direction.T @ EDGES_MM) / spacing).astype(int)
    geometry = Geometry.from_axes(shape, spacing, direction=direction)
    geometry = Geometry.from_axes(shape, spacing, MIDDLE - geometry.to_world((shape - 1) / 2), direction)
    ijk = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    values = 8 * (RADIUS_MM**2 - ((geometry.to_world(ijk) - BALL) ** 2).sum(axis=-1))
    return Volume(np.asfortranarray(values.astype(np.float32)), geometry, modality="CT", unit="HU")


def scene(size=(WIDTH, HEIGHT), window=WINDOW, **options) -> Scene:
    """A page of slices; options are those of the scene, and of its slices."""
    own = {name: options.pop(name) for name in list(options) if name in Scene.__dataclass_fields__}
    return Scene(layout="slices", slices=SliceLayer(window=window, **options), size=size, **own)


def page_of(volume: Volume, *, overlay=None, marks: Marks | None = None, **options) -> np.ndarray:
    return draw_page(scene(**options), Study(volume, overlay, marks or Marks()))


def pane(page: np.ndarray, name: str) -> np.ndarray:
    rows = slice(0, HEIGHT // 2) if name in ("axial", "coronal") else slice(HEIGHT // 2, HEIGHT)
    columns = slice(0, WIDTH // 2) if name in ("axial", "sagittal") else slice(WIDTH // 2, WIDTH)
    return page[rows, columns]


def bright(picture: np.ndarray) -> np.ndarray:
    """Where a slice shows the ball: grey, as no word and no line is."""
    return (picture.min(axis=-1) >= 128) & (np.ptp(picture.astype(int), axis=-1) <= 1)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


# plane to the coordinate that grows to the right and the one that grows down, with signs
LAID = {"axial": ((0, 1), (1, 1)), "coronal": ((0, 1), (2, -1)), "sagittal": ((1, 1), (2, -1))}


def words_of(monkeypatch, volume: Volume, **options) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Each text that is written on the page, with the box that it fills."""
    said = []
    corner = [0, 0]
    write = ImageDraw.ImageDraw.text

    def text(self, xy, text, *args, font, anchor="la", **kwargs):
        left, top, right, bottom = self.textbbox(xy, text, font=font, anchor=anchor)
        said.append((text, (left + corner[0], top + corner[1], right + corner[0], bottom + corner[1])))
        return write(self, xy, text, *args, font=font, anchor=anchor, **kwargs)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", text)
    study = Study(volume, options.pop("overlay", None), options.pop("marks", Marks()))
    shown = scene(**options)
    for one in panes_of(shown, volume):
        corner[:] = one.box[:2]
        draw_pane(pane_view(shown, study, one), shown, study)
    return said


def words_at(said, x: float, y: float, reach: float = 14) -> list[str]:
    return [
        word
        for word, (a, b, c, d) in said
        if abs((a + c) / 2 - x) < reach and abs((b + d) / 2 - y) < reach and len(word) < 4
    ]
