"""What the system says of memory: how much this process may still take, and how much it has had."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")
_KIB = 1024


def available_bytes() -> int | None:
    """Give how much more memory this process may take, or None where that is not known.

    On Linux it is what the kernel calls available, or what is left of a limit that the process (``ulimit -v``) or its
    group (a container, a batch job) has, whichever is less; swap is not counted. On Windows it is the free physical
    memory. On other systems, which do not tell that, it is all the memory of the machine.
    """
    if sys.platform == "win32":
        return _free_on_windows()
    left = [*_free_on_linux(), *_left_of_groups(), *_left_of_address_space()]
    return max(min(left), 0) if left else _physical()


def peak_bytes() -> int | None:
    """Give the most memory that this process has had so far (resident), or None where that is not known.

    Linux is asked for VmHWM, since ``ru_maxrss`` starts with what the process had that started this one.
    """
    if sys.platform == "win32":
        return _peak_on_windows()
    for line in _lines(_PROC / "self" / "status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * _KIB
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIB  # macOS counts bytes


def _free_on_linux() -> Iterator[int]:
    for line in _lines(_PROC / "meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * _KIB


def _left_of_groups() -> Iterator[int]:
    """Give what each control group that this process is in, and each one above it, leaves."""
    for line in _lines(_PROC / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        parts = Path(path.lstrip("/")).parts
        old = "memory" in controllers.split(",")
        if controllers and not old:
            continue
        root = _CGROUPS / "memory" if old else _CGROUPS
        for depth in range(len(parts) + 1):  # within a container, the path may be the host's: what is there counts
            yield from _left_of(root.joinpath(*parts[:depth]), old=old)


def _left_of(group: Path, *, old: bool) -> Iterator[int]:
    """Give what a group leaves; files that it has read are counted as its own and given back when needed."""
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if old else ("memory.max", "memory.current")
    limit, used = (_number(group / name) for name in names)
    if limit is None or used is None:
        return
    field = "total_inactive_file" if old else "inactive_file"
    cached = (int(line.split()[1]) for line in _lines(group / "memory.stat") if line.split()[0] == field)
    yield limit - used + next(cached, 0)


def _left_of_address_space() -> Iterator[int]:
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    taken = _lines(_PROC / "self" / "statm")
    if limit != resource.RLIM_INFINITY and taken:
        yield limit - int(taken[0].split()[0]) * resource.getpagesize()


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _free_on_windows() -> int | None:
    """Ask GlobalMemoryStatusEx for ullAvailPhys."""
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX: two DWORDs, and seven sizes of which the second is of free physical memory."""

        _fields_ = (("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("sizes", ctypes.c_uint64 * 7))

    status = Status(length=ctypes.sizeof(Status))
    found = _kernel32().GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.sizes[1]) if found else None


def _peak_on_windows() -> int | None:
    """Ask GetProcessMemoryInfo for PeakWorkingSetSize."""
    import ctypes

    class Counters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS: two DWORDs, and eight sizes of which the first is the peak."""

        _fields_ = (("length", ctypes.c_uint32), ("faults", ctypes.c_uint32), ("sizes", ctypes.c_size_t * 8))

    counters = Counters(length=ctypes.sizeof(Counters))
    this_process = ctypes.c_void_p(-1)
    found = _kernel32().K32GetProcessMemoryInfo(this_process, ctypes.byref(counters), counters.length)
    return int(counters.sizes[0]) if found else None


def _kernel32() -> Any:
    import ctypes

    return ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _number(path: Path) -> int | None:
    """Read a number; "max", which stands where there is no limit, is none."""
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].strip().isdecimal() else None
