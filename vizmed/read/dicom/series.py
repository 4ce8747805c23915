"""Which planes belong to one volume, what volumes there are, and which of them is meant."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from vizmed.errors import SeriesChoiceError
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.phases import split_phases

SAME_DIRECTION = 1e-3
"""Largest difference of a direction cosine between planes of one stack; files round them to 4 or more decimals."""

FEWEST_SLICES = 2
"""A volume has at least two slices; a single plane beside a volume is a localizer or a picture."""

SEGMENTATION = "SEG"
"""Modality (0008,0060) of labels, whose planes look like slices."""


@dataclass(frozen=True, slots=True)
class Series:
    """The planes of one volume, in no order.

    Parameters
    ----------
    index : int
        Place in the list of all series of the folder, from 1.
    number : int, optional
        SeriesNumber (0020,0011).
    uid : str
        SeriesInstanceUID (0020,000E).
    description : str
        SeriesDescription (0008,103E).
    modality : str
        Modality (0008,0060).
    part : str
        What tells this volume from the others of its series, such as ``"EchoTime 2.5"``; empty where it is the only.
    frames : tuple of Frame
    """

    index: int
    number: int | None
    uid: str
    description: str
    modality: str
    part: str
    frames: tuple[Frame, ...]

    @property
    def size(self) -> tuple[int, int, int]:
        """Columns, rows and slices."""
        return self.frames[0].layout.columns, self.frames[0].layout.rows, len(self.frames)

    @property
    def is_volume(self) -> bool:
        """Whether it may be a volume: slices of one value a pixel that know their place; no localizer, no labels."""
        first = self.frames[0]
        in_place = first.position is not None and not first.is_localizer
        is_scan = not first.layout.is_colour and self.modality != SEGMENTATION
        return len(self.frames) >= FEWEST_SLICES and is_scan and in_place

    def __str__(self) -> str:
        columns, rows, slices = self.size
        number = "-" if self.number is None else self.number
        words = " ".join(filter(None, [self.modality, self.description, self.part]))
        return f"#{self.index} series {number}: {words or 'no description'}, {columns} x {rows} x {slices}"


def list_series(frames: Sequence[Frame]) -> list[Series]:
    """Group planes into volumes: by series, size, kind and orientation, then by phase where positions repeat."""
    groups = [part for group in _grouped(frames) for part in split_phases(group)]
    listed = [_series(group, part) for group, part in groups]
    return [replace(series, index=index) for index, series in enumerate(_in_order(listed), start=1)]


def _in_order(listed: list[Series]) -> list[Series]:
    if len(listed) < 2:
        return listed
    from natsort import natsort_keygen

    by_name = natsort_keygen()
    return sorted(
        listed, key=lambda s: (s.number is None, s.number or 0, s.uid, by_name(s.part), by_name(str(s.frames[0].path)))
    )


def choose_series(listed: Sequence[Series], wanted: str | int | None, volume: int | None = None) -> Series:
    """Take the series that is meant.

    Parameters
    ----------
    listed : sequence of Series
    wanted : str or int, optional
        A series number, ``"#2"`` or a bare number for the place in the list, the beginning of a UID, or a part of the
        description. Where left out, the only volume is taken.
    volume : int, optional
        Which of its volumes, from 1, where the series that is meant holds several: echoes, b-values, times.

    Raises
    ------
    SeriesChoiceError
        If none or more than one fits. Its message lists them all.
    """
    if wanted is not None:
        fitting = _fitting(listed, str(wanted).strip())
        what = f"{len(fitting) or 'no'} series fit {str(wanted)!r}"
    else:
        fitting = [series for series in listed if series.is_volume] or list(listed)
        what = f"there are {len(fitting)} volumes here, and one must be chosen"
    if volume is not None and len({series.uid for series in fitting}) == 1:
        volumes = [series for series in fitting if series.is_volume] or fitting
        fitting = volumes[volume - 1 : volume] if volume > 0 else []
        what = f"there is no volume {volume}, there are {len(volumes)} in the series"
    if len(fitting) == 1:
        return fitting[0]
    table = "\n".join(f"  {series}" for series in listed)
    remedy = "--series takes a number, #place, UID or description; --volume counts the volumes of one series, from 1"
    raise SeriesChoiceError(what, remedy=f"{remedy}:\n{table}")


def _fitting(listed: Sequence[Series], wanted: str) -> list[Series]:
    if wanted.startswith("#"):
        return [series for series in listed if str(series.index) == wanted[1:]]
    if wanted.isdigit():
        numbered = [series for series in listed if series.number == int(wanted)]
        return numbered or [series for series in listed if series.index == int(wanted)]
    if wanted.replace(".", "").isdigit():
        return [series for series in listed if series.uid.startswith(wanted)]
    named = [series for series in listed if series.description.casefold() == wanted.casefold()]
    return named or [
        series for series in listed if wanted.casefold() in f"{series.description} {series.part}".casefold()
    ]


def _grouped(frames: Sequence[Frame]) -> list[list[Frame]]:
    groups: dict[Hashable, list[list[Frame]]] = {}
    for frame in frames:
        alike = groups.setdefault(_kind(frame), [])
        for group in alike:
            if _same_orientation(group[0], frame):
                group.append(frame)
                break
        else:
            alike.append([frame])
    return [group for alike in groups.values() for group in alike]


def _kind(frame: Frame) -> Hashable:
    spacing = frame.spacing and tuple(f"{mm:.4f}" for mm in frame.spacing)  # text: NaN equals itself
    layout = frame.layout
    form = (
        layout.rows,
        layout.columns,
        layout.tiles,
        layout.samples,
        layout.photometric,
        layout.bits_allocated,
        layout.signed,
    )
    return frame.series_uid, form, spacing, frame.is_localizer, frame.position is None


def _same_orientation(one: Frame, other: Frame) -> bool:
    if one.orientation is None or other.orientation is None:
        return one.orientation is other.orientation
    return max(abs(a - b) for a, b in zip(one.orientation, other.orientation, strict=True)) <= SAME_DIRECTION


def _series(frames: list[Frame], part: str) -> Series:
    values = frames[0].header.values
    return Series(
        index=0,
        number=values.get("SeriesNumber"),
        uid=frames[0].series_uid,
        description=values.get("SeriesDescription") or "",
        modality=values.get("Modality") or "",
        part=part,
        frames=tuple(frames),
    )
