"""NIfTI-1 and NIfTI-2 (.nii, .nii.gz, .hdr with .img), turned from RAS to LPS at the door.

The header is held against the bytes that are there before anything is allocated; the voxels go from the file straight
into place.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.chunked import Chunked
from vizmed.errors import DamagedFileError, GeometryError, IrregularStackError, UnsafePathError
from vizmed.findings import Finding
from vizmed.geometry import LPS_TO_RAS, Geometry
from vizmed.read.inflate import gunzip
from vizmed.read.nifti_header import HEADER_BYTES, affine_of, dtype_of, parsed, version_of
from vizmed.read.plain import open_plain
from vizmed.volume import Provenance, Volume

_GZIP = b"\x1f\x8b"
_MM_IN_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""xyzt_units: unknown (taken as mm), metre, mm, micrometre."""


def is_nifti(start: bytes) -> bool:
    """Whether a file's first bytes, gzipped or not, are a NIfTI header."""
    return version_of(_unpacked_start(start)) is not None


def read_nifti(path: Path) -> Volume:
    """Read a NIfTI file; the parameters are those of `open_nifti`."""
    return open_nifti(path).whole()


def open_nifti(path: Path) -> Chunked:
    """Open a NIfTI file; one that is packed, or has a rescale, is read at once.

    Parameters
    ----------
    path : pathlib.Path
        A ``.nii``, a ``.nii.gz``, or a ``.hdr`` whose ``.img`` lies beside it.

    Raises
    ------
    DamagedFileError
        If the header promises what the file does not hold.
    IrregularStackError
        For other than three axes, colour and complex numbers.
    UnsafePathError
        If the ``.img`` is a link out of the folder.
    """
    findings: list[Finding] = []
    header = _read_header(path)
    shape = _shape(header, path)
    dtype = dtype_of(header, path)
    geometry = _geometry(header, shape, path, findings)
    data, offset, files = _data_place(header, path)
    provenance = Provenance("NIfTI", "python", "as stored", files, tuple(findings))
    with data.open("rb") as file:
        packed = file.read(2) == _GZIP
    if packed:
        stored = _unpacked_voxels(data, offset, shape, dtype)
    else:
        chunks = open_plain(data, offset, dtype, geometry, provenance=provenance)
        if _rescale(header) is None:
            return chunks
        stored = chunks.whole().voxels
    return Chunked.of(Volume(_rescaled(stored, header, path), geometry, provenance=provenance))


def _unpacked_start(start: bytes) -> bytes:
    if not start.startswith(_GZIP):
        return start
    try:
        return zlib.decompressobj(wbits=31).decompress(start, HEADER_BYTES[2])
    except zlib.error:
        return b""


def _read_header(path: Path) -> np.void:
    with path.open("rb") as file:
        start = _unpacked_start(file.read(4096))
    version = version_of(start)
    if version is None or len(start) < HEADER_BYTES[version]:
        raise DamagedFileError("its NIfTI header is cut short", where=path)
    return parsed(start, version)


def _shape(header: np.void, path: Path) -> tuple[int, int, int]:
    count, *sizes = (int(n) for n in header["dim"])
    if not 1 <= count <= 7 or any(n < 1 for n in sizes[:count]):
        raise DamagedFileError(f"its dim is {[count, *sizes]}", where=path)
    beyond = [n for n in sizes[3:count] if n != 1]
    if beyond:
        raise IrregularStackError(
            f"it holds {' x '.join(map(str, beyond))} volumes (dim {sizes[:count]})",
            where=path,
            remedy="Take one of them out first",
        )
    ni, nj, nk = (*sizes[: min(count, 3)], 1, 1)[:3]
    return ni, nj, nk


def _geometry(header: np.void, shape: tuple[int, int, int], path: Path, findings: list[Finding]) -> Geometry:
    affine_ras, came_from = affine_of(header, path)
    unit = int(header["xyzt_units"]) & 0x07
    if unit not in _MM_IN_UNIT:
        raise DamagedFileError(f"its unit of length (xyzt_units {unit}) is unknown", where=path)
    affine = LPS_TO_RAS @ affine_ras
    affine[:3] *= _MM_IN_UNIT[unit]
    if came_from == "pixdim":
        message = "the header has neither sform nor qform"
        remedy = "its axes are taken as right, front and up, from the origin"
        findings.append(Finding("no-orientation", "warning", message, path.name, remedy))
    if _MM_IN_UNIT[unit] != 1:
        findings.append(
            Finding("other-unit", "warning", f"lengths are in units of {_MM_IN_UNIT[unit]:g} mm", path.name)
        )
    try:
        return Geometry(shape, affine)
    except GeometryError as bad:
        raise DamagedFileError(f"its {came_from} is no grid in space: {bad.found}", where=path) from bad


def _data_place(header: np.void, path: Path) -> tuple[Path, int, int]:
    """Give the file that holds the voxels, where they begin in it, and of how many files the volume is."""
    offset, alone = float(header["vox_offset"]), bytes(header["magic"]).startswith((b"n+1", b"n+2"))
    if not np.isfinite(offset) or offset != int(offset) or (alone and offset < 0):
        raise DamagedFileError(f"its vox_offset is {offset}", where=path)
    if alone:
        return path, int(offset) or header.itemsize + 4, 1
    name = path.name.replace(".hdr", ".img")
    for data in (path.with_name(name), path.with_name(f"{name}.gz")):
        if data.is_symlink() and not data.resolve().is_relative_to(path.parent.resolve()):
            raise UnsafePathError("its .img is a link out of the folder", where=data)
        if data.is_file() and data != path:
            return data, max(int(offset), 0), 2
    raise DamagedFileError(f"its voxels should lie in {name}, which is not there", where=path)


def _unpacked_voxels(path: Path, offset: int, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> NDArray[Any]:
    count = shape[0] * shape[1] * shape[2]
    unpacked = gunzip(path.read_bytes(), offset + count * dtype.itemsize, path)
    flat = np.frombuffer(unpacked, dtype=dtype, count=count, offset=offset)
    native = flat if dtype.isnative else flat.astype(dtype.newbyteorder("="))
    return native.reshape(shape, order="F")


def _rescale(header: np.void) -> tuple[float, float] | None:
    """Give scl_slope and scl_inter; 0 or no number means none."""
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if not np.isfinite(slope) or slope == 0 or not np.isfinite(intercept) or (slope, intercept) == (1.0, 0.0):
        return None
    return slope, intercept


def _rescaled(stored: NDArray[Any], header: np.void, path: Path) -> NDArray[Any]:
    """Apply the rescale, if there is one; whole numbers keep integers where they fit."""
    rescale = _rescale(header)
    if rescale is None:
        return stored
    slope, intercept = rescale
    if stored.dtype.kind in "iu" and slope.is_integer() and intercept.is_integer():
        ends = [int(end) * int(slope) + int(intercept) for end in (stored.min(), stored.max())]
        for name in (stored.dtype.name, "int16", "int32"):
            if np.iinfo(name).min <= min(ends) and max(ends) <= np.iinfo(name).max:
                return (stored.astype(np.int64) * int(slope) + int(intercept)).astype(name)
    try:
        with np.errstate(over="raise"):
            return (stored * np.float64(slope) + np.float64(intercept)).astype(np.float32)
    except FloatingPointError:
        raise DamagedFileError(
            f"its scl_slope {slope:g} and scl_inter {intercept:g} give values beyond float32", where=path
        ) from None
