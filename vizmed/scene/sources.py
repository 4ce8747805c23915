"""Which files a scene was made of: what a script needs to see it again."""

from __future__ import annotations

from dataclasses import dataclass

from vizmed.errors import OptionError
from vizmed.scene.layers import Point


@dataclass(frozen=True, slots=True)
class Sources:
    """The scan and how it was read, and what lies over it.

    Parameters
    ----------
    path : str
        Of the scan: a file or a folder.
    series : str, optional
    volume : int, optional
        Which of the series' volumes, from 1.
    spacing : (x, y, z) tuple of float, optional
        Voxel size in mm that was given for the scan.
    luminance, hu : bool
        Whether colours were read as luminance, and values taken for Hounsfield units.
    reader : str
    overlay : str, optional
        Path of a label map or second volume.
    names : str, optional
        Path of the table of the labels' names, or the name of one.
    marks : str, optional
        Path of a table of boxes and points, or of contours.
    marks_by : str
        What the table tells slices by.
    marks_from : int, optional
        Whether it counts them from 0 or from 1.
    """

    path: str
    series: str | None = None
    volume: int | None = None
    spacing: Point | None = None
    luminance: bool = False
    hu: bool = False
    reader: str = "auto"
    overlay: str | None = None
    names: str | None = None
    marks: str | None = None
    marks_by: str = "auto"
    marks_from: int | None = None

    def __post_init__(self) -> None:
        if self.names is not None and self.overlay is None:
            raise OptionError("--names means nothing without labels", remedy="--overlay names them")
        if self.marks is None and (self.marks_by != "auto" or self.marks_from is not None):
            raise OptionError("--marks-by and --marks-from mean nothing without marks", remedy="--marks names them")
