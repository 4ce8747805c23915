"""glTF 2.0, binary (.glb) or as JSON with its data inside: metres, Y up, brought to LPS mm."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from mmap import mmap
from pathlib import Path
from typing import Any

from vizmed.errors import CodecError, DamagedFileError, UnknownFormatError
from vizmed.findings import Finding
from vizmed.read.meshes.copies import Copies
from vizmed.read.meshes.frame import Declared
from vizmed.read.meshes.glb.accessors import Buffers
from vizmed.read.meshes.glb.document import Document
from vizmed.read.meshes.glb.nodes import surfaces
from vizmed.read.meshes.meshfile import MeshFile, assemble

__all__ = ["is_glb", "is_gltf", "read_glb", "read_gltf"]

_JSON, _BIN = 0x4E4F534A, 0x004E4942
_HEAD = 12

_HARMLESS = re.compile(r"KHR_(materials|texture|lights|animation)_\w+|KHR_(xmp\w*|mesh_quantization)"
                       r"|EXT_texture_\w+|MSFT_texture_\w+")  # fmt: skip
"""Extensions that change nothing of where a surface is, or that are read."""


def is_glb(data: mmap) -> bool:
    """Whether a file begins as a .glb does."""
    return data[:4] == b"glTF"


def is_gltf(data: mmap) -> bool:
    """Whether a file is JSON that has what every glTF has."""
    return re.match(rb"(?:\xef\xbb\xbf)?\s*+\{", data) is not None and re.search(rb'"asset"\s*+:', data) is not None


def read_glb(data: mmap, path: Path) -> MeshFile:
    """Read a .glb; each primitive of each node's mesh is a part.

    Raises
    ------
    DamagedFileError
        If a chunk, a view or an accessor reaches beyond what it lies in, or the nodes make no tree.
    UnknownFormatError
        If it is of another version than 2, or its data lie in other files.
    CodecError
        If it is packed, such as by Draco.
    """
    version, length = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8))
    if version != 2:
        raise UnknownFormatError(f"it is glTF of version {version}", where=path, remedy="Version 2 is read")
    if not _HEAD <= length <= len(data):
        raise DamagedFileError(f"it is cut short: {length:,} bytes expected, {len(data):,} found", where=path)
    chunks: list[tuple[int, int, int]] = []
    place = _HEAD
    while place < length and len(chunks) < 2:
        size, kind = (int.from_bytes(data[at : at + 4], "little") for at in (place, place + 4))
        if place + 8 + size > length:
            raise DamagedFileError(f"a chunk of it has {size:,} bytes, more than there are", where=path)
        chunks.append((kind, place + 8, place + 8 + size))
        place += 8 + size
    if not chunks or chunks[0][0] != _JSON:
        raise DamagedFileError("its first chunk is no JSON", where=path)
    _, start, end = chunks[0]
    binary = next((memoryview(data)[first:last] for kind, first, last in chunks[1:] if kind == _BIN), None)
    return _read("GLB", data[start:end], binary, path)


def read_gltf(data: mmap, path: Path) -> MeshFile:
    """Read a .gltf that holds its data itself; see `read_glb`."""
    return _read("glTF", data[:], None, path)


def _read(form: str, text: bytes, binary: memoryview | None, path: Path) -> MeshFile:
    document = Document(_parsed(text, path), path)
    version = str(document.member("asset", dict).get("version", ""))
    if not version.startswith("2."):
        raise UnknownFormatError(f"it is glTF of version {version[:20]!r}", where=path, remedy="Version 2 is read")
    for name in document.member("extensionsRequired", list):
        if not _HARMLESS.fullmatch(str(name)):
            raise CodecError(f"it needs {str(name)[:60]!r}", where=path, remedy="Save it without, as a plain .glb")
    findings: list[Finding] = []
    data = [_buffer(n, one, binary, path) for n, one in enumerate(document.objects("buffers"))]
    buffers = Buffers(document, data, Copies(path, sum(map(len, data))))
    loose, said = surfaces(document, buffers, findings)
    if said.frame is None:
        message = "it does not say in which frame it is"
        findings.append(Finding("frame-assumed", "note", message, path.name, "taken as glTF has it: Y up, front at +Z"))
    # the nodes' transforms lead to LPS mm, whatever frame and unit the buffers are in
    found = assemble(form, loose, Declared("LPS", said.unit and "mm"), findings, path)
    return replace(found, frame=said.frame, unit=said.unit or "m")


def _parsed(text: bytes, path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        found = json.loads(text.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError) as damage:
        raise DamagedFileError("its JSON is damaged", where=path) from damage
    if not isinstance(found, dict):
        raise DamagedFileError("its JSON is no object", where=path)
    return found


def _buffer(number: int, one: dict[str, Any], binary: memoryview | None, path: Path) -> memoryview:
    uri = one.get("uri")
    if uri is None:
        if number or binary is None:
            raise DamagedFileError(f"its buffer {number} lies nowhere", where=path)
        found = binary
    else:
        inside = re.match(r"data:[^,]*?;base64,", uri[:200]) if isinstance(uri, str) else None
        if inside is None:
            raise UnknownFormatError(
                f"its data lie in another file, {str(uri)[:80]!r}", where=path, remedy="Save it as .glb, in one file"
            )
        try:
            found = memoryview(base64.b64decode(uri[inside.end() :], validate=True))
        except (binascii.Error, ValueError) as damage:
            raise DamagedFileError(f"the base64 of its buffer {number} is damaged", where=path) from damage
    length = one.get("byteLength")
    if type(length) is not int or not 0 < length <= len(found):
        raise DamagedFileError(f"its buffer {number} has {length!r:.40} bytes, {len(found):,} are there", where=path)
    return found[:length]
