"""`vizmed sample`: a synthetic head to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vizmed.cli.options import Overwrite, Telling
from vizmed.cli.telling import progress, tell


def sample(
    folder: Annotated[Path, Parameter(help="Where to write it; made if it is not there.")],
    /,
    *,
    modality: Annotated[Literal["ct", "mr"], Parameter(help="What the scanner was.")] = "ct",
    size: Annotated[int, Parameter(help="Voxels across the head, 32 to 512.")] = 192,
    plane: Annotated[
        Literal["axial", "sagittal", "coronal", "oblique"], Parameter(help="Which way the slices are stacked.")
    ] = "axial",
    overwrite: Overwrite = False,
    telling: Telling = Telling(),
) -> None:
    """Write a synthetic head as a DICOM series. It is of no patient.

    The slices are named so that their order by name is wrong, as from a real scanner. A lead L hangs at the left
    temple. The same options give the same bytes.
    """
    from vizmed.sample import write_sample

    with progress(f"writing {folder}", quiet=telling.quiet):
        files = write_sample(folder, modality=modality, size=size, plane=plane, overwrite=overwrite)
    tell(f"{folder}: {files} DICOM files, a synthetic {modality.upper()} head")
