"""One image plane as its header describes it: a classic file has one, a multi-frame file many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vizmed.errors import DamagedFileError
from vizmed.findings import Finding
from vizmed.read.dicom.functional_groups import per_frame_values
from vizmed.read.dicom.headers import Header
from vizmed.read.dicom.scanner import DEFLATED_LITTLE, UNDEFINED_LENGTH
from vizmed.read.inflate import LARGEST_DEFLATION

Vector = tuple[float, float, float]

_LARGEST_RESCALE = 1e24
"""A slope beyond this makes numbers that float32 cannot hold of 32 bits; no scanner's unit is so small."""


_PHASE = (
    "EchoTime",
    "EchoNumbers",
    "ImageType",
    "DiffusionBValue",
    "TemporalPositionIdentifier",
    "TriggerTime",
    "NominalCardiacTriggerDelayTime",
    "InversionTime",
    "FlipAngle",
    "AcquisitionNumber",
)


_MOST_SURPLUS = 1 << 20
"""Bytes behind the pixels of a deflated file that are let pass; bombs are longer."""


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How the pixels of a plane are stored: DICOM's Image Pixel module, with its words."""

    transfer_syntax: str
    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    planar: bool = False
    tiles: int = 1
    """Along each side of the stored picture: more than one for a mosaic, whose rows and columns are those of a tile."""

    @property
    def frame_bytes(self) -> int:
        """Size of one uncompressed picture."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples  # one colour to two pixels
        return self.rows * self.columns * self.tiles**2 * samples * self.bits_allocated // 8

    @property
    def is_colour(self) -> bool:
        """Whether a pixel has a colour, not a value."""
        return self.samples != 1 or self.photometric == "PALETTE COLOR"


@dataclass(frozen=True, slots=True)
class Frame:
    """One image plane: where its pixels are, how they are stored, where it lies, and what series it is of.

    Parameters
    ----------
    header : Header
        Of the file that holds it.
    number : int
        Which frame of the file, from 0.
    layout : PixelLayout
    position : (x, y, z) tuple, optional
        ImagePositionPatient (0020,0032): centre of the first pixel, LPS mm.
    orientation : tuple of 6 float, optional
        ImageOrientationPatient (0020,0037): unit vectors along a row, then down a column.
    spacing : (between rows, between columns) tuple, optional
        PixelSpacing (0028,0030) in mm.
    slope, intercept : float
        Of the modality rescale.
    values : mapping of attribute keyword to value
        The header's, and for a frame of a multi-frame file its own in their place.
    tile : int
        Which tile of a mosaic, from 0 by rows.
    notes : tuple of Finding
        What had to be assumed of it.
    """

    header: Header
    number: int
    layout: PixelLayout
    position: Vector | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, float] | None
    slope: float
    intercept: float
    values: Mapping[str, Any]
    tile: int = 0
    notes: tuple[Finding, ...] = ()

    @property
    def path(self) -> Path:
        """The file that holds the plane."""
        return self.header.path

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID (0020,000E); blank where the file has none."""
        return str(self.header.values.get("SeriesInstanceUID") or "")

    @property
    def instance_number(self) -> int:
        """InstanceNumber (0020,0013); 0 where the file has none."""
        return self.header.values.get("InstanceNumber") or 0

    @property
    def phase(self) -> tuple[tuple[str, Any], ...]:
        """What tells apart the volumes of a 4D series, in the order in which it is tried."""
        return tuple((key, self.values.get(key)) for key in _PHASE)

    @property
    def is_localizer(self) -> bool:
        """Whether the file calls itself a localizer (scout view)."""
        return "LOCALIZER" in (self.header.values.get("ImageType") or ())

    @property
    def padding(self) -> float | None:
        """PixelPaddingValue (0028,0120) after the rescale."""
        stored = self.header.values.get("PixelPaddingValue")
        if stored is None:
            return None
        if self.layout.signed and stored >= 1 << 15:  # it has 16 bits, whatever a pixel has
            stored -= 1 << 16
        return float(stored * self.slope + self.intercept)


