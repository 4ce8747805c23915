"""The tiles of a montage: which slices, and what of them each shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.render.page import Pane, PaneView
from vizmed.render.page.view import slice_of
from vizmed.render.steps import choose_steps
from vizmed.render.tiling import WIDTH, Tiling, lay_out
from vizmed.render.trim import tissue_corners
from vizmed.scene import Plane, Scene
from vizmed.slices import Slice, choose_window
from vizmed.slices.section import grid_corners
from vizmed.volume import Volume


def lay_tiles(
    scene: Scene,
    volume: Volume,
    *,
    plane: Plane = "axial",
    every: int | None = None,
    every_mm: float | None = None,
    first: int | None = None,
    last: int | None = None,
    columns: int | None = None,
    width: int = WIDTH,
    trim: bool = True,
) -> Tiles:
    """Choose the slices of a montage, and lay their tiles; what is given and raised is that of `draw_montage`."""
    tissue = tissue_corners(volume, choose_window(volume, scene.slices.window)) if trim else None
    indices = choose_steps(
        volume,
        plane,
        normal=scene.slices.normal,
        every=every,
        every_mm=every_mm,
        first=first,
        last=last,
        within=tissue,
    )
    frame = _frame(scene, volume, plane, indices, tissue)
    tiling = lay_out(len(indices), frame.size_mm, columns=columns, width=width, with_head=scene.annotated)
    return Tiles(plane, indices, frame, tiling)


@dataclass(frozen=True, eq=False)
class Tiles:
    """The tiles of a montage.

    Parameters
    ----------
    plane : {"axial", "coronal", "sagittal", "oblique"}
    indices : tuple of int
        Of the slices, as they follow each other.
    frame : Frame
        What all tiles show of their planes.
    tiling : Tiling
        Where they lie on the page.
    """

    plane: Plane
    indices: tuple[int, ...]
    frame: Frame
    tiling: Tiling

    def views(self, scene: Scene, volume: Volume) -> Iterator[PaneView]:
        """Take their slices one by one, each as it lies in its tile."""
        for index in self.indices:
            one = slice_of(scene.slices, volume, self.plane, index)
            pane = Pane(one.plane, (0, 0, *self.tiling.tile))
            yield PaneView(pane, one, self.tiling.scale, self.frame.middle_on(one))


@dataclass(frozen=True, eq=False)
class Frame:
    """What all tiles show of their planes: from low to high, in mm along the rows and down the columns."""

    right: FloatArray
    down: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        across, down = (self.high - self.low).tolist()
        return across, down

    def middle_on(self, one: Slice) -> FloatArray:
        """Give the point of a slice that lies in the middle of its tile, LPS mm."""
        across, down = (self.low + self.high) / 2
        return np.asarray(across * self.right + down * self.down + (one.origin @ one.normal) * one.normal)


def _frame(scene: Scene, volume: Volume, plane: Plane, indices: Sequence[int], tissue: FloatArray | None) -> Frame:
    """Find what the tiles show: all that there is of any slice, or of that what holds tissue."""
    bare = replace(scene.slices, slab_mm=0.0)
    # slices of a grid that is sheared are shifted evenly, so that the outermost two say it all
    ends = [slice_of(bare, volume, plane, index) for index in (indices[0], indices[-1])]
    basis = np.stack([ends[0].right, ends[0].down], axis=1)
    corners = grid_corners(volume.geometry) if plane == "oblique" else np.concatenate([one.corners for one in ends])
    low, high = (corners @ basis).min(axis=0), (corners @ basis).max(axis=0)
    if tissue is not None:
        places = tissue @ basis
        low, high = np.maximum(low, places.min(axis=0)), np.minimum(high, places.max(axis=0))
    return Frame(ends[0].right, ends[0].down, low, high)
