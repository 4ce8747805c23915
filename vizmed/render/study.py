"""What a scene is drawn of: a scan, and what is laid over its slices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vizmed.geometry import FloatArray
from vizmed.marks import Marks
from vizmed.segmentation import Segmentation
from vizmed.slices import is_in_scan
from vizmed.volume import Volume


@dataclass(frozen=True, eq=False)
class Study:
    """A scan and what belongs to it.

    Parameters
    ----------
    volume : Volume
    overlay : Segmentation or Volume, optional
        Labels or a second volume, on any grid.
    marks : Marks
        Boxes, points and contours.
    """

    volume: Volume
    overlay: Segmentation | Volume | None = None
    marks: Marks = field(default_factory=Marks)

    @property
    def worth_seeing(self) -> FloatArray | None:
        """Where slices show what lies over them, LPS mm: the first mark, or the middle of the labels in the scan."""
        if self.marks.first is not None and is_in_scan(self.volume.geometry, self.marks.first):
            return self.marks.first
        if not isinstance(self.overlay, Segmentation) or not self.overlay.labels:
            return None
        grid = self.volume.geometry
        ijk = np.clip(grid.to_index(self.overlay.middle), 0, np.array(grid.shape) - 1)
        return grid.to_world(ijk)
