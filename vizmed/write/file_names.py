"""Names that come out of files, as names of files: safe on every system, each its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_BYTES = 120
"""File systems take 255 bytes; this leaves room for a number, an ending, and what is written before it is whole."""

_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?", re.IGNORECASE)
"""What Windows keeps for itself, whatever the ending (Microsoft, Naming Files, Paths, and Namespaces)."""


def file_names(names: Sequence[str], ending: str, *, taken: Iterable[str] = (), unnamed: str = "label") -> list[str]:
    """Make a file name of each name.

    Parameters
    ----------
    names : sequence of str
        Whatever a file says: also paths, commands, nothing.
    ending : str
        Such as ``".stl"``.
    taken : iterable of str
        File names that others have.
    unnamed : str
        What is called so that has no name that can be kept.

    Returns
    -------
    list of str
        Letters, digits and ``_ . + -`` alone, beginning with a letter, a digit or ``_``. They differ also where upper
        and lower case count as one: the second of a name gets ``-2``.
    """
    used = {name.casefold() for name in taken}
    found = []
    for name in names:
        stem, count = _plain(name) or unnamed, 1
        file = f"{stem}{ending}"
        while file.casefold() in used:
            count += 1
            file = f"{stem}-{count}{ending}"
        used.add(file.casefold())
        found.append(file)
    return found


def _plain(name: str) -> str:
    """Keep of a name what every file system takes; maybe nothing."""
    kept = re.sub(r"[^\w.+-]+", "_", unicodedata.normalize("NFC", name))
    kept = re.sub(r"\.{2,}", ".", kept).lstrip(".+-")
    kept = kept.encode(errors="ignore")[:LONGEST_BYTES].decode(errors="ignore").rstrip(".")
    if not kept.strip("_"):
        return ""
    return f"_{kept}" if _DEVICES.fullmatch(kept) else kept
