"""What the headers of PNG, JPEG and BMP say; no pixel is decoded here."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vizmed.errors import BudgetError, CodecError, DamagedFileError, ReadError
from vizmed.read.inflate import LARGEST_DEFLATION
from vizmed.read.pictures.page import MM_PER_INCH, Colours, Page, believed
from vizmed.read.pictures.tiff import is_tiff, tiff_pages

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS: dict[int, Colours] = {0: "grey", 2: "RGB", 3: "palette", 4: "grey and alpha", 6: "RGBA"}
_PILLOW_COLOURS: dict[str, Colours] = {"1": "grey", "L": "grey", "P": "palette", "RGB": "RGB", "RGBA": "RGBA"}


def kind_of(start: bytes) -> str | None:
    """Tell the kind of picture that a file's first bytes begin, None for anything else."""
    if start[128:132] == b"DICM":  # slides may be both TIFF and DICOM, and DICOM says more
        return None
    if start.startswith(_PNG) and start[12:16] == b"IHDR":
        return "PNG"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if is_tiff(start):
        return "TIFF"
    if start.startswith(b"BM") and start[14:18] in _BMP_HEADERS:
        return "BMP"
    return None


_BMP_HEADERS = {n.to_bytes(4, "little") for n in (12, 40, 52, 56, 64, 108, 124)}


def pages_of(path: Path, data: bytes) -> list[Page]:
    """Describe the pictures of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file, to complain of.
    data : bytes
        All of it.

    Raises
    ------
    DamagedFileError, CodecError, BudgetError
    """
    kind = kind_of(data)
    with complaints(path):
        if kind == "PNG":
            return [_png(path, data)]
        if kind == "TIFF":
            return tiff_pages(path, data)
        return [_with_pillow(path, data, str(kind))]


@contextmanager
def complaints(path: Path) -> Iterator[None]:
    """Turn whatever a decoder raises, and what it warns of, into errors that name the file."""
    from PIL.Image import DecompressionBombError, DecompressionBombWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            # half of the size that Pillow refuses; what fits into memory is known better here
            warnings.simplefilter("ignore", DecompressionBombWarning)
            yield
    except (ReadError, BudgetError):
        raise
    except (DecompressionBombError, MemoryError) as refused:
        raise BudgetError("it is too large a picture", where=path) from refused
    except Exception as damage:
        raise DamagedFileError(f"it is damaged or cut short ({type(damage).__name__})", where=path) from damage


def _png(path: Path, data: bytes) -> Page:
    columns, rows, bits, colour = struct.unpack(">IIBB", data[16:26])
    if colour not in _PNG_COLOURS or bits not in (1, 2, 4, 8, 16) or not (columns and rows):
        raise DamagedFileError(f"its header is {columns} x {rows}, {bits} bits, colour type {colour}", where=path)
    dpi = None
    for name, content in _png_chunks(data):
        if name == b"acTL":
            raise CodecError("it is a moving picture (APNG)", where=path, remedy="Save its pictures one by one")
        if name == b"pHYs":
            x, y, unit = struct.unpack(">IIB", content)
            dpi = (x * MM_PER_INCH / 1000, y * MM_PER_INCH / 1000) if unit == 1 else None
    mm, doubt = believed(dpi)
    dtype = np.dtype({1: "bool", 16: "uint16"}.get(bits if colour == 0 else max(bits, 8), "uint8"))
    page = Page(path, "PNG", columns, rows, _PNG_COLOURS[colour], dtype, spacing_mm=mm, doubt=doubt)
    if page.size * min(bits, 8) // 8 > len(data) * LARGEST_DEFLATION:
        raise DamagedFileError(f"{columns} x {rows} pixels cannot come out of its {len(data):,} bytes", where=path)
    return page


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the chunks before the pixels."""
    place = len(_PNG)
    while place + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        if name in (b"IDAT", b"IEND"):
            return
        yield name, data[place + 8 : place + 8 + length]
        place += length + 12


def _with_pillow(path: Path, data: bytes, kind: str) -> Page:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=[kind]) as picture:
        colours = _PILLOW_COLOURS.get(picture.mode)
        if colours is None:
            raise CodecError(f"its pixels are {picture.mode}", where=path, remedy="Save it as grey or RGB")
        if kind == "JPEG" and picture.getexif().get(274, 1) not in (0, 1):
            raise CodecError("it asks to be turned (Orientation)", where=path, remedy="Save it upright")
        given = picture.info.get("dpi")
        dtype = np.dtype("bool" if picture.mode == "1" else "uint8")
        mm, doubt = believed(None if given is None else (float(given[0]), float(given[1])))
        return Page(path, kind, *picture.size, colours, dtype, spacing_mm=mm, doubt=doubt)
