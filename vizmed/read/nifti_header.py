"""The header of a NIfTI file, of either version and byte order: the fields that a volume is made of.

They lie where nifti1.h and nifti2.h (nifti.nimh.nih.gov) have them. nibabel, which the tests hold this against, takes
longer to be imported than most files take to be read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from vizmed.errors import DamagedFileError, IrregularStackError
from vizmed.geometry import FloatArray

HEADER_BYTES = {1: 348, 2: 540}
"""Version to the length of its header, which the header begins with."""

_MAGICS = {1: (b"n+1\0", b"ni1\0"), 2: (b"n+2\0", b"ni2\0")}

_FIELDS = {
    "magic": (("S4", 344), ("S4", 4)),
    "dim": (("8i2", 40), ("8i8", 16)),
    "datatype": (("i2", 70), ("i2", 12)),
    "pixdim": (("8f4", 76), ("8f8", 104)),
    "vox_offset": (("f4", 108), ("i8", 168)),
    "scl_slope": (("f4", 112), ("f8", 176)),
    "scl_inter": (("f4", 116), ("f8", 184)),
    "xyzt_units": (("u1", 123), ("i4", 500)),
    "qform_code": (("i2", 252), ("i4", 344)),
    "sform_code": (("i2", 254), ("i4", 348)),
    "quatern": (("3f4", 256), ("3f8", 352)),
    "qoffset": (("3f4", 268), ("3f8", 376)),
    "srow": (("(3,4)f4", 280), ("(3,4)f8", 400)),
}
"""Field to its type and the byte it begins at, in version 1 and in version 2."""

_REAL = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
"""Number of a datatype to numpy's name of it."""

_OTHERS = {
    1: "single bits",
    32: "complex64 numbers",
    128: "colours",
    1536: "float128 numbers",
    1792: "complex128 numbers",
    2048: "complex256 numbers",
    2304: "colours",
}

_ROUNDED = {1: 3 * float(np.finfo(np.float32).eps), 2: 3 * float(np.finfo(np.float64).eps)}
"""By how much the squares of a unit quaternion's last three parts may miss 1, for they are rounded."""


def version_of(start: bytes) -> int | None:
    """Tell the version by the first bytes of a header; None where it is none."""
    for version, size in HEADER_BYTES.items():
        sizes = int.from_bytes(start[:4], "little"), int.from_bytes(start[:4], "big")
        _, at = _FIELDS["magic"][version - 1]
        if size in sizes and start[at : at + 4] in _MAGICS[version]:
            return version
    return None


def parsed(start: bytes, version: int) -> np.void:
    """Give the fields of a header, which is whole."""
    size = HEADER_BYTES[version]
    places = [field[version - 1] for field in _FIELDS.values()]
    layout = np.dtype(
        {
            "names": list(_FIELDS),
            "formats": [kind for kind, _ in places],
            "offsets": [at for _, at in places],
            "itemsize": size,
        }
    )
    is_little = int.from_bytes(start[:4], "little") == size
    header: np.void = np.frombuffer(start, layout.newbyteorder("<" if is_little else ">"), 1)[0]
    return header


def dtype_of(header: np.void, path: Path) -> np.dtype[Any]:
    """Give the type of the voxels, in the byte order of the file.

    Raises
    ------
    DamagedFileError
        If the standard knows no such type.
    IrregularStackError
        If a voxel is no real number.
    """
    number = int(header["datatype"])
    if number in _OTHERS:
        raise IrregularStackError(
            f"its voxels are {_OTHERS[number]}, and a volume has one real value a voxel", where=path
        )
    if number not in _REAL:
        raise DamagedFileError(f"its datatype {number} is unknown", where=path)
    return np.dtype(_REAL[number]).newbyteorder(header.dtype["datatype"].byteorder)


def affine_of(header: np.void, path: Path) -> tuple[FloatArray, str]:
    """Give the affine in RAS, shape (4, 4), and what it came from: the sform, else the qform, else pixdim alone.

    Raises
    ------
    DamagedFileError
        If the qform is no rotation, or turns spacings round.
    """
    affine = np.eye(4)
    if int(header["sform_code"]) > 0:
        affine[:3] = header["srow"]
        return affine, "sform"
    spacing = header["pixdim"][1:4]
    if int(header["qform_code"]) > 0:
        if (spacing < 0).any():
            raise DamagedFileError(f"its pixdim is {spacing.tolist()}", where=path)
        handed = -1 if header["pixdim"][0] < 0 else 1  # 0 stands in old files, and means 1
        affine[:3, :3] = _rotation(header, path) * (spacing * np.array([1, 1, handed], spacing.dtype))
        affine[:3, 3] = header["qoffset"]
        return affine, "qform"
    return np.diag([*np.abs(spacing.astype(np.float64)), 1.0]), "pixdim"


def _rotation(header: np.void, path: Path) -> Any:
    """Give the rotation matrix of the quaternion, whose first part is left out: it makes the length 1."""
    last = header["quatern"].astype(np.longdouble)
    square = 1 - last @ last
    rounded = _ROUNDED[1 if header.itemsize == HEADER_BYTES[1] else 2]
    if not square > -rounded:
        raise DamagedFileError(f"its quaternion is {header['quatern'].tolist()}, which is no rotation", where=path)
    first = np.sqrt(square) if square >= rounded else np.longdouble(0)
    parts = np.array([first, *last])
    (wx, wy, wz), (xx, xy, xz), (_, yy, yz), (_, _, zz) = np.outer(parts, last * (2 / (parts * parts).sum()))
    return np.array(
        [
            [1 - (yy + zz), xy - wz, xz + wy],
            [xy + wz, 1 - (xx + zz), yz - wx],
            [xz - wy, yz + wx, 1 - (xx + yy)],
        ]
    )
