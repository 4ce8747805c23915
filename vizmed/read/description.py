"""What is at a path, told without reading pixels where the format allows: `describe`."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from vizmed.findings import Finding
from vizmed.geometry import Geometry


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """One line of the table of series: no identity, only what tells it from the others."""

    index: int
    number: int | None
    modality: str
    description: str
    columns: int
    rows: int
    slices: int


@dataclass(frozen=True, slots=True)
class Description:
    """What is at a path.

    Parameters
    ----------
    format : str
        ``"DICOM"`` or ``"MetaImage"``.
    series : tuple of ListedSeries
        All there are; empty for formats that know none.
    chosen : int, optional
        Index of the one that is described; None where one must be chosen first.
    geometry : Geometry, optional
        Where its voxels lie; None where nothing is chosen or `refusal` says why not.
    modality, unit : str, optional
    stored : str
        How a voxel is stored, such as ``"uint16, 12 bits, intercept -1024"``.
    itemsize : int, optional
        Bytes of a voxel in memory, unless its rescale needs more.
    encoding : str
        How the pixels are packed, such as ``"JPEG 2000 lossless"``.
    window : (width, level) tuple of float, optional
    sorted_by : str
    findings : tuple of Finding
    refusal : str, optional
        Why it cannot be read as a volume.
    """

    format: str
    series: tuple[ListedSeries, ...] = ()
    chosen: int | None = None
    geometry: Geometry | None = None
    modality: str | None = None
    unit: str | None = None
    stored: str = ""
    itemsize: int | None = None
    encoding: str = ""
    window: tuple[float, float] | None = None
    sorted_by: str = ""
    findings: tuple[Finding, ...] = ()
    refusal: str | None = None

    @property
    def voxel_bytes(self) -> int | None:
        """Size of all voxels in memory, where it is known."""
        return prod(self.geometry.shape) * self.itemsize if self.geometry and self.itemsize else None


@dataclass(frozen=True, slots=True)
class Audit:
    """What a close look found.

    Parameters
    ----------
    description : Description
    findings : tuple of Finding
        All of them, those of reading the pixels too.
    decoders : dict of name to str or None
        Why a decoder may not read it; None where it may. Empty for formats with one reader.
    refusal : str, optional
        Why it cannot be read.
    """

    description: Description
    findings: tuple[Finding, ...]
    decoders: dict[str, str | None]
    refusal: str | None

    @property
    def verdict(self) -> str:
        """``"clean"``, ``"repaired"`` where something was repaired, assumed or left out, or ``"refused"``."""
        if self.refusal:
            return "refused"
        return "repaired" if any(finding.severity == "warning" for finding in self.findings) else "clean"
