"""Surfaces as Wavefront OBJ, a text that most programs for 3D take: an object to each part, no materials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vizmed.parts import Frame
from vizmed.write.atomic import atomic_file, check_target
from vizmed.write.frames import Placing, Surfaces, distinct, one_word, place
from vizmed.write.stream import rows_as_text, write_blocks


def write_obj(mesh: Surfaces, path: str | Path, *, frame: Frame = "lps", overwrite: bool = False) -> None:
    """Write surfaces as OBJ, the same bytes each time.

    Parameters
    ----------
    mesh : pyvista.PolyData or sequence of Part
        Triangles in LPS mm. Each part is an object of its name, in letters, digits and ``_``; colours would need a
        second file, and are left out.
    path : str or pathlib.Path
    frame : {"lps", "ras", "centered"}
        See `vizmed.write.write_surface`.
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
        If a mesh is empty or holds other cells than triangles, or if the file cannot or must not be written.
    OptionError
        If there is no such frame or colour.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    placing = place(mesh, frame, target)
    with atomic_file(target, overwrite=overwrite) as file:
        write_blocks(file, _blocks(placing))


def _blocks(placing: Placing) -> Iterator[bytes]:
    yield f"# {placing.text}\n".encode()
    names = distinct(one_word(part.name) for part in placing.parts)
    for name, (part, first) in zip(names, placing.numbered(), strict=True):
        yield f"o {name}\n".encode()
        yield from rows_as_text("v %.9g %.9g %.9g\n", part.points)
        yield from rows_as_text("f %d %d %d\n", part.triangles, first + 1)  # points are counted from 1
