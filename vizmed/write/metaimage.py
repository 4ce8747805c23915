"""A volume to MetaImage: .mha in one file, or .mhd with its .raw or .zraw beside it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike

from vizmed.errors import WriteError
from vizmed.volume import Volume, Voxels
from vizmed.write.atomic import atomic_file
from vizmed.write.blocks import blocks_of, zlibbed
from vizmed.write.stream import write_blocks

ELEMENT_TYPES = {
    "int8": "MET_CHAR", "uint8": "MET_UCHAR",
    "int16": "MET_SHORT", "uint16": "MET_USHORT",
    "int32": "MET_INT", "uint32": "MET_UINT",
    "int64": "MET_LONG_LONG", "uint64": "MET_ULONG_LONG",
    "float32": "MET_FLOAT", "float64": "MET_DOUBLE",
}  # fmt: skip

_SIZE_WIDTH = 20
_OPPOSITE = str.maketrans("LRPASI", "RLAPIS")


def write_metaimage(
    volume: Volume, path: str | Path, *, compressed: bool = False, overwrite: bool = False
) -> list[Path]:
    """Write a volume as MetaImage, with its geometry to the last bit and nothing that names the patient.

    Parameters
    ----------
    volume : Volume
    path : str or pathlib.Path
        Its suffix decides: ``.mha`` for one file, ``.mhd`` for a header with the voxels in a ``.raw`` (``.zraw`` where
        compressed) beside it.
    compressed : bool
        Whether the voxels are deflated.
    overwrite : bool
        Whether files of these names may be replaced.

    Returns
    -------
    list of pathlib.Path
        The files written, the header first.

    Raises
    ------
    WriteError
        If the name has another suffix, a file exists, or MetaImage has no such type of number.

    Notes
    -----
    A sheared grid is written as it is: ITK's readers keep the non-orthogonal TransformMatrix.
    """
    header_path = Path(path)
    suffix = header_path.suffix.lower()
    if suffix not in (".mha", ".mhd"):
        raise WriteError(f"the suffix {suffix!r} is none of MetaImage", where=path, remedy="Take .mha or .mhd")
    if volume.voxels.dtype.name not in ELEMENT_TYPES:
        raise WriteError(
            f"MetaImage has no type for {volume.voxels.dtype}", where=path, remedy="Convert the voxels to float32"
        )
    if suffix == ".mha":
        _write_one(volume, header_path, compressed=compressed, overwrite=overwrite)
        return [header_path]
    data_path = header_path.with_suffix(".zraw" if compressed else ".raw")
    _check_data_name(data_path)
    # Both targets are checked before a voxel is written, and the inner file gets its name first: there is never a
    # header without its voxels.
    with atomic_file(header_path, overwrite=overwrite) as header, atomic_file(data_path, overwrite=overwrite) as data:
        size = _write_voxels(volume.voxels, data, compressed=compressed)
        header.write(_header(volume, data_path.name, size if compressed else None))
    return [header_path, data_path]


def _write_one(volume: Volume, path: Path, *, compressed: bool, overwrite: bool) -> None:
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(_header(volume, "LOCAL", 0 if compressed else None))
        size = _write_voxels(volume.voxels, file, compressed=compressed)
        if compressed:  # the size stands before the voxels and is known after them; its width is fixed
            file.seek(0)
            file.write(_header(volume, "LOCAL", size))


def _check_data_name(path: Path) -> None:
    # MetaIO takes these names for a list of files or a pattern, and cuts others at their ends
    name = path.name
    if name.startswith("LIST") or "%" in name or name != name.strip() or not name.isprintable():
        raise WriteError(
            f"MetaImage cannot name the data file {name!r}", where=path, remedy="Take another name, or .mha"
        )


def _header(volume: Volume, data_file: str, compressed_size: int | None) -> bytes:
    geometry = volume.geometry
    # A header that says CT is read back as Hounsfield units, so it may only be said of these.
    modality = volume.modality if volume.modality == "MR" or volume.unit == "HU" else None
    size = None if compressed_size is None else str(compressed_size).rjust(_SIZE_WIDTH)
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": str(size is not None),
        "CompressedDataSize": size,
        "TransformMatrix": _text(geometry.direction.T),  # a row for each index axis, as ITK has it
        "Offset": _text(geometry.origin),
        "CenterOfRotation": "0 0 0",
        "AnatomicalOrientation": geometry.axis_codes.translate(_OPPOSITE),  # where the axes come from, not go to
        "ElementSpacing": _text(geometry.spacing),
        "DimSize": " ".join(map(str, geometry.shape)),
        "Modality": f"MET_MOD_{modality}" if modality in ("CT", "MR") else None,
        "ElementType": ELEMENT_TYPES[volume.voxels.dtype.name],
        "ElementDataFile": data_file,
    }
    return "".join(f"{key} = {value}\n" for key, value in fields.items() if value is not None).encode()


def _text(numbers: ArrayLike) -> str:
    # repr is the shortest text that gives the same number again; adding 0 turns -0.0 into 0.0
    return " ".join(repr(float(number) + 0.0).removesuffix(".0") for number in np.ravel(numbers))


def _write_voxels(voxels: Voxels, file: BinaryIO, *, compressed: bool) -> int:
    blocks = blocks_of(voxels)
    start = file.tell()
    write_blocks(file, zlibbed(blocks) if compressed else blocks)
    return file.tell() - start
