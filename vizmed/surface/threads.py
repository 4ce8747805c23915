"""Work parted among the cores: numpy lets go of the interpreter's lock while it computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from vizmed.vtk_bridge import cores

One = TypeVar("One")
Other = TypeVar("Other")


def workers() -> ThreadPoolExecutor:
    """Give a thread for each core."""
    return ThreadPoolExecutor(cores())


def each(work: Callable[[One], Other], things: Iterable[One]) -> list[Other]:
    """Do something with each thing, side by side; a single one here, which takes less time than starting threads."""
    some = list(things)
    if len(some) < 2 or cores() < 2:
        return [work(one) for one in some]
    with workers() as pool:
        return list(pool.map(work, some))


def blocks(count: int, size: int) -> Iterator[slice]:
    """Part so many things into blocks of one size: what is added up block by block is the same on every machine."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def shares(count: int, at_most: int) -> Iterator[slice]:
    """Part so many things evenly, into as many shares for each core, none of more than a number."""
    rounds = max(-(-count // (cores() * at_most)), 1)
    return blocks(count, max(-(-count // (cores() * rounds)), 1))
