"""A process that reduces blocks: arrays come in at standard input and go out at standard output, until no more come.

Not `multiprocessing`: that runs the user's script a second time, which need not be written for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.simplify.block import Block, reduced


def send(stream: IO[bytes], arrays: Sequence[NDArray[Any]]) -> None:
    """Write arrays: a line of their types and shapes, then their bytes.

    Raises
    ------
    OSError
        If nobody reads any more.
    """
    head = [[array.dtype.str, array.shape] for array in arrays]
    stream.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: IO[bytes]) -> list[NDArray[Any]]:
    """Read what `send` wrote.

    Raises
    ------
    EOFError
        If no more comes.
    """
    line = stream.readline()
    if not line:
        raise EOFError("no more arrays come")
    arrays = []
    for name, shape in json.loads(line):
        dtype = np.dtype(name)
        size = prod(shape) * dtype.itemsize
        came = stream.read(size)
        if len(came) != size:
            raise EOFError("the arrays end early")
        arrays.append(np.frombuffer(came, dtype).reshape(shape))
    return arrays


def _work() -> None:
    while True:
        try:
            arrays = receive(sys.stdin.buffer)
        except EOFError:
            return
        send(sys.stdout.buffer, reduced(Block(*arrays)))


if __name__ == "__main__":
    _work()
