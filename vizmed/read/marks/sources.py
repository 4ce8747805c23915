"""The slices of a volume by what names them in their files: numbers, names of files, UIDs."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

from natsort import natsorted

from vizmed.volume import SliceSource, Volume, digest_of

_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{0,4}(?:\.gz)?$")
"""Of a file's name: UIDs as names have dots too, with numbers behind them."""

Find = Callable[[str], float | None]
"""Gives the place along k of the slice that a cell names, None where it names none or several."""


def by_number(volume: Volume) -> dict[int, float]:
    """Map the number of each image (InstanceNumber, or frame of a file) to k; empty unless each has one of its own."""
    numbers = {source.number: source.k for source in volume.provenance.slices if source.number is not None}
    return numbers if len(numbers) == len(volume.provenance.slices) else {}


def in_order_of_numbers(volume: Volume) -> list[float]:
    """List k in the order of the numbers of the images; empty where they have none of their own."""
    return [k for _, k in sorted(by_number(volume).items())]


def in_order_of_files(volume: Volume) -> list[float]:
    """List k in the order of the names of the files, numbers in them counted as numbers; empty unless they differ."""
    names = {source.file: source.k for source in volume.provenance.slices}
    return [names[name] for name in natsorted(names)] if _differ(volume.provenance.slices, lambda s: s.file) else []


def uid_finder(volume: Volume) -> Find | None:
    """Make what finds a slice by its SOPInstanceUID; None unless each slice has one of its own."""
    slices = volume.provenance.slices
    if not _differ(slices, lambda source: source.instance):
        return None
    places = {source.instance: source.k for source in slices}
    return lambda uid: places.get(digest_of(uid))


def file_finder(volume: Volume) -> Find | None:
    """Make what finds a slice by its file; None unless each slice has a file of its own.

    Folders before the name do not count, nor does its case; where there is no such name, nor does the ending, since
    slices are often marked on pictures of the same name.
    """
    slices = volume.provenance.slices
    if not _differ(slices, lambda source: source.file.casefold()):
        return None
    whole = {source.file.casefold(): source.k for source in slices}
    bare = _told_apart((_bare(source.file.casefold()), source.k) for source in slices)

    def find(cell: str) -> float | None:
        name = re.split(r"[\\/]", cell)[-1].casefold()
        found = (places.get(key) for key in (name, _bare(name)) for places in (whole, bare))
        return next((k for k in found if k is not None), None)

    return find


def _bare(name: str) -> str:
    return _SUFFIX.sub("", name)


def _told_apart(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Map names to k, those left out that are there several times."""
    places: dict[str, list[float]] = {}
    for name, k in pairs:
        places.setdefault(name, []).append(k)
    return {name: found[0] for name, found in places.items() if len(found) == 1}


def _differ(slices: Sequence[SliceSource], of: Callable[[SliceSource], Hashable]) -> bool:
    names = {of(source) for source in slices}
    return bool(names) and len(names) == len(slices) and "" not in names
