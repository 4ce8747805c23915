"""Volumes, meshes and pictures to files: whole or not at all, the frame and the unit said in the file."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Protocol

from vizmed.errors import OptionError, WriteError
from vizmed.parts import Frame
from vizmed.stages import stage
from vizmed.volume import Volume
from vizmed.write.atomic import check_target
from vizmed.write.dicom import write_dicom
from vizmed.write.folder import check_folder
from vizmed.write.frames import Surfaces
from vizmed.write.glb import write_glb
from vizmed.write.metaimage import write_metaimage
from vizmed.write.nifti import write_nifti
from vizmed.write.nrrd import write_nrrd
from vizmed.write.obj import write_obj
from vizmed.write.picture import check_ending, write_picture
from vizmed.write.ply import write_ply
from vizmed.write.png_slices import write_slices
from vizmed.write.stl import write_stl
from vizmed.write.threemf import write_3mf
from vizmed.write.vti import write_vti
from vizmed.write.vtp import write_vtp

__all__ = ["check_volume_target", "write_picture", "write_slices", "write_surface", "write_volume"]


class WriteVolume(Protocol):
    """What writes a volume in one format."""

    def __call__(self, volume: Volume, path: Path, *, compressed: bool, overwrite: bool) -> list[Path]:
        """Write it, and give the files."""
        ...


class WriteSurface(Protocol):
    """What writes surfaces in one format."""

    def __call__(self, mesh: Surfaces, path: Path, *, frame: Frame, overwrite: bool) -> None:
        """Write them."""
        ...


_WRITERS: dict[str, WriteVolume] = {
    ".mha": write_metaimage,
    ".mhd": write_metaimage,
    ".nii": write_nifti,
    ".nii.gz": write_nifti,
    ".nrrd": write_nrrd,
    ".vti": write_vti,
}

_SURFACE_WRITERS: dict[str, WriteSurface] = {
    ".stl": write_stl,
    ".ply": write_ply,
    ".obj": write_obj,
    ".vtp": write_vtp,
    ".glb": write_glb,
    ".3mf": write_3mf,
}

VOLUME_ENDINGS = tuple(_WRITERS)
SURFACE_ENDINGS = tuple(_SURFACE_WRITERS)


@stage("writing")
def write_volume(
    volume: Volume, path: str | os.PathLike[str], *, compressed: bool = False, overwrite: bool = False
) -> list[Path]:
    """Write a volume in the format that the name ends in, or as a DICOM series where it names a folder.

    Parameters
    ----------
    volume : Volume
    path : path-like
        A file that ends in ``.mha`` or ``.mhd`` (MetaImage), ``.nii`` or ``.nii.gz`` (NIfTI), ``.nrrd``, or ``.vti``
        (VTK); or the folder of a DICOM series: a name without an ending, or with ``/`` at its end, or a folder that
        is there.
    compressed : bool
        Compress the voxels without loss. A ``.nii.gz`` is always compressed, ``.nii`` and DICOM never: they refuse.
    overwrite : bool
        Whether files of these names may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files written, the one to open first; of a DICOM series all slices in order.

    Raises
    ------
    WriteError
        If the ending is of no format, the format cannot hold the volume exactly, or the files cannot or must not be
        written.
    """
    return _writer_of(path)(volume, Path(path), compressed=compressed, overwrite=overwrite)


def check_volume_target(path: str | os.PathLike[str], *, compressed: bool, overwrite: bool) -> None:
    """Refuse what `write_volume` would refuse whatever the volume is, before one is read.

    Raises
    ------
    WriteError
    """
    writer, target = _writer_of(path), Path(path)
    if writer is write_dicom:
        check_folder(target, overwrite=overwrite)
    else:
        check_target(target, overwrite=overwrite)
    if compressed and (writer is write_dicom or target.name.lower().endswith(".nii")):
        remedy = "Leave --compressed out" if writer is write_dicom else f"Name it {target.name}.gz"
        raise WriteError("this format is not compressed", where=target, remedy=remedy)


def _writer_of(path: str | os.PathLike[str]) -> WriteVolume:
    text, target = os.fspath(path), Path(path)
    if not text.endswith(("/", os.sep)):
        for ending, writer in _WRITERS.items():
            if target.name.lower().endswith(ending):
                return writer
        if target.suffix and not target.is_dir():
            raise WriteError(
                f"its ending {target.suffix!r} is of no format for volumes",
                where=target,
                remedy=f"vizmed writes volumes as {', '.join(VOLUME_ENDINGS)}, as DICOM into a folder (NAME/), and "
                "slices as NAME-%04d.png",
            )
    return write_dicom


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
    writer = partial(write_stl, ascii=True) if ascii else _SURFACE_WRITERS[ending]
    writer(mesh, target, frame=frame, overwrite=overwrite)
    return target
