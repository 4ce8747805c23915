"""One measurement, in a process of its own that begins small: a child's peak of memory begins at its parent's."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from benchmarks.contest import Contestant, Facts, UnavailableError


def measure(contestant: Contestant, path: Path, tiny: Path) -> Facts:
    """Let a contestant work once, and before that on something tiny of the same kind, unless it is cold.

    Returns
    -------
    Facts
        ``seconds``, ``mb`` (the peak of memory beyond what was held before the work; of other processes all of it),
        and what its look tells; or ``skipped``, the reason, with ``failed``, which tells a failure from something that
        is not there.
    """
    try:
        if not contestant.cold:
            contestant.prepare(tiny)[0]()
        work, look = contestant.prepare(path)
        forget_peak()
        before, childrens = peak_mb(resource.RUSAGE_SELF), cpu_of_children()
        begun = perf_counter()
        outcome = work()
        seconds = perf_counter() - begun
        has_children = cpu_of_children() > childrens
        peak = peak_mb(resource.RUSAGE_CHILDREN) if has_children else peak_mb(resource.RUSAGE_SELF) - before
        return {"seconds": seconds, "mb": peak, **look(outcome)}
    except (UnavailableError, ModuleNotFoundError) as missing:
        return {"skipped": str(missing), "failed": False}
    except subprocess.CalledProcessError as failure:
        return {"skipped": last_words(failure), "failed": True}
    except Exception as failure:  # noqa: BLE001 (a peer may raise anything, and the others go on)
        return {"skipped": one_line(f"{type(failure).__name__}: {failure}"), "failed": True}


def last_words(failure: subprocess.CalledProcessError) -> str:
    """Give the last line that a process complained with."""
    said = (failure.stderr or b"").decode(errors="replace").strip().split("\n")[-1]
    return one_line(said) or f"it ended with {failure.returncode}"


def one_line(text: str) -> str:
    """Give the beginning of a message, without the places of this machine's files."""
    text = re.sub(r"(/[\w.-]+)*/(?=\w)", "", " ".join(text.split()).split("; ")[0])
    return text if len(text) <= 80 else text[:79] + "…"


def forget_peak() -> None:
    """Let the peak begin again at what is held now, where the system can: Linux, proc(5), clear_refs."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb(who: int) -> float:
    """Give the peak of resident memory of this process, or of its largest child."""
    peak = resource.getrusage(who).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def cpu_of_children() -> float:
    """Give the seconds that children have worked: some libraries start one when they are imported, which is no work."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
