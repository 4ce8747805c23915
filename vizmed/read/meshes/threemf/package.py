"""The archive of a 3MF: where its model is, and the model's text, unpacked within bounds."""

from __future__ import annotations

import lzma
import posixpath
import struct
import zipfile
import zlib
from mmap import mmap
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from vizmed.errors import BudgetError, CodecError, DamagedFileError, ReadError, UnknownFormatError
from vizmed.read.meshes.threemf.markup import parse_xml

MOST_BYTES = 4 << 30
"""Largest model that is unpacked: it is held in memory."""

MOST_INFLATION = 200
"""Largest ratio of unpacked to packed; models make 3 to 10."""

SMALL_BYTES = 16 << 20
"""A model up to this size is unpacked whatever its ratio."""

_RELATIONS = "_rels/.rels"
_MODEL_TYPES = ("http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel",)

_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError),
    *(EOFError, OSError, ValueError, IndexError, OverflowError, RuntimeError),
)
"""What Python's own unpacking raises on damaged files."""


def is_zip(data: mmap) -> bool:
    """Whether a file begins as a zip archive does; whether it is of 3MF, `model_text` sees."""
    return data[:4] == b"PK\3\4"


def model_text(path: Path) -> bytes:
    """Unpack the model that the archive's relationships name.

    Raises
    ------
    UnknownFormatError
        If they name none.
    DamagedFileError, BudgetError
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as damage:
        raise DamagedFileError(f"the archive is damaged ({type(damage).__name__})", where=path) from damage
    with archive:
        relations = _unpacked(archive, _RELATIONS, path)
        if relations is None:
            raise UnknownFormatError(
                "it is an archive of other things than a 3MF model", where=path, remedy="Unpack it"
            )
        name = _model_name(parse_xml(relations, path), path)
        text = _unpacked(archive, name, path)
    if text is None:
        raise DamagedFileError(f"its model {name[:60]!r} is missing", where=path)
    return text


def _model_name(relations: ET.Element, path: Path) -> str:
    for one in relations.iter():
        if one.tag.rpartition("}")[2] == "Relationship" and one.get("Type") in _MODEL_TYPES:
            target = unquote(one.get("Target", ""))
            # names in the archive have no slash before them
            return posixpath.normpath(target.replace("\\", "/")).lstrip("/")
    raise UnknownFormatError("its relationships name no 3D model", where=path, remedy="3MF is read")


def _unpacked(archive: zipfile.ZipFile, name: str, path: Path) -> bytes | None:
    """Unpack one member, whatever the case of its name; None where there is none."""
    entries = [entry for entry in archive.infolist() if entry.filename.lower() == name.lower()]
    if not entries:
        return None
    entry = entries[0]
    if entry.flag_bits & 1:
        raise ReadError("the archive is encrypted", where=path, remedy="Unpack it yourself")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # what 3MF forbids; LZMA could ask for any amount of memory before it gives the first byte
        raise CodecError(f"{name[:60]!r} in it is not deflated", where=path, remedy="Write the archive anew")
    most = min(MOST_BYTES, max(MOST_INFLATION * min(entry.compress_size, path.stat().st_size), SMALL_BYTES))
    if entry.file_size > most:
        raise BudgetError(
            f"{name[:60]!r} in it makes {entry.file_size:,} bytes of {entry.compress_size:,}",
            where=path,
            remedy=f"No more than {most:,} are unpacked",
        )
    try:
        with archive.open(entry) as stream:
            text = stream.read(entry.file_size + 1)
    except _DAMAGE as damage:
        raise DamagedFileError(f"{name[:60]!r} in it is damaged ({type(damage).__name__})", where=path) from damage
    if len(text) != entry.file_size:
        raise DamagedFileError(f"{name[:60]!r} in it has not the {entry.file_size:,} bytes that it says", where=path)
    return text
