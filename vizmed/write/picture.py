"""A picture to a PNG file, with nothing in it but the picture."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import WriteError
from vizmed.stages import stage
from vizmed.write.atomic import atomic_file

_EFFORT = 4
"""Of zlib: 6, which is usual, takes two and a half times as long for files that are 6 % smaller."""


@stage("writing")
def write_picture(pixels: NDArray[np.uint8], path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a picture as PNG.

    Parameters
    ----------
    pixels : (height, width, 3) ndarray of uint8
    path : path-like
        It ends in ``.png``.
    overwrite : bool

    Raises
    ------
    WriteError
        For another ending, and as `atomic_file`.
    """
    from PIL import Image

    check_ending(path, (".png",), "pictures")
    target = Path(path)
    with atomic_file(target, overwrite=overwrite) as file:
        Image.fromarray(pixels).save(file, format="PNG", compress_level=_EFFORT)
    return target


def check_ending(path: str | os.PathLike[str], endings: tuple[str, ...], what: str) -> None:
    """Refuse a file name whose ending does not say a format that we write.

    Raises
    ------
    WriteError
    """
    if not Path(path).name.lower().endswith(endings):
        raise WriteError(
            f"its ending {Path(path).suffix!r} is of no format for {what}",
            where=Path(path),
            remedy=f"vizmed writes {what} as {', '.join(endings)}",
        )
