"""NRRD (.nrrd, and .nhdr with its data beside it), turned into LPS at the door.

pynrrd reads the header, which is held against the bytes that are there before anything is allocated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.chunked import Chunked
from vizmed.errors import DamagedFileError, GeometryError, IrregularStackError, ReadError, UnsafePathError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read import plain
from vizmed.read.inflate import bunzip2, gunzip, refuse_less
from vizmed.read.plain import open_plain
from vizmed.volume import Provenance, Volume

_MAGIC = b"NRRD000"

_TYPES = {
    "int8": "signed char|int8|int8_t",
    "uint8": "uchar|unsigned char|uint8|uint8_t",
    "int16": "short|short int|signed short|signed short int|int16|int16_t",
    "uint16": "ushort|unsigned short|unsigned short int|uint16|uint16_t",
    "int32": "int|signed int|int32|int32_t",
    "uint32": "uint|unsigned int|uint32|uint32_t",
    "int64": "longlong|long long|long long int|signed long long|signed long long int|int64|int64_t",
    "uint64": "ulonglong|unsigned long long|unsigned long long int|uint64|uint64_t",
    "float32": "float",
    "float64": "double",
}
_TYPE_OF = {word: name for name, words in _TYPES.items() for word in words.split("|")}

_SIGNS_TO_LPS = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}

_MM_IN_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 0.001, "\N{MICRO SIGN}m": 0.001, "microns": 0.001}

_ENCODINGS = {"raw", "gzip", "gz", "bzip2", "bz2", "ascii", "text", "txt"}

_ASCII_BYTES_A_VALUE = 32


def is_nrrd(start: bytes) -> bool:
    """Whether a file's first bytes are an NRRD header."""
    return start.startswith(_MAGIC)


def read_nrrd(path: Path) -> Volume:
    """Read an NRRD file; the parameters are those of `open_nrrd`."""
    return open_nrrd(path).whole()


def open_nrrd(path: Path) -> Chunked:
    """Open an NRRD file, or an ``.nhdr`` whose data file lies beside it; one that is packed is read at once.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    DamagedFileError
        If the header promises what the file does not hold.
    IrregularStackError
        For other than three axes in space.
    UnsafePathError
        If the data file lies outside of the header's folder.
    """
    findings: list[Finding] = []
    header, start = read_header(path)
    shape = shape_of(header, path)
    dtype = dtype_of(header, path)
    geometry = geometry_of(header, shape, path, findings)
    data = data_file(header, path)
    provenance = Provenance("NRRD", "pynrrd", "as stored", 2 if data else 1, tuple(findings))
    place, start, count = data or path, 0 if data else start, shape[0] * shape[1] * shape[2]
    if str(header["encoding"]).lower() == "raw":
        first = _first_byte(header, place, start, count * dtype.itemsize)
        return open_plain(place, first, dtype, geometry, provenance=provenance)
    flat = read_values(header, place, start, count, dtype)
    native = flat if dtype.isnative else flat.astype(dtype.newbyteorder("="))
    return Chunked.of(Volume(native.reshape(shape, order="F"), geometry, provenance=provenance))


def read_header(path: Path) -> tuple[dict[str, Any], int]:
    """Give the fields, and where the data begins in the same file."""
    import nrrd

    with path.open("rb") as file:
        try:
            return dict(nrrd.read_header(file)), file.tell()
        except Exception as damage:
            raise DamagedFileError(f"its NRRD header is damaged ({type(damage).__name__})", where=path) from damage


def shape_of(header: dict[str, Any], path: Path) -> tuple[int, int, int]:
    """Give the sizes along i, j and k; one picture is a volume of one slice."""
    sizes = [int(n) for n in header.get("sizes", ())]
    if len(sizes) != int(header.get("dimension", 0)) or any(n < 1 for n in sizes):
        raise DamagedFileError(f"its dimension is {header.get('dimension')}, its sizes {sizes}", where=path)
    if len(sizes) not in (2, 3):
        raise IrregularStackError(
            f"it has {len(sizes)} axes of sizes {sizes}", where=path, remedy="A volume has three; take one out first"
        )
    kinds = [str(kind) for kind in header.get("kinds", ())]
    other = [kind for kind in kinds if kind not in ("domain", "space", "???", "none")]
    if other:
        raise IrregularStackError(f"an axis of it is {other[0]}, none in space", where=path)
    return sizes[0], sizes[1], sizes[2] if len(sizes) == 3 else 1


