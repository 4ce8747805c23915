"""Pictures: one PNG, JPEG, TIFF or BMP as a slice, the pages of a TIFF or the files of a folder as a stack of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.budget import check_room
from vizmed.errors import IrregularStackError, OptionError, ReadError
from vizmed.findings import Finding
from vizmed.geometry import Geometry
from vizmed.read.pictures.decode import decode
from vizmed.read.pictures.folder import number_findings, pictures_in, refuse_odd_ones
from vizmed.read.pictures.header import kind_of, pages_of
from vizmed.read.pictures.page import Page
from vizmed.volume import Provenance, SliceSource, Volume

_BYTES_TO_WEIGH_ONE = 10
"""Colours are weighed in float64, one page at a time."""

__all__ = ["is_picture", "pictures_in", "read_pictures"]


def is_picture(start: bytes) -> bool:
    """Whether a file's first bytes are those of a PNG, JPEG, TIFF or BMP."""
    return kind_of(start) is not None


def read_pictures(path: Path, *, spacing: tuple[float, float, float] | None = None, luminance: bool = False) -> Volume:
    """Read a picture, the pages of a TIFF, or the pictures of a folder.

    Parameters
    ----------
    path : pathlib.Path
        A file, or a folder whose pictures are the slices in the order of their names, numbers counted as numbers.
    spacing : (x, y, z) tuple of float, optional
        Size of a pixel along a row and down a column, and the distance of slices, in mm. What is left out is taken
        from the files where they give it; a stack is refused where its distance of slices is not known.
    luminance : bool
        Take colours for their luminance instead of refusing them.

    Returns
    -------
    Volume
        i along a row, j down, k along the stack: taken as L, P and S from the origin, and a finding says so.

    Raises
    ------
    ReadError
        One of its kinds; see `vizmed.errors`.
    BudgetError
        If the pixels do not fit into memory.
    OptionError
        If the spacing is not three positive numbers.
    """
    files, findings = pictures_in(path) if path.is_dir() else ([path], [])
    pages = [page for file in files for page in pages_of(file, _bytes(file))]
    if not pages:
        raise ReadError("there are no pictures in it", where=path)
    refuse_odd_ones(pages, path)
    if len(files) > 1:
        findings += number_findings([file.name for file in files])
    _refuse_colours(pages[0], path, luminance=luminance)
    spacing_mm = _spacing(pages, path, spacing, findings)
    voxels = _voxels(pages, findings)
    message = "pictures do not say how they lie in the patient"
    remedy = "rows are taken to run to the left, columns to the back, slices up"
    findings.append(Finding("assumed-orientation", "warning", message, "", remedy))
    sorted_by = "name" if len(files) > 1 else "page" if len(pages) > 1 else "as stored"
    slices = tuple(SliceSource(float(k), page.path.name) for k, page in enumerate(pages))
    decoder = "imagecodecs and Pillow"
    provenance = Provenance(pages[0].kind, decoder, sorted_by, len(files), tuple(findings), slices=slices)
    geometry = Geometry.from_axes(voxels.shape, spacing_mm)
    return Volume(voxels, geometry, inverted=pages[0].inverted, provenance=provenance)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as refused:
        raise ReadError(f"it cannot be read ({refused.strerror})", where=path) from refused


def _refuse_colours(page: Page, path: Path, *, luminance: bool) -> None:
    if page.colours in ("grey", "grey and alpha") or luminance:
        return
    raise IrregularStackError(
        f"its pixels are colours ({page.colours}), and a volume has one value a voxel",
        where=path,
        remedy="--luminance (luminance=True in Python) takes their brightness",
    )


def _spacing(
    pages: Sequence[Page], path: Path, given: Sequence[float] | None, findings: list[Finding]
) -> tuple[float, float, float]:
    """Give the spacing that was asked for, else the files' own, else 1 mm for a single picture."""
    if given is not None:
        x, y, z = _checked(given)
        return x, y, z
    in_plane = {page.spacing_mm for page in pages}
    between = {page.between_mm for page in pages}
    plane = in_plane.pop() if len(in_plane) == 1 else None
    distance = between.pop() if len(between) == 1 else None
    if len(pages) > 1:
        return _spacing_of_stack(pages, path, plane, distance, findings)
    findings.append(Finding("single-slice", "note", "it is a single picture", pages[0].path.name, "1 mm thick"))
    if plane is None:
        message = "the picture gives no size of its pixels" + (f" ({pages[0].doubt})" if pages[0].doubt else "")
        remedy = "1 mm is assumed; --spacing X,Y,Z gives it"
        findings.append(Finding("spacing-assumed", "warning", message, pages[0].path.name, remedy))
        return 1.0, 1.0, 1.0
    findings.append(_from_the_file(plane, pages[0]))
    return (*plane, 1.0)


def _spacing_of_stack(
    pages: Sequence[Page],
    path: Path,
    plane: tuple[float, float] | None,
    distance: float | None,
    findings: list[Finding],
) -> tuple[float, float, float]:
    if plane is not None and distance is not None:
        findings.append(_from_the_file((*plane, distance), pages[0]))
        return (*plane, distance)
    pixels = f"{plane[0]:.6g},{plane[1]:.6g}" if plane else "X,Y"
    doubt = f" ({pages[0].doubt})" if pages[0].doubt else ""
    pixels_too = "" if plane else f"the size of its pixels{doubt} and "
    raise ReadError(
        f"{len(pages)} pictures make a stack, and the files do not give {pixels_too}the distance of its slices",
        where=path,
        remedy=f"--spacing {pixels},Z gives it in mm (spacing=(x, y, z) in Python)",
    )


def _from_the_file(spacing: Sequence[float], page: Page) -> Finding:
    told = " x ".join(f"{mm:.6g}" for mm in spacing)
    return Finding("spacing-from-file", "note", f"the file gives {told} mm", page.path.name, "it is believed")


def _checked(spacing: Sequence[float]) -> list[float]:
    try:
        numbers = [float(mm) for mm in spacing]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 3 or not all(0 < mm < np.inf for mm in numbers):
        raise OptionError(f"the spacing is {spacing!r}", remedy="It is three positive numbers in mm: x, y, z")
    return numbers


def _voxels(pages: Sequence[Page], findings: list[Finding]) -> NDArray[Any]:
    """Decode page after page into its place, after a look whether all of them fit into memory."""
    first = pages[0]
    dtype = np.dtype(np.uint8) if first.dtype.kind == "b" else first.dtype
    needed = first.columns * first.rows * len(pages) * dtype.itemsize
    needed += first.size * (2 if first.colours == "grey" else _BYTES_TO_WEIGH_ONE)
    check_room(needed, first.path)
    voxels = np.empty((first.columns, first.rows, len(pages)), dtype=dtype, order="F")
    data, of, with_alpha = b"", None, 0
    for k, page in enumerate(pages):
        if of != page.path:
            data, of = _bytes(page.path), page.path
        values, has_alpha = decode(page, data)
        voxels[:, :, k] = values.T
        with_alpha += has_alpha
    if with_alpha:
        findings.append(
            Finding("alpha-dropped", "warning", "the pixels have an opacity", first.path.name, "it is left out")
        )
    if first.colours not in ("grey", "grey and alpha"):
        message = f"the pixels are colours ({first.colours})"
        findings.append(Finding("luminance", "note", message, first.path.name, "their brightness is taken (Rec. 601)"))
    return voxels
