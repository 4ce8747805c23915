"""Files of surfaces to meshes in LPS mm: `read_mesh` looks at the content, not at the name.

No native reader sees the file: headers, sizes and indices are checked here before room is made for anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path

from vizmed.errors import BudgetError, ReadError, UnknownFormatError
from vizmed.read.meshes.glb import is_glb, is_gltf, read_glb, read_gltf
from vizmed.read.meshes.meshfile import MeshFile
from vizmed.read.meshes.obj import is_obj, read_obj
from vizmed.read.meshes.ply import is_ply, read_ply
from vizmed.read.meshes.stl import is_stl_binary, is_stl_text, read_stl, read_stl_text
from vizmed.read.meshes.threemf import is_zip, read_3mf
from vizmed.read.meshes.vtp import is_vtp, read_vtp
from vizmed.stages import stage

__all__ = ["MeshFile", "read_mesh"]

_FORMATS: tuple[tuple[Callable[[mmap], bool], Callable[[mmap, Path], MeshFile]], ...] = (
    (is_ply, read_ply),
    (is_glb, read_glb),
    (is_zip, read_3mf),
    (is_vtp, read_vtp),
    (is_stl_text, read_stl_text),
    (is_gltf, read_gltf),
    (is_obj, read_obj),
    (is_stl_binary, read_stl),
)
"""In the order in which they are tried. The last one has no sign of its own, and is told by its length."""

_KNOWN = "STL, PLY, OBJ, .vtp, .glb, .gltf with its data inside, and .3mf"


@stage("reading")
def read_mesh(path: str | os.PathLike[str]) -> MeshFile:
    """Read a file of surfaces.

    Parameters
    ----------
    path : path-like
        A file, of any name.

    Returns
    -------
    MeshFile
        Its parts in LPS mm: what the file says of its frame and unit is undone, and a frame that it does not say is
        taken for LPS and noted.

    Raises
    ------
    UnknownFormatError
        If it is of no format that is read, or needs what is not read.
    DamagedFileError
        If it contradicts itself, promises what it does not hold, or has coordinates that are no finite numbers.
    CodecError
        If it is packed in a way that is not read.
    BudgetError
        If it does not fit into memory, or a small file would make a mesh that is far larger.
    """
    place = Path(path)
    data = _mapped(place)
    for fits, read in _FORMATS:
        if fits(data):
            try:
                return read(data, place)
            except MemoryError as full:
                if isinstance(full, BudgetError):
                    raise
                raise BudgetError("it does not fit into memory", where=place) from full
    raise UnknownFormatError(
        "it is no surface of a format that vizmed knows", where=place, remedy=f"vizmed reads {_KNOWN}"
    )


def _mapped(path: Path) -> mmap:
    if not path.is_file():  # to open a pipe would wait for ever
        raise ReadError("it is no plain file" if path.exists() else "there is no such file", where=path)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size:
                return mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError) as refused:
        raise ReadError(f"it cannot be read ({refused})", where=path) from refused
    raise UnknownFormatError("the file is empty", where=path, remedy=f"vizmed reads {_KNOWN}")