def dtype_of(header: dict[str, Any], path: Path) -> np.dtype[Any]:
    """Give the type of the values, in the byte order of the file."""
    name = _TYPE_OF.get(str(header.get("type")).lower())
    if name is None:
        raise IrregularStackError(f"its voxels are of type {header.get('type')!r}", where=path)
    dtype = np.dtype(name)
    encoding = str(header.get("encoding", "")).lower()
    if encoding not in _ENCODINGS:
        raise ReadError(f"its encoding is {encoding!r}", where=path, remedy="raw, gzip, bzip2 and ascii are read")
    if dtype.itemsize == 1 or encoding in ("ascii", "text", "txt"):
        return dtype
    endian = str(header.get("endian", "")).lower()
    if endian not in ("little", "big"):
        raise DamagedFileError(f"its endian is {endian!r}", where=path)
    return dtype.newbyteorder("<" if endian == "little" else ">")


def geometry_of(header: dict[str, Any], shape: tuple[int, int, int], path: Path, findings: list[Finding]) -> Geometry:
    """Place the grid in the patient, LPS mm; what is assumed goes to the findings."""
    axes = _axes(header, path, findings)
    if len(axes) == 2:  # one picture: the third axis stands upright on it
        normal = np.cross(*axes)
        axes = [*axes, normal / (np.linalg.norm(normal) or 1.0)]
        findings.append(Finding("single-slice", "note", "it is a single picture", path.name, "taken as 1 mm thick"))
    origin = np.asarray(header.get("space origin", (0.0, 0.0, 0.0)), dtype=np.float64)
    if origin.shape != (3,) or len(axes) != 3:
        raise IrregularStackError("its space has other than three dimensions", where=path)
    affine = np.eye(4)
    affine[:3] = np.column_stack([*axes, origin]) * np.array(_signs(header, path, findings))[:, None]
    affine[:3] *= _mm_in_unit(header, path, findings)
    try:
        return Geometry(shape, affine)
    except GeometryError as bad:
        raise DamagedFileError(f"its space directions are no grid in space: {bad.found}", where=path) from bad


def _mm_in_unit(header: dict[str, Any], path: Path, findings: list[Finding]) -> float:
    units = {str(unit).strip('"').lower() for unit in header.get("space units", header.get("units", ()))} - {"", "???"}
    if not units:
        return 1.0
    if len(units) > 1 or not units <= _MM_IN_UNIT.keys():
        raise IrregularStackError(f"its lengths are in {', '.join(sorted(units))}", where=path, remedy="mm are read")
    mm = _MM_IN_UNIT[units.pop()]
    if mm != 1:
        findings.append(Finding("other-unit", "warning", f"lengths are in units of {mm:g} mm", path.name))
    return mm


def _axes(header: dict[str, Any], path: Path, findings: list[Finding]) -> list[Any]:
    if "space directions" in header:
        return [np.asarray(axis, dtype=np.float64) for axis in header["space directions"]]
    spacings = np.asarray(header.get("spacings", ()), dtype=np.float64)
    count = int(header["dimension"])
    if spacings.shape != (count,) or not np.all(np.isfinite(spacings)):
        spacings = np.ones(count)
        findings.append(
            Finding("no-spacing", "warning", "the header has no spacing", path.name, "voxels are taken as 1 mm apart")
        )
    return [axis * mm for axis, mm in zip(np.eye(3)[:count], spacings, strict=True)]


def _signs(header: dict[str, Any], path: Path, findings: list[Finding]) -> tuple[int, int, int]:
    space = str(header.get("space", "")).lower().removesuffix("-time")
    if not space:
        findings.append(
            Finding("no-orientation", "warning", "the header names no space", path.name, "its axes are taken as LPS")
        )
        return 1, 1, 1
    if space not in _SIGNS_TO_LPS:
        raise IrregularStackError(
            f"its space is {space!r}, which is no patient's", where=path, remedy="LPS, RAS and LAS are read"
        )
    return _SIGNS_TO_LPS[space]


