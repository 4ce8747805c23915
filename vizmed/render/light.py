"""Which transfer function a volume is shown with, fitted to its values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vizmed.presets import TransferFunction, Window, transfer_function
from vizmed.scene import Blend
from vizmed.volume import Volume

_OURS_IN_HU, _OURS_STRETCHED = "vizmed-ct", "vizmed-mr"

_RAW_SCALES = ("mr-", "us-", "uct-", "dti-")
"""3D Slicer's presets whose numbers are some scanner's raw intensities."""

_BRIGHTEST_PERCENT = 99.7
"""Of the values above the air; what is brighter is flow, fat beside the coil, or metal."""

_PROJECTED_HU = (0.0, 1600.0)
"""What a projection of CT shows: vessels with contrast and bone, without whitening the skull."""

_LEAST_HU = (-1000.0, 200.0)
"""What a minimum intensity projection of CT shows: airways and lungs dark, fluid and soft tissue bright."""

_BEYOND = 8
"""Times the range of a minimum that what is left out of it lies above its values, whatever shift."""

_FADE = 0.08
"""Part of a window's width in which a maximum becomes opaque, above which its greys are those of a slice."""

_SAMPLE = 1_000_000


def choose_transfer_function(
    volume: Volume,
    preset: str = "auto",
    *,
    veil: bool = False,
    opacity: float = 1.0,
    shift: float = 0.0,
    border: tuple[float, float] | None = None,
) -> TransferFunction:
    """Choose the transfer function of a volume, by its unit or by name, fitted to its values.

    Parameters
    ----------
    volume : Volume
    preset : str
        ``"auto"``, or the name of one. Those whose scale is raw intensities (MR, ultrasound, micro-CT), and all where
        the volume is not in HU, are stretched: they begin at the border of air and tissue (Otsu) and end at the
        brightest tissue.
    veil : bool
        With ``"auto"``, show the outside alone, thinly, so that a surface within is seen.
    opacity : float
        What its opacities are multiplied with.
    shift : float
        How far it is moved up the values, in the volume's unit.
    border : (low, high) tuple of float, optional
        What `tissue_range` gives, where it is known already.

    Raises
    ------
    OptionError
        If there is none of that name.
    """
    if preset == "auto":
        preset = (_OURS_IN_HU if volume.unit == "HU" else _OURS_STRETCHED) + ("-veil" if veil else "")
    function = transfer_function(preset)
    if preset.startswith(_OURS_STRETCHED):
        function = _stretched(function, border or tissue_range(volume), (0.0, 1.0))
    elif is_stretched(volume, preset):
        function = _stretched(function, border or tissue_range(volume), _shown_range(function))
    return adjusted(function, opacity=opacity, shift=shift)


def is_stretched(volume: Volume, preset: str) -> bool:
    """Tell whether a preset is fitted to a volume's values, and not taken as it is."""
    return volume.unit != "HU" or preset.startswith(_RAW_SCALES)


def adjusted(function: TransferFunction, *, opacity: float = 1.0, shift: float = 0.0) -> TransferFunction:
    """Give a transfer function with its opacities multiplied, and moved up the values."""
    return replace(
        function,
        opacity=tuple((value + shift, min(1.0, alpha * opacity)) for value, alpha in function.opacity),
        color=tuple((value + shift, color) for value, color in function.color),
    )


def projection_function(
    volume: Volume,
    blend: Blend = "mip",
    *,
    border: tuple[float, float] | None = None,
    window: Window | None = None,
) -> TransferFunction:
    """Give the grey ramp that a projection is shown with.

    Parameters
    ----------
    volume : Volume
    blend : {"mip", "minip"}
        A minimum is opaque, save where a ray met nothing of the body; see `body_alone`.
    border : (low, high) tuple of float, optional
        What `tissue_range` gives, where it is known already.
    window : Window, optional
        From black to white; on an inverted volume from white to black. One that fits the volume where left out.
    """
    opacity: tuple[tuple[float, float], ...]
    black, white = ("#ffffff", "#000000") if window and volume.inverted else ("#000000", "#ffffff")
    if blend == "minip":
        low, high = _least_range(volume, border)
        opacity = ((low, 1.0), (high, 1.0), (high + 1e-3 * (high - low), 0.0))
        if window:  # what is brighter than the window is white, and there
            last = (high + beyond_minimum(volume, border)) / 2
            low, high = window.low, window.high
            opacity = ((last, 1.0), (last + 1.0, 0.0))
    elif window:
        low, high = window.low, window.high
        opacity = ((low, 0.0), (low + _FADE * window.width, 1.0))
    else:
        low, high = _PROJECTED_HU if volume.unit == "HU" else border or tissue_range(volume)
        opacity = ((low, 0.0), (high, 1.0))
    return TransferFunction(
        name=blend,
        opacity=opacity,
        color=((low, black), (high, white)),
        gradient_opacity=((0.0, 1.0),),
        shade=False,
        ambient=1.0,
        diffuse=0.0,
        specular=0.0,
        specular_power=1.0,
    )


def beyond_minimum(volume: Volume, border: tuple[float, float] | None = None) -> float:
    """Give the value that a minimum intensity projection has in the place of what is left out of it."""
    low, high = _least_range(volume, border)
    return high + _BEYOND * (high - low)


def _least_range(volume: Volume, border: tuple[float, float] | None) -> tuple[float, float]:
    return _LEAST_HU if volume.unit == "HU" else (0.0, (border or tissue_range(volume))[1])


def _stretched(function: TransferFunction, border: tuple[float, float], shown: tuple[float, float]) -> TransferFunction:
    """Lay the part of a preset's scale that it shows over the volume's tissue."""
    low, high = border
    scale = (high - low) / (shown[1] - shown[0])
    return replace(
        function,
        opacity=tuple((low + (value - shown[0]) * scale, opacity) for value, opacity in function.opacity),
        color=tuple((low + (value - shown[0]) * scale, color) for value, color in function.color),
        gradient_opacity=tuple((magnitude * scale, factor) for magnitude, factor in function.gradient_opacity),
    )


def tissue_range(volume: Volume) -> tuple[float, float]:
    """Give the value that parts air from tissue, by Otsu, and that of the brightest tissue."""
    from vizmed.surface.inside.otsu import otsu  # all of surfaces comes with it, and pages of slices need none

    values = volume.meaningful_values(at_most=_SAMPLE)
    if not values.size or values.min() == values.max():
        return 0.0, 1.0
    border = otsu(values)
    brightest = float(np.percentile(values[values >= border], _BRIGHTEST_PERCENT))
    return border, brightest if brightest > border else float(values.max())


def _shown_range(function: TransferFunction) -> tuple[float, float]:
    """Give the values between which the opacity of a transfer function changes."""
    places, opacities = zip(*function.opacity, strict=True)
    changing = [n for n in range(1, len(places)) if opacities[n] != opacities[n - 1]]
    return (places[changing[0] - 1], places[changing[-1]]) if changing else (places[0], places[0] + 1)


def shown_values(function: TransferFunction) -> tuple[float, float]:
    """Give the values between which a transfer function shows anything, infinite where it does so at its end."""
    places, opacities = zip(*function.opacity, strict=True)
    visible = [n for n, opacity in enumerate(opacities) if opacity > 0]
    if not visible:
        return np.inf, -np.inf
    first, last = visible[0], visible[-1]
    low = places[first - 1] if first else -np.inf
    return low, places[last + 1] if last + 1 < len(places) else np.inf
