"""The whole scan projected to the front: what is brightest behind each place, and the grey that it is shown with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from vizmed.presets import Window
from vizmed.render.light import projection_function
from vizmed.slices.laying import laid
from vizmed.volume import Volume, Voxels
from vizmed.vtk_bridge import cores

_BRIGHTEST_PERCENT = 99.5
"""Of what is projected of the body. Behind each place of a head there is skull or fat, brighter than most of it."""

_DENSEST_HU = 2000.0
"""Of bone; denser are teeth and metal, beside which it would be black."""


class Projected(NamedTuple):
    """A volume projected to the front.

    Parameters
    ----------
    values : (rows, columns) ndarray
        As coronal slices are laid.
    window : Window
    without_table : bool
        Whether there was a table, and it is left out.
    """

    values: Voxels
    window: Window
    without_table: bool


_FOUND: WeakKeyDictionary[Volume, dict[bool, Projected]] = WeakKeyDictionary()
"""Looking at every voxel takes longer than the rest of a page."""


def projected(volume: Volume, *, table: bool) -> Projected:
    """Project a volume from front to back, its table left out unless that is asked for."""
    found = _FOUND.setdefault(volume, {})
    if table not in found:
        seen = volume if table else _without_table(volume)
        grid = laid(seen, "coronal")
        merge = np.fmin if volume.inverted else np.fmax
        parts = np.array_split(grid.voxels, cores(), axis=grid.down)
        with ThreadPoolExecutor(cores()) as threads:
            values = np.concatenate(list(threads.map(lambda part: merge.reduce(part, axis=grid.across).T, parts)))
        found[table] = Projected(values, _window(volume, values), seen is not volume)
    return found[table]


def _without_table(volume: Volume) -> Volume:
    from vizmed.render.table import without_table  # all of surfaces comes with it, and other panes need none

    return without_table(volume)


def _window(volume: Volume, values: Voxels) -> Window:
    """Show what is projected of the body, from the border of air and tissue on, without whitening most of it."""
    (low, _), (high, _) = projection_function(volume).opacity
    numbers = values[np.isfinite(values)]
    if volume.inverted:
        body = numbers[numbers < low]
        return _between(
            float(np.percentile(body, 100 - _BRIGHTEST_PERCENT, method="nearest")) if body.size else low - 1, low
        )
    body = numbers[numbers > low]
    brightest = float(np.percentile(body, _BRIGHTEST_PERCENT, method="nearest")) if body.size else high
    return _between(low, max(high, min(brightest, _DENSEST_HU)) if volume.unit == "HU" else brightest)


def _between(low: float, high: float) -> Window:
    return Window(max(high - low, 1e-6), (low + high) / 2)
