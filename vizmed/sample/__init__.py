"""A believable head that belongs to nobody, as a Volume or as a DICOM series.

It is made of formulas, in patient space: no network, no patient, no file to carry along. Every plane cuts the same
head at the same place, and the same arguments give the same bytes. The rooms, from the outside in: `dicom` writes
files, `head` lays tissues on a grid, `skull` and `flesh` hold the anatomy, `tissues` its values, `shapes` the solids
that it is made of, and `block` the points where they are asked for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import OptionError, WriteError
from vizmed.geometry import Geometry
from vizmed.sample.block import Block
from vizmed.sample.dicom import INTERCEPT, encode_slice
from vizmed.sample.head import paint
from vizmed.stages import stage
from vizmed.volume import Provenance, Volume
from vizmed.write.atomic import atomic_file

__all__ = ["MODALITIES", "PLANES", "make_sample", "write_sample"]

FIELD_MM = 240.0
"""Edge of the cube that is scanned."""

CENTRE_MM = (0.0, -16.0, 11.0)
"""Its centre in LPS; the origin lies between the ear canals."""

SLICE_RATIO = 1.2
"""Distance of slices over distance of pixels: unequal, so that a mistake in the spacing shows."""

SMALLEST, LARGEST = 32, 512

MODALITIES = ("ct", "mr")

# two right-angled triangles of whole numbers (7-24-25 and 5-12-13) give turns of 16.3 and 22.6 degrees without a sine
_TILT = np.array([[1, 0, 0], [0, 0.96, -0.28], [0, 0.28, 0.96]]) @ np.array(
    [[12 / 13, 0, 5 / 13], [0, 1, 0], [-5 / 13, 0, 12 / 13]]
)

# the axes i, j and k of each plane in LPS, as columns
_DIRECTION = {
    "axial": np.eye(3),
    "sagittal": np.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]]),
    "coronal": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "oblique": _TILT,
}

PLANES = tuple(_DIRECTION)

_WINDOW = {"ct": (400.0, 40.0), "mr": (1000.0, 500.0)}
_NOISE = {"ct": 6.0, "mr": 10.0}
_SLAB = 16


@stage("making")
def make_sample(modality: str = "ct", size: int = 192, plane: str = "axial") -> Volume:
    """Make the sample head.

    Parameters
    ----------
    modality : {"ct", "mr"}
        Hounsfield units, or T1-like intensities without a unit.
    size : int
        Number of voxels along each edge of a slice, 32 to 512; an edge is 240 mm long.
    plane : {"axial", "sagittal", "coronal", "oblique"}
        How the slices are stacked. Oblique ones are turned by 16 and 23 degrees about two axes.

    Returns
    -------
    Volume
        int16, Fortran order: what a correct reader gets from the files of `write_sample`.

    Raises
    ------
    OptionError
        If an argument is none of these.
    """
    _check_options(modality, size, plane)
    geometry = _geometry(size, plane)
    voxels = np.empty(geometry.shape, dtype=np.int16, order="F")
    random = np.random.default_rng([size, MODALITIES.index(modality)])
    for start in range(0, geometry.shape[2], _SLAB):
        stop = min(start + _SLAB, geometry.shape[2])
        voxels[:, :, start:stop] = _scan_slab(geometry, start, stop, modality, random)
    return Volume(
        voxels,
        geometry,
        modality=modality.upper(),
        unit="HU" if modality == "ct" else None,
        window=_WINDOW[modality],
        description="vizmed sample head",
        provenance=Provenance(format="sample", decoder="formula"),
    )


@stage("writing")
def write_sample(
    folder: str | Path, *, modality: str = "ct", size: int = 192, plane: str = "axial", overwrite: bool = False
) -> int:
    """Write the sample head as a DICOM series, as untidy as real ones are.

    The files are called ``IM1``, ``IM2``, ... ``IM160``, numbered against the order of the slices in space: whoever
    sorts by name or by number gets a head that is shuffled or mirrored.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made where it is missing.
    modality, size, plane
        As for `make_sample`.
    overwrite : bool
        Whether the folder may hold files already. Those of the names that are written are replaced, others stay.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    OptionError
        If an argument names no modality, plane or size.
    WriteError
        If the folder holds anything and may not be overwritten, or cannot be written to.
    """
    _check_options(modality, size, plane)
    target = Path(folder)
    _prepare_folder(target, overwrite=overwrite)
    volume = make_sample(modality, size, plane)
    count = volume.shape[2]
    for k in range(count):
        with atomic_file(target / f"IM{count - k}", overwrite=overwrite) as file:
            file.write(encode_slice(volume, k, modality=modality, plane=plane))
    return count


def _check_options(modality: str, size: int, plane: str) -> None:
    if modality not in MODALITIES:
        raise OptionError(f"{modality!r} is no modality of the sample", remedy=f"Take one of {', '.join(MODALITIES)}")
    if plane not in PLANES:
        raise OptionError(f"{plane!r} is no plane of the sample", remedy=f"Take one of {', '.join(PLANES)}")
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or not SMALLEST <= size <= LARGEST:
        raise OptionError(f"the size is {size!r}", remedy=f"It is a whole number from {SMALLEST} to {LARGEST}")


def _prepare_folder(folder: Path, *, overwrite: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        occupied = next(folder.iterdir(), None) is not None
    except OSError as refused:
        raise WriteError(f"it is no folder to write to ({refused.strerror})", where=folder) from refused
    if occupied and not overwrite:
        raise WriteError(
            "the folder is not empty", where=folder, remedy="Name another, or --overwrite (overwrite=True) adds to it"
        )


def _geometry(size: int, plane: str) -> Geometry:
    spacing = FIELD_MM / size
    count = round(size / SLICE_RATIO)
    shape = (size, size, count)
    step = np.array([spacing, spacing, spacing * SLICE_RATIO])
    middle = (np.array(shape) - 1) / 2 * step
    origin = np.array(CENTRE_MM) - (_DIRECTION[plane] * middle).sum(axis=1)
    return Geometry.from_axes(shape, step, origin, _DIRECTION[plane])


def _scan_slab(
    geometry: Geometry, start: int, stop: int, modality: str, random: np.random.Generator
) -> NDArray[np.int16]:
    shape = (*geometry.shape[:2], stop - start)
    affine = geometry.affine.copy()
    affine[:3, 3] += affine[:3, 2] * start
    block = Block.on_grid(shape, affine)
    values = paint(block, modality)
    if modality == "mr":
        values *= _coil_shading(block)
    noise = random.standard_normal(shape[::-1], dtype=np.float32).T
    values += noise * np.float32(_NOISE[modality])
    low = INTERCEPT[modality]
    return np.clip(np.rint(values), low, low + 4095).astype(np.int16)


def _coil_shading(block: Block) -> NDArray[np.float32]:
    x, y, z = (c * np.float32(2 / FIELD_MM) for c in block.xyz)
    shading: NDArray[np.float32] = 1 + 0.08 * x - 0.1 * y + 0.06 * z - 0.05 * (x * x + y * y)
    return shading
