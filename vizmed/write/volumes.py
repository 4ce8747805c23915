"""Volumes to files, in the format that a name ends in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from vizmed.errors import WriteError
from vizmed.stages import stage
from vizmed.volume import Volume
from vizmed.write.atomic import check_target
from vizmed.write.dicom import write_dicom
from vizmed.write.folder import check_folder
from vizmed.write.metaimage import write_metaimage
from vizmed.write.nifti import write_nifti
from vizmed.write.nrrd import write_nrrd
from vizmed.write.vti import write_vti


class WriteVolume(Protocol):
    """What writes a volume in one format."""

    def __call__(self, volume: Volume, path: Path, *, compressed: bool, overwrite: bool) -> list[Path]:
        """Write it, and give the files."""
        ...


_WRITERS: dict[str, WriteVolume] = {
    ".mha": write_metaimage,
    ".mhd": write_metaimage,
    ".nii": write_nifti,
    ".nii.gz": write_nifti,
    ".nrrd": write_nrrd,
    ".vti": write_vti,
}

VOLUME_ENDINGS = tuple(_WRITERS)


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
