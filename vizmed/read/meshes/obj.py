"""Wavefront OBJ: vertices and faces of text; each object or group is a part. Materials and textures are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vizmed.errors import DamagedFileError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.read.meshes.frame import declared_in
from vizmed.read.meshes.meshfile import MOST_PARTS, Loose, MeshFile, assemble
from vizmed.read.meshes.polygons import fans, polygon_findings
from vizmed.read.meshes.words import numbers_of

_ENOUGH_TO_TELL = 1 << 16
_BLOCK = 1 << 20
_LONGEST_LINE = 1 << 24

_LINE = re.compile(
    rb"(?:\#.*+|(?:v|vn|vt|vp|f|l|p|o|g|s|mg|usemtl|mtllib|usemap|lod|shadow_obj|trace_obj)(?:[ \t].*+)?)?\r?"
)
_VERTEX = re.compile(rb"^[ \t]*v[ \t]+[-+.0-9]", re.MULTILINE)
_AFTER_SLASH = re.compile(rb"/\S*")
_CONTINUED = re.compile(rb"\\\r?\n")

_LEFT_OUT = {b"l": "line", b"p": "point", b"curv": "curve", b"curv2": "curve", b"surf": "free-form surface"}
_PAINTED = (b"mtllib", b"usemtl")


def is_obj(data: mmap) -> bool:
    """Whether the lines that a file begins with are those of an OBJ, and one of them is a vertex."""
    start = data[:_ENOUGH_TO_TELL]
    lines = _CONTINUED.sub(b" ", start).split(b"\n")
    whole = lines[:-1] if len(data) > len(start) else lines
    return _VERTEX.search(start) is not None and all(_LINE.fullmatch(line.lstrip(b" \t")) for line in whole)


def read_obj(data: mmap, path: Path) -> MeshFile:
    """Read an OBJ.

    Raises
    ------
    DamagedFileError
        If a vertex or a face is no numbers, or a face names a vertex that is not there.
    """
    read = _Reading(path)
    for block in _blocks(data):
        if len(block) > _BLOCK + _LONGEST_LINE:
            raise DamagedFileError(f"a line of it has more than {_LONGEST_LINE:,} letters", where=path)
        read.take(block)
    findings: list[Finding] = []
    declared = declared_in(read.comments, path, findings)
    points = np.concatenate([np.empty((0, 3)), *read.points])
    loose, sizes = [], [np.empty(0, np.int64)]
    for name, faces in read.faces.items():
        part_sizes, corners = (np.concatenate([run[n] for run in faces]) for n in (0, 1))
        sizes.append(part_sizes)
        loose.append(Loose(points, fans(part_sizes, corners), name))
    findings += [*polygon_findings(np.concatenate(sizes), path), *read.told()]
    return assemble("OBJ", loose, declared, findings, path)


def _blocks(data: mmap) -> Iterator[bytes]:
    """Cut the text between lines, and never within one that goes on in the next."""
    start = 0
    while start < len(data):
        stop = start + _BLOCK
        while stop < len(data):
            stop = data.find(b"\n", stop) + 1 or len(data)
            if not data[max(stop - 3, 0) : stop].rstrip(b"\r\n").endswith(b"\\"):
                break
        yield data[start:stop]
        start = stop


@dataclass(slots=True)
class _Reading:
    """What was read so far: vertices count through the whole file, and a face goes to the part that is named last."""

    path: Path
    points: list[FloatArray] = field(default_factory=list)
    count: int = 0
    faces: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = field(default_factory=dict)
    object: str = ""
    group: str = ""
    comments: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    is_painted: bool = False

    def take(self, block: bytes) -> None:
        """Read whole lines: at once where all are vertices, or all are triangles, and one by one where not."""
        if b"\\" in block:
            block = _CONTINUED.sub(b" ", block)
        words = block.split()
        width = _uniform_width(words, block)
        if width and words[0] == b"v":
            del words[::width]
            self._take_vertices(words, width - 1)
        elif width and words[0] == b"f":
            del words[::width]
            count = len(words) // (width - 1)
            self._take_faces(np.full(count, width - 1, np.int64), words)
        else:
            self._take_lines(block)

    def _take_lines(self, block: bytes) -> None:
        """Read lines one by one, and hand over runs of like ones."""
        vertices: list[bytes] = []
        width = 0
        sizes: list[int] = []
        corners: list[bytes] = []
        for line in block.splitlines():
            word, *rest = line.split() or (b"",)
            if word == b"v":
                if len(rest) != width or sizes:
                    self._hand_over(vertices, width, sizes, corners)
                    width = len(rest)
                vertices += rest
            elif word == b"f":
                sizes.append(len(rest))
                corners += rest
            elif word not in (b"", b"vn", b"vt"):
                self._hand_over(vertices, width, sizes, corners)
                self._take_other(word, line)
        self._hand_over(vertices, width, sizes, corners)

    def _hand_over(self, vertices: list[bytes], width: int, sizes: list[int], corners: list[bytes]) -> None:
        if vertices:
            self._take_vertices(vertices, width)
        if sizes:
            self._take_faces(np.array(sizes, np.int64), corners)
        vertices.clear()
        sizes.clear()
        corners.clear()

    def _take_vertices(self, words: list[bytes], width: int) -> None:
        if width < 3:
            raise DamagedFileError(f"a vertex of it has {width} coordinates", where=self.path)
        numbers = numbers_of(words, self.path).reshape(-1, width)
        self.is_painted |= width >= 6
        self.points.append(np.ascontiguousarray(numbers[:, :3]))
        self.count += len(numbers)

    def _take_faces(self, sizes: NDArray[np.int64], words: list[bytes]) -> None:
        text = b" ".join(words)
        if b"/" in text:
            words = _AFTER_SLASH.sub(b"", text).split()
        found = numbers_of(words, self.path)
        with np.errstate(invalid="ignore"):
            named = found.astype(np.int64)
        if len(named) != sizes.sum() or (named != found).any() or (named == 0).any():
            raise DamagedFileError("a face of it names a vertex by what is no whole number from 1", where=self.path)
        # numbers count from 1, negative ones back from the vertex that was read last
        corners = np.where(named > 0, named - 1, named + self.count)
        name = " ".join(word for word in (self.object, self.group) if word)
        self.faces.setdefault(name, []).append((sizes, corners))
        if len(self.faces) > MOST_PARTS:
            raise DamagedFileError(f"it has more than {MOST_PARTS:,} parts", where=self.path)

    def _take_other(self, word: bytes, line: bytes) -> None:
        text = line.strip()[len(word) :].decode("utf-8", "replace").strip()
        if word[:1] == b"#":
            if b"SPACE=" in line:
                self.comments.append(line.decode("utf-8", "replace"))
        elif word == b"o":
            self.object, self.group = text, ""
        elif word == b"g":
            self.group = "" if text in ("default", self.object) else text
        elif word in _PAINTED:
            self.is_painted = True
        elif word in _LEFT_OUT:
            self.left_out[_LEFT_OUT[word]] = self.left_out.get(_LEFT_OUT[word], 0) + 1

    def told(self) -> list[Finding]:
        """Note what was left out."""
        told = []
        for noun, number in self.left_out.items():
            message = counted(number, f"{noun} element")
            told.append(Finding("cells-left-out", "note", message, self.path.name, "left out"))
        if self.is_painted:
            message = "it has materials, or colours of its points"
            told.append(Finding("colors-left-out", "note", message, self.path.name, "left out"))
        return told


def _uniform_width(words: list[bytes], block: bytes) -> int:
    """How many words each line has, if all lines begin with the first one's word; else 0."""
    if not words or words[0] not in (b"v", b"f"):
        return 0
    try:
        width = words.index(words[0], 1)
    except ValueError:
        return 0
    lines = len(words) // width
    is_even = len(words) == lines * width and words[::width].count(words[0]) == lines
    return width if width > 3 and is_even and words.count(words[0]) == lines == block.count(b"\n") else 0
