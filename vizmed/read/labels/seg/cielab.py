"""Colours as DICOM gives them to segments: CIELab in 16 bits."""

from __future__ import annotations

import numpy as np

_WHITE = np.array([0.9505, 1.0, 1.0890])
"""D65, sRGB's own: DCMTK, pixelmed and highdicom write with it."""

_TO_RGB = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
"""XYZ to linear sRGB, IEC 61966-2-1."""


def cielab_color(lightness: int, a: int, b: int) -> str:
    """Turn a RecommendedDisplayCIELabValue (0062,000D) into ``"#rrggbb"``.

    Parameters
    ----------
    lightness, a, b : int
        0 to 65535, for 0 to 100 and -128 to 127 (DICOM PS3.3 C.10.7.1.1).
    """
    level = (lightness / 65535 * 100 + 16) / 116
    f = np.array([level + (a / 65535 * 255 - 128) / 500, level, level - (b / 65535 * 255 - 128) / 200])
    xyz = _WHITE * np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    linear = np.clip(_TO_RGB @ xyz, 0, 1)
    rgb = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return "#" + "".join(f"{part:02x}" for part in np.round(rgb * 255).astype(int))
