"""What the headers of a TIFF say of each of its pages; Pillow reads the tags, and no pixel is decoded here."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vizmed.errors import CodecError, DamagedFileError, IrregularStackError
from vizmed.read.inflate import LARGEST_DEFLATION
from vizmed.read.pictures.page import PLAUSIBLE_MM, Colours, Page, believed

_MAGIC = (b"II*\0", b"MM\0*", b"II+\0")

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _DESCRIPTION = 256, 257, 258, 259, 262, 270
_ORIENTATION, _SAMPLES, _X_RESOLUTION, _Y_RESOLUTION, _PLANAR, _UNIT, _FORMAT = 274, 277, 282, 283, 284, 296, 339
"""Tags of TIFF 6.0."""

_COLOURS: dict[tuple[int, int], Colours] = {
    (0, 1): "grey", (1, 1): "grey", (0, 2): "grey and alpha", (1, 2): "grey and alpha", (2, 3): "RGB", (2, 4): "RGBA",
    (3, 1): "palette", (6, 3): "RGB",
}  # fmt: skip
"""By PhotometricInterpretation and SamplesPerPixel."""

_LARGEST_EXPANSION = {1: 1, 8: LARGEST_DEFLATION, 32946: LARGEST_DEFLATION}
"""By Compression: none, and deflate under both of its numbers."""

_INCHES_PER_UNIT = {2: 1.0, 3: 1 / 2.54}

_MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "um": 1e-3, "micron": 1e-3, "\N{MICRO SIGN}m": 1e-3, "\\u00B5m": 1e-3}


def is_tiff(start: bytes) -> bool:
    """Whether a file's first bytes are those of a TIFF, or of a BigTIFF in little-endian order."""
    return start[:4] in _MAGIC


def tiff_pages(path: Path, data: bytes) -> list[Page]:
    """Describe all pages, in the order of the file.

    Raises
    ------
    DamagedFileError, CodecError, IrregularStackError
    """
    pages = [_page(path, tags, number, len(data)) for number, tags in enumerate(_directories(path, data))]
    if not pages:
        raise DamagedFileError("it holds no page", where=path)
    if pages[0].between_mm is None:
        return pages
    # ImageJ writes what it knows of a stack into the first page alone
    return [replace(page, spacing_mm=pages[0].spacing_mm, between_mm=pages[0].between_mm) for page in pages]


def _directories(path: Path, data: bytes) -> list[Any]:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    opening = data[:16] if data[2:3] == b"+" else data[:8]  # BigTIFF has places of eight bytes
    directories: list[Any] = []
    seen: set[int] = set()
    place: int = ImageFileDirectory_v2(opening).next
    file = io.BytesIO(data)
    while place:
        if place in seen or place >= len(data):
            raise DamagedFileError(f"the chain of its pages breaks after {len(directories)}", where=path)
        seen.add(place)
        file.seek(place)
        tags = ImageFileDirectory_v2(opening)
        tags.load(file)
        directories.append(tags)
        place = tags.next
    return directories


def _page(path: Path, tags: Any, number: int, there: int) -> Page:
    columns, rows = int(tags.get(_WIDTH, 0)), int(tags.get(_HEIGHT, 0))
    samples, photometric = int(tags.get(_SAMPLES, 1)), int(tags.get(_PHOTOMETRIC, 1))
    colours = _COLOURS.get((photometric, samples))
    if min(columns, rows) < 1:
        raise DamagedFileError(f"its page {number + 1} is {columns} x {rows}", where=path)
    if colours is None:
        what = f"{samples} numbers a pixel (PhotometricInterpretation {photometric})"
        raise CodecError(f"its page {number + 1} has {what}", where=path, remedy="Save it as grey or RGB")
    if int(tags.get(_ORIENTATION, 1)) != 1:
        raise CodecError("it asks to be turned (Orientation)", where=path, remedy="Save it upright")
    mm, between, doubt = _sizes(path, tags)
    dtype = _dtype(path, tags)
    page = Page(path, "TIFF", columns, rows, colours, dtype, number, photometric == 0, mm, between, doubt)
    expansion = _LARGEST_EXPANSION.get(int(tags.get(_COMPRESSION, 1)))
    bits = page.size * min(tags.get(_BITS, (1,))[0], 8)
    if expansion is not None and bits // 8 > there * expansion:
        raise DamagedFileError(f"its page {number + 1} of {columns} x {rows} does not fit into it", where=path)
    return page


def _dtype(path: Path, tags: Any) -> np.dtype[Any]:
    bits = {int(n) for n in tags.get(_BITS, (1,))}
    formats = {int(n) for n in tags.get(_FORMAT, (1,))}
    letter = {1: "u", 2: "i", 3: "f", 4: "u"}.get(formats.pop() if len(formats) == 1 else 0)
    width = bits.pop() if len(bits) == 1 else 0
    if (letter, width) == ("u", 1):
        return np.dtype("bool")
    if letter is None or width not in ((32, 64) if letter == "f" else (8, 16, 32, 64)):
        raise CodecError(
            f"its numbers have {width or 'mixed'} bits, {letter or 'of no kind'}",
            where=path,
            remedy="Save it with 8, 16 or 32 bits",
        )
    return np.dtype(f"{letter}{width // 8}")


def _sizes(path: Path, tags: Any) -> tuple[tuple[float, float] | None, float | None, str]:
    """Give the size of a pixel and the distance of pages in mm, and what speaks against what the file gives."""
    text = tags.get(_DESCRIPTION, "")
    text = text if isinstance(text, str) else ""
    _refuse_other_axes(path, text)
    x, y = (float(tags.get(tag, 0) or 0) for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    if text.startswith("ImageJ="):
        fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        unit = _MM_PER_UNIT.get(fields.get("unit", ""))
        if unit is None or not (x > 0 and y > 0):
            return None, None, ""
        return (unit / x, unit / y), _distance(fields.get("spacing", ""), unit), ""
    inches = _INCHES_PER_UNIT.get(int(tags.get(_UNIT, 2)))
    mm, doubt = believed(None if inches is None else (x / inches, y / inches))
    return mm, None, doubt


def _distance(text: str, unit: float) -> float | None:
    try:
        mm = abs(float(text)) * unit
    except ValueError:
        return None
    return mm if PLAUSIBLE_MM[0] <= mm <= PLAUSIBLE_MM[1] else None


def _refuse_other_axes(path: Path, text: str) -> None:
    """Refuse the pages that ImageJ and OME-TIFF lay out as channels or times: they are no slices."""
    found = re.findall(r'^(channels|frames)=(\d+)|\bSize([CT])="(\d+)"', text, re.MULTILINE)
    for imagej, imagej_count, ome, ome_count in found:
        name = imagej or {"C": "channels", "T": "times"}[ome]
        if int(imagej_count or ome_count) > 1:
            raise IrregularStackError(
                f"its pages hold {imagej_count or ome_count} {name}", where=path, remedy="Take one of them out first"
            )
