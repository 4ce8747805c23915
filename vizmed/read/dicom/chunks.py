"""A DICOM series that is read a few slices at a time: surveyed and put in order as a whole, decoded in parts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vizmed.chunked import Chunked
from vizmed.geometry import Geometry
from vizmed.read.dicom import as_volume, noticed, stack_of, surveyed, volume_of
from vizmed.read.dicom.grid import Stack
from vizmed.read.dicom.pixels import choose, with_pydicom
from vizmed.read.dicom.resample import planes_around, resample
from vizmed.read.dicom.scanner import DEFLATED_LITTLE
from vizmed.volume import Voxels


def open_dicom(
    path: Path,
    *,
    series: str | int | None = None,
    volume: int | None = None,
    reader: str = "auto",
    luminance: bool = False,
    assume_spacing: tuple[float, float, float] | None = None,
) -> Chunked:
    """Open a volume, to read a few of its slices at a time; the parameters are those of `read_dicom`.

    Slices that are missing or lie unevenly are interpolated from the planes around them, as in the whole. Deflated
    files, and VTK's reader, give all there is or nothing: the volume is read at once.

    Raises
    ------
    ReadError
        One of its kinds. Damaged pixels are refused when they are read.
    """
    found, listed, chosen = surveyed(path, series, volume)
    stack = stack_of(found, chosen, assume_spacing)
    decoder = choose(stack.frames, reader, luminance=luminance)
    deflated = any(frame.layout.transfer_syntax == DEFLATED_LITTLE for frame in stack.frames)
    if decoder is not with_pydicom or deflated:
        options: dict[str, Any] = {"reader": reader, "luminance": luminance, "assume_spacing": assume_spacing}
        return Chunked.of(volume_of(found, listed, chosen, **options))
    dtype = with_pydicom.type_of_values(stack.frames)
    fetch = partial(_slices, stack, dtype)
    ni, nj, _ = stack.geometry.shape
    one_slice = replace(stack, geometry=Geometry((ni, nj, 1), stack.geometry.affine))
    like = as_volume(fetch(0, 1), one_slice, chosen, decoder.name, noticed(found, listed, chosen))
    return Chunked(stack.geometry, dtype, like, fetch)


def _slices(stack: Stack, dtype: np.dtype[Any], first: int, last: int) -> Voxels:
    if stack.regular is None:
        return with_pydicom.read_values(stack.frames[first:last], dtype).T
    regular = stack.regular[first:last]
    begin, end = planes_around(stack.places, regular)
    planes = with_pydicom.read_values(stack.frames[begin:end], dtype)
    return resample(planes, stack.places[begin:end], regular).T
