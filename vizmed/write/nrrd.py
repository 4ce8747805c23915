"""A volume to NRRD (.nrrd): a short text, in which frame and unit are said, and the voxels after it."""

from __future__ import annotations

from pathlib import Path

from vizmed.geometry import FloatArray
from vizmed.volume import Volume
from vizmed.write.atomic import atomic_file
from vizmed.write.blocks import blocks_of, check_type, gzipped
from vizmed.write.stream import write_blocks

TYPES = {
    "int8": "int8", "uint8": "uint8",
    "int16": "int16", "uint16": "uint16",
    "int32": "int32", "uint32": "uint32",
    "int64": "int64", "uint64": "uint64",
    "float32": "float", "float64": "double",
}  # fmt: skip


def write_nrrd(volume: Volume, path: str | Path, *, compressed: bool = False, overwrite: bool = False) -> list[Path]:
    """Write a volume as NRRD, with its geometry to the last bit, shear included.

    Parameters
    ----------
    volume : Volume
    path : str or pathlib.Path
        It ends in ``.nrrd``.
    compressed : bool
        Whether the voxels are gzipped.
    overwrite : bool
        Whether a file of that name may be replaced.

    Returns
    -------
    list of pathlib.Path
        The one file.

    Raises
    ------
    WriteError
        If NRRD has no such type of number, or the file cannot or must not be written.
    """
    target = Path(path)
    check_type(volume.voxels, TYPES, "NRRD", target)
    with atomic_file(target, overwrite=overwrite) as file:
        file.write(_header(volume, "gzip" if compressed else "raw"))
        blocks = blocks_of(volume.voxels)
        write_blocks(file, gzipped(blocks) if compressed else blocks)
    return [target]


def _header(volume: Volume, encoding: str) -> bytes:
    geometry = volume.geometry
    fields = {
        "type": TYPES[volume.voxels.dtype.name],
        "dimension": "3",
        "space": "left-posterior-superior",  # before all that is told in it, as the format wants
        "sizes": " ".join(map(str, geometry.shape)),
        "space directions": " ".join(_vector(axis) for axis in geometry.affine[:3, :3].T),
        "kinds": "domain domain domain",
        "endian": "little",
        "encoding": encoding,
        "space origin": _vector(geometry.origin),
        "space units": '"mm" "mm" "mm"',
    }
    return "\n".join(["NRRD0004", *(f"{key}: {value}" for key, value in fields.items()), "", ""]).encode()


def _vector(numbers: FloatArray) -> str:
    # repr is the shortest text that gives the same number again; adding 0 turns -0.0 into 0.0
    return f"({','.join(repr(float(number) + 0.0) for number in numbers)})"
