"""The few tags of VTK's XML files, and where the text between them lies.

This is no XML parser: it knows tags, attributes and comments, and refuses everything else. So there are no entities
that could grow, nothing is fetched from elsewhere, and the voxels between the tags are never made into text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from mmap import mmap
from pathlib import Path

from vizmed.errors import DamagedFileError

Span = tuple[int, int]

_LONGEST_TAG = 8192
_MOST_TAGS = 4096

_TAG = re.compile(rb"""<(/?)([A-Za-z]\w*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*(/?)>""")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Element:
    """One element.

    Parameters
    ----------
    name : str
    attributes : dict of str to str
    children : list of Element
    spans : list of (start, end) tuple of int
        Where its own text lies in the file.
    """

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """Its children of a name."""
        return [child for child in self.children if child.name == name]


def parse(data: mmap | bytes, path: Path) -> Element:
    """Read the tags, and stop where AppendedData opens: what follows there may be any bytes.

    Returns
    -------
    Element
        The root. The span of AppendedData reaches to the end of the file.

    Raises
    ------
    DamagedFileError
    """
    root = Element("", {})
    open_elements = [root]
    place = _after_declaration(data)
    for _ in range(_MOST_TAGS):
        start = data.find(b"<", place)
        if start < 0:
            break
        open_elements[-1].spans.append((place, start))
        tag = _TAG.match(data, start, start + _LONGEST_TAG)
        if tag is None:
            place = _after_comment(data, start, path)
            continue
        place = tag.end()
        name = tag[2].decode("ascii", "replace")
        if tag[1]:
            if open_elements[-1].name != name or len(open_elements) == 1:
                raise DamagedFileError(f"its XML closes {name[:40]!r}, which is not open", where=path)
            open_elements.pop()
            continue
        element = Element(name, _attributes(tag[3], path))
        open_elements[-1].children.append(element)
        if name == "AppendedData":
            element.spans.append((place, len(data)))
            return root.children[0]
        if not tag[4]:
            open_elements.append(element)
    if len(open_elements) > 1 or len(root.children) != 1:
        raise DamagedFileError("its XML is cut short, or has too many tags", where=path)
    return root.children[0]


def _after_declaration(data: mmap | bytes) -> int:
    declaration = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?").match(data, 0, _LONGEST_TAG)
    return declaration.end() if declaration else 0


def _after_comment(data: mmap | bytes, start: int, path: Path) -> int:
    if data[start : start + 4] == b"<!--":
        end = data.find(b"-->", start)
        if end >= 0:
            return end + 3
    found = bytes(data[start : start + 20])
    raise DamagedFileError(f"its XML holds {found!r}", where=path, remedy="Only tags and comments are read")


def _attributes(text: bytes, path: Path) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, double, single in _ATTRIBUTE.findall(text):
        key = name.decode("ascii", "replace")
        if key in attributes:
            raise DamagedFileError(f"its XML gives {key[:40]!r} twice", where=path)
        attributes[key] = (double or single).decode("utf-8", "replace")
    return attributes
