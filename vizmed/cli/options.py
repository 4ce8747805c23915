"""Options that several commands share: each is declared once, with its type, its default and its help."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.telling import progress, tell_findings
from vizmed.errors import OptionError
from vizmed.read import Reader
from vizmed.scene import Mode, Scene, View, scene_for

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


@Parameter(name="*")
@dataclass(frozen=True)
class Looking:
    """What a picture or a window shows."""

    mode: Annotated[Mode, Parameter(help="What is shown: slices, volume and surface together, or one of them.")] = (
        "scene"
    )
    window: Annotated[
        str, Parameter(help="Window of the slices: auto, file, percentiles, WIDTH,LEVEL, or a name such as bone, lung.")
    ] = "auto"
    at: Annotated[
        str | None,
        Parameter(allow_leading_hyphen=True, help="Where the slices cross: X,Y,Z in LPS mm; the middle if not given."),
    ] = None
    preset: Annotated[
        str | None,
        Parameter(help="Transfer function of --mode volume, such as ct-bone; tissue of --mode surface and scene."),
    ] = None
    level: Level = None
    camera: Annotated[View | None, Parameter(help="Where the viewer stands; A is in front of the patient.")] = None
    size: Annotated[str, Parameter(help="Width and height in pixels.")] = "1200x1000"
    table: Annotated[
        bool, Parameter(negative="", help="Show the table under the patient, which 3D pictures of CT leave out.")
    ] = False

    def scene(self) -> Scene:
        """Make the scene that the options describe.

        Raises
        ------
        OptionError
        """
        width, height = parse_numbers(self.size, 2, between="x", whole=True)
        return scene_for(
            self.mode,
            window=parse_window(self.window),
            at=parse_triple(self.at),
            preset=self.preset,
            level=parse_level(self.level),
            camera=self.camera,
            size=(int(width), int(height)),
            table=self.table,
        )


def read_source(source: Path, reading: Reading, telling: Telling) -> Volume:
    """Read what a command works on, and tell what was found."""
    from vizmed.read import read

    with progress(f"reading {source}", quiet=telling.quiet):
        volume = read(
            source,
            series=reading.series,
            volume=reading.volume,
            spacing=parse_triple(reading.spacing),
            luminance=reading.luminance,
            reader=reading.reader,
            strict=reading.strict,
        )
    if reading.hu and volume.unit != "HU":
        volume = replace(volume, unit="HU", modality=volume.modality or "CT")
    tell_findings(volume.provenance.findings, quiet=telling.quiet)
    return volume


def parse_window(text: str) -> str | tuple[float, float]:
    """Read ``350,50`` as (width, level), and leave names as they are."""
    if "," not in text:
        return text
    width, level = parse_numbers(text, 2)
    return width, level


def parse_level(text: str | None) -> float | str | None:
    """Read a number as a number, and leave names as they are."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def parse_mm(text: str | None) -> float | None:
    """Read a length, ``0.2`` or ``0.2mm``, as mm.

    Raises
    ------
    OptionError
        If it is something else.
    """
    if text is None:
        return None
    try:
        return float(text.lower().removesuffix("mm"))
    except ValueError:
        raise OptionError(f"{text!r} is no length", remedy="It is a number of mm, such as 0.2 or 0.2mm") from None


def parse_triple(text: str | None) -> tuple[float, float, float] | None:
    """Read ``1,2,3`` as three numbers."""
    if text is None:
        return None
    x, y, z = parse_numbers(text, 3)
    return x, y, z


def parse_numbers(text: str, count: int, *, between: str = ",", whole: bool = False) -> list[float]:
    """Read so many numbers with a sign between them.

    Raises
    ------
    OptionError
        If it is something else.
    """
    try:
        numbers = [int(part) if whole else float(part) for part in text.lower().split(between)]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(isfinite, numbers)):
        example = between.join(str(200 + 50 * n) for n in range(count))
        raise OptionError(
            f"{text!r} is not {count} {'whole ' if whole else ''}numbers with {between!r} between them",
            remedy=f"Such as {example}",
        )
    return numbers
