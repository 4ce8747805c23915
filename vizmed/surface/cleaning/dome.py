"""What ends between two slices: it closes as a dome does, not flat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vizmed.geometry import FloatArray
from vizmed.surface.cleaning.outline import Mask, spread
from vizmed.surface.pieces import label_pieces


def domed(first: FloatArray, second: FloatArray, part: FloatArray) -> FloatArray:
    """Give the second slice's distances, changed so that what ends between both slices closes as a paraboloid does.

    What ends is each piece of the first slice's inside (positive) that no inside of the second slice lies over. Its
    height is where the grey values have it: the largest part of the gap in any of its pixels.

    Parameters
    ----------
    first, second : (na, nb) ndarray of float
        Signed distances from the outlines of two slices, mm; never 0.
    part : (na, nb) ndarray of float
        Part of the way from the first slice to the second, 0 to 1, that the grey values put the surface at, where the
        two differ in sign.
    """
    ending = (first > 0) & (second < 0)
    labels = _label(ending)
    held = np.unique(labels[spread((first > 0) & (second > 0))[ending]])
    ends = ~np.isin(labels, held)
    if not ends.any():
        return second
    depth, deepest, height = first[ending], np.zeros(labels.max() + 1), np.zeros(labels.max() + 1)
    np.maximum.at(deepest, labels, depth)
    np.maximum.at(height, labels, part[ending])
    share = depth / deepest[labels]
    place = height[labels] * share * (2 - share)
    domes = np.full(first.shape, -np.inf)
    domes[ending] = np.where(ends, -deepest[labels] / (2 * height[labels]), -np.inf)  # where the share is next to 0
    rim = _highest_beside(domes)
    rim[(first > 0) | (second > 0)] = -np.inf
    domes[ending] = np.where(ends, depth - depth / place, -np.inf)
    return np.asarray(np.maximum(second, np.maximum(domes, rim)))


def _label(mask: Mask) -> NDArray[np.intp]:
    """Number the pieces of a mask, pixels hanging together by their edges: the piece of each pixel, in C order."""
    number = np.full(mask.shape, -1)
    number[mask] = np.arange(np.count_nonzero(mask))
    pairs = [
        np.stack([tails[both], heads[both]], axis=1)
        for tails, heads in ((number[:-1], number[1:]), (number[:, :-1], number[:, 1:]))
        for both in [(tails >= 0) & (heads >= 0)]
    ]
    return np.asarray(label_pieces(np.concatenate(pairs), int(number.max()) + 1), np.intp)


def _highest_beside(values: FloatArray) -> FloatArray:
    highest = np.full(values.shape, -np.inf)
    np.maximum(highest[1:], values[:-1], out=highest[1:])
    np.maximum(highest[:-1], values[1:], out=highest[:-1])
    np.maximum(highest[:, 1:], values[:, :-1], out=highest[:, 1:])
    np.maximum(highest[:, :-1], values[:, 1:], out=highest[:, :-1])
    return highest
