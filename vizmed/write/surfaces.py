"""Surfaces to files, in the format that a name ends in."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from vizmed.errors import OptionError
from vizmed.parts import Frame
from vizmed.stages import stage
from vizmed.write.frames import Surfaces
from vizmed.write.picture import check_ending

_HOMES = {".stl": "stl", ".ply": "ply", ".obj": "obj", ".vtp": "vtp", ".glb": "glb", ".3mf": "threemf"}
"""The module that writes each format, which is imported when one is written."""

SURFACE_ENDINGS = tuple(_HOMES)


@stage("writing")
def write_surface(
    mesh: Surfaces,
    path: str | os.PathLike[str],
    *,
    frame: Frame = "lps",
    ascii: bool = False,  # noqa: A002 (what the format's own tools call it)
    overwrite: bool = False,
) -> Path:
    """Write surfaces in the format that the name ends in, with the frame and the unit said in the file.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm, their front sides outward. OBJ, VTP, GLB and 3MF keep the parts apart and name them; PLY,
        VTP, GLB and 3MF keep their colours; STL and PLY make one surface of all.
    path : path-like
        It ends in ``.stl``, ``.ply``, ``.obj``, ``.vtp``, ``.glb`` or ``.3mf``.
    frame : {"lps", "ras", "centered"}
        ``"lps"`` leaves the points as they are, to the last bit; ``"ras"`` turns x and y round; ``"centered"`` takes
        the middle of the box around all points away, and says in the file what was taken. All are in mm; only in GLB a
        matrix above them makes metres with Y up of the same numbers.
    ascii : bool
        Write STL as text; the other formats have but one way.
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    WriteError
        If the ending is of no format, a mesh is empty or holds other cells than triangles or more than the format
        counts, or the file cannot or must not be written.
    OptionError
        If there is no such frame or colour, or text is asked for of another format than STL.
    """
    check_ending(path, SURFACE_ENDINGS, "surfaces")
    target = Path(path)
    ending = next(ending for ending in SURFACE_ENDINGS if target.name.lower().endswith(ending))
    if ascii and ending != ".stl":
        raise OptionError(f"{ending} is not written as text on request", remedy="Leave ascii out, or name it .stl")
    write = getattr(import_module(f"vizmed.write.{_HOMES[ending]}"), f"write_{ending[1:]}")
    options = {"ascii": True} if ascii else {}
    write(mesh, target, frame=frame, overwrite=overwrite, **options)
    return target
