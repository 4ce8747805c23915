"""Planes that lie in the same places several times: copies are left out, and what is no copy is told apart as volumes.

What tells volumes apart: echoes, b-values, times, and the like by their attributes; failing those, the InstanceNumber.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from vizmed.findings import Finding
from vizmed.read.dicom.copies import without_copies, without_twins
from vizmed.read.dicom.frames import Frame

SAME_POSITION_MM = 1e-3
"""Two planes nearer to each other than this lie in one place."""

_LOOSELY = 2
"""How many times more volumes there may be than planes in one place."""

Parts = list[tuple[list[Frame], str]]
"""The planes of each volume, and what tells it from the others; empty where it is the only one."""


def split_phases(group: Sequence[Frame]) -> Parts:
    """Split planes of one orientation and size into volumes that have no place twice.

    Where nothing tells them apart they stay together, and `grid` refuses the place that is there twice.
    """
    places = _places(group)
    if not _repeated(places):
        return [(list(group), "")]
    group = without_copies(group, places)
    if group[0].position is None:
        return [(group, "")]
    places = _places(group)
    if _repeated(places):
        return _by_attributes(group, _most_repeated(places)) or _without_twins(group, places)
    return [(group, "")]


def _without_twins(group: list[Frame], places: list[Hashable]) -> Parts:
    """Tell apart what no attribute tells apart: twins, phases by their InstanceNumber, or both.

    Pixels that are the same in two phases, such as those of an empty slice, make no twins: the phases are even.
    """
    distinct = without_twins(group, places)
    if not _repeated(_places(distinct)):
        return [(distinct, "")]
    count = _most_repeated(_places(distinct))
    return (
        _by_attributes(distinct, count)
        or _by_instance_number(group)
        or _by_instance_number(distinct)
        or _by_attributes(distinct, _LOOSELY * count)  # volumes that overlap, such as a second try of a part
        or [(distinct, "")]
    )


def _by_attributes(group: Sequence[Frame], most: int) -> Parts:
    """Split by one attribute, or by two together such as echo time and kind of image; empty where that doesn't do.

    It doesn't do where there would be more volumes than `most`: an attribute such as TriggerTime, which may differ
    between the slices of one phase, would shatter the series.
    """
    several = [n for n in range(len(group[0].phase)) if len({frame.phase[n][1] for frame in group}) > 1]
    for chosen in (*combinations(several, 1), *combinations(several, 2)):
        parts: dict[Hashable, list[Frame]] = {}
        for frame in group:
            parts.setdefault(tuple(frame.phase[n][1] for n in chosen), []).append(frame)
        if len(parts) <= most and not any(_repeated(_places(part)) for part in parts.values()):
            return [(part, _named(part[0], chosen)) for part in parts.values()]
    return []


def _named(frame: Frame, chosen: Sequence[int]) -> str:
    return ", ".join(f"{frame.phase[n][0]} {_shown(frame.phase[n][1])}" for n in chosen)


def _shown(value: object) -> str:
    return "\\".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}" if value is not None else "none"


def _by_instance_number(group: Sequence[Frame]) -> Parts:
    """Split so that the n-th plane of each place, by InstanceNumber, goes to the n-th volume; empty where uneven."""
    by_place: dict[Hashable, list[Frame]] = {}
    for frame, place in zip(group, _places(group), strict=True):
        by_place.setdefault(place, []).append(frame)
    columns = [sorted(frames, key=_instance) for frames in by_place.values()]
    even = len({len(frames) for frames in columns}) == 1
    if not even or any(len(set(map(_instance, frames))) < len(frames) for frames in columns):
        return []
    return [
        (list(_said(part, len(columns[0]))), f"phase {n}") for n, part in enumerate(zip(*columns, strict=True), start=1)
    ]


def _instance(frame: Frame) -> tuple[int, int]:
    own_place = "PerFrameFunctionalGroupsSequence" in frame.header.values  # else all frames of a file have its place
    return frame.instance_number, frame.number if own_place else 0


def _said(part: Sequence[Frame], count: int) -> Iterator[Frame]:
    finding = Finding(
        "phases-by-instance-number",
        "warning",
        f"every slice is there {count} times, and no attribute that vizmed knows tells them apart",
        part[0].path.name,
        "they are taken as volumes in the order of their InstanceNumber (0020,0013)",
    )
    return (replace(frame, notes=(*frame.notes, finding)) for frame in part)


def _places(frames: Sequence[Frame]) -> list[Hashable]:
    if frames[0].position is None:  # planes that know their place are never grouped with such that do not
        return [None] * len(frames)
    rounded = np.round(np.array([frame.position for frame in frames]) / SAME_POSITION_MM) + 0.0  # -0.0 becomes 0.0
    return list(map(tuple, rounded.tolist()))  # NaN is refused by `grid`


def _repeated(places: Sequence[Hashable]) -> bool:
    return _most_repeated(places) > 1


def _most_repeated(places: Sequence[Hashable]) -> int:
    return max(Counter(places).values())
