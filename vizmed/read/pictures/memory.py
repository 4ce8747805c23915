"""How much memory there is for pixels."""

from __future__ import annotations

import os
import re
from pathlib import Path

_WHERE_NOTHING_IS_KNOWN = 4 << 30


def free_memory() -> int:
    """Bytes that may be taken without swapping: what Linux says, else half of the machine's memory, else 4 GiB."""
    try:
        found = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
        if found:
            return int(found[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return _WHERE_NOTHING_IS_KNOWN
