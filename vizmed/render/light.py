"""Which transfer function a volume is shown with, fitted to its values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vizmed.presets import TransferFunction, transfer_function
from vizmed.surface.inside.otsu import otsu
from vizmed.volume import Volume

_OURS_IN_HU, _OURS_STRETCHED = "vizmed-ct", "vizmed-mr"

_RAW_SCALES = ("mr-", "us-", "uct-", "dti-")
"""3D Slicer's presets whose numbers are some scanner's raw intensities."""

_BRIGHTEST_PERCENT = 99.7
"""Of the values above the air; what is brighter is flow, fat beside the coil, or metal."""

_PROJECTED_HU = (0.0, 1600.0)
"""What a projection of CT shows: vessels with contrast and bone, without whitening the skull."""

_SAMPLE = 1_000_000


def choose_transfer_function(volume: Volume, preset: str = "auto", *, veil: bool = False) -> TransferFunction:
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

    Raises
    ------
    OptionError
        If there is none of that name.
    """
    if preset == "auto":
        preset = (_OURS_IN_HU if volume.unit == "HU" else _OURS_STRETCHED) + ("-veil" if veil else "")
    function = transfer_function(preset)
    if preset.startswith(_OURS_STRETCHED):
        return _stretched(function, volume, (0.0, 1.0))
    if preset.startswith(_RAW_SCALES) or volume.unit != "HU":
        return _stretched(function, volume, _shown_range(function))
    return function


def projection_function(volume: Volume) -> TransferFunction:
    """Give the grey ramp that a maximum intensity projection is shown with."""
    low, high = _PROJECTED_HU if volume.unit == "HU" else tissue_range(volume)
    return TransferFunction(
        name="mip",
        opacity=((low, 0.0), (high, 1.0)),
        color=((low, "#000000"), (high, "#ffffff")),
        gradient_opacity=((0.0, 1.0),),
        shade=False,
        ambient=1.0,
        diffuse=0.0,
        specular=0.0,
        specular_power=1.0,
    )


def _stretched(function: TransferFunction, volume: Volume, shown: tuple[float, float]) -> TransferFunction:
    """Lay the part of a preset's scale that it shows over the volume's tissue."""
    low, high = tissue_range(volume)
    scale = (high - low) / (shown[1] - shown[0])
    return replace(
        function,
        opacity=tuple((low + (value - shown[0]) * scale, opacity) for value, opacity in function.opacity),
        color=tuple((low + (value - shown[0]) * scale, color) for value, color in function.color),
        gradient_opacity=tuple((magnitude * scale, factor) for magnitude, factor in function.gradient_opacity),
    )


def tissue_range(volume: Volume) -> tuple[float, float]:
    """Give the value that parts air from tissue, by Otsu, and that of the brightest tissue."""
    values = volume.meaningful_values(at_most=_SAMPLE)
    if not values.size or values.min() == values.max():
        return 0.0, 1.0
    border = otsu(values)
    return border, max(float(np.percentile(values[values >= border], _BRIGHTEST_PERCENT)), border + 1e-6)


def _shown_range(function: TransferFunction) -> tuple[float, float]:
    """Give the values between which the opacity of a transfer function changes."""
    places, opacities = zip(*function.opacity, strict=True)
    changing = [n for n in range(1, len(places)) if opacities[n] != opacities[n - 1]]
    return (places[changing[0] - 1], places[changing[-1]]) if changing else (places[0], places[0] + 1)
