"""XML without entities, so that nothing in it can grow and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from vizmed.errors import DamagedFileError

_OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding\s*+=\s*+["'](?!utf-8["'])""", re.IGNORECASE)


class _Builder(ET.TreeBuilder):
    """Refuses a DOCTYPE, in whichever letters it comes."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(name, pubid, system)


def parse_xml(text: bytes, path: Path) -> ET.Element:
    """Read XML in UTF-8.

    Raises
    ------
    DamagedFileError
        If it is damaged, in another encoding, or has a DOCTYPE.
    """
    # looked for before the parser is: it would have expanded some of it before it could be stopped
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text or _OTHER_ENCODING.match(text.lstrip()[:200]):
        raise DamagedFileError(
            "its XML has a DOCTYPE, or is not in UTF-8", where=path, remedy="Plain XML in UTF-8 is read"
        )
    try:
        return ET.fromstring(text, ET.XMLParser(target=_Builder()))  # noqa: S314 (no entities, no DOCTYPE)
    except (ET.ParseError, ValueError) as damage:
        raise DamagedFileError("its XML is damaged or cut short", where=path) from damage
