"""What the header of a MetaImage says, checked: where the voxels lie, of what type they are, where they are stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from vizmed.errors import DamagedFileError, GeometryError, ReadError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray, Geometry
from vizmed.read.metaimage.text import Fields, read_fields

ELEMENT_TYPES = {
    "MET_CHAR": "i1", "MET_ASCII_CHAR": "i1", "MET_UCHAR": "u1",
    "MET_SHORT": "i2", "MET_USHORT": "u2",
    "MET_INT": "i4", "MET_UINT": "u4",
    "MET_LONG": "i4", "MET_ULONG": "u4",  # four bytes in MetaIO's own table, whatever the machine's long has
    "MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
"""Types of MetaIO's ``MET_ValueTypeName`` and ``MET_ValueTypeSize`` (metaTypes.h), as numpy names them."""

MODALITIES = {"MET_MOD_CT": "CT", "MET_MOD_MR": "MR", "MET_MOD_NM": "NM", "MET_MOD_US": "US"}

MM_PER_UNIT = {"um": 1e-3, "mm": 1.0, "cm": 10.0, "?": 1.0}
"""DistanceUnits of MetaIO (metaTypes.h)."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header that has been checked.

    Parameters
    ----------
    fields : Fields
        The text that it was read from.
    geometry : Geometry
    dtype : numpy.dtype
        Type of the voxels, in the byte order of the file.
    is_compressed : bool
    compressed_size : int or None
        Bytes of the compressed voxels, None where the header does not say it.
    skip : int
        Bytes before the voxels in their file; -1 where the voxels are the last bytes of it.
    data_file : str
        ``"LOCAL"``, the name of a file, or ``"LIST"`` or a pattern for many; not yet checked.
    is_text : bool
        Whether the voxels are written as numbers in text.
    channels : int
        Numbers a voxel: 1, or 3 or 4 for colours.
    modality, unit : str or None
    findings : tuple of Finding
    """

    fields: Fields
    geometry: Geometry
    dtype: np.dtype[np.generic]
    is_compressed: bool
    compressed_size: int | None
    skip: int
    data_file: str
    is_text: bool
    channels: int
    modality: str | None
    unit: str | None
    findings: tuple[Finding, ...]

    @property
    def is_local(self) -> bool:
        """Whether the voxels follow the header in the same file."""
        return self.data_file.upper() == "LOCAL"

    @property
    def is_spread(self) -> bool:
        """Whether each slice has a file of its own."""
        return re.match(r"LIST(\s|\d*D?\s*$)", self.data_file) is not None or "%" in self.data_file

    @property
    def voxel_bytes(self) -> int:
        """Bytes of all voxels as binary numbers, not compressed."""
        ni, nj, nk = self.geometry.shape
        return ni * nj * nk * self.dtype.itemsize * self.channels


def read_header(path: Path, *, luminance: bool = False) -> Header:
    """Read and check the header of a MetaImage; colours are refused unless their luminance is wanted.

    Raises
    ------
    ReadError
        As `vizmed.read.metaimage.read_metaimage`, save what only the voxels can show.
    """
    fields = read_fields(path)
    findings: list[Finding] = []
    geometry = _geometry(fields, findings)
    dtype = _dtype(fields)
    channels = _channels(fields, dtype, findings, luminance=luminance)
    modality = MODALITIES.get(fields.text("Modality") or "")
    is_scaled = _has_intensity_function(fields, findings)
    skip = fields.integers("HeaderSize", count=1) or (0,)
    if skip[0] < -1:
        raise fields.damaged("HeaderSize", str(skip[0]), "It must be a number of bytes, or -1")
    compressed_size = fields.integers("CompressedDataSize", count=1)
    return Header(
        fields=fields,
        geometry=geometry,
        dtype=dtype,
        is_compressed=fields.flag("CompressedData", default=False),
        compressed_size=compressed_size[0] if compressed_size else None,
        skip=skip[0],
        data_file=fields.required("ElementDataFile"),
        is_text=not fields.flag("BinaryData", default=True),
        channels=channels,
        modality=modality,
        unit="HU" if modality == "CT" and not is_scaled else None,
        findings=tuple(findings),
    )


def _channels(fields: Fields, dtype: np.dtype[np.generic], findings: list[Finding], *, luminance: bool) -> int:
    (channels,) = fields.integers("ElementNumberOfChannels", count=1) or (1,)
    if channels == 1:
        return 1
    are_colours = channels in (3, 4) and dtype.kind == "u"
    if not (are_colours and luminance):
        ways = "--luminance (luminance=True in Python) takes the brightness of colours; " if are_colours else ""
        raise ReadError(
            f"each of its voxels has {channels} numbers (ElementNumberOfChannels)",
            where=fields.path,
            remedy=f"vizmed reads one; {ways}take a channel out with SimpleITK.VectorIndexSelectionCast",
        )
    message = f"its voxels are colours of {channels} numbers"
    findings.append(Finding("luminance", "note", message, fields.path.name, "their brightness is taken (Rec. 601)"))
    if channels == 4:
        message = "the voxels have an opacity"
        findings.append(Finding("alpha-dropped", "warning", message, fields.path.name, "it is left out"))
    return channels