def data_file(header: dict[str, Any], path: Path) -> Path | None:
    """Find the file of a detached header's values; None where they follow the header itself."""
    name = header.get("data file", header.get("datafile"))
    if name is None:
        return None
    name = str(name)
    if name.upper().startswith("LIST") or "%" in name:
        raise ReadError(f"its data are spread over several files ({name!r})", where=path, remedy="Write one .nrrd")
    data = path.parent / name
    if not data.resolve().is_relative_to(path.parent.resolve()):
        raise UnsafePathError(
            f"its data file {name!r} lies outside of its folder", where=path, remedy="Header and data belong together"
        )
    if not data.is_file():
        raise DamagedFileError(f"its data file {name!r} is missing", where=path)
    return data


def read_values(header: dict[str, Any], path: Path, start: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read so many values that begin after the header, in the order of the file."""
    encoding = str(header["encoding"]).lower()
    size = count * dtype.itemsize
    if encoding == "raw":
        first = _first_byte(header, path, start, size)
        check_room(size, path)
        return plain.read_values(path, first, count, dtype)
    skip, lines = _skipped(header, path)
    if skip == -1 and encoding not in _GZIPPED:
        raise DamagedFileError(f"its byte skip is {skip}, its line skip {lines}", where=path)
    with path.open("rb") as file:
        file.seek(_after_lines(path, start, lines))
        packed = file.read()
    if encoding in ("ascii", "text", "txt"):
        return _ascii_values(packed, count, dtype, path)
    unpacked = _unpacked(packed, encoding, size, skip, path)
    return np.frombuffer(unpacked, dtype=dtype, count=count)


_GZIPPED = ("gzip", "gz")


def _skipped(header: dict[str, Any], path: Path) -> tuple[int, int]:
    """Give how many bytes, -1 for all but the last ones that count, and before them lines are to be passed over."""
    skip = int(header.get("byte skip", header.get("byteskip", 0)))
    lines = int(header.get("line skip", header.get("lineskip", 0)))
    if skip < -1 or lines < 0:
        raise DamagedFileError(f"its byte skip is {skip}, its line skip {lines}", where=path)
    return skip, lines


def _first_byte(header: dict[str, Any], path: Path, start: int, size: int) -> int:
    """Give where raw values of so many bytes begin in a file, which is held against what is there."""
    skip, lines = _skipped(header, path)
    there = path.stat().st_size
    first = there - size if skip == -1 else _after_lines(path, start, lines) + skip
    refuse_less(there - start, size, path)
    refuse_less(there, first + size, path)
    return first


def _unpacked(packed: bytes, encoding: str, size: int, skip: int, path: Path) -> NDArray[np.uint8]:
    if encoding not in _GZIPPED:
        return bunzip2(packed, skip + size, path)[skip:]
    if skip != -1:
        return gunzip(packed, skip + size, path)[skip:]
    # the last bytes count; gzip's own trailer says how many there are, modulo 4 GiB
    whole = int.from_bytes(packed[-4:], "little")
    refuse_less(whole, size, path)
    return gunzip(packed, whole, path)[whole - size :]


def _after_lines(path: Path, start: int, lines: int) -> int:
    with path.open("rb") as file:
        file.seek(start)
        for _ in range(lines):
            if not file.readline(1 << 16):
                raise DamagedFileError(f"it has fewer than the {lines} lines that are to be skipped", where=path)
        return file.tell()


def _ascii_values(text: bytes, count: int, dtype: np.dtype[Any], path: Path) -> NDArray[Any]:
    if len(text) > count * _ASCII_BYTES_A_VALUE:
        raise DamagedFileError(f"its text is {len(text):,} bytes long for {count:,} voxels", where=path)
    words = text.split()
    if len(words) < count:
        raise DamagedFileError(f"it is cut short: {count:,} voxels expected, {len(words):,} found", where=path)
    try:
        return np.array(words[:count], dtype=np.float64 if dtype.kind == "f" else np.int64).astype(dtype)
    except (ValueError, OverflowError) as damage:
        raise DamagedFileError("its text holds what is no number", where=path) from damage
