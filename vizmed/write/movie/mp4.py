"""MP4 with H.264, by ffmpeg in a process of its own.

The extra is imageio-ffmpeg, which is BSD-2 and brings ffmpeg along, or takes the one that ``IMAGEIO_FFMPEG_EXE`` names.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import MissingExtraError, WriteError

_QUALITY = "18"
"""x264's constant rate factor: what looks the same as the frames; 23 is its default, 0 lossless."""

_LONGEST_GROUP = "30"
"""Frames between two that stand alone, so that a player can be dragged back and forth."""


def find_ffmpeg() -> str:
    """Find ffmpeg.

    Raises
    ------
    MissingExtraError
        If it is not there.
    """
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as missing:
        raise MissingExtraError(
            "imageio-ffmpeg, which makes MP4, is not installed",
            remedy='pip install "vizmed[movie]", or name the movie .gif',
        ) from missing


def write_mp4(frames: Iterator[NDArray[np.uint8]], file: BinaryIO, *, fps: float, beside: Path) -> tuple[int, int]:
    """Write frames into an open file, and give the (width, height) of the movie.

    Parameters
    ----------
    frames : iterator of (height, width, 3) ndarray of uint8
        One at least.
    file : binary file
    fps : float
    beside : pathlib.Path
        The folder that ffmpeg works in.

    Raises
    ------
    WriteError
        If ffmpeg fails.
    """
    first = _even(next(frames))
    height, width, _ = first.shape
    with tempfile.TemporaryDirectory(prefix=".movie-", dir=beside) as folder:
        made = Path(folder) / "movie.mp4"
        with tempfile.TemporaryFile(dir=folder) as complaints:
            code = _run(_command(width, height, fps, made), chain((first,), map(_even, frames)), complaints)
            if code:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace").strip().splitlines()
                raise WriteError(f"ffmpeg failed ({said[-1] if said else code})", remedy="Name the movie .gif")
        with made.open("rb") as whole:
            shutil.copyfileobj(whole, file)
    return width, height


def _even(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make both sides even, as 4:2:0 needs them."""
    height, width, _ = frame.shape
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _command(width: int, height: int, fps: float, path: Path) -> list[str]:
    rate = Fraction(fps).limit_denominator(1000)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate), "-i", "pipe:0"]
    # greys stay what they are only where the matrix and the range are those that players take for granted
    color = ["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-color_range", "tv"]
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    # the number of threads changes the bytes, and so would that of the machine's processors
    code = ["-c:v", "libx264", "-preset", "medium", "-crf", _QUALITY, "-g", _LONGEST_GROUP, "-threads", "2"]
    bare = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"]
    return [find_ffmpeg(), "-loglevel", "error", *raw, *color, *tags, *code, *bare, f"file:{path}"]


def _run(command: list[str], frames: Iterator[NDArray[np.uint8]], complaints: BinaryIO) -> int:
    """Send the frames through, and give the exit code."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=complaints, stderr=complaints) as process:  # noqa: S603 (our own words)
        assert process.stdin is not None  # noqa: S101 (a pipe was asked for)
        try:
            for frame in frames:
                process.stdin.write(np.ascontiguousarray(frame).data)
            process.stdin.close()
        except BrokenPipeError:  # it has given up, and says why
            pass
        except BaseException:
            process.kill()
            raise
        return process.wait()
