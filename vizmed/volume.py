"""A volume: voxels, where they lie, and what is known of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import GeometryError, OptionError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.interop import Interop

Voxels = NDArray[Any]

_LETTER_AXES = {"R": 0, "L": 0, "A": 1, "P": 1, "I": 2, "S": 2}


def digest_of(uid: str) -> str:
    """Give what tells a DICOM UID from others and does not tell which it is; blank for a blank one."""
    return hashlib.blake2b(uid.encode(), digest_size=16).hexdigest() if uid else ""


@dataclass(frozen=True, slots=True)
class SliceSource:
    """Which file a slice was read from, so that who knows the file finds the slice.

    Parameters
    ----------
    k : float
        Where it lies along k in the grid as it was read; between whole numbers where slices were interpolated.
    file : str
        Name of the file, without its folders.
    number : int, optional
        InstanceNumber (0020,0013), or which frame of a multi-frame file, from 1.
    instance : str
        Digest of SOPInstanceUID (0008,0018), as `digest_of` makes it; blank where there is none.
    """

    k: float
    file: str
    number: int | None = None
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a volume came to be.

    Parameters
    ----------
    format : str
        ``"DICOM"``, ``"MetaImage"``, ... or ``"array"``.
    decoder : str
        What turned bytes into voxels, such as ``"pydicom"`` or ``"vtk"``.
    sorted_by : str
        What put the slices in order.
    files : int
        Number of files that were read.
    findings : tuple of Finding
        What was noticed, repaired, assumed or left out.
    series : str
        Digest of SeriesInstanceUID (0020,000E), as `digest_of` makes it; blank where there is none.
    slices : tuple of SliceSource
        Where slices came from, growing in k; empty where the format has one file, or the reader does not say.
    grid : Geometry, optional
        The grid as it was read, where the axes have been put in another order since.
    """

    format: str = "array"
    decoder: str = "none"
    sorted_by: str = "as given"
    files: int = 0
    findings: tuple[Finding, ...] = ()
    series: str = field(default="", repr=False)
    slices: tuple[SliceSource, ...] = field(default=(), repr=False)
    grid: Geometry | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Volume(Interop):
    """Voxels in patient space. Every operation returns a new one.

    Parameters
    ----------
    voxels : (ni, nj, nk) ndarray
        Values in Fortran order (i runs fastest), in the file's own integer type wherever the rescale allows it.
        Marked read-only.
    geometry : Geometry
        Where the voxels lie, LPS mm.
    modality : str, optional
        ``"CT"``, ``"MR"``, ... as DICOM's Modality (0008,0060).
    unit : str, optional
        ``"HU"`` where the values are Hounsfield units, else None.
    window : (width, level) tuple of float, optional
        The window that the file itself asks for.
    padding : float, optional
        The value that stands for "outside of the image"; it is kept out of ranges and levels.
    inverted : bool
        Whether low values are to be shown bright (MONOCHROME1). The values themselves stay as they are.
    description : str
        The series' own description. It names no patient.
    provenance : Provenance
        Which reader, how it was sorted, what was found and done about it.
    """

    voxels: Voxels
    geometry: Geometry
    modality: str | None = None
    unit: str | None = None
    window: tuple[float, float] | None = None
    padding: float | None = None
    inverted: bool = False
    description: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if self.voxels.shape != self.geometry.shape:
            raise GeometryError(
                f"the voxels have shape {self.voxels.shape}, the geometry {self.geometry.shape}",
                remedy="Voxels are indexed [i, j, k]",
            )
        if self.voxels.dtype.kind not in "iuf":
            raise GeometryError(
                f"the voxels are of type {self.voxels.dtype}", remedy="A volume holds integers or real numbers"
            )
        read_only = self.voxels.view()
        read_only.setflags(write=False)
        object.__setattr__(self, "voxels", read_only)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along i, j and k."""
        return self.geometry.shape

    @property
    def value_range(self) -> tuple[float, float]:
        """Smallest and largest value, padding and NaN left out."""
        values = self.meaningful_values()
        return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)

    def meaningful_values(self, at_most: int | None = None) -> Voxels:
        """Give the values that are neither padding nor NaN nor infinite, as a flat array in memory order.

        Parameters
        ----------
        at_most : int, optional
            Take every n-th voxel so that about this many are looked at. An odd step walks across rows and slices
            instead of down one column.
        """
        values = self.voxels.ravel(order="K")
        if at_most is not None:
            values = values[:: stride(values.size, at_most)]
        return meaningful(values, self.padding)

    def reoriented(self, codes: str) -> Volume:
        """Permute and flip the index axes until they point to ``codes``, such as ``"LPS"``. Nothing is copied.

        An oblique volume stays oblique: each axis takes the letter that it is nearest to.
        """
        codes = codes.upper()
        if sorted(_LETTER_AXES.get(letter, -1) for letter in codes) != [0, 1, 2]:
            raise OptionError(f"{codes!r} names no axes", remedy="Take one each of L|R, P|A and S|I, such as LPS")
        order, now = self.geometry.axis_order, self.geometry.axis_codes
        axes = [order.index(_LETTER_AXES[letter]) for letter in codes]
        flips = [now[axis] != letter for axis, letter in zip(axes, codes, strict=True)]
        flipped = tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)
        voxels = self.voxels.transpose(axes)[flipped]
        provenance = replace(self.provenance, grid=self.provenance.grid or self.geometry)
        return replace(self, voxels=voxels, geometry=self.geometry.reordered(axes, flips), provenance=provenance)

    def __repr__(self) -> str:
        ni, nj, nk = self.shape
        spacing = " x ".join(f"{mm:.4g}" for mm in self.geometry.spacing)
        what = " ".join(filter(None, [self.modality, self.description]))
        return (
            f"<Volume {what or self.provenance.format}: {ni} x {nj} x {nk} {self.voxels.dtype}"
            f"{' ' + self.unit if self.unit else ''}, {spacing} mm, {self.geometry.axis_codes}>"
        )


def stride(count: int, at_most: int) -> int:
    """Give the n of every n-th of so many values, so that about a number of them are looked at; it is odd."""
    return (count // at_most) | 1 if count > at_most else 1


def meaningful(values: Voxels, padding: float | None) -> Voxels:
    """Give those of values (n,) that are neither padding nor NaN nor infinite; where all are, no copy."""
    if padding is not None:
        values = values[values != padding]
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values