def _dtype(fields: Fields) -> np.dtype[np.generic]:
    element_type = fields.required("ElementType")
    if element_type not in ELEMENT_TYPES:
        raise ReadError(
            f"ElementType is {element_type[:80]!r}",
            where=fields.path,
            remedy=f"vizmed reads {', '.join(ELEMENT_TYPES)}",
        )
    is_big = fields.flag("BinaryDataByteOrderMSB", "ElementByteOrderMSB", default=False)
    return np.dtype((">" if is_big else "<") + ELEMENT_TYPES[element_type])


def _geometry(fields: Fields, findings: list[Finding]) -> Geometry:
    dims = fields.integers("NDims", count=1) or (0,)
    count = dims[0]
    if count not in (2, 3):
        raise _other_count(fields, count)
    sizes = fields.integers("DimSize", count=count)
    if sizes is None or min(sizes) < 1:
        raise fields.damaged("DimSize", fields.text("DimSize") or "missing", f"It must be {count} positive numbers")
    mm = _mm_per_unit(fields, findings)
    affine = np.eye(4)
    affine[:count, :count] = _axes(fields, count, findings).T * _spacing(fields, count, findings) * mm
    affine[:count, 3] = np.array(_origin(fields, count, findings)) * mm
    if count == 2:
        message = "it is a single 2D picture, read as one slice"
        findings.append(Finding("single-slice", "note", message, fields.path.name, "1 mm thick is assumed"))
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            return Geometry((sizes[0], sizes[1], sizes[2] if count == 3 else 1), affine)
    except GeometryError as bad:
        raise DamagedFileError(bad.found, where=fields.path, remedy="Correct TransformMatrix in the header") from bad


def _other_count(fields: Fields, count: int) -> ReadError:
    sizes = fields.integers("DimSize", count=count) if 4 <= count <= 10 else None
    holds = f", which is {counted(prod(sizes[3:]), 'volume')} (DimSize {fields.text('DimSize')})" if sizes else ""
    remedy = "vizmed reads 3, and 2 as a single slice" + ("; take one out with SimpleITK.Extract" if sizes else "")
    return ReadError(f"NDims is {(fields.text('NDims') or 'missing')[:20]}{holds}", where=fields.path, remedy=remedy)


def _axes(fields: Fields, count: int, findings: list[Finding]) -> FloatArray:
    # Each row is the direction of one index axis: the transpose of ITK's direction matrix. That is how ITK itself
    # reads and writes it (itkMetaImageIO.cxx); VTK takes the rows for columns.
    numbers = fields.reals("TransformMatrix", "Rotation", "Orientation", count=count * count)
    if numbers is None:
        message = "the header has no TransformMatrix"
        findings.append(Finding("direction-assumed", "note", message, fields.path.name, "its axes are taken as LPS"))
        return np.eye(count)
    return np.array(numbers).reshape(count, count)


def _origin(fields: Fields, count: int, findings: list[Finding]) -> tuple[float, ...]:
    numbers = fields.reals("Offset", "Position", "Origin", "ImagePosition", count=count)
    if numbers is None:
        message = "the header has no Offset"
        findings.append(Finding("origin-assumed", "note", message, fields.path.name, "0 0 0 is assumed"))
        return (0.0,) * count
    return numbers


def _spacing(fields: Fields, count: int, findings: list[Finding]) -> FloatArray:
    key = "ElementSpacing" if "ElementSpacing" in fields.values else "ElementSize"
    numbers = fields.reals(key, count=count)
    if numbers is None:
        message = "the header has neither ElementSpacing nor ElementSize"
        findings.append(
            Finding("spacing-assumed", "warning", message, fields.path.name, "1 mm is assumed; sizes may be wrong")
        )
        return np.ones(count)
    if min(numbers) <= 0:
        raise fields.damaged(
            key, fields.values[key], "It must be positive numbers in mm; turn an axis round in TransformMatrix"
        )
    return np.array(numbers)


def _mm_per_unit(fields: Fields, findings: list[Finding]) -> float:
    unit = fields.text("DistanceUnits") or "?"
    if unit not in MM_PER_UNIT:
        raise fields.damaged("DistanceUnits", unit, "It must be um, mm or cm")
    if MM_PER_UNIT[unit] != 1:
        message = f"the header gives lengths in {unit}"
        remedy = "they are turned into mm; ITK and 3D Slicer would take them for mm"
        findings.append(Finding("distance-unit", "warning", message, fields.path.name, remedy))
    return MM_PER_UNIT[unit]


def _has_intensity_function(fields: Fields, findings: list[Finding]) -> bool:
    slope = fields.reals("ElementToIntensityFunctionSlope", count=1) or (1.0,)
    offset = fields.reals("ElementToIntensityFunctionOffset", count=1) or (0.0,)
    if (slope, offset) == ((1.0,), (0.0,)):
        return False
    message = f"the header asks for intensities of {slope[0]:g} x value + {offset[0]:g}"
    remedy = "the values are kept as they are stored, as ITK and VTK keep them"
    findings.append(Finding("intensity-function", "warning", message, fields.path.name, remedy))
    return True
