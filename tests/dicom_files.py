"""Writes synthetic DICOM series with pydicom, knowing nothing of vizmed's reader.

Every file carries the identity of a patient who must never be seen outside of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders import RLELosslessEncoder
from pydicom.valuerep import format_number_as_ds

from vizmed.geometry import Geometry

SECRETS = {
    "PatientName": "SECRET^NAME",
    "PatientID": "SECRET-ID",
    "PatientBirthDate": "19010203",
    "InstitutionName": "SECRET-INSTITUTION",
    "ReferringPhysicianName": "SECRET^DOCTOR",
    "AccessionNumber": "SECRET-ACCESS",
    "StationName": "SECRET-STATION",
}

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"


def _unsigned(plane: np.ndarray) -> np.ndarray:
    return plane.view(f"u{plane.itemsize}")


def _rle(plane: np.ndarray) -> bytes:
    rows, columns = plane.shape
    return RLELosslessEncoder.encode(
        plane.astype(plane.dtype.newbyteorder("<")).tobytes(),
        encoding_plugin="pydicom",
        rows=rows,
        columns=columns,
        samples_per_pixel=1,
        number_of_frames=1,
        bits_allocated=8 * plane.itemsize,
        bits_stored=8 * plane.itemsize,
        pixel_representation=int(plane.dtype.kind == "i"),
        photometric_interpretation="MONOCHROME2",
    )


ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    uid.RLELossless: _rle,
    uid.JPEGLosslessSV1: lambda plane: imagecodecs.ljpeg_encode(_unsigned(plane)),
    uid.JPEGLSLossless: lambda plane: imagecodecs.jpegls_encode(_unsigned(plane)),
    uid.JPEG2000Lossless: lambda plane: imagecodecs.jpeg2k_encode(plane, codecformat="j2k", reversible=True),
    uid.HTJ2KLossless: lambda plane: imagecodecs.htj2k_encode(plane, reversible=True),
}
"""Transfer syntax to what compresses one plane, signed or unsigned; JPEG and JPEG-LS know no sign."""


def write_series(
    folder: Path,
    stored: np.ndarray,
    geometry: Geometry,
    *,
    syntax: str = uid.ExplicitVRLittleEndian,
    name: Callable[[int], str] = "{:04d}.dcm".format,
    per_slice: Callable[[int], Mapping[str, Any]] = lambda _k: {},
    preamble: bool = True,
    **attributes: Any,
) -> list[Path]:
    """Write stored pixels ``[i, j, k]`` as one file for each k; an attribute that is None is left out.

    `per_slice` gives the attributes of slice k that depart from all the others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(geometry.shape[2]):
        own = {**attributes, **per_slice(k)}
        dataset = slice_dataset(stored[:, :, k], geometry, k, series=own.pop("series", 1))
        _override(dataset, own)
        path = folder / name(k)
        write_file(path, dataset, [np.ascontiguousarray(stored[:, :, k].T)], syntax, preamble=preamble)
        paths.append(path)
    return paths


def write_enhanced(path: Path, stored: np.ndarray, geometry: Geometry, order: Sequence[int], **attributes: Any) -> None:
    """Write one multi-frame file whose n-th frame is slice ``order[n]``."""
    dataset = slice_dataset(stored[:, :, 0], geometry, 0, series=1)
    orientation, spacing = dataset.ImageOrientationPatient, dataset.PixelSpacing
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        del dataset[keyword]
    dataset.SOPClassUID = ENHANCED_CT
    dataset.NumberOfFrames = len(order)
    shared = Dataset()
    shared.PlaneOrientationSequence = [_dataset(ImageOrientationPatient=orientation)]
    shared.PixelMeasuresSequence = [_dataset(PixelSpacing=spacing, SliceThickness=9)]
    dataset.SharedFunctionalGroupsSequence = [shared]
    positions = [_dataset(ImagePositionPatient=_decimals(geometry.to_world((0, 0, k)))) for k in order]
    dataset.PerFrameFunctionalGroupsSequence = [_dataset(PlanePositionSequence=[place]) for place in positions]
    _override(dataset, attributes)
    write_file(path, dataset, [np.ascontiguousarray(stored[:, :, k].T) for k in order], uid.ExplicitVRLittleEndian)


def slice_dataset(plane: np.ndarray, geometry: Geometry, k: int, *, series: int = 1) -> Dataset:
    """Describe slice k: a plausible CT header."""
    bits = 8 * plane.dtype.itemsize
    return _dataset(
        SpecificCharacterSet="ISO_IR 192",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        SOPClassUID=CT,
        SOPInstanceUID=f"1.2.3.{series}.{k + 1}",
        StudyDate="20010203",
        Modality="CT",
        **SECRETS,
        SeriesDescription=f"series number {series}",
        SliceThickness=2,
        StudyInstanceUID="1.2.3",
        SeriesInstanceUID=f"1.2.3.{series}",
        SeriesNumber=series,
        InstanceNumber=k + 1,
        ImagePositionPatient=_decimals(geometry.to_world((0, 0, k))),
        ImageOrientationPatient=_decimals(geometry.direction[:, :2].T.ravel()),
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=plane.shape[1],
        Columns=plane.shape[0],
        PixelSpacing=_decimals(geometry.spacing[1::-1]),
        BitsAllocated=bits,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(plane.dtype.kind == "i"),
    )


def write_file(
    path: Path, dataset: Dataset, planes: Sequence[np.ndarray], syntax: str, *, preamble: bool = True
) -> None:
    """Write a dataset with the pixels of its frames, each ``[row, column]``, encoded as the transfer syntax asks."""
    if syntax in ENCODERS:
        dataset.PixelData = encapsulate([ENCODERS[syntax](plane) for plane in planes])
    else:
        order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
        raw = b"".join(plane.astype(plane.dtype.newbyteorder(order)).tobytes() for plane in planes)
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    dataset["PixelData"].VR = "OB" if syntax in ENCODERS or planes[0].itemsize == 1 else "OW"
    if not preamble:
        dataset.save_as(path, implicit_vr=syntax == uid.ImplicitVRLittleEndian, little_endian=True)
        return
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID") or CT
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID") or "1.2.3.4"
    dataset.save_as(path, enforce_file_format=True)


def _dataset(**attributes: Any) -> Dataset:
    dataset = Dataset()
    _override(dataset, attributes)
    return dataset


def _override(dataset: Dataset, attributes: Mapping[str, Any]) -> None:
    for keyword, value in attributes.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)


def _decimals(numbers: np.ndarray) -> list[str]:
    return [format_number_as_ds(float(number)) for number in numbers]
