"""MetaImage (.mha, and .mhd with its .raw or .zraw): ITK's own format, a short text before raw voxels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from vizmed.budget import check_room
from vizmed.chunked import Chunked
from vizmed.errors import OptionError, ReadError
from vizmed.read.metaimage.header import Header, read_header
from vizmed.read.metaimage.pixels import decode_with_python, decode_with_vtk, why_not_vtk
from vizmed.read.metaimage.source import Source, find_sources
from vizmed.read.metaimage.text import is_metaimage
from vizmed.read.plain import open_plain
from vizmed.volume import Provenance, Volume

__all__ = ["MetaImageReader", "is_metaimage", "open_metaimage", "read_metaimage"]

MetaImageReader = Literal["auto", "vtk", "python"]


def read_metaimage(path: str | Path, *, reader: MetaImageReader = "auto", luminance: bool = False) -> Volume:
    """Read a MetaImage file.

    Parameters
    ----------
    path : str or pathlib.Path
        The .mha file, or the .mhd header; its data files are looked for beside it and nowhere else.
    reader : {"auto", "vtk", "python"}
        What turns bytes into voxels. ``"vtk"`` is vtkMetaImageReader, for those files alone that it is known to read
        right; ``"python"`` reads them all, and is what ``"auto"`` takes. Both give the same voxels, bit by bit, and
        the geometry comes from vizmed's own reading of the header in either case.
    luminance : bool
        Take the luminance of colours instead of refusing them.

    Returns
    -------
    Volume
        With the file's own type of number, in the machine's byte order.

    Raises
    ------
    ReadError
        If the file cannot be read, or not with this reader.
    UnknownFormatError
        If it is no MetaImage.
    DamagedFileError
        If its header contradicts itself or promises other than what its bytes hold.
    UnsafePathError
        If its data file lies outside the header's own folder.
    OptionError
        If there is no such reader.
    """
    if reader not in ("auto", "vtk", "python"):
        raise OptionError(f"there is no MetaImage reader {reader!r}", remedy="Take auto, vtk or python")
    path = Path(path)
    header = read_header(path, luminance=luminance)
    sources = find_sources(path, header)
    check_room(header.voxel_bytes, path)
    # auto is python: for 256^3 int16 in the page cache it takes 6 ms, vtkMetaImageReader 13 ms, and it reads more
    decoder = "vtk" if reader == "vtk" else "python"
    if decoder == "vtk":
        reason = why_not_vtk(header)
        if reason:
            raise ReadError(f"VTK would not read it right: {reason}", where=path, remedy="Take the reader python")
        voxels = decode_with_vtk(path, header)
    else:
        voxels = decode_with_python(sources, header)
    return Volume(voxels, header.geometry, **_known(header, sources, decoder))


def open_metaimage(path: Path) -> Chunked:
    """Open a MetaImage file; one that is compressed, text, or spread over several files is read at once.

    Raises
    ------
    ReadError
        As `read_metaimage` does.
    """
    header = read_header(path)
    if header.is_compressed or header.is_text or header.is_spread:
        return Chunked.of(read_metaimage(path))
    (source,) = find_sources(path, header)
    known = _known(header, [source], "python")
    return open_plain(source.path, source.start, header.dtype, header.geometry, **known)


def _known(header: Header, sources: list[Source], decoder: str) -> dict[str, Any]:
    provenance = Provenance(
        format="MetaImage",
        decoder=decoder,
        files=1 if header.is_local else 1 + len(sources),
        findings=(*header.findings, *(finding for source in sources for finding in source.findings)),
    )
    return {"modality": header.modality, "unit": header.unit, "provenance": provenance}
