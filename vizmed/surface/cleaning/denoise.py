"""Noise taken out of a volume before its surface is extracted: a median, or a Gaussian."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError
from vizmed.findings import Finding
from vizmed.stages import stage
from vizmed.surface.cleaning.cleaned import Cleaned, cleaned, is_hidden
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import image_values, to_index_image, use_threads

MOST_RADIUS = 5
"""A window of 11 voxels; it takes minutes a scan, and nothing as small is left that one would make a surface of."""

MOST_SIGMA = 0.25
"""Part of a volume's longest side that a Gaussian may have for its sigma; beyond it, nothing is left but a haze."""

KERNEL_TAIL = 1e-5
"""Weight of a Gaussian that is cut off at its ends: 0.03 HU where bone meets air."""

SPECTRUM = 1 << 14
"""Samples of a kernel's spectrum; kernels are narrower, or as good as flat."""

SLAB = 32
"""Slices that the median works on at a time."""

ROWS = 1 << 16
"""Windows with something hidden in them that are sorted at a time."""

Plane = NDArray[np.floating[Any]]
"""A slice whose values are weighed by whether they count, or the weights themselves."""


@stage("cleaning")
def median(volume: Volume, radius: int = 1) -> Cleaned:
    """Replace each voxel by the median of those around it: speckles go, edges stay sharp.

    Padding, NaN and infinite voxels stay as they are, and do not count; of an even number of others the lower of the
    middle two is taken, so that no value comes in that was not there. At the border of the volume, its outermost
    voxels count as if they went on. What is thinner than the radius in voxels goes, too: thin bones have holes then.

    Parameters
    ----------
    volume : Volume
    radius : int
        In voxels, along all three axes: 1 takes the median of 3 x 3 x 3. From 1 to 5.

    Returns
    -------
    Cleaned
        Voxels of the same type.

    Raises
    ------
    OptionError
        If the radius is no whole number from 1 to 5, or its window is longer than the volume is.
    """
    if not 1 <= radius <= MOST_RADIUS or radius != int(radius):
        raise OptionError(f"the radius of the median is {radius}", remedy=f"It is a whole number, 1 to {MOST_RADIUS}")
    window = 2 * int(radius) + 1
    if window > max(volume.shape):
        raise OptionError(
            f"the median of {window} voxels is wider than the volume of {' x '.join(map(str, volume.shape))}",
            remedy="Take a smaller radius",
        )
    voxels = np.empty(volume.shape, volume.voxels.dtype.newbyteorder("="), order="F")
    for start in range(0, volume.shape[2], SLAB):
        stop = min(start + SLAB, volume.shape[2])
        voxels[..., start:stop] = _median_of_slab(volume, int(radius), start, stop)
    done = Finding("median", "note", f"each voxel is the median of {window} x {window} x {window}")
    return cleaned(volume, done, voxels=voxels)


@stage("cleaning")
def gaussian(volume: Volume, sigma_mm: float) -> Cleaned:
    """Smooth a volume with a Gaussian.

    Its kernel is that of discrete scale space (Lindeberg 1990), whose variance is right however few voxels it spans;
    a sampled Gaussian would do next to nothing below half a voxel. Padding, NaN and infinite voxels stay as they are,
    and do not count, nor does what is beyond the border (normalized convolution, Knutsson and Westin 1993).

    Parameters
    ----------
    volume : Volume
    sigma_mm : float
        In mm along each index axis; on a sheared grid, along the sheared axes.

    Returns
    -------
    Cleaned
        Voxels in float32, in float64 where the volume has integers of 32 bits or more, or float64. Rounded to whole
        numbers, 2 to 38 % of a surface's vertices would move by more than 0.01 voxel, measured on a thorax.

    Raises
    ------
    OptionError
        If sigma is not positive, or above a quarter of the volume's longest side.
    """
    spacing = volume.geometry.spacing
    longest_mm = float((spacing * volume.shape).max())
    if not (isfinite(sigma_mm) and 0 < sigma_mm <= MOST_SIGMA * longest_mm):
        raise OptionError(
            f"the sigma of the Gaussian is {sigma_mm:g} mm",
            remedy=f"It is above 0, and at most a quarter of the volume's {longest_mm:.4g} mm; 1 takes out noise",
        )
    kernels = [_kernel((sigma_mm / mm) ** 2, n) for mm, n in zip(spacing, volume.shape, strict=True)]
    voxels = np.empty(volume.shape, np.result_type(volume.voxels.dtype, np.float32), order="F")
    for k, (total, weight) in enumerate(_smoothed_planes(volume, kernels, voxels.dtype)):
        part = volume.voxels[..., k]
        hidden = is_hidden(part, volume.padding)
        voxels[..., k] = np.where(hidden, part, total / np.where(hidden, 1, weight))
    sizes = " x ".join(f"{sigma_mm / mm:.2g}" for mm in spacing)
    done = Finding("gaussian", "note", f"smoothed by a Gaussian of {sigma_mm:g} mm, which is {sizes} voxels")
    return cleaned(volume, done, voxels=voxels)


