"""What a scene is drawn of: a scan, and what is laid over its slices."""

from __future__ import annotations

from dataclasses import dataclass, field

from vizmed.marks import Marks
from vizmed.segmentation import Segmentation
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
