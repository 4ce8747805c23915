"""The pictures of a folder: which they are, in which order, and which are missing among their numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import gcd
from pathlib import Path

from vizmed.errors import IrregularStackError, ReadError
from vizmed.findings import Finding, Severity, counted
from vizmed.read.pictures.header import kind_of
from vizmed.read.pictures.page import Page

_ENOUGH_TO_TELL = 132
_NAMES_SHOWN = 5


def pictures_in(folder: Path) -> tuple[list[Path], list[Finding]]:
    """Find the pictures that lie in a folder itself, in the order that a person would count them.

    Returns
    -------
    pictures : list of pathlib.Path
    findings : list of Finding
        What was passed over. Links out of the folder are.
    """
    from natsort import natsorted

    pictures: list[Path] = []
    passed_over: dict[str, list[str]] = {}
    inside = folder.resolve()
    try:
        entries = natsorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as refused:
        raise ReadError(f"the folder cannot be read ({refused.strerror})", where=folder) from refused
    for entry in entries:
        objection = _objection(entry, inside)
        if objection:
            passed_over.setdefault(objection, []).append(entry.name)
        else:
            pictures.append(entry)
    return pictures, [_passed_over(reason, names) for reason, names in passed_over.items()]


def _objection(entry: Path, inside: Path) -> str:
    if entry.is_symlink() and not (entry.exists() and entry.resolve().is_relative_to(inside)):
        return "a link out of the folder, or to nothing"
    if not entry.is_file():
        return "a folder" if entry.is_dir() else "no plain file"
    try:
        with entry.open("rb") as file:
            start = file.read(_ENOUGH_TO_TELL)
    except OSError:
        return "not readable"
    return "empty" if not start else "" if kind_of(start) else "no picture"


def _passed_over(reason: str, names: list[str]) -> Finding:
    severity: Severity = "warning" if reason in ("empty", "not readable") else "note"
    return Finding("passed-over", severity, f"{counted(len(names), 'file')} passed over: {reason}", _some(names))


def refuse_odd_ones(pages: Sequence[Page], folder: Path) -> None:
    """Refuse pictures of several sizes or kinds, and name the fewer.

    Raises
    ------
    IrregularStackError
    """
    kinds = Counter(page.likeness for page in pages).most_common()
    if len(kinds) == 1:
        return
    most = next(page for page in pages if page.likeness == kinds[0][0])
    odd = [page for page in pages if page.likeness != kinds[0][0]]
    raise IrregularStackError(
        f"{kinds[0][1]} of its {len(pages)} pictures are alike ({most}), and these are not: "
        f"{_some([f'{_name(page)} ({page})' for page in odd])}",
        where=folder,
        remedy="Put the pictures of one stack into a folder of their own",
    )


def _name(page: Page) -> str:
    return f"{page.path.name}{f' page {page.number + 1}' if page.number else ''}"


def number_findings(names: Sequence[str]) -> list[Finding]:
    """Say which numbers are missing among the names of slices, which must be in order."""
    numbers = _numbers(names)
    if numbers is None:
        message = "their names hold no number that counts them"
        return [Finding("names-not-numbered", "warning", message, _some(names), "they are taken in the names' order")]
    steps = [after - before for before, after in pairwise(numbers)]
    if 0 in steps:
        twice = names[steps.index(0)], names[steps.index(0) + 1]
        return [Finding("number-twice", "warning", "a number is there twice", _some(twice), "both are taken")]
    step = gcd(*steps)
    missing = [(before + step, after - step) for before, after in pairwise(numbers) if after > before + step]
    if not missing:
        return []
    count = sum((last - first) // step + 1 for first, last in missing)
    spans = [f"{first}" if first == last else f"{first} to {last}" for first, last in missing]
    message = f"{counted(count, 'number')} missing among the names: {_some(spans)}"
    remedy = "the slices are taken as evenly spaced; if slices are lost, lengths are wrong"
    return [Finding("missing-numbers", "warning", message, names[0], remedy)]


def _numbers(names: Sequence[str]) -> list[int] | None:
    """Give the one number that changes from name to name, None where it is none or several."""
    parts = [re.split(r"(\d+)", Path(name).stem) for name in names]
    if len({len(split) for split in parts}) != 1 or len({tuple(split[::2]) for split in parts}) != 1:
        return None
    columns = [[int(split[place][:18]) for split in parts] for place in range(1, len(parts[0]), 2)]
    changing = [column for column in columns if len(set(column)) > 1]
    return changing[0] if len(changing) == 1 else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMES_SHOWN]) + (
        f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    )
