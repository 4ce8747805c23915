"""Volumes that are read a few slices at a time, for what does not fit into memory."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

from vizmed.chunked import Chunked
from vizmed.errors import UnknownFormatError
from vizmed.geometry import Geometry
from vizmed.read import Reader, place_of, read, took_spacing, with_spacing
from vizmed.read.formats import OPENERS, read_dicom_path, read_folder, reader_of
from vizmed.stages import stage


@stage("reading")
def open_chunks(
    path: str | os.PathLike[str],
    *,
    series: str | int | None = None,
    volume: int | None = None,
    reader: Reader = "auto",
    spacing: tuple[float, float, float] | None = None,
    luminance: bool = False,
) -> Chunked:
    """Open a volume, to read a few of its slices at a time; the parameters, and the voxels, are those of `read`.

    Of a DICOM series the headers are looked at, and the pixels as they are asked for. A first pass over them is made
    where the type of the values depends on which ones occur. Raw NIfTI, NRRD and MetaImage files are read where the
    slices lie. Other files, packed or deflated ones, and those that VTK is to read are read at once.

    Raises
    ------
    ReadError
        As `read` does; damaged pixels are refused when they are read.
    """
    place = place_of(path, reader, spacing)
    read_volume = reader_of(place)
    if read_volume in (read_dicom_path, read_folder):
        from vizmed.read.dicom.chunks import open_dicom

        with suppress(UnknownFormatError):  # a folder of pictures, or of nothing
            chunks = open_dicom(
                place, series=series, volume=volume, reader=reader, luminance=luminance, assume_spacing=spacing
            )
            return chunks if spacing is None or took_spacing(chunks.like) else _with_spacing(chunks, spacing)
    if read_volume in OPENERS and reader != "vtk" and not luminance and (series, volume) == (None, None):
        chunks = OPENERS[read_volume](place)
        return chunks if spacing is None else _with_spacing(chunks, spacing)
    return Chunked.of(read(place, series=series, volume=volume, reader=reader, spacing=spacing, luminance=luminance))


def _with_spacing(chunks: Chunked, spacing: tuple[float, float, float]) -> Chunked:
    like = with_spacing(chunks.like, spacing)
    return replace(chunks, like=like, geometry=Geometry(chunks.shape, like.geometry.affine))
