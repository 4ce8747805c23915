"""A close look at what is at a path: what was found, what was repaired, who may decode it, and whether they agree."""

from __future__ import annotations

import os
from pathlib import Path

from vizmed.errors import ReadError, SeriesChoiceError
from vizmed.read.description import Audit, Description
from vizmed.stages import stage


@stage("auditing")
def check(
    path: str | os.PathLike[str], *, series: str | int | None = None, volume: int | None = None, cross: bool = False
) -> Audit:
    """Audit a folder or file.

    Parameters
    ----------
    path : path-like
    series : str or int, optional
        Which DICOM series, where there are several.
    volume : int, optional
        Which volume of the series, from 1, where it holds several.
    cross : bool
        Read it with every decoder that may, and compare the voxels.

    Returns
    -------
    Audit
        Its `verdict` is ``"clean"``, ``"repaired"`` or ``"refused"``.

    Raises
    ------
    ReadError
        If there is nothing at the path, or one of several series must be chosen.
    """
    from vizmed.read import describe

    place = Path(path)
    try:
        description = describe(place, series=series, volume=volume)
    except SeriesChoiceError:
        raise
    except ReadError as refused:
        if not place.exists():
            raise
        return Audit(Description(""), (), {}, str(refused))
    if description.format == "DICOM":
        from vizmed.read.dicom.audit import audit_dicom

        return audit_dicom(place, series=series, volume=volume, cross=cross)
    return Audit(description, description.findings, {}, None)
