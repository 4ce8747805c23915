"""From stored bits to values: sign and width of a pixel, the modality rescale, and the type that holds the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.read.dicom.frames import Frame, PixelLayout

_INTEGERS = tuple(np.dtype(name) for name in ("int8", "uint8", "int16", "uint16", "int32", "uint32"))


READABLE_BITS = (8, 16, 32)
"""What BitsAllocated may be."""


def stored_type(layout: PixelLayout) -> np.dtype[Any]:
    """Give the integer type that one stored pixel has in memory."""
    return np.dtype(f"{'i' if layout.signed else 'u'}{layout.bits_allocated // 8}")


def stored_range(layout: PixelLayout) -> tuple[int, int]:
    """Give the smallest and the largest value that BitsStored can hold."""
    if layout.signed:
        return -(1 << (layout.bits_stored - 1)), (1 << (layout.bits_stored - 1)) - 1
    return 0, (1 << layout.bits_stored) - 1


def clear_unused_bits(plane: NDArray[Any], layout: PixelLayout) -> None:
    """Keep the bits that HighBit and BitsStored name, in place: mask them, or extend their sign.

    Old scanners keep overlays in the bits above; others leave the sign of a 12 bit number at bit 11.
    """
    above = layout.bits_allocated - 1 - layout.high_bit
    below = layout.high_bit + 1 - layout.bits_stored
    if above == 0 and below == 0:
        return
    if layout.signed:
        np.left_shift(plane, above, out=plane)
        np.right_shift(plane, above + below, out=plane)  # numpy shifts the sign of signed types along
        return
    if below:
        np.right_shift(plane, below, out=plane)
    np.bitwise_and(plane, (1 << layout.bits_stored) - 1, out=plane)


def rescale(stored: NDArray[Any], frames: Sequence[Frame]) -> NDArray[Any]:
    """Apply each plane's slope and intercept.

    Whole slopes and intercepts give integers: the stored type where it holds them, then the next larger. Others give
    float32. Where the result is as wide as the stored type, it takes its memory.

    Parameters
    ----------
    stored : (nk, rows, columns) ndarray of int
        Overwritten.
    frames : sequence of nk Frame

    Returns
    -------
    (nk, rows, columns) ndarray
    """
    scales = [(frame.slope, frame.intercept) for frame in frames]
    if set(scales) == {(1.0, 0.0)}:
        return stored
    if not all(slope.is_integer() and intercept.is_integer() for slope, intercept in scales):
        return _rescaled_to_float(stored, scales)
    target = _integer_type(stored, frames)
    if target is None:
        return _rescaled_to_float(stored, scales)
    if target.itemsize != stored.dtype.itemsize:
        stored = stored.astype(target)
    values = stored.view(target)
    for plane, (slope, intercept) in zip(values, scales, strict=True):
        # the result fits, so an overflow on the way there comes back by the modular arithmetic of integers
        if slope != 1:
            np.multiply(plane, _wrapped(int(slope), target), out=plane)
        np.add(plane, _wrapped(int(intercept), target), out=plane)
    return values


def _wrapped(number: int, dtype: np.dtype[Any]) -> Any:
    return np.array(number & ((1 << (8 * dtype.itemsize)) - 1), dtype=f"u{dtype.itemsize}").view(dtype)[()]


def _integer_type(stored: NDArray[Any], frames: Sequence[Frame]) -> np.dtype[Any] | None:
    """Give the type for all values that may occur, or failing that, for all that do; None where none holds them."""
    kinds = {(frame.layout, frame.slope, frame.intercept) for frame in frames}
    possible = _fitting(stored, [end for kind in kinds for end in _ends(stored_range(kind[0]), *kind[1:])])
    if possible is not None and possible.itemsize == stored.dtype.itemsize:
        return possible
    planes = zip(stored, frames, strict=True)
    occurring = [
        end for plane, f in planes for end in _ends((int(plane.min()), int(plane.max())), f.slope, f.intercept)
    ]
    return _fitting(stored, occurring)


def _ends(values: tuple[int, int], slope: float, intercept: float) -> list[int]:
    return [int(slope) * value + int(intercept) for value in values]


def _fitting(stored: NDArray[Any], ends: Sequence[int]) -> np.dtype[Any] | None:
    low, high = min(ends), max(ends)
    candidates = [dtype for dtype in _INTEGERS if dtype.itemsize >= stored.dtype.itemsize]
    candidates.sort(key=lambda dtype: (dtype.itemsize, dtype != stored.dtype))
    holding = (dtype for dtype in candidates if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max)
    return next(holding, None)


def _rescaled_to_float(stored: NDArray[Any], scales: Sequence[tuple[float, float]]) -> NDArray[Any]:
    values = np.empty(stored.shape, dtype=np.float32)
    for out, plane, (slope, intercept) in zip(values, stored, scales, strict=True):
        out[...] = plane * np.float64(slope) + np.float64(intercept)  # rounded once, at the end
    return values
