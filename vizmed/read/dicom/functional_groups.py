"""The functional groups of an enhanced multi-frame file: what each frame is, with the words of classic files."""

from __future__ import annotations

from typing import Any

from vizmed.errors import DamagedFileError
from vizmed.read.dicom.headers import Header

_GROUP_OF = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "TemporalPositionIdentifier": "FrameContentSequence",
    "TemporalPositionIndex": "FrameContentSequence",
    "EffectiveEchoTime": "MREchoSequence",
    "DiffusionBValue": "MRDiffusionSequence",
    "NominalCardiacTriggerDelayTime": "CardiacSynchronizationSequence",
    "FlipAngle": "MRTimingAndRelatedParametersSequence",
    "FrameType": "MRImageFrameTypeSequence",
}


def per_frame_values(header: Header, count: int) -> list[dict[str, Any]]:
    """Give each frame's own values, from the shared and the per-frame functional groups of an enhanced file.

    Raises
    ------
    DamagedFileError
        If it describes another number of frames than it declares; pydicom may raise anything on damaged values.
    """
    shared = (header.values.get("SharedFunctionalGroupsSequence") or [None])[0]
    own = header.values.get("PerFrameFunctionalGroupsSequence") or []
    if own and len(own) != count:
        raise DamagedFileError(
            f"it declares {count} frames and describes {len(own)}", where=header.path, remedy="Export it again"
        )
    frames = []
    for n in range(count):
        values = dict(header.values)
        for group in filter(None, (shared, own[n] if own else None)):
            values |= _group_values(group)
        values["EchoTime"] = values.pop("EffectiveEchoTime", values.get("EchoTime"))
        values["ImageType"] = values.pop("FrameType", values.get("ImageType"))
        frames.append(values)
    return frames


def _group_values(group: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for keyword, sequence in _GROUP_OF.items():
        items = group.get(sequence)
        value = items[0].get(keyword) if items else None
        if value is None or value == "":
            continue
        name = "TemporalPositionIdentifier" if keyword == "TemporalPositionIndex" else keyword
        if isinstance(value, str) or keyword == "FrameType":
            values[name] = tuple(value)
        else:
            values[name] = tuple(map(float, value)) if hasattr(value, "__iter__") else float(value)
    return values
