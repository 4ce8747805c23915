"""The nets of layers, put together where these share a slice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.surface.contour.flying import Net

GROWTH = 1.125
"""How much longer an array becomes than it must, so that few are moved as they grow."""


class Weld:
    """A mesh that grows by the net of one layer after another.

    Two layers that share a slice have the same vertices within it, in the same order. Those of the earlier layer are
    its last ones; they are left out, and its triangles take those of the later one.
    """

    def __init__(self) -> None:
        self._points = _Growing(np.float32)
        self._triangles = _Growing(np.int64)
        self._latest: Net | None = None

    def add(self, net: Net) -> None:
        """Put the net of the next layer onto the last one's."""
        if self._latest is not None:
            self._settle(self._latest, net.head)
        self._latest = net

    def mesh(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Give points (n, 3) and triangles (m, 3) of all layers."""
        if self._latest is not None:
            self._settle(self._latest, None)
            self._latest = None
        return self._points.done(), self._triangles.done()

    def _settle(self, net: Net, head: NDArray[np.int64] | None) -> None:
        """Take over a net, whose last points are those of the next one's head."""
        kept = len(net.points) - (0 if head is None else net.tail)
        number = np.arange(len(net.points))
        if head is not None:
            number[kept:] = kept + head
        number += self._points.count
        self._points.more(kept)[:] = net.points[:kept]
        number.take(net.triangles, out=self._triangles.more(len(net.triangles)), mode="clip")


class _Growing:
    """Rows of three that become more."""

    def __init__(self, dtype: type[Any]) -> None:
        self._rows = np.empty((0, 3), dtype)
        self.count = 0

    def more(self, count: int) -> NDArray[Any]:
        """Give room for so many more, which is lost when there are more still."""
        before, self.count = self.count, self.count + count
        if self.count > len(self._rows):
            self._rows.resize((int(self.count * GROWTH), 3), refcheck=False)  # most systems move pages, not bytes
        return self._rows[before : self.count]

    def done(self) -> NDArray[Any]:
        """Give all of them."""
        self._rows.resize((self.count, 3), refcheck=False)
        return self._rows