def _median_of_slab(volume: Volume, radius: int, start: int, stop: int) -> Voxels:
    from vtkmodules.vtkImagingGeneral import vtkImageMedian3D

    first, last = max(start - radius, 0), min(stop + radius, volume.shape[2])
    missing = (first - (start - radius), stop + radius - last)
    slab = np.pad(volume.voxels[..., first:last], [(radius, radius), (radius, radius), missing], mode="edge")
    hidden = is_hidden(slab, volume.padding)
    if hidden.any():
        slab[hidden] = 0  # VTK sorts, which NaN does not stand
    use_threads()
    filtered = vtkImageMedian3D()
    filtered.SetEnableSMP(True)
    filtered.SetInputData(to_index_image(slab.astype(np.float32) if slab.dtype == np.float16 else slab))
    filtered.SetKernelSize(*(2 * radius + 1,) * 3)
    filtered.Update()
    within = tuple(slice(radius, n - radius) for n in slab.shape)
    medians = image_values(filtered.GetOutput()).T[within].astype(slab.dtype)
    if hidden.any():
        medians[hidden[within]] = volume.voxels[..., start:stop][hidden[within]]
        _mend(medians, slab, hidden, radius)
    return np.asarray(medians)


def _mend(medians: Voxels, slab: Voxels, hidden: NDArray[np.bool_], radius: int) -> None:
    """Take the medians again, in place, of those windows in which some voxels are hidden and others are not."""
    windows = tuple(slice(radius, n - radius) for n in slab.shape)
    places = np.argwhere(_spread(hidden, radius)[windows] & ~hidden[windows])
    around = np.indices((2 * radius + 1,) * 3).reshape(3, -1)
    largest = np.inf if slab.dtype.kind == "f" else np.iinfo(slab.dtype).max
    for start in range(0, len(places), ROWS):
        rows = places[start : start + ROWS]
        window = tuple(rows[:, axis, None] + around[axis] for axis in range(3))
        left_out = hidden[window]
        values = np.where(left_out, slab.dtype.type(largest), slab[window])
        values.sort(axis=1)
        lower_middle = (values.shape[1] - left_out.sum(axis=1) - 1) // 2
        medians[tuple(rows.T)] = np.take_along_axis(values, lower_middle[:, None], axis=1)[:, 0]


def _spread(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Add to a mask what lies within so many voxels of it along each axis."""
    for axis in range(3):
        along = np.moveaxis(mask, axis, 0)
        spread = along.copy()
        for step in range(1, radius + 1):
            spread[step:] |= along[:-step]
            spread[:-step] |= along[step:]
        mask = np.moveaxis(spread, 0, axis)
    return mask


def _kernel(variance: float, n: int) -> NDArray[np.float64]:
    """Give the weights of a voxel itself and of those 1, 2, ... away, of which a row of n voxels needs n at most.

    They are exp(-t) I(t), the modified Bessel functions at the variance t; their spectrum is easier to write down.
    """
    spectrum = np.exp(variance * (np.cos(2 * np.pi * np.arange(SPECTRUM // 2 + 1) / SPECTRUM) - 1))
    weights = np.fft.irfft(spectrum, SPECTRUM)[: SPECTRUM // 2]
    reached = 2 * np.cumsum(weights) - weights[0]
    length = int(np.argmax(reached >= 1 - KERNEL_TAIL)) + 1
    return np.asarray(weights[:length] / reached[length - 1])[:n]


def _smoothed_planes(
    volume: Volume, kernels: list[NDArray[np.float64]], dtype: np.dtype[Any]
) -> Iterator[tuple[Plane, Plane]]:
    """Smooth slice by slice: the values that count, each times 1, and those ones; their quotient is the result.

    Slices smoothed in their plane are kept for as long as the kernel across them reaches.
    """
    n_slices, across = volume.shape[2], kernels[2]
    kernels = [kernel.astype(dtype) for kernel in kernels[:2]]
    whole = _in_plane(np.ones(volume.shape[:2], dtype, order="F"), kernels)
    kept: dict[int, tuple[Plane, Plane]] = {}
    for k in range(n_slices):
        reach = range(max(0, k - len(across) + 1), min(n_slices, k + len(across)))
        for new in range(max(kept, default=-1) + 1, reach.stop):
            part = volume.voxels[..., new]
            hidden = is_hidden(part, volume.padding)
            weight = _in_plane((~hidden).astype(dtype), kernels) if hidden.any() else whole
            kept[new] = _in_plane(np.where(hidden, 0, part).astype(dtype), kernels), weight
        kept.pop(reach.start - 1, None)
        total, weight = np.zeros_like(whole), np.zeros_like(whole)
        for near in reach:
            share = dtype.type(across[abs(near - k)])
            total += kept[near][0] * share
            weight += kept[near][1] * share
        yield total, weight


def _in_plane(plane: Plane, kernels: list[NDArray[Any]]) -> Plane:
    for axis, kernel in enumerate(kernels):
        along = np.moveaxis(plane, axis, -1)
        smoothed = along * kernel[0]
        for step, share in enumerate(kernel[1:], 1):
            weighed = along * share
            smoothed[..., step:] += weighed[..., :-step]
            smoothed[..., :-step] += weighed[..., step:]
        plane = np.moveaxis(smoothed, -1, axis)
    return plane
