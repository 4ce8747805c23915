"""Colours to one value a pixel, on request alone: a volume has one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Weights of the luma of ITU-R Recommendation BT.601."""


def luminance(colours: NDArray[Any]) -> NDArray[Any]:
    """Weigh red, green and blue into one value; whole numbers are rounded, and keep their type.

    Parameters
    ----------
    colours : (..., 3) ndarray

    Returns
    -------
    (...) ndarray
    """
    weighed = colours[..., 0] * RED + colours[..., 1] * GREEN + colours[..., 2] * BLUE
    return (np.rint(weighed) if colours.dtype.kind in "iu" else weighed).astype(colours.dtype)
