"""A volume to NIfTI (.nii, .nii.gz), turned from LPS to RAS at the door."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np

from vizmed.errors import WriteError
from vizmed.geometry import SAME_PLACE_MM, Geometry
from vizmed.volume import Volume
from vizmed.write.atomic import atomic_file
from vizmed.write.blocks import Bytes, blocks_of, check_type, gzipped
from vizmed.write.stream import write_blocks

TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")

SCANNER = 1
"""The code of a frame that is the scanner's own (NIFTI_XFORM_SCANNER_ANAT)."""

_NO_EXTENSION = bytes(4)
_LONGEST_AXIS = 2**15 - 1


def write_nifti(volume: Volume, path: str | Path, *, compressed: bool = False, overwrite: bool = False) -> list[Path]:
    """Write a volume as NIfTI, its affine as sform in RAS mm, and as qform too where the grid is not sheared.

    Parameters
    ----------
    volume : Volume
    path : str or pathlib.Path
        It ends in ``.nii``, or in ``.nii.gz``, which is always compressed.
    compressed : bool
        Whether it must be compressed: the name has to say so too.
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    list of pathlib.Path
        The one file.

    Raises
    ------
    WriteError
        If NIfTI has no such type of number, the name does not fit, or the file cannot or must not be written.

    Notes
    -----
    NIfTI-1, which everybody reads, has the affine in single precision: some 0.00001 mm. NIfTI-2 is written where that
    is more than a micrometre, or an axis is longer than NIfTI-1 can count.
    """
    target = Path(path)
    zipped = target.name.lower().endswith(".gz")
    if compressed and not zipped:
        raise WriteError("a .nii is not compressed", where=target, remedy=f"Name it {target.name}.gz")
    check_type(volume.voxels, TYPES, "NIfTI", target)
    header = _header(volume)
    blocks: Iterator[Bytes] = chain([header + _NO_EXTENSION], blocks_of(volume.voxels))
    with atomic_file(target, overwrite=overwrite) as file:
        write_blocks(file, gzipped(blocks) if zipped else blocks)
    return [target]


def _header(volume: Volume) -> bytes:
    import nibabel

    geometry = volume.geometry
    kind = nibabel.nifti1.Nifti1Header if _fits_nifti1(geometry) else nibabel.nifti2.Nifti2Header
    header: Any = kind(endianness="<")
    header.set_data_dtype(volume.voxels.dtype.newbyteorder("="))
    header.set_data_shape(geometry.shape)
    header.set_zooms(geometry.spacing)
    header.set_xyzt_units("mm")
    header.set_slope_inter(1, 0)
    header.set_sform(geometry.affine_ras, SCANNER)
    if not geometry.is_sheared:  # a qform is a rotation; of a sheared grid it would tell another place
        header.set_qform(geometry.affine_ras, SCANNER)
    header["vox_offset"] = header.sizeof_hdr + len(_NO_EXTENSION)
    return bytes(header.binaryblock)


def _fits_nifti1(geometry: Geometry) -> bool:
    single = geometry.affine_ras.astype(np.float32).astype(np.float64)
    corners = np.array([(*corner, 1) for corner in product(*((0, n - 1) for n in geometry.shape))])
    off = np.linalg.norm((corners @ (single - geometry.affine_ras).T)[:, :3], axis=1)
    return max(geometry.shape) <= _LONGEST_AXIS and float(off.max()) <= SAME_PLACE_MM