def frames_of(header: Header) -> list[Frame]:
    """Give the planes of a file.

    Raises
    ------
    DamagedFileError
        If a value that the pixels need is missing or absurd.
    """
    count = header.values.get("NumberOfFrames") or 1
    layout = _layout(header)
    _check_size(header, layout, count)
    if count == 1 and "PerFrameFunctionalGroupsSequence" not in header.values:
        return [_frame(header, 0, layout, header.values)]
    try:
        per_frame = per_frame_values(header, count)
    except DamagedFileError:
        raise
    except Exception as damage:  # pydicom converts values when they are asked for, and raises what it likes
        raise DamagedFileError(
            f"its functional groups are damaged ({type(damage).__name__})", where=header.path
        ) from damage
    return [_frame(header, n, layout, values) for n, values in enumerate(per_frame)]


def _layout(header: Header) -> PixelLayout:
    values = header.values
    for keyword in ("Rows", "Columns", "BitsAllocated"):
        if not values.get(keyword):
            raise DamagedFileError(f"its header has no {keyword}", where=header.path)
    allocated = values["BitsAllocated"]
    stored = values.get("BitsStored") or allocated
    high = values.get("HighBit")
    high = stored - 1 if high is None else high
    if not (0 < stored <= allocated and stored - 1 <= high < allocated):
        raise DamagedFileError(
            f"BitsStored {stored}, HighBit {high} and BitsAllocated {allocated} do not fit together", where=header.path
        )
    return PixelLayout(
        transfer_syntax=header.transfer_syntax,
        rows=values["Rows"],
        columns=values["Columns"],
        samples=values.get("SamplesPerPixel") or 1,
        photometric=values.get("PhotometricInterpretation") or "MONOCHROME2",
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=high,
        signed=values.get("PixelRepresentation") == 1,
        planar=values.get("PlanarConfiguration") == 1,
    )


def _check_size(header: Header, layout: PixelLayout, count: int) -> None:
    """Hold the declared number and size of the planes against the bytes that are there, before anything is made."""
    if count < 1:
        raise DamagedFileError(f"NumberOfFrames is {count}", where=header.path)
    there = header.size - header.pixel_offset
    if header.transfer_syntax == DEFLATED_LITTLE:  # counted exactly when it is inflated
        there = LARGEST_DEFLATION * header.size
        _refuse_surplus(header, layout.frame_bytes * count)
    compressed = header.pixel_length == UNDEFINED_LENGTH
    expected = 10 * count if compressed else layout.frame_bytes * count
    if there < expected or (not compressed and header.pixel_length < expected):
        found = there if compressed else min(there, header.pixel_length)
        raise DamagedFileError(
            f"its pixels are cut short: {expected:,} bytes expected, {found:,} found",
            where=header.path,
            remedy="Copy the file again from where it came from",
        )


def _refuse_surplus(header: Header, expected: int) -> None:
    """Refuse a deflated file that would be inflated far beyond what its picture needs."""
    if header.pixel_length > expected + _MOST_SURPLUS:
        raise DamagedFileError(
            f"{expected:,} bytes of pixels expected, {header.pixel_length:,} announced", where=header.path
        )


def _frame(header: Header, number: int, layout: PixelLayout, values: Mapping[str, Any]) -> Frame:
    slope, intercept = values.get("RescaleSlope"), values.get("RescaleIntercept")
    for part in (slope, intercept):
        if part is not None and not abs(part) < _LARGEST_RESCALE:  # NaN too
            raise DamagedFileError(f"its rescale is {slope} x value + {intercept}", where=header.path)
    return Frame(
        header=header,
        number=number,
        layout=layout,
        position=_vector(values.get("ImagePositionPatient"), 3),
        orientation=_vector(values.get("ImageOrientationPatient"), 6),
        spacing=_vector(values.get("PixelSpacing"), 2),
        slope=slope or 1.0,
        intercept=0.0 if intercept is None else intercept,
        values=values,
        notes=_notes(header, slope),
    )


def _vector(numbers: tuple[float, ...] | None, length: int) -> Any:
    return tuple(numbers) if numbers is not None and len(numbers) == length else None


def _notes(header: Header, slope: float | None) -> tuple[Finding, ...]:
    """List what a header asks for and the reader does not do."""
    notes = []
    if slope == 0:  # nothing would be left of the values; GDCM takes it as 1 too
        remedy = "taken as 1: the stored values are given"
        notes.append(Finding("slope-zero", "warning", "RescaleSlope (0028,1053) is 0", header.path.name, remedy))
    if header.values.get("ModalityLUTSequence"):
        message = "the values are to go through a table (Modality LUT)"
        remedy = "the stored values are given as they are"
        notes.append(Finding("modality-lut", "warning", message, header.path.name, remedy))
    return tuple(notes)
