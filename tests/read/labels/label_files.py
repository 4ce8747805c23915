"""Writes DICOM SEG and RTSTRUCT files with pydicom, knowing nothing of vizmed's readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.valuerep import format_number_as_ds

from tests.dicom_files import ENCODERS, SECRETS
from vizmed.geometry import Geometry

SEG = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEG = "1.2.840.10008.5.1.4.1.1.66.7"
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"

SERIES = "1.2.3.1"
"""What `tests.dicom_files.write_series` calls its first series."""

Masks = Mapping[int, np.ndarray]


def item(**attributes: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def decimals(numbers: Any) -> list[str]:
    return [format_number_as_ds(float(number)) for number in np.ravel(numbers)]


def write_seg(
    path: Path,
    geometry: Geometry,
    masks: Masks,
    *,
    kind: str = "BINARY",
    whole: int = 255,
    syntax: str = uid.ExplicitVRLittleEndian,
    names: Mapping[int, str] | None = None,
    keep_empty: bool = False,
    order: Sequence[int] | None = None,
    measures: Mapping[str, Any] | None = None,
    shared_segment: bool = False,
    **attributes: Any,
) -> Path:
    """Write masks ``[i, j, k]`` by number: of bits, of parts of a whole, or for a label map of numbers.

    `order` puts the frames in another order than by segment and place.
    """
    names = {number: f"organ {number}" for number in masks} if names is None else names
    if kind == "LABELMAP":
        numbers = np.max([mask * number for number, mask in masks.items()], axis=0)
        frames = [(0, k, numbers[:, :, k]) for k in range(geometry.shape[2])]
    else:
        frames = [(number, k, mask[:, :, k]) for number, mask in masks.items() for k in range(geometry.shape[2])]
    frames = [frame for frame in frames if keep_empty or frame[2].any()]
    frames = [frames[n] for n in order] if order is not None else frames
    dataset = item(
        SpecificCharacterSet="ISO_IR 192",
        SOPClassUID=LABEL_MAP_SEG if kind == "LABELMAP" else SEG,
        SOPInstanceUID="1.2.3.66.1",
        Modality="SEG",
        **SECRETS,
        StudyDescription="SECRET study",
        ContentCreatorName="SECRET^READER",
        ContentDescription="SECRET words",
        StudyInstanceUID="1.2.3",
        SeriesInstanceUID="1.2.3.66",
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        NumberOfFrames=len(frames),
        Rows=geometry.shape[1],
        Columns=geometry.shape[0],
        PixelRepresentation=0,
        SegmentationType=kind,
        MaximumFractionalValue=whole if kind == "FRACTIONAL" else None,
        ReferencedSeriesSequence=[item(SeriesInstanceUID=SERIES)],
        SegmentSequence=[item(SegmentNumber=number, SegmentLabel=name) for number, name in names.items()],
    )
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=decimals(geometry.direction[:, :2].T))],
        PixelMeasuresSequence=[
            item(**{"PixelSpacing": decimals(geometry.spacing[1::-1]), "SliceThickness": 9, **(measures or {})})
        ],
    )
    dataset.PerFrameFunctionalGroupsSequence = []
    for number, k, _ in frames:
        place = item(PlanePositionSequence=[item(ImagePositionPatient=decimals(geometry.to_world((0, 0, k))))])
        of = [item(ReferencedSegmentNumber=number)]
        if number and shared_segment:
            shared.SegmentIdentificationSequence = of
        elif number:
            place.SegmentIdentificationSequence = of
        dataset.PerFrameFunctionalGroupsSequence.append(place)
    dataset.SharedFunctionalGroupsSequence = [shared]
    _set_pixels(dataset, [plane.T for _, _, plane in frames], kind, whole, syntax)
    for keyword, value in attributes.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)
    return _save(path, dataset, syntax)


def _set_pixels(dataset: Dataset, planes: Sequence[np.ndarray], kind: str, whole: int, syntax: str) -> None:
    bits = 1 if kind == "BINARY" else 16 if kind == "LABELMAP" and max(p.max() for p in planes) > 255 else 8
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    if kind == "BINARY":
        raw = np.packbits(np.concatenate([plane.ravel() > 0 for plane in planes]), bitorder="little").tobytes()
    else:
        scale = whole if kind == "FRACTIONAL" else 1
        stored = [np.ascontiguousarray(np.rint(plane * scale)).astype(f"u{bits // 8}") for plane in planes]
        if syntax in ENCODERS:
            dataset.PixelData = encapsulate([ENCODERS[syntax](plane) for plane in stored])
            dataset["PixelData"].VR = "OB"
            return
        raw = b"".join(plane.tobytes() for plane in stored)
    dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    dataset["PixelData"].VR = "OW" if bits == 16 else "OB"


def write_rtstruct(
    path: Path,
    regions: Mapping[str, Sequence[np.ndarray]],
    *,
    series: str | None = SERIES,
    kind: str = "CLOSED_PLANAR",
    numbers: Sequence[int] | None = None,
    colors: Sequence[Sequence[int]] | None = None,
    syntax: str = uid.ExplicitVRLittleEndian,
    **attributes: Any,
) -> Path:
    """Write regions by name, each a list of contours, (n, 3) in LPS mm."""
    numbers = numbers or range(1, len(regions) + 1)
    dataset = item(
        SpecificCharacterSet="ISO_IR 192",
        SOPClassUID=RTSTRUCT,
        SOPInstanceUID="1.2.3.481.1",
        Modality="RTSTRUCT",
        **SECRETS,
        StudyDescription="SECRET study",
        StructureSetLabel="SECRET plan",
        StudyInstanceUID="1.2.3",
        SeriesInstanceUID="1.2.3.481",
    )
    if series is not None:
        study = item(RTReferencedSeriesSequence=[item(SeriesInstanceUID=series)])
        dataset.ReferencedFrameOfReferenceSequence = [item(RTReferencedStudySequence=[study])]
    dataset.StructureSetROISequence = [
        item(ROINumber=number, ROIName=name, ROIDescription="SECRET remark")
        for number, name in zip(numbers, regions, strict=True)
    ]
    dataset.ROIContourSequence = [
        item(
            ReferencedROINumber=number,
            ROIDisplayColor=list(colors[n]) if colors else None,
            ContourSequence=[
                item(ContourGeometricType=kind, NumberOfContourPoints=len(points), ContourData=decimals(points))
                for points in contours
            ],
        )
        for n, (number, contours) in enumerate(zip(numbers, regions.values(), strict=True))
    ]
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return _save(path, dataset, syntax)


def _save(path: Path, dataset: Dataset, syntax: str) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path
