"""Options that several commands share: each is declared once, with its type, its default and its help."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from vizmed.budget import READING, Need, meant_for, parse_size
from vizmed.cli.telling import progress, tell_findings
from vizmed.read import Reader
from vizmed.scene.parse import parse_point, parsed

if TYPE_CHECKING:
    from vizmed.volume import Volume

Source = Annotated[
    Path,
    Parameter(help="A folder of DICOM files or pictures, or a file: DICOM, MetaImage, NIfTI, NRRD, VTI, PNG, TIFF."),
]

Output = Annotated[Path, Parameter(name=["--output", "-o"], help="The file to write.")]

Level = Annotated[
    str | None,
    Parameter(
        allow_leading_hyphen=True,
        help="Value that the surface lies at, such as -300; or dark, mid, bright or otsu, which are found.",
    ),
]

Overwrite = Annotated[bool, Parameter(negative="", help="Replace a file of that name.")]


@Parameter(name="*")
@dataclass(frozen=True)
class Telling:
    """How much is told."""

    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", help="Tell results and warnings only.")] = (
        False
    )
    debug: Annotated[bool, Parameter(negative="", help="Show where in the program an error comes from.")] = False
    stats: Annotated[
        bool, Parameter(negative="", help="Tell at the end what each stage took: seconds, and the peak of memory.")
    ] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Reading:
    """Which volume is read, and how."""

    series: Annotated[
        str | None,
        Parameter(help="Which DICOM series: its number, #place in the list, the beginning of its UID, or description."),
    ] = None
    volume: Annotated[
        int | None, Parameter(help="Which volume of the series, from 1, where it holds several: echoes, times.")
    ] = None
    spacing: Annotated[
        str | None,
        Parameter(
            name=["--spacing", "--assume-spacing"],
            help="Voxel size X,Y,Z in mm, for files that do not say it (pictures), or in place of the file's.",
        ),
    ] = None
    luminance: Annotated[
        bool, Parameter(negative="", help="Take the luminance of colours instead of refusing them.")
    ] = False
    reader: Annotated[
        Reader, Parameter(help="What decodes pixels: the fastest that is proven right, VTK's reader, or pydicom.")
    ] = "auto"
    hu: Annotated[
        bool, Parameter(negative="", help="The values are Hounsfield units, though the file does not say so.")
    ] = False
    strict: Annotated[bool, Parameter(negative="", help="Refuse what must be repaired or assumed.")] = False
    max_memory: Annotated[
        str | None,
        Parameter(
            help="Most memory to take, such as 2GB: what needs more is refused, but surfaces are made in parts. "
            "What is free if not given."
        ),
    ] = None


def read_source(source: Path, reading: Reading, telling: Telling, need: Need = READING) -> Volume:
    """Read what a command works on, and tell what was found; refuse it where what it is read for takes too much."""
    from vizmed.read import read

    most = parsed(parse_size, reading.max_memory)
    with progress(f"reading {source}", quiet=telling.quiet), meant_for(need, most):
        volume = read(source, strict=reading.strict, **words_for_readers(reading))
    volume = in_hu(volume, reading)
    tell_findings(volume.provenance.findings, quiet=telling.quiet)
    return volume


def words_for_readers(reading: Reading) -> dict[str, Any]:
    """Give what `vizmed.read` and `open_chunks` both take."""
    return {
        "series": reading.series,
        "volume": reading.volume,
        "spacing": parsed(parse_point, reading.spacing),
        "luminance": reading.luminance,
        "reader": reading.reader,
    }


def in_hu(volume: Volume, reading: Reading) -> Volume:
    """Take the values for Hounsfield units where ``--hu`` says so."""
    if not reading.hu or volume.unit == "HU":
        return volume
    return replace(volume, unit="HU", modality=volume.modality or "CT")
