"""Pictures one after another as a movie: an animated GIF with Pillow alone, or MP4 with the extra ``movie``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import BudgetError, OptionError
from vizmed.stages import stage
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.movie.gif import gif_fps, write_gif
from vizmed.write.movie.mp4 import find_ffmpeg, write_mp4
from vizmed.write.picture import check_ending

MOVIE_ENDINGS = (".gif", ".mp4")

Frame = NDArray[np.uint8]
"""(height, width, 3): red, green and blue."""

_SLOWEST, _FASTEST = 0.1, 60.0  # frames a second

_MOST_PIXELS = {".gif": 1_000_000_000, ".mp4": 20_000_000_000}
"""Of all frames together: a GIF is up to a byte a pixel, and no viewer opens one of a gigabyte."""


@dataclass(frozen=True, slots=True)
class Movie:
    """What was written.

    Parameters
    ----------
    path : pathlib.Path
    frames : int
        How many there are.
    size : (width, height) tuple of int
        In pixels, as it is in the file: of MP4 both are even.
    fps : float
        Frames a second, as they are in the file: GIF counts hundredths of a second.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    fps: float


@stage("writing")
def write_movie(
    frames: Iterable[Frame], path: str | os.PathLike[str], *, fps: float = 15.0, overwrite: bool = False
) -> Movie:
    """Write a movie, one frame in memory at a time.

    Parameters
    ----------
    frames : iterable of (height, width, 3) ndarray of uint8
        All of one size.
    path : path-like
        It ends in ``.gif`` or ``.mp4``.
    fps : float
        Frames a second, 0.1 to 60. A GIF holds a frame for a whole number of hundredths of a second, and for two at
        least: 15 become 14.3, and more than 50 are refused.
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    Movie

    Raises
    ------
    WriteError
        For another ending, and as `atomic_file`.
    MissingExtraError
        If ``.mp4`` is asked for and imageio-ffmpeg is not installed.
    OptionError
        If there are no frames, they are no pictures or not of one size, or `fps` is out of range.
    BudgetError
        If they are more than 1,000,000,000 pixels together in a GIF, or 20,000,000,000 in MP4.

    Notes
    -----
    The same frames give the same bytes: there is no date and no name of a program in the file. A GIF repeats for ever
    and has one palette for all frames, so that what stands still does not flicker; its frames wait in a temporary file
    beside the target until the palette is known. MP4 is H.264 with 4:2:0 chroma, which browsers play. It needs even
    sides: an odd one gets its last row or column a second time.
    """
    check_movie(path, fps=fps, overwrite=overwrite)
    target = Path(path)
    counted = _Counted(frames, _MOST_PIXELS[_ending(target)])
    with atomic_file(target, overwrite=overwrite) as file:
        if _ending(target) == ".gif":
            size = write_gif(iter(counted), file, fps=fps, beside=target.parent)
        else:
            size = write_mp4(iter(counted), file, fps=fps, beside=target.parent)
    return Movie(target, counted.count, size, real_fps(target, fps))


def check_movie(
    path: str | os.PathLike[str],
    *,
    fps: float = 15.0,
    frames: int = 1,
    size: tuple[int, int] = (1, 1),
    overwrite: bool = False,
) -> None:
    """Refuse what `write_movie` would refuse, before any frame is drawn.

    Parameters
    ----------
    path, fps, overwrite
        As in `write_movie`.
    frames : int
        How many there will be, if that is known.
    size : (width, height) tuple of int
        Of each, in pixels, if that is known.

    Raises
    ------
    WriteError, MissingExtraError, OptionError, BudgetError
    """
    check_ending(path, MOVIE_ENDINGS, "movies")
    check_target(Path(path), overwrite=overwrite)
    if not (isfinite(fps) and _SLOWEST <= fps <= _FASTEST):
        raise OptionError(f"{fps:g} frames a second", remedy=f"There can be {_SLOWEST:g} to {_FASTEST:g}")
    real_fps(path, fps)
    if _ending(path) == ".mp4":
        find_ffmpeg()
    _check_pixels(frames, size[0] * size[1], _MOST_PIXELS[_ending(path)])


def real_fps(path: str | os.PathLike[str], fps: float) -> float:
    """Give how many frames a second the file will say where so many are asked for.

    Raises
    ------
    OptionError
        If they are too many for a GIF.
    """
    return gif_fps(fps) if _ending(path) == ".gif" else fps


def _ending(path: str | os.PathLike[str]) -> str:
    return Path(path).suffix.lower()


def _check_pixels(frames: int, of_each: int, most: int) -> None:
    if frames * of_each > most:
        raise BudgetError(
            f"{frames} frames of {of_each / 1e6:.3g} million pixels are more than {most:,} pixels together",
            remedy="Take fewer frames or smaller ones",
        )


class _Counted:
    """Frames as they pass, each like the first, and how many there were."""

    def __init__(self, frames: Iterable[Frame], most_pixels: int):
        self.frames = frames
        self.most_pixels = most_pixels
        self.count = 0

    def __iter__(self) -> Iterator[Frame]:
        first: tuple[int, ...] = ()
        for frame in self.frames:
            if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
                raise OptionError(
                    f"a frame is {frame.shape} of {frame.dtype}", remedy="Frames are (height, width, 3) of uint8"
                )
            first = first or frame.shape
            if frame.shape != first:
                raise OptionError(
                    f"frame {self.count + 1} is {frame.shape}, and the first {first}", remedy="Frames have one size"
                )
            self.count += 1
            _check_pixels(self.count, first[0] * first[1], self.most_pixels)
            yield frame
        if not self.count:
            raise OptionError("a movie of no frames", remedy="It has one at least")
