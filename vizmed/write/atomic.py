"""Files appear whole or not at all, and replace nothing unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vizmed.errors import WriteError


def check_target(path: Path, *, overwrite: bool) -> None:
    """Refuse a target that cannot or must not be written, before any work is put into what goes there.

    Raises
    ------
    WriteError
        If the folder is missing, or the target exists and may not be replaced, or is a link or no plain file.
    """
    if not path.parent.is_dir():
        raise WriteError("its folder does not exist", where=path, remedy=f"mkdir -p {path.parent} makes it")
    if path.is_symlink():
        raise WriteError("it is a link", where=path, remedy="vizmed writes through none; name the file itself")
    if path.exists() and not path.is_file():
        raise WriteError("it exists and is no plain file", where=path)
    if path.exists() and not overwrite:
        raise WriteError("the file exists", where=path, remedy="--overwrite (overwrite=True) replaces it")


@contextmanager
def atomic_file(path: str | Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its name only when all of it is on the disk.

    Parameters
    ----------
    path : str or pathlib.Path
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    WriteError
        As `check_target`, and when the system refuses to write.
    """
    target = Path(path)
    check_target(target, overwrite=overwrite)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
    except OSError as refused:
        raise WriteError(f"cannot write here ({refused.strerror})", where=target) from refused
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _allow_as_usual(Path(name))
        _put_in_place(Path(name), target, overwrite=overwrite)
    except OSError as refused:
        if isinstance(refused, WriteError):
            raise
        raise WriteError(f"writing failed ({refused.strerror})", where=target) from refused
    finally:
        Path(name).unlink(missing_ok=True)


def _allow_as_usual(path: Path) -> None:
    # mkstemp makes files that only their owner may read; an output gets what the umask grants any other file
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def _put_in_place(finished: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        finished.replace(target)
        return
    try:
        os.link(finished, target)  # unlike a rename, it fails where a file has come up in the meantime
    except FileExistsError:
        raise WriteError("the file exists", where=target, remedy="--overwrite replaces it") from None
    except OSError:  # file systems without hard links
        check_target(target, overwrite=False)
        finished.replace(target)
