"""The slices of a plane as numbered PNG pictures, grey through one window, a voxel a pixel."""

from __future__ import annotations

import os
import re
from pathlib import Path

from vizmed.errors import WriteError
from vizmed.presets import Window
from vizmed.scene import Plane
from vizmed.slices import Slice, choose_window, take_slice, to_gray
from vizmed.stages import stage
from vizmed.volume import Volume
from vizmed.write.folder import atomic_files, atomic_folder, check_files, check_folder

_NUMBER = re.compile(r"%(0\d)?d")
_MM_IN_INCH = 25.4


def is_pattern(path: str | os.PathLike[str]) -> bool:
    """Whether a name is one of numbered pictures: it ends in ``.png`` and holds ``%d``, or ``%04d`` and the like."""
    name = Path(path).name
    return name.lower().endswith(".png") and _NUMBER.search(name) is not None


def check_slices(path: str | os.PathLike[str], *, overwrite: bool) -> None:
    """Refuse what pictures cannot or must not be written to, as far as it shows before there is a volume.

    Raises
    ------
    WriteError
    """
    target = Path(path)
    if is_pattern(target):
        _check_pattern(target)
        check_files(target.parent, [_numbered(target, 1)], overwrite=overwrite)
    elif target.suffix.lower() == ".png":
        raise WriteError(
            "slices are many pictures", where=target, remedy=f"Number them: {target.stem}-%04d.png, or name a folder"
        )
    else:
        check_folder(target, overwrite=overwrite)


@stage("writing")
def write_slices(
    volume: Volume,
    path: str | os.PathLike[str],
    *,
    plane: Plane = "axial",
    window: str | tuple[float, float] = "auto",
    overwrite: bool = False,
) -> list[Path]:
    """Write all slices of a plane as PNG pictures, laid the radiological way, with one window for all.

    Parameters
    ----------
    volume : Volume
    path : path-like
        Names with a number in them, such as ``slices/head-%04d.png``; or a folder, which is made and gets
        ``axial-0001.png`` and so on. Numbers begin with 1: number n is ``take_slice(volume, plane, index=n - 1)``.
    plane : {"axial", "coronal", "sagittal"}
    window : str or (width, level) tuple
        As `choose_window` takes it.
    overwrite : bool
        Whether pictures of these names may be replaced.

    Returns
    -------
    list of pathlib.Path
        The pictures, from the feet up, from front to back, or from right to left.

    Raises
    ------
    OptionError
        If there is no such plane or window.
    WriteError
        If the pictures cannot or must not be written.

    Notes
    -----
    Nothing is resampled. Where pixels are not square, the resolution in the file (pHYs) says so.
    """
    target = Path(path)
    check_slices(target, overwrite=overwrite)
    chosen = choose_window(volume, window)
    count = take_slice(volume, plane).count
    pattern = target if is_pattern(target) else target / f"{plane}-%0{max(4, len(str(count)))}d.png"
    names = [_numbered(pattern, number) for number in range(1, count + 1)]
    opened = atomic_files if pattern is target else atomic_folder
    with opened(pattern.parent, names, overwrite=overwrite) as place:
        for index, name in enumerate(names):
            _write_picture(place / name, take_slice(volume, plane, index=index), chosen, inverted=volume.inverted)
    return [pattern.parent / name for name in names]


def _check_pattern(pattern: Path) -> None:
    if len(_NUMBER.findall(pattern.name)) != 1 or pattern.name.count("%") != 1:
        raise WriteError("the name holds more than one %", where=pattern, remedy="One %04d is where the number goes")


def _numbered(pattern: Path, number: int) -> str:
    return _NUMBER.sub(lambda found: found[0] % number, pattern.name)


def _write_picture(path: Path, laid: Slice, window: Window, *, inverted: bool) -> None:
    from PIL import Image

    between_rows, between_columns = laid.spacing
    picture = Image.fromarray(to_gray(laid.values, window, inverted=inverted))
    picture.save(path, format="PNG", dpi=(_MM_IN_INCH / between_columns, _MM_IN_INCH / between_rows))
