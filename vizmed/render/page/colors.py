"""The colours of pages: of planes, of what is laid over slices, and ramps for a second volume."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError

PLANE_COLORS = {"axial": "#ff6b5e", "coronal": "#59d185", "sagittal": "#ffd24d", "oblique": "#6fb1ff"}
"""3D Slicer's red, green and yellow, and blue for what follows no axis."""

RIM_COLOR, SHADOW = "#19212a", "#000000"
"""Around each pane; and around fine lines, which lets them be seen on any picture."""

CROP_COLOR, MEASURE_COLOR = "#f2a65a", "#8fe3ff"

_LIGHTER = 0.5
"""How far letters of a colour are from it to white."""

_RAMPS = {
    "heat": ("#1a0000", "#7a0403", "#d62f0a", "#ff8c1a", "#ffd24d", "#fffbe0"),
    "cool": ("#00131f", "#00446b", "#0a83b5", "#35bfd6", "#9be8e0", "#f2fffa"),
    "gray": ("#000000", "#ffffff"),
    "viridis": (
        "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
    ),
    "inferno": (
        "#000004", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60", "#cf4446", "#ed6925", "#fb9b06", "#f7d13d", "#fcffa4",
    ),
}  # fmt: skip
"""Equal steps from low to high. All grow brighter all the way, so that none shows borders where there are none; the
last two are Stéfan van der Walt's and Nathaniel Smith's (matplotlib, CC0), at ten of their places."""

COLOR_RAMPS = tuple(_RAMPS)
"""What the colours of a second volume are called."""


def rgb(color: str) -> tuple[int, int, int]:
    """Give the parts of ``"#rrggbb"``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def letters_of(color: str) -> str:
    """Give a lighter ink of a colour: letters are thin, and dark ones are lost within their dark rim."""
    parts = (round(part + _LIGHTER * (255 - part)) for part in rgb(color))
    return "#" + "".join(f"{part:02x}" for part in parts)


@cache
def ramp(name: str) -> NDArray[np.uint8]:
    """Give a ramp of colours, shape (256, 3).

    Raises
    ------
    OptionError
        If there is none of that name.
    """
    if name not in _RAMPS:
        raise OptionError(f"there are no colours {name!r}", remedy=f"There are {', '.join(COLOR_RAMPS)}")
    steps = np.array([rgb(color) for color in _RAMPS[name]], dtype=np.float64)
    places = np.linspace(0, len(steps) - 1, 256)
    parts = [np.interp(places, np.arange(len(steps)), steps[:, n]) for n in range(3)]
    colors = np.rint(np.stack(parts, axis=1)).astype(np.uint8)
    colors.setflags(write=False)
    return colors
