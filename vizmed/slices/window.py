"""What is shown black and what white."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.presets import Window
from vizmed.presets import window as preset_window
from vizmed.volume import Volume, Voxels

SOFT_TISSUE = "soft-tissue"
"""The window for CT where the file asks for none."""

_PERCENTILES = (0.5, 99.5)
"""What is black and white where nothing is known of the scale: 3D Slicer cuts at 0.1 and 99.9, which noise fills."""

_VOXELS_LOOKED_AT = 1_000_000


def choose_window(volume: Volume, wanted: str | tuple[float, float] = "auto") -> Window:
    """Choose what is shown black and what white.

    Parameters
    ----------
    volume : Volume
    wanted : str or (width, level) tuple
        ``"auto"``: the window in the file, else soft tissue for HU, else the 0.5 and 99.5 percentiles; ``"file"``;
        ``"percentiles"``; the name of a CT window.

    Raises
    ------
    OptionError
        If there is no such window, or it does not fit the volume.
    """
    if not isinstance(wanted, str):
        width, level = wanted
        if not (width > 0 and np.isfinite([width, level]).all()):
            raise OptionError(
                f"the window is {width:g} wide around {level:g}", remedy="Width comes first, then level: 350,50"
            )
        return Window(float(width), float(level))
    asked = _window_of_file(volume)
    if wanted == "file" and asked is None:
        raise OptionError("the file asks for no window", remedy="--window auto finds one")
    if wanted in ("auto", "file") and asked is not None:
        return asked
    if wanted == "auto" and volume.unit == "HU":
        return preset_window(SOFT_TISSUE)
    if wanted in ("auto", "percentiles"):
        return _percentile_window(volume)
    window = preset_window(wanted)
    if volume.unit != "HU":
        raise OptionError(
            f"the window {wanted!r} is in HU, and the volume is not",
            remedy="Use auto or WIDTH,LEVEL; --hu says that it is",
        )
    return window


def _window_of_file(volume: Volume) -> Window | None:
    """Give the window that the file asks for, if it is one: wider than nothing."""
    if volume.window is None or not (np.isfinite(volume.window).all() and volume.window[0] > 0):
        return None
    return Window(*volume.window)


_FOUND: WeakKeyDictionary[Volume, Window] = WeakKeyDictionary()
"""Percentiles take longer than a slice, and a window's slices are drawn at each move of the mouse."""


def _percentile_window(volume: Volume) -> Window:
    if volume not in _FOUND:
        _FOUND[volume] = _find_percentiles(volume)
    return _FOUND[volume]


def _find_percentiles(volume: Volume) -> Window:
    values = volume.meaningful_values(at_most=_VOXELS_LOOKED_AT)
    if not values.size:
        return Window(1.0, 0.5)
    low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    return Window(high - low if high > low else 1.0, (high + low) / 2)


def to_gray(values: Voxels, window: Window, *, inverted: bool = False) -> NDArray[np.uint8]:
    """Turn values into grey, 0 (black) to 255, by a window; NaN becomes black."""
    gray = (np.asarray(values, dtype=np.float32) - np.float32(window.low)) * np.float32(255 / window.width)
    if inverted:
        gray = 255 - gray
    return np.asarray(np.clip(np.nan_to_num(gray), 0, 255) + 0.5).astype(np.uint8)
