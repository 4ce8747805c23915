"""How often the same surface may be placed: a small file must not become a mesh that no memory holds."""

from __future__ import annotations

from pathlib import Path

from vizmed.errors import BudgetError

_BYTES_A_CORNER = 16
"""About what a corner takes as a point and in its triangle."""

_MOST_COPIES = 64
"""How often the whole of a file may be repeated."""

_SMALL_BYTES = 256 << 20
"""Surfaces of a size up to this are placed however often."""


class Copies:
    """Counts what is placed, against the size of the file.

    Parameters
    ----------
    path : pathlib.Path
        The file, to complain of.
    size : int
        Bytes of it.
    """

    def __init__(self, path: Path, size: int):
        self.path = path
        self.left = max(_MOST_COPIES * size, _SMALL_BYTES)

    def add(self, corners: int) -> None:
        """Count the corners of a surface that is placed.

        Raises
        ------
        BudgetError
            If it is more than may be.
        """
        self.left -= _BYTES_A_CORNER * corners
        if self.left < 0:
            raise BudgetError(
                "its surfaces are placed so often that they make far more than is in the file",
                where=self.path,
                remedy="It may be meant to do harm",
            )
