"""Blocks of a file: made while those before them are written, and on their way to the disk while others are made."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO, TypeVar

from numpy.typing import NDArray

from vizmed.write.digits import rows_of_text

Block = TypeVar("Block")
Made = TypeVar("Made")

THREADS = 2
"""Blocks that are made at once. numpy lets go of the interpreter meanwhile; more than two outrun the disk."""

ALIVE = THREADS + 1
"""Blocks of `made_ahead` that are there at once: memory for so many serves them all in turn."""

EARLY_BYTES = 8 << 20
"""What is handed to the disk at a time: so much that a disk takes it in one go, far less than a large surface."""

ROWS = 1 << 14
"""Rows of numbers that are turned into text at a time: about a megabyte."""


def made_ahead(make: Callable[[Block], Made], blocks: Iterable[Block]) -> Iterator[Made]:
    """Make something of each block, in their order; while one is used, the next ones are made."""
    with ThreadPoolExecutor(THREADS) as pool:
        ahead: deque[Future[Made]] = deque()
        for block in blocks:
            ahead.append(pool.submit(make, block))
            if len(ahead) > THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def write_blocks(file: BinaryIO, blocks: Iterable[bytes | memoryview]) -> None:
    """Write blocks, and let the system begin to put them on the disk: a sync at the end finds most of it done.

    Parameters
    ----------
    file : binary file with a descriptor
    blocks : iterable of bytes or contiguous memoryview
    """
    begun = file.tell()
    for block in blocks:
        file.write(block)
        written = file.tell() - begun
        if written >= EARLY_BYTES:
            file.flush()
            _start_writeback(file.fileno(), begun, written)
            begun += written


def _start_writeback(descriptor: int, start: int, count: int) -> None:
    # Linux answers this advice by sending changed pages to the disk without waiting for it; they stay in memory, for
    # it lets go only of those that are on the disk already
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(descriptor, start, count, os.POSIX_FADV_DONTNEED)


def rows_as_text(row: str, numbers: NDArray[Any], added: int = 0) -> Iterator[bytes]:
    """Write rows (n, columns) of numbers as text, some at a time.

    Parameters
    ----------
    row : str
        How a row is written, with ``%``. ``%.9g`` gives each float32 again to its last bit.
    numbers : (n, columns) ndarray
    added : int
        What is added to each number.
    """
    blocks = (numbers[start : start + ROWS] for start in range(0, len(numbers), ROWS))
    return made_ahead(lambda block: rows_of_text(row, block + added), blocks)
