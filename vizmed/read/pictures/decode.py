"""The pixels of one picture, every one of them there, or an error."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError
from vizmed.read.luminance import luminance
from vizmed.read.pictures.header import complaints
from vizmed.read.pictures.page import Page


def decode(page: Page, data: bytes) -> tuple[NDArray[Any], bool]:
    """Decode one page.

    Parameters
    ----------
    page : Page
    data : bytes
        All of its file.

    Returns
    -------
    values : (rows, columns) ndarray
        In the page's own type, 0 and 1 as uint8 where it has one bit; colours are weighed into one value.
    has_alpha : bool
        Whether there was an opacity, which is left out.

    Raises
    ------
    DamagedFileError, BudgetError
    """
    with complaints(page.path):
        values = _decoded(page, data)
        if values.shape[:2] != (page.rows, page.columns) or values.ndim > 3:
            raise DamagedFileError(f"its pixels are of shape {values.shape}, not as its header says", where=page.path)
        bands = values.shape[2] if values.ndim == 3 else 1
        if bands >= 3:
            values = luminance(values[..., :3])
        elif bands == 2:
            values = values[..., 0]
    if page.dtype.kind == "b":
        return (values.reshape(page.rows, page.columns) != 0).astype(np.uint8), False
    if values.dtype != page.dtype:
        raise DamagedFileError(f"its pixels are {values.dtype}, not {page.dtype} as it says", where=page.path)
    return values.reshape(page.rows, page.columns), bands in (2, 4)


def _decoded(page: Page, data: bytes) -> NDArray[Any]:
    import imagecodecs

    if page.kind == "PNG":  # Pillow keeps 8 of the 16 bits of colours, and of grey with opacity
        return np.asarray(imagecodecs.png_decode(data))
    if page.kind == "TIFF" and page.colours != "palette":  # Pillow knows no 64 bits, and widens others
        return np.asarray(imagecodecs.tiff_decode(data, index=page.number))
    return _with_pillow(page, data)


def _with_pillow(page: Page, data: bytes) -> NDArray[Any]:
    from PIL import Image, ImageFile

    if ImageFile.LOAD_TRUNCATED_IMAGES:  # another part of the program asked Pillow to fill what is missing with grey
        raise DamagedFileError("Pillow's LOAD_TRUNCATED_IMAGES is on", where=page.path, remedy="Turn it off")
    with Image.open(io.BytesIO(data), formats=[page.kind]) as picture:
        picture.seek(page.number)
        picture.load()
        return np.asarray(picture.convert("RGB") if page.colours == "palette" else picture)
