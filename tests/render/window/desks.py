"""Studies, scenes and desks for the tests of the window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.phantoms import geometries
from vizmed.render.page import PaneView, pane_view, panes_of
from vizmed.render.study import Study
from vizmed.render.window.desk import Desk, value_step_of
from vizmed.scene import Scene, scene_for
from vizmed.volume import Volume

SHAPE = (12, 10, 9)
GRIDS = tuple(geometries(SHAPE))


def volume(grid: str = "identity", *, unit: str | None = "HU", window: tuple[float, float] | None = None) -> Volume:
    """A small scan of any kind of grid, each voxel with a value of its own: -500 in the middle of air and bone."""
    values = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE, order="F") - 500
    return Volume(np.asfortranarray(values), geometries(SHAPE)[grid], unit=unit, window=window)


def desk(scan: Volume | None = None, scene: Scene | None = None, **fields: object) -> Desk:
    """What an act looks at."""
    scan = scan or volume()
    return replace(Desk(Study(scan), scene or scene_for("scene"), value_step_of(scan)), **fields)


def view_of(scene: Scene, scan: Volume, plane: str) -> PaneView:
    """What the pane of a plane shows."""
    pane = next(pane for pane in panes_of(scene, scan) if pane.plane == plane)
    return pane_view(scene, Study(scan), pane)
