"""`vizmed convert`: a volume in another format, or its slices as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.options import Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.telling import progress, tell
from vizmed.cli.tree import convert_tree
from vizmed.errors import OptionError
from vizmed.scene import Plane
from vizmed.scene.parse import parse_numbers, parse_window

if TYPE_CHECKING:
    from vizmed.volume import Volume

_UNIT_TOLERANCE = 1e-2
_NAMED = 2


@Parameter(name="*")
@dataclass(frozen=True)
class Placing:
    """What a file leaves out of its geometry, or has wrong."""

    origin: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True, help="Centre of the first voxel, X,Y,Z in LPS mm, in place of the file's."
        ),
    ] = None
    direction: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="Unit vectors of i, then j, then k in LPS: 9 numbers with commas, in place of the file's.",
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Picturing:
    """Whether slices are written as pictures, and which."""

    slices: Annotated[bool, Parameter(negative="", help="Write PNG pictures of all slices into the folder OUTPUT.")] = (
        False
    )
    plane: Annotated[Plane | None, Parameter(help="Plane of the pictures; axial if not given.")] = None
    window: Annotated[
        str | None, Parameter(help="Window of the pictures: auto, file, percentiles, WIDTH,LEVEL, or a name.")
    ] = None


def convert(
    source: Source,
    /,
    *,
    output: Annotated[
        str,
        Parameter(
            name=["--output", "-o"],
            help="A .mha, .mhd, .nii, .nii.gz, .nrrd or .vti; a folder for DICOM; NAME-%04d.png for pictures.",
        ),
    ],
    compressed: Annotated[bool, Parameter(negative="", help="Compress the voxels, without loss.")] = False,
    tree: Annotated[
        bool, Parameter(negative="", help="Convert every scan below SOURCE, into the same folders below OUTPUT.")
    ] = False,
    to: Annotated[str | None, Parameter(help="Format of the outputs of --tree, such as mhd or nii.gz.")] = None,
    placing: Placing = Placing(),
    picturing: Picturing = Picturing(),
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> int:
    """Write a scan as MetaImage, NIfTI, NRRD, VTK or DICOM, or its slices as PNG.

    The ending of OUTPUT decides; a name without one, or with a / at its end, is the folder of a DICOM series, which
    has new UIDs and no identity. Voxels are written exactly, or not at all. With --tree, a scan that fails does not end
    the run; it is listed, and the exit code is 5.
    """
    if tree or to:
        if not (tree and to) or placing != Placing() or picturing != Picturing():
            raise OptionError("--tree and --to belong together, and without --origin, --direction or pictures")
        return convert_tree(
            source, Path(output), to, compressed=compressed, overwrite=overwrite, reading=reading, telling=telling
        )
    wants_pictures = _check(output, picturing, compressed=compressed, overwrite=overwrite)
    asked = ((placing.origin, 3), (placing.direction, 9))
    origin, direction = (None if text is None else parse_numbers(text, count) for text, count in asked)
    volume = read_source(source, reading, telling)
    placed = with_geometry(volume, origin=origin, direction=direction)
    with progress(f"writing {output}", quiet=telling.quiet):
        if wants_pictures:
            files = _write_pictures(placed, output, picturing, overwrite=overwrite)
        else:
            files = _write_voxels(placed, output, compressed=compressed, overwrite=overwrite)
    _tell_changes(volume, placed, placing)
    _tell_files(files)
    columns, rows, slices = volume.shape
    tell(f"{columns} x {rows} x {slices} voxels of {volume.voxels.dtype}")
    return 0


def with_geometry(
    volume: Volume,
    *,
    origin: Sequence[float] | None = None,
    direction: Sequence[float] | None = None,
) -> Volume:
    """Give the volume with parts of its geometry replaced.

    Parameters
    ----------
    volume : Volume
    origin : (3,) sequence of float, optional
        Centre of voxel (0, 0, 0) in LPS mm.
    direction : (9,) sequence of float, optional
        Unit vectors of i, then j, then k in LPS.

    Raises
    ------
    GeometryError
        If the directions lie in one plane.
    OptionError
        If a direction is no unit vector.
    """
    import numpy as np

    from vizmed.geometry import Geometry

    if origin is None and direction is None:
        return volume
    old = volume.geometry
    axes = old.direction
    if direction is not None:
        axes = np.reshape(np.asarray(direction, dtype=np.float64), (3, 3)).T
        lengths = np.linalg.norm(axes, axis=0)
        if np.any(np.abs(lengths - 1) > _UNIT_TOLERANCE):
            raise OptionError(
                f"the directions are {', '.join(f'{length:g}' for length in lengths)} long",
                remedy="Each is a unit vector: i, then j, then k",
            )
        axes = axes / lengths  # what is typed is rounded, and the spacing is to stay what it is
    geometry = Geometry.from_axes(old.shape, old.spacing, old.origin if origin is None else origin, axes)
    return replace(volume, geometry=geometry)


def _check(output: str, picturing: Picturing, *, compressed: bool, overwrite: bool) -> bool:
    """Refuse what cannot be written and options that would do nothing; say whether pictures are wanted."""
    from vizmed.write import check_volume_target
    from vizmed.write.png_slices import check_slices, is_pattern

    if picturing.slices or is_pattern(output):
        if compressed:
            raise OptionError("PNG pictures are compressed anyway", remedy="Leave --compressed out")
        check_slices(output, overwrite=overwrite)
        return True
    if picturing.plane or picturing.window:
        raise OptionError(
            "--plane and --window are of pictures", remedy="-o NAME-%04d.png, or --slices -o FOLDER, writes them"
        )
    check_volume_target(output, compressed=compressed, overwrite=overwrite)
    return False


def _write_voxels(volume: Volume, output: str, *, compressed: bool, overwrite: bool) -> list[Path]:
    from vizmed.write import write_volume

    return write_volume(volume, output, compressed=compressed, overwrite=overwrite)


def _write_pictures(volume: Volume, output: str, picturing: Picturing, *, overwrite: bool) -> list[Path]:
    from vizmed.write import write_slices

    window = parse_window(picturing.window or "auto")
    return write_slices(volume, output, plane=picturing.plane or "axial", window=window, overwrite=overwrite)


def _tell_changes(old: Volume, new: Volume, placing: Placing) -> None:
    for name, asked in (("origin", placing.origin), ("direction", placing.direction)):
        if asked is not None:
            before, now = (getattr(volume.geometry, name).T.ravel() for volume in (old, new))
            unit = "" if name == "direction" else " mm"
            tell(f"{name} set to {_listed(now)}{unit} (file: {_listed(before)}{unit})")


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number + 0.0:.6g}" for number in numbers)


def _tell_files(files: Sequence[Path]) -> None:
    if len(files) <= _NAMED:
        for file in files:
            tell(f"{file}: {file.stat().st_size:,} bytes")
        return
    size = sum(file.stat().st_size for file in files)
    tell(f"{files[0].parent}: {len(files)} files, {files[0].name} to {files[-1].name}, {size:,} bytes")
