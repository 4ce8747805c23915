"""Memory that nobody uses any more, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Give the system what is free in this process, which the C library of Linux keeps for later.

    What it keeps after many arrays of changing sizes is of little use for the large ones that come next, which get
    memory of their own.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)
