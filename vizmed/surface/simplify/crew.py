"""Processes that reduce blocks side by side, since fast-simplification lets no other thread of its process run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self, TypeVar

from vizmed.surface.simplify.block import Block, Done, reduced
from vizmed.surface.simplify.worker import receive, send
from vizmed.vtk_bridge import cores

WORTHWHILE = 150_000
"""Triangles from which on starting processes takes less time than they save."""

One = TypeVar("One")
Other = TypeVar("Other")


class Crew:
    """A process for each core, for as long as the work lasts; or none, and then all is done in this one.

    Parameters
    ----------
    triangles : int
        How much work there is.
    """

    def __init__(self, triangles: int) -> None:
        hands = cores() if triangles >= WORTHWHILE and _is_python() else 1
        started = [_started() for _ in range(hands if hands > 1 else 0)]
        self._processes = [process for process in started if process is not None]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(max(len(self._processes), 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.kill()
            process.communicate()

    def map(self, work: Callable[[One], Other], things: Iterable[One]) -> Iterator[Other]:
        """Do something with each thing, a thread for each process, and give what came out in the things' order."""
        return self._threads.map(work, things)

    def reduced(self, block: Block) -> Done:
        """Reduce a block in the next process that is free; where that fails, here, where its error can be seen."""
        if not self._processes:
            return reduced(block)
        process = self._idle.get()
        try:
            if process.poll() is None and process.stdin is not None and process.stdout is not None:
                send(process.stdin, block)
                return Done(*receive(process.stdout))
        except (OSError, EOFError, ValueError):
            process.kill()
        finally:
            self._idle.put(process)
        return reduced(block)


def _is_python() -> bool:
    """Whether what runs here can be started anew: not a frozen program, nor one that has Python within."""
    return Path(sys.executable or "").stem.lower().startswith("python") and not getattr(sys, "frozen", False)


def _started() -> subprocess.Popen[bytes] | None:
    # found where this process finds it; -P: not what happens to lie in the working directory
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with suppress(OSError):
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "vizmed.surface.simplify.worker"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    return None
