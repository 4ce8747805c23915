"""From stored bits to values: sign and width of a pixel, the modality rescale, and the type that holds the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
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

    Raises
    ------
    BudgetError
        If the result takes more memory than the stored values, and too much.
    """
    target = known_type(stored.dtype, frames) or occurring_type(stored.dtype, frames, map(occurring, stored))
    if target.itemsize == stored.itemsize:
        values = stored.view(target)
    else:
        check_room(stored.size * target.itemsize, frames[0].path)
        values = np.empty(stored.shape, target)
    for plane, out, frame in zip(stored, values, frames, strict=True):
        rescale_plane(plane, frame, out)
    return values


def rescale_plane(stored: NDArray[Any], frame: Frame, out: NDArray[Any]) -> None:
    """Apply a plane's slope and intercept.

    Parameters
    ----------
    stored : (rows, columns) ndarray of int
    frame : Frame
    out : (rows, columns) ndarray
        Of a type that holds the result. Where it is as wide as the stored type, it is the same memory.
    """
    if out.dtype.kind == "f":
        out[...] = stored * np.float64(frame.slope) + np.float64(frame.intercept)  # rounded once, at the end
        return
    # the result fits, so an overflow on the way there comes back by the modular arithmetic of integers
    if out.itemsize != stored.itemsize:
        out[...] = stored
    if frame.slope != 1:
        np.multiply(out, _wrapped(int(frame.slope), out.dtype), out=out)
    if frame.intercept != 0:
        np.add(out, _wrapped(int(frame.intercept), out.dtype), out=out)


def known_type(stored: np.dtype[Any], frames: Sequence[Frame]) -> np.dtype[Any] | None:
    """Give the type of the values after the rescale where the headers tell it; None where those that occur must."""
    kinds = {(frame.layout, frame.slope, frame.intercept) for frame in frames}
    if all((slope, intercept) == (1, 0) for _, slope, intercept in kinds):
        return stored
    if not all(slope.is_integer() and intercept.is_integer() for _, slope, intercept in kinds):
        return np.dtype(np.float32)
    possible = _fitting(stored, [end for kind in kinds for end in _ends(stored_range(kind[0]), *kind[1:])])
    return possible if possible is not None and possible.itemsize == stored.itemsize else None


def occurring_type(stored: np.dtype[Any], frames: Sequence[Frame], ranges: Iterable[tuple[int, int]]) -> np.dtype[Any]:
    """Give the type for the values that occur: the range of each plane's stored ones is given.

    That is an integer type where one holds them, and float32 where none does.
    """
    pairs = zip(ranges, frames, strict=True)
    fitting = _fitting(stored, [end for found, f in pairs for end in _ends(found, f.slope, f.intercept)])
    return np.dtype(np.float32) if fitting is None else fitting


def occurring(plane: NDArray[Any]) -> tuple[int, int]:
    """Give the smallest and the largest of a plane's stored values."""
    return int(plane.min()), int(plane.max())


def _wrapped(number: int, dtype: np.dtype[Any]) -> Any:
    return np.array(number & ((1 << (8 * dtype.itemsize)) - 1), dtype=f"u{dtype.itemsize}").view(dtype)[()]


def _ends(values: tuple[int, int], slope: float, intercept: float) -> list[int]:
    return [int(slope) * value + int(intercept) for value in values]


def _fitting(stored: np.dtype[Any], ends: Sequence[int]) -> np.dtype[Any] | None:
    low, high = min(ends), max(ends)
    candidates = [dtype for dtype in _INTEGERS if dtype.itemsize >= stored.itemsize]
    candidates.sort(key=lambda dtype: (dtype.itemsize, dtype != stored))
    holding = (dtype for dtype in candidates if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max)
    return next(holding, None)
