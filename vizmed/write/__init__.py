"""Volumes, meshes and pictures to files: whole or not at all, the frame and the unit said in the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vizmed.volume import Volume
from vizmed.write.picture import check_ending, write_picture

if TYPE_CHECKING:
    import pyvista

__all__ = ["write_picture", "write_surface", "write_volume"]

VOLUME_ENDINGS = (".mha", ".mhd")
SURFACE_ENDINGS = (".stl",)


def write_volume(
    volume: Volume, path: str | os.PathLike[str], *, compressed: bool = False, overwrite: bool = False
) -> list[Path]:
    """Write a volume in the format that the name of the file ends in: ``.mha`` or ``.mhd`` (MetaImage).

    Parameters
    ----------
    volume : Volume
    path : path-like
    compressed : bool
        Compress the voxels without loss (zlib).
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files written, the one to open first.

    Raises
    ------
    WriteError
    """
    from vizmed.write.metaimage import write_metaimage

    check_ending(path, VOLUME_ENDINGS, "volumes")
    return write_metaimage(volume, Path(path), compressed=compressed, overwrite=overwrite)


def write_surface(mesh: pyvista.PolyData, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write a mesh in LPS mm as binary STL, frame and unit said in its header.

    Parameters
    ----------
    mesh : pyvista.PolyData
        Triangles, LPS mm.
    path : path-like
        It ends in ``.stl``.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
    """
    from vizmed.write.stl import write_stl

    check_ending(path, SURFACE_ENDINGS, "surfaces")
    write_stl(mesh, Path(path), overwrite=overwrite)
    return Path(path)
