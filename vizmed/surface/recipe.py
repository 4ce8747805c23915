"""All that turns a volume into a surface, as plain frozen data: what is written down, and made again from there."""

from __future__ import annotations

from dataclasses import dataclass, fields

from vizmed.errors import OptionError
from vizmed.surface.pieces import check_pieces
from vizmed.surface.smooth import check_iterations

TENTH = 0.1
"""Part of the smallest side of a voxel that a surface may move by where nothing else is asked for. Where a surface runs
between two voxels is not known better than that from noisy values."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a surface is made, step by step.

    Parameters
    ----------
    body : bool
        Leave out what is not the patient: the table, blankets, tubes; see `vizmed.surface.cleaning.body`.
    median : int
        Radius in voxels of a median filter; 0 leaves the values as they are.
    gaussian_mm : float
        Width (standard deviation) in mm of a Gaussian filter; 0 leaves the values as they are.
    fine_slices : bool
        Interpolate thick slices by their outlines, which takes the terraces off.
    preset, level, band
        What lies inside; see `vizmed.surface.choose_level`.
    labels : tuple of int
        Of a mask, the values that count; all but 0 where empty.
    closed : bool
        Whether what the border of the volume cuts is capped.
    keep : int, optional
        How many pieces to keep, those that enclose most; 1 is the largest. None keeps all. Cavities go.
    min_volume_mm3 : float
        Drop pieces and cavities smaller than this.
    fill : bool
        Drop cavities: what is enclosed is solid.
    smooth : int
        Iterations of smoothing; see `vizmed.surface.smooth`.
    max_error_mm : float, optional
        How far removing triangles may move the surface. None is a tenth of the smallest side of a voxel; 0 removes
        none.
    faces : int, optional
        How many triangles to leave instead, whatever the error.
    reduce : float, optional
        Which part of the triangles to remove instead, whatever the error.

    Raises
    ------
    OptionError
        For values that mean nothing, and for more than one of max_error_mm, faces and reduce.
    """

    body: bool = False
    median: int = 0
    gaussian_mm: float = 0.0
    fine_slices: bool = False
    preset: str | None = None
    level: float | str | None = None
    band: str | tuple[float, float] | None = None
    labels: tuple[int, ...] = ()
    closed: bool = True
    keep: int | None = None
    min_volume_mm3: float = 0.0
    fill: bool = False
    smooth: int = 0
    max_error_mm: float | None = None
    faces: int | None = None
    reduce: float | None = None

    @classmethod
    def from_report(cls, found: object) -> Recipe:
        """Read a recipe out of a report.

        Raises
        ------
        OptionError
            If it is none, or has steps that this version does not know.
        """
        if not isinstance(found, dict) or not found.keys() <= {field.name for field in fields(cls)}:
            raise OptionError("the report has no recipe that this version of vizmed knows")
        band = found.get("band")
        try:
            labels = tuple(map(int, found.get("labels", ())))
            return cls(**{**found, "labels": labels, "band": tuple(band) if isinstance(band, list) else band})
        except (TypeError, ValueError) as mistaken:
            raise OptionError("the report's recipe has values of a wrong kind") from mistaken

    def __post_init__(self) -> None:
        check_iterations(self.smooth)
        check_pieces(self.keep, self.min_volume_mm3)
        if self.max_error_mm or self.faces is not None or self.reduce is not None:
            self._check_reducing()
        if sum(value is not None for value in (self.max_error_mm, self.faces, self.reduce)) > 1:
            raise OptionError("several of --max-error, --faces and --reduce are given", remedy="Give one of them")

    def _check_reducing(self) -> None:
        from vizmed.surface.simplify import check_error, check_faces, check_fraction

        if self.max_error_mm:
            check_error(self.max_error_mm)
        if self.faces is not None:
            check_faces(self.faces)
        if self.reduce is not None:
            check_fraction(self.reduce)
