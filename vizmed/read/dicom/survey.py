"""What lies in a folder: every DICOM image in it, found by content, its header read and its pixels left alone."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from vizmed.errors import DamagedFileError, ReadError
from vizmed.findings import Finding, Severity, counted
from vizmed.read.dicom.archive import MOST_BYTES, Budget, Member, gunzipped, is_gzip, is_zip, zip_members
from vizmed.read.dicom.frames import Frame, frames_of
from vizmed.read.dicom.headers import read_header
from vizmed.read.dicom.mosaic import take_apart
from vizmed.read.dicom.repeats import Repeats
from vizmed.stages import stage

_NAMES_SHOWN = 3

_EMPTY, _UNREADABLE = "empty", "not readable"
"""What may have been a slice."""

_NO_IMAGE = "no DICOM image"

_DIRECTORY = b"1.2.840.10008.1.3.10"
"""SOPClassUID of Media Storage Directory Storage: a DICOMDIR, whatever its name."""

_ENOUGH_TO_TELL = 1024


@dataclass(frozen=True, slots=True)
class Survey:
    """The image planes under a path, in no order, and what was passed over."""

    frames: tuple[Frame, ...]
    damaged: tuple[DamagedFileError, ...]
    findings: tuple[Finding, ...]


@stage("headers")
def survey(path: Path) -> Survey:
    """Look through a folder and all below it, at one file, or into a .zip; .gz files are unpacked wherever they lie.

    Of a DICOMDIR its folder is looked through.

    Raises
    ------
    ReadError
        If the path is not there or cannot be entered, or is an archive that is unsafe to unpack.
    """
    if not path.exists():
        raise ReadError("there is no such file or folder", where=path)
    if _is_dicomdir(path):
        path = path.parent
    with _no_collection():
        return _surveyed(path)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from looking for garbage meanwhile.

    Headers are thousands of small objects and none of them garbage, but they set off a full collection, which goes
    through all that was ever imported: a fifth of the time of reading 275 slices (measured, CPython 3.11).
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _surveyed(path: Path) -> Survey:
    frames: list[Frame] = []
    damaged: list[DamagedFileError] = []
    passed_over: dict[str, list[str]] = {}
    repeats = Repeats()
    for file, data, objection in _looked_into(path, damaged):
        if objection:
            passed_over.setdefault(objection, []).append(file.name)
            continue
        try:
            header = read_header(file, data, repeats)
            if header is not None:
                frames.extend(take_apart(frames_of(header)))
                continue
            reason = _NO_IMAGE if data or file.stat().st_size else _EMPTY
            passed_over.setdefault(reason, []).append(file.name)
        except DamagedFileError as damage:
            damaged.append(damage)
        except OSError:
            passed_over.setdefault(_UNREADABLE, []).append(file.name)
    return Survey(tuple(frames), tuple(damaged), tuple(_findings(passed_over)))


def _is_dicomdir(path: Path) -> bool:
    """Whether a path is the list of contents of a medium, whose files lie beside and below it."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(_ENOUGH_TO_TELL)
    return start[128:132] == b"DICM" and _DIRECTORY in start


def _looked_into(path: Path, damaged: list[DamagedFileError]) -> Iterator[Member]:
    """Give every file; of a .gz what is in it, and of a .zip that is itself the path its members."""
    budget = Budget(MOST_BYTES)
    alone = path.is_file()
    for file, objection in [(path, "")] if alone else _files(path):
        try:
            if objection:
                yield file, None, objection
            elif alone and is_zip(file):
                yield from zip_members(file, damaged)
            elif file.suffix.lower() == ".gz" or (alone and is_gzip(file)):
                data = gunzipped(file, budget)
                yield file, data, "" if data else _NO_IMAGE
            else:
                yield file, None, ""
        except DamagedFileError as damage:
            damaged.append(damage)
        except PermissionError:
            yield file, None, _UNREADABLE


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """Give every file in a folder and below with the reason not to open it, or an empty reason."""
    inside = path.resolve()
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        folders, others = _entries(folder)
        for entry in folders:
            if entry.is_symlink():
                yield folder / entry.name, "a link to a folder"
        for entry in others:
            file = folder / entry.name
            if entry.is_symlink():
                yield file, _objection_to_link(file, inside)
            else:
                yield file, "" if entry.is_file() else "no plain file"
        waiting += [folder / entry.name for entry in reversed(folders) if not entry.is_symlink()]


def _entries(folder: Path) -> tuple[list[os.DirEntry[str]], list[os.DirEntry[str]]]:
    """List the folders in a folder, and whatever else is in it, by name; the system mostly tells them without a look.

    Raises
    ------
    ReadError
        If it cannot be read.
    """
    folders: list[os.DirEntry[str]] = []
    others: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder) as listed:
            for entry in sorted(listed, key=attrgetter("name")):
                (folders if _is_folder(entry) else others).append(entry)
    except OSError as refused:
        raise ReadError(f"the folder cannot be read ({refused.strerror})", where=refused.filename) from refused
    return folders, others


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link that goes round in a circle
        return False


def _objection_to_link(link: Path, inside: Path) -> str:
    if not link.is_file():
        return "a link to nothing"
    return "" if link.resolve().is_relative_to(inside) else "a link out of the folder"


def _findings(passed_over: dict[str, list[str]]) -> Iterator[Finding]:
    for reason, names in passed_over.items():
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
        severity: Severity = "warning" if reason in (_EMPTY, _UNREADABLE) else "note"
        yield Finding("passed-over", severity, f"{counted(len(names), 'file')} passed over: {reason}", shown)
