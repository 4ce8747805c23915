"""Many files at once: they take their names when all of them are written, and replace nothing unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vizmed.errors import WriteError
from vizmed.write.atomic import check_target


def check_folder(path: Path, *, overwrite: bool) -> None:
    """Refuse a folder that cannot or must not be written, before any work is put into what goes there.

    Raises
    ------
    WriteError
        If the folder above is missing, or it is a link or no folder, or holds anything and may not be overwritten.
    """
    if path.is_symlink():
        raise WriteError("it is a link", where=path, remedy="vizmed writes through none; name the folder itself")
    if not path.exists():
        if not path.parent.is_dir():
            raise WriteError("its folder does not exist", where=path, remedy=f"mkdir -p {path.parent} makes it")
        return
    if not path.is_dir():
        raise WriteError("it exists and is no folder", where=path)
    if not overwrite and next(path.iterdir(), None) is not None:
        raise WriteError(
            "the folder is not empty", where=path, remedy="Name another, or --overwrite (overwrite=True) adds to it"
        )


def check_files(folder: Path, names: Sequence[str], *, overwrite: bool) -> None:
    """Refuse files that cannot or must not be written into a folder.

    Raises
    ------
    WriteError
        As `check_target`, for the first of them.
    """
    for name in names:
        check_target(folder / name, overwrite=overwrite)


@contextmanager
def atomic_folder(folder: Path, names: Sequence[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty folder to write files of these names into, which becomes ``folder`` at the end.

    Parameters
    ----------
    folder : pathlib.Path
        Made where it is missing. Where it is there already, its other files stay as they are.
    names : sequence of str
    overwrite : bool
        Whether it may hold files already; those of these names are replaced.

    Raises
    ------
    WriteError
        As `check_folder`, and when the system refuses to write.
    """
    check_folder(folder, overwrite=overwrite)
    if folder.exists():
        with atomic_files(folder, names, overwrite=overwrite) as inside:
            yield inside
        return
    with _temporary(folder.parent, folder) as beside:
        yield beside
        _settle(beside, names)
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o777 & ~mask)
        beside.rename(folder)  # fails where a folder with anything in it has come up in the meantime


@contextmanager
def atomic_files(folder: Path, names: Sequence[str], *, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty folder to write files of these names into, from where they go into ``folder`` at the end.

    Raises
    ------
    WriteError
        As `check_files`, and when the system refuses to write.

    Notes
    -----
    No file is ever there in part. Where the system fails while they take their names, one by one, some have them.
    """
    check_files(folder, names, overwrite=overwrite)
    # inside, and not beside it, so that it lies on the same disk
    with _temporary(folder, folder) as inside:
        yield inside
        _settle(inside, names)
        check_files(folder, names, overwrite=overwrite)  # some may have come up in the meantime
        for name in names:
            (inside / name).replace(folder / name)


@contextmanager
def _temporary(parent: Path, target: Path) -> Iterator[Path]:
    try:
        place = Path(tempfile.mkdtemp(prefix=f".{target.name[:64]}.", dir=parent))
    except OSError as refused:
        raise WriteError(f"cannot write here ({refused.strerror})", where=target) from refused
    try:
        yield place
    except OSError as refused:
        if isinstance(refused, WriteError):
            raise
        raise WriteError(f"writing failed ({refused.strerror})", where=target) from refused
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _settle(folder: Path, names: Sequence[str]) -> None:
    """Wait until all of the files are on the disk."""
    for name in names:
        with (folder / name).open("rb+") as file:
            os.fsync(file.fileno())
