"""Scenes into TOML files."""

from __future__ import annotations

import os
from pathlib import Path

from vizmed.errors import OptionError
from vizmed.scene import Scene, Sources
from vizmed.scene.file import ENDING, scene_text
from vizmed.write.atomic import atomic_file


def write_scene(
    scene: Scene, path: str | os.PathLike[str], sources: Sources | None = None, *, overwrite: bool = False
) -> None:
    """Write a scene into a TOML file, from which `vizmed render` draws it again.

    Parameters
    ----------
    scene : Scene
    path : path-like
        Ends in ``.toml``.
    sources : Sources, optional
        What it was made of, with paths as seen from here; they are written as seen from the file.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    OptionError, WriteError
    """
    place = Path(path)
    if place.suffix.lower() != ENDING:
        raise OptionError(f"{place.name} does not end in {ENDING}", remedy="Scenes are TOML files")
    with atomic_file(place, overwrite=overwrite) as file:
        file.write(scene_text(scene, sources, folder=place.parent).encode())
