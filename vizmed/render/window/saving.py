"""What the window writes: pictures, scenes, surfaces, and the command that draws the same. Never over a file."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError, WriteError
from vizmed.parts import Part
from vizmed.scene import Scene, Sources
from vizmed.scene.command import command_for
from vizmed.write import write_picture, write_surface
from vizmed.write.scene import write_scene

_NAME = "vizmed-{number:04d}{ending}"
_MOST_FILES = 9999


def write_next(write: Callable[[Path], object], ending: str, folder: Path | None = None) -> Path:
    """Write the file with the first number that is free in a folder, the current one where none is given.

    Raises
    ------
    WriteError
        If there is none, or as the writer does.
    """
    folder = Path() if folder is None else folder
    for number in range(1, _MOST_FILES + 1):
        path = folder / _NAME.format(number=number, ending=ending)
        if path.exists() or path.is_symlink():
            continue
        write(path)
        return path
    raise WriteError(f"there are {_MOST_FILES} of these files", where=folder, remedy="Take another folder")


def save_picture(pixels: NDArray[np.uint8]) -> Path:
    """Write a picture into the current folder."""
    return write_next(lambda path: write_picture(pixels, path), ".png")


def save_scene(scene: Scene, sources: Sources | None) -> Path:
    """Write a scene into the current folder, with what it was made of where that is known."""
    return write_next(lambda path: write_scene(scene, path, sources), ".toml")


def save_mesh(parts: Sequence[Part]) -> Path:
    """Write surfaces into the current folder.

    Raises
    ------
    OptionError
        If there are none.
    """
    if not parts:
        raise OptionError("no surface is shown", remedy="Key 5 shows one")
    return write_next(lambda path: write_surface(parts, path), ".stl")


def print_command(scene: Scene, sources: Sources | None) -> str:
    """Write the command that draws a scene to the standard output, and give it.

    Raises
    ------
    OptionError
        If it is not known which file the scan was read from.
    """
    if sources is None:
        raise OptionError("the scan was made here, and a command needs a file", remedy="F3 saves the scene")
    line = shlex.join(command_for(scene, sources))
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return line
