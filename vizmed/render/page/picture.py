"""The picture of a slice in its pane: only what is seen of it is resampled."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vizmed.geometry import FloatArray
from vizmed.render.page.strokes import Picture
from vizmed.render.page.view import PaneView
from vizmed.slices.sampling import Raster

Part = NDArray[Any]
"""(rows, columns) of uint8 or float32."""

BICUBIC, BILINEAR = Image.Resampling.BICUBIC, Image.Resampling.BILINEAR

_UPRIGHT = 1e-6
"""Rows and columns stand at a right angle where the cosine between them is less."""


@dataclass(frozen=True, eq=False)
class Seen:
    """The part of a slice that is seen in its pane.

    Parameters
    ----------
    view : PaneView
    rows, columns : slice
        Pixels of the slice, some more than are seen, so that they can be interpolated.
    """

    view: PaneView
    rows: slice
    columns: slice

    @property
    def raster(self) -> Raster:
        """Where its pixels lie."""
        return self.view.one.raster.part(self.rows, self.columns)

    def of(self, values: Part) -> Part:
        """Cut it out of values that have the slice's shape."""
        return values[self.rows, self.columns]

    def around(self, inside: NDArray[np.bool_]) -> tuple[Seen, NDArray[np.bool_]]:
        """Give the part of this one that holds all that is inside, with a rim where nothing is, and cut that out.

        Parameters
        ----------
        inside : (rows, columns) ndarray of bool
            Of this part's shape, true somewhere.
        """
        ends = []
        for axis in (1, 0):
            found = np.flatnonzero(inside.any(axis=axis))
            ends.append(slice(max(0, int(found[0]) - 2), min(inside.shape[1 - axis], int(found[-1]) + 3)))
        rows, columns = (
            slice(part.start + whole.start, part.stop + whole.start)
            for part, whole in zip(ends, (self.rows, self.columns), strict=True)
        )
        return Seen(self.view, rows, columns), inside[ends[0], ends[1]]

    @property
    def step(self) -> tuple[float, float]:
        """Pixels of the pane from row to row of the slice, and from column to column."""
        one = self.view.one
        return float(one.down_column @ one.down) * self.view.scale, one.spacing[1] * self.view.scale

    def laid(self, gray: Part, resample: Image.Resampling = BICUBIC) -> tuple[int, int, Part]:
        """Lay what has this part's shape into the pane.

        Parameters
        ----------
        gray : (rows, columns) ndarray of uint8 or float32
        resample : Image.Resampling

        Returns
        -------
        left, top : int
            In pixels of the pane.
        picture : (height, width) ndarray of that type
        """
        one = self.view.one
        if abs(float(one.down_column @ one.right)) < _UPRIGHT * one.spacing[0]:
            return self._upright(gray, resample)
        return self._sheared(gray, resample)

    def _upright(self, gray: Part, resample: Image.Resampling) -> tuple[int, int, Part]:
        down, across = self.step
        start = self.view.to_pixels(self.view.one.to_lps(self.rows.start - 0.5, self.columns.start - 0.5))
        width, height = self.view.size
        left, right = _ends(start[0], gray.shape[1] * across, width)
        top, bottom = _ends(start[1], gray.shape[0] * down, height)
        # one pixel more around, as whole pixels of the pane reach beyond the edges by up to a half
        image = Image.fromarray(np.pad(np.ascontiguousarray(gray), 1, mode="edge"))
        box = (
            max(0.0, (left - start[0]) / across + 1),
            max(0.0, (top - start[1]) / down + 1),
            min(float(image.width), (right - start[0]) / across + 1),
            min(float(image.height), (bottom - start[1]) / down + 1),
        )
        if right <= left or bottom <= top:
            return 0, 0, np.empty((0, 0), dtype=gray.dtype)
        return left, top, np.asarray(image.resize((right - left, bottom - top), resample, box=box))

    def _sheared(self, gray: Part, resample: Image.Resampling) -> tuple[int, int, Part]:
        """Bring both axes to the pane's scale, and then to their angle."""
        size = [max(1, round(n * each)) for n, each in zip(gray.shape[::-1], self.step[::-1], strict=True)]
        image = Image.fromarray(np.ascontiguousarray(gray)).resize((size[0], size[1]), resample)
        per_pixel = np.array([size[1] / gray.shape[0], size[0] / gray.shape[1]])

        def source(x: float, y: float) -> FloatArray:
            place = self.view.one.to_pixels(self.view.to_lps(x, y)) + 0.5 - (self.rows.start, self.columns.start)
            return np.asarray((place * per_pixel)[::-1])

        start = source(0, 0)
        right, down = source(1, 0) - start, source(0, 1) - start
        data = (right[0], down[0], start[0], right[1], down[1], start[1])
        laid = image.transform(self.view.size, Image.Transform.AFFINE, data, resample, fillcolor=0)
        return 0, 0, np.asarray(laid)


def seen_of(view: PaneView) -> Seen | None:
    """Find the part of a view's slice that is seen in its pane; None where that is nothing."""
    width, height = view.size
    corners = np.array([view.to_lps(x, y) for x in (0, width) for y in (0, height)])
    places = view.one.to_pixels(corners)
    parts = []
    for low, high, size, each in zip(
        places.min(axis=0), places.max(axis=0), view.one.values.shape, view.one.spacing, strict=True
    ):
        margin = 2 / min(1.0, each * view.scale) + 2  # what bicubic interpolation looks at
        first, last = max(0, floor(low - margin)), min(size, ceil(high + margin) + 1)
        if last <= first or high < -0.5 or low > size - 0.5:
            return None
        parts.append(slice(first, last))
    return Seen(view, *parts)


def lay_gray(picture: Picture, seen: Seen, gray: Part) -> None:
    """Lay the grey of what is seen of a slice into the picture of its pane."""
    left, top, laid = seen.laid(gray)
    height, width = laid.shape
    picture[top : top + height, left : left + width] = laid[..., None]


def _ends(start: float, length: float, limit: int) -> tuple[int, int]:
    """Give the pixels of a pane that are covered from a place on, at least one where there is room."""
    first = round(start)
    last = max(first + 1, round(start + length))
    return min(max(first, 0), limit), max(min(last, limit), 0)
