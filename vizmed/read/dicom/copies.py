"""Planes that came twice: which of those in one place hold the same pixels, told by their bytes in the files."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import replace

from vizmed.findings import Finding, counted
from vizmed.read.dicom.frames import Frame
from vizmed.read.dicom.scanner import DEFLATED_LITTLE, UNDEFINED_LENGTH

_STEP = 1 << 20


def without_copies(frames: Sequence[Frame], places: Sequence[Hashable]) -> list[Frame]:
    """Leave out planes that repeat the SOPInstanceUID, the place and the pixels of another one.

    Parameters
    ----------
    frames : sequence of n Frame
    places : sequence of n
        Equal where planes lie in one place.
    """
    uids = [frame.header.values.get("SOPInstanceUID") or None for frame in frames]
    keys: list[Hashable] = [
        (uid, frame.number, place) if uid else n
        for n, (frame, uid, place) in enumerate(zip(frames, uids, places, strict=True))
    ]
    return _distinct(frames, keys, "same-instance-twice", "came twice")


def without_twins(frames: Sequence[Frame], places: Sequence[Hashable]) -> list[Frame]:
    """Leave out planes with the place and the pixels of another one, whatever their SOPInstanceUID."""
    return _distinct(frames, places, "same-pixels-twice", "came twice under different names (SOPInstanceUID)")


def _distinct(frames: Sequence[Frame], keys: Sequence[Hashable], code: str, said: str) -> list[Frame]:
    groups: dict[Hashable, list[Frame]] = {}
    for frame, key in zip(frames, keys, strict=True):
        groups.setdefault(key, []).append(frame)
    kept = [frame for group in groups.values() for frame in _different(group)]
    if len(kept) == len(frames):
        return list(frames)
    message = f"{counted(len(frames) - len(kept), 'slice')} of the series {said}"
    finding = Finding(code, "warning", message, "", "the copies are left out")
    return [replace(frame, notes=(*frame.notes, finding)) for frame in kept]


def _different(group: Sequence[Frame]) -> list[Frame]:
    if len(group) == 1:
        return list(group)
    return list({(frame.number, frame.tile, _pixels(frame)): frame for frame in reversed(group)}.values())[::-1]


def _pixels(frame: Frame) -> Hashable:
    """Give what tells the stored pixels of a plane's file from those of others, and how they are to be understood."""
    header = frame.header
    digest = hashlib.blake2b()
    left = header.pixel_length if header.transfer_syntax == DEFLATED_LITTLE else header.size - header.pixel_offset
    with header.open() as file:
        file.seek(header.pixel_offset)
        if header.pixel_length != UNDEFINED_LENGTH:
            left = min(left, header.pixel_length)
            if header.values.get("NumberOfFrames", 1) != 1:
                file.seek(frame.number * frame.layout.frame_bytes, 1)
                left = frame.layout.frame_bytes
        while left > 0 and (data := file.read(min(_STEP, left))):
            digest.update(data)
            left -= len(data)
    return digest.digest(), frame.layout, frame.slope, frame.intercept
