"""Colours of a DICOM picture to one value a pixel: how they are laid out, and what their luminance is.

The luma of Rec. 601, which YBR_FULL stores as its first sample, is what `vizmed.read.luminance` makes of RGB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import CodecError, DamagedFileError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.headers import quiet_pydicom
from vizmed.read.dicom.pixels.codecs import gives_rgb
from vizmed.read.dicom.pixels.values import stored_type
from vizmed.read.dicom.scanner import UNDEFINED_LENGTH
from vizmed.read.luminance import luminance

PHOTOMETRIC = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "PALETTE COLOR")
"""What PhotometricInterpretation (0028,0004) may say of colours that are understood here."""

_COLOURS = ("Red", "Green", "Blue")

Palette = tuple[NDArray[Any], int]
"""The luminance of each entry, and which pixel value the first one is for."""


def objection(frame: Frame) -> str | None:
    """Why the colours of a plane cannot be understood; None where they can."""
    layout = frame.layout
    if layout.photometric not in PHOTOMETRIC:
        return f"its colours are stored as {layout.photometric or 'nothing that it names'}"
    samples = 1 if layout.photometric == "PALETTE COLOR" else 3
    if layout.samples != samples or layout.signed:
        return f"{layout.photometric} pixels with {layout.samples} samples, signed or not, are not understood"
    if _is_subsampled(frame):
        expected = layout.frame_bytes * (frame.header.values.get("NumberOfFrames") or 1)
        if layout.columns % 2 or frame.header.pixel_length > expected + 1:
            return "its YBR_FULL_422 pixels are not two to a colour"
    return None


def picture_shape(frame: Frame) -> tuple[int, ...]:
    """Give the shape that the samples of the picture which holds a plane have when they are decoded."""
    layout = frame.layout
    rows, columns = layout.rows * layout.tiles, layout.columns * layout.tiles
    if layout.samples == 1:
        return rows, columns
    if _is_subsampled(frame):
        return rows, columns // 2, 4  # two of Y, then Cb and Cr for both
    if layout.planar and not _is_encapsulated(frame):
        return layout.samples, rows, columns
    return rows, columns, layout.samples


def value_type(frame: Frame) -> np.dtype[Any]:
    """Give the type that one value of a plane has before the rescale."""
    palette = read_palette(frame)
    return stored_type(frame.layout) if palette is None else palette[0].dtype


def luma(picture: NDArray[Any], frame: Frame, palette: Palette | None) -> NDArray[Any]:
    """Give one value a pixel for the samples of a picture in colour, or the entries of a palette."""
    layout = frame.layout
    if palette is not None:
        table, first = palette
        return np.asarray(table[np.clip(picture.astype(np.int64) - first, 0, len(table) - 1)])
    if _is_subsampled(frame):
        return picture[..., :2].reshape(picture.shape[0], -1)
    samples = np.moveaxis(picture, 0, -1) if layout.planar and not _is_encapsulated(frame) else picture
    if layout.photometric.startswith("YBR_FULL") and not gives_rgb(layout):
        return samples[..., 0]
    return luminance(samples)


def _is_encapsulated(frame: Frame) -> bool:
    return frame.header.pixel_length == UNDEFINED_LENGTH


def _is_subsampled(frame: Frame) -> bool:
    return frame.layout.photometric == "YBR_FULL_422" and not _is_encapsulated(frame)


def read_palette(frame: Frame) -> Palette | None:
    """Read the palette of a file from its header; None where it has none.

    Raises
    ------
    DamagedFileError, CodecError
        If it is missing or not understood.
    """
    if frame.layout.photometric != "PALETTE COLOR":
        return None
    import pydicom

    try:
        with quiet_pydicom(), frame.header.open() as file:
            dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
            parts = [_table(dataset, colour) for colour in _COLOURS]
    except (CodecError, DamagedFileError):
        raise
    except Exception as damage:
        raise DamagedFileError(f"its palette is damaged ({type(damage).__name__})", where=frame.path) from damage
    if any(table is None for table, _ in parts):
        raise CodecError("its palette is missing, or in segments, which vizmed does not read", where=frame.path)
    tables = [table for table, _ in parts if table is not None]
    if len({(table.dtype, len(table), first) for table, (_, first) in zip(tables, parts, strict=True)}) != 1:
        raise DamagedFileError("the tables of its palette are unlike", where=frame.path)
    return luminance(np.stack(tables, axis=-1)), parts[0][1]


def _table(dataset: Any, colour: str) -> tuple[NDArray[Any] | None, int]:
    """Read one colour's table: (0028,1101) to (0028,1103) say its length, first value and bits."""
    raw = dataset.get(f"{colour}PaletteColorLookupTableData")
    if raw is None:
        return None, 0
    count, first, bits = map(int, dataset[f"{colour}PaletteColorLookupTableDescriptor"].value)
    count = count & 0xFFFF or 1 << 16  # 65536 entries do not fit into 16 bits, and are written as 0
    order = "<" if dataset.original_encoding[1] else ">"
    wide = np.frombuffer(raw, dtype=f"{order}u2", count=min(count, len(raw) // 2))
    if bits == 8 and len(raw) < 2 * count:  # two entries to a word
        entries = wide.astype("<u2").view(np.uint8)
    else:
        entries = wide.astype(np.uint8 if bits == 8 else np.uint16)
    if bits not in (8, 16) or len(entries) < count:
        raise ValueError(f"{len(entries)} entries of {bits} bits, {count} expected")
    return entries[:count], first
