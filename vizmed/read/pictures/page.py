"""One picture of a file, as its header describes it, and how far its word on sizes is believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

Colours = Literal["grey", "grey and alpha", "palette", "RGB", "RGBA"]

BANDS: dict[Colours, int] = {"grey": 1, "grey and alpha": 2, "palette": 1, "RGB": 3, "RGBA": 4}

MM_PER_INCH = 25.4

USUAL_DPI = (72, 90, 96, 100, 120, 144, 150, 180, 200, 240, 300, 360, 400, 600, 720, 1200, 2400)
"""What screens, printers and programs put in without having measured anything: the defaults of Pillow, ImageMagick,
GIMP, Photoshop, Windows and macOS, and the steps of scanners for paper."""

_SAME_DPI = 5e-3
"""Relative; PNG keeps whole dots per metre, so that 72 dpi comes back as 72.01."""

PLAUSIBLE_MM = (1e-4, 20.0)
"""From the finest light microscope to the coarsest scanner."""


@dataclass(frozen=True, slots=True)
class Page:
    """One picture of a file.

    Parameters
    ----------
    path : pathlib.Path
    kind : str
        ``"PNG"``, ``"JPEG"``, ``"TIFF"`` or ``"BMP"``.
    columns, rows : int
    colours : str
        What a pixel is made of; see `BANDS`.
    dtype : numpy.dtype
        Type of one of its numbers.
    number : int
        Which picture of the file, from 0.
    inverted : bool
        Whether low values are to be shown bright.
    spacing_mm : (x, y) tuple of float, optional
        Size of a pixel, where the file gives one that may be believed.
    between_mm : float, optional
        Distance to the next page, where the file gives one.
    doubt : str
        The size that the file gives and that is not believed.
    """

    path: Path
    kind: str
    columns: int
    rows: int
    colours: Colours
    dtype: np.dtype[Any]
    number: int = 0
    inverted: bool = False
    spacing_mm: tuple[float, float] | None = None
    between_mm: float | None = None
    doubt: str = ""

    @property
    def likeness(self) -> tuple[object, ...]:
        """What all pages of one stack have in common."""
        return self.kind, self.columns, self.rows, self.colours, self.dtype.name, self.inverted

    @property
    def size(self) -> int:
        """Bytes of its pixels, decoded."""
        return self.columns * self.rows * BANDS[self.colours] * self.dtype.itemsize

    def __str__(self) -> str:
        return f"{self.kind}, {self.columns} x {self.rows}, {self.colours}, {self.dtype}"


def believed(dpi: tuple[float, float] | None) -> tuple[tuple[float, float] | None, str]:
    """Give the size of a pixel in mm that a resolution stands for, or what speaks against it."""
    if dpi is None or not all(np.isfinite(dpi)) or min(dpi) <= 1:
        return None, ""
    usual = [n for n in USUAL_DPI if abs(dpi[0] / n - 1) < _SAME_DPI]
    if usual and abs(dpi[1] / dpi[0] - 1) < _SAME_DPI:
        return None, f"its {usual[0]} dpi are a screen's or a printer's"
    mm = (MM_PER_INCH / dpi[0], MM_PER_INCH / dpi[1])
    if not PLAUSIBLE_MM[0] <= min(mm) <= max(mm) <= PLAUSIBLE_MM[1]:
        return None, f"its {dpi[0]:g} dpi stand for pixels of {mm[0]:g} mm"
    return mm, ""
