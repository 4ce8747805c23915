"""What a command spends its time and memory on, stage by stage, where somebody asks.

    with recorded() as whole:
        volume = vizmed.read(folder)
    whole.parts["reading"].seconds

Nothing is recorded, at no cost worth speaking of, outside of `recorded`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from vizmed.memory import peak_bytes


@dataclass(slots=True)
class Stage:
    """What one stage took; a stage that comes again adds to itself.

    Parameters
    ----------
    name : str
    began : float
        When it came first, by `time.perf_counter`, s.
    peak_before, peak : int or None
        The most memory that the process had had when it came first, and when it was last over, bytes.
    seconds : float
        What it took, its parts included.
    parts : dict of str to Stage
        The stages within it, in the order in which they came.
    thread : int
        Which thread it is of.
    """

    name: str
    began: float = field(default_factory=perf_counter)
    peak_before: int | None = field(default_factory=peak_bytes)
    peak: int | None = None
    seconds: float = 0.0
    parts: dict[str, Stage] = field(default_factory=dict)
    thread: int = field(default_factory=threading.get_ident)


_within: ContextVar[Stage | None] = ContextVar("stage", default=None)


@contextmanager
def recorded() -> Iterator[Stage]:
    """Record the stages of what is done within, in this thread: other threads count where they are waited for."""
    whole = Stage("all")
    with _entered(whole):
        yield whole


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Name what is done within, or by the function that this decorates; within a stage of that name it is part of it.

    Not around a ``yield``: what its caller does in between would count.
    """
    around = _within.get()
    if around is None or around.name == name or around.thread != threading.get_ident():
        yield
        return
    if name not in around.parts:
        around.parts[name] = Stage(name)
    with _entered(around.parts[name]):
        yield


@contextmanager
def _entered(here: Stage) -> Iterator[None]:
    token, began = _within.set(here), perf_counter()
    try:
        yield
    finally:
        here.seconds += perf_counter() - began
        here.peak = peak_bytes()
        _within.reset(token)
